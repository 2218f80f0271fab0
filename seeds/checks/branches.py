"""Ways to meet a condition, joined by AND and OR: contradictions go, and their number stays small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from seeds.checks.contracts import Branch, Domain, Relation
from seeds.checks.domains import Family, family_of, intersection, number

MOST_BRANCHES = 64


@dataclass(frozen=True)
class Ways:
    """Branches of which any one is enough; `whole` if following it surely meets the condition."""

    branches: tuple[Branch, ...]
    whole: bool = True


ALWAYS = Ways((Branch(),))
NEVER = Ways(())
UNKNOWN = Ways((Branch(),), whole=False)


def one(column: str, domain: Domain) -> Ways:
    return Ways((Branch({column: domain}),))


def all_of(parts: Iterable[Ways], types: Mapping[str, str]) -> Ways:
    """Return the ways to meet every part."""
    branches: tuple[Branch, ...] = (Branch(),)
    whole = True
    for part in parts:
        whole = whole and part.whole
        pairs = (joined(left, right, types) for left in branches for right in part.branches)
        branches = _few([branch for branch in pairs if branch is not None])
    return Ways(branches, whole)


def any_of(parts: Sequence[Ways]) -> Ways:
    """Return the ways to meet one part; those that are wholly understood are enough."""
    understood = [part for part in parts if part.whole and part.branches] or parts
    branches = [branch for part in understood for branch in part.branches]
    kept = [
        branch
        for branch in branches
        if not any(_implied(branch, other) for other in branches if other is not branch)
    ]
    whole = all(part.whole for part in understood)
    return Ways(_few(_united(list(dict.fromkeys(map(_Key, kept))))), whole)


def joined(one: Branch, other: Branch, types: Mapping[str, str]) -> Branch | None:
    """Return the branch that meets both, or None where they contradict each other."""
    domains = dict(one.domains)
    for column, domain in other.domains.items():
        known = domains.get(column)
        met = domain if known is None else intersection(known, domain, _family(column, types))
        if met is None:
            return None
        domains[column] = met
    relations = tuple(dict.fromkeys((*one.relations, *other.relations)))
    for first, second in combinations(relations, 2):
        if _contradict(first, second) and not _emptied(domains, (first.left, *first.right), types):
            return None
    return Branch(domains, relations)


def _contradict(one: Relation, other: Relation) -> bool:
    """Tell whether no difference of the same two columns keeps both relations."""
    if (one.left, one.right, one.factors, one.product) != (
        other.left,
        other.right,
        other.factors,
        other.product,
    ):
        return False
    first, second = number(one.offset or "0"), number(other.offset or "0")
    if first is None or second is None:
        return False
    if one.operator == "<>" or other.operator == "<>":
        return first == second and {one.operator, other.operator} == {"=", "<>"}
    lows = [
        (offset, "=" in operator)
        for operator, offset in ((one.operator, first), (other.operator, second))
        if operator[0] in ">="
    ]
    highs = [
        (offset, "=" in operator)
        for operator, offset in ((one.operator, first), (other.operator, second))
        if operator[0] in "<="
    ]
    return any(
        low > high or (low == high and not (closed and shut)) for low, closed in lows for high, shut in highs
    )


def _emptied(domains: dict[str, Domain], columns: Sequence[str], types: Mapping[str, str]) -> bool:
    """Let one of some columns be NULL, since no values of theirs would do; tell whether that is allowed."""
    for column in columns:
        met = intersection(domains.get(column, Domain()), Domain(null=True), _family(column, types))
        if met is not None:
            domains[column] = met
            return True
    return False


def _family(column: str, types: Mapping[str, str]) -> Family:
    return family_of(types.get(column))


def _few(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Return at most so many branches, spread over all of them."""
    if len(branches) <= MOST_BRANCHES:
        return tuple(branches)
    return tuple(branches[place * len(branches) // MOST_BRANCHES] for place in range(MOST_BRANCHES))


@dataclass(frozen=True, eq=False)
class _Key:
    """A branch that is equal to one with the same parts in another order."""

    branch: Branch

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.branch == other.branch

    def __hash__(self) -> int:
        return hash((frozenset(self.branch.domains), len(self.branch.relations)))


def _implied(branch: Branch, other: Branch) -> bool:
    """Tell whether `a IS NULL` stands beside a branch that a NULL in `a` meets anyway."""
    nulls = {column for column, domain in branch.domains.items() if domain == Domain(null=True)}
    if not nulls or len(nulls) != len(branch.domains) or branch.relations:
        return False
    if nulls == set(other.domains) and all(other.domains[name] == Domain(null=True) for name in nulls):
        return False
    domains_met = all(
        column in nulls and domain.null is not False for column, domain in other.domains.items()
    )
    return domains_met and all({rule.left, *rule.right} & nulls for rule in other.relations)


def _united(keys: Sequence[_Key]) -> list[Branch]:
    """Put branches together that differ in the values of one column only."""
    united: list[Branch] = []
    for key in keys:
        branch = key.branch
        for place, known in enumerate(united):
            merged = _merged(known, branch)
            if merged is not None:
                united[place] = merged
                break
        else:
            united.append(branch)
    return united


def _merged(one: Branch, other: Branch) -> Branch | None:
    if one.relations or other.relations or len(one.domains) != 1 or set(one.domains) != set(other.domains):
        return None
    ((column, left),) = one.domains.items()
    right = other.domains[column]
    if left.values is None or right.values is None or left != replace(right, values=left.values):
        return None
    return Branch({column: replace(left, values=tuple(dict.fromkeys(left.values + right.values)))})
