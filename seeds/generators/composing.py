"""The columns of a table together: branches, relations, states and their moments, sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from seeds.checks.contracts import Branch, Domain, Relation, Solved
from seeds.checks.domains import MOMENTS, NUMBERS, allowed_values, family_of
from seeds.draw import Stream
from seeds.generators.contracts import Chosen, Column, Composed, Context, Make
from seeds.generators.relations import kept, narrowed, ordered
from seeds.generators.states import governed, only_in
from seeds.generators.tables import words_of

Choose = Callable[[Column, Domain, Context], Chosen]


def composed(solved: Solved, context: Context, given: Mapping[str, Make], choose: Choose) -> Composed:
    """Return how all columns are filled together; see `choosing.compose`."""
    implicit = _usual_relations(solved, context, given)
    branches = [
        narrowed(Branch(branch.domains, (*branch.relations, *implicit)), context.columns)
        for branch in solved.branches
    ]
    usable = [number for number, branch in enumerate(branches) if _possible(branch, context)] or list(
        range(len(branches))
    )
    branch_of = _branch_of(usable, context)
    chosen: dict[str, Chosen] = {}
    makes: dict[str, list[Make]] = {}

    def fill(name: str, column: Column) -> None:
        found = _by_branch(column, branches, usable, context, choose)
        makes[name], chosen[name] = [one.make for one in found], found[usable[0]]

    for name, make in given.items():
        if name in context.columns:
            makes[name] = [_null_or(make, branch.domain(name)) for branch in branches]
            chosen[name] = Chosen("foreign key", "a key", make)
    free = {name: column for name, column in context.columns.items() if name not in given}
    for name, column in free.items():
        if column.type.name not in MOMENTS:
            fill(name, column)
    told = {name: _joined(options, usable, branch_of) for name, options in makes.items() if name in free}
    rules = governed(told, [branches[number] for number in usable], context, frozenset(given))
    for name, column in free.items():
        if column.type.name in MOMENTS:
            fill(name, replace(column, not_null=column.not_null or name in rules))
    _relate(branches, usable, context, makes, frozenset(given))
    columns = {name: _joined(makes[name], usable, branch_of) for name in context.columns}
    for name, (governor, reached) in rules.items():
        columns[name] = only_in(columns[name], columns[governor], reached)
    return Composed(
        {
            name: replace(chosen[name], make=columns[name], capacity=_capacity(name, context, chosen[name]))
            for name in context.columns
        },
        branch_of,
    )


def _capacity(name: str, context: Context, chosen: Chosen) -> int | None:
    return chosen.capacity if name in context.unique else None


def _possible(branch: Branch, context: Context) -> bool:
    """Tell whether a branch asks nothing of a column that its type refuses."""
    for name, domain in branch.domains.items():
        column = context.columns.get(name)
        if column is None:
            continue
        if domain.null is True and column.not_null:
            return False
        if domain.values is not None and domain.null is not True:
            values = allowed_values(domain, family_of(column.type.name))
            if column.type.labels:
                values = tuple(value for value in values if value in column.type.labels)
            if not values and (column.not_null or domain.null is False):
                return False
    return True


def _branch_of(usable: Sequence[int], context: Context) -> Callable[[Sequence[int]], list[int]]:
    if len(usable) == 1:
        only = usable[0]
        return lambda rows: [only] * len(rows)
    words = Stream(context.seed, context.table, "branch").words
    count = len(usable)
    return lambda rows: [usable[(word >> 8) % count] for word in words(rows)]


def _by_branch(
    column: Column, branches: Sequence[Branch], usable: Sequence[int], context: Context, choose: Choose
) -> list[Chosen]:
    """Return how a column is filled in each branch; branches that ask the same share one."""
    known: list[tuple[Domain, Chosen]] = []
    found: list[Chosen] = []
    for number, branch in enumerate(branches):
        domain = branch.domain(column.name)
        if domain.null is True and column.not_null:
            domain = replace(domain, null=False)
        one = next((chosen for other, chosen in known if other == domain), None)
        if one is None:
            one = found[0] if number not in usable and found else choose(column, domain, context)
            known.append((domain, one))
        found.append(one)
    return found


def _null_or(make: Make, domain: Domain) -> Make:
    return (lambda rows: [None] * len(rows)) if domain.null is True else make


def _joined(
    options: Sequence[Make], usable: Sequence[int], branch_of: Callable[[Sequence[int]], list[int]]
) -> Make:
    """Return one function for all branches: each row goes to the one it follows."""
    distinct = list(dict.fromkeys(options[number] for number in usable))
    if len(distinct) == 1:
        return distinct[0]

    def make(rows: Sequence[int]) -> list[str | None]:
        values: list[str | None] = [None] * len(rows)
        places: dict[Make, list[int]] = {}
        for place, number in enumerate(branch_of(rows)):
            places.setdefault(options[number], []).append(place)
        for option, mine in places.items():
            for place, value in zip(mine, option([rows[one] for one in mine]), strict=True):
                values[place] = value
        return values

    return make


def _relate(
    branches: Sequence[Branch],
    usable: Sequence[int],
    context: Context,
    makes: dict[str, list[Make]],
    given: frozenset[str],
) -> None:
    """Replace the makers of columns that stand in relations, branch by branch."""
    for number in usable:
        branch = branches[number]
        known = [one for one in branch.relations if {one.left, *one.right} <= set(makes)]
        derived = ordered(branch, known, given)
        done: set[str] = set()

        def settle(
            name: str,
            derived: Mapping[str, list[Relation]] = derived,
            done: set[str] = done,
            number: int = number,
            branch: Branch = branch,
        ) -> None:
            if name in done or name not in derived:
                return
            done.add(name)
            for relation in derived[name]:
                for other in relation.right:
                    settle(other)
            beside = {other: makes[other][number] for relation in derived[name] for other in relation.right}
            makes[name][number] = kept(
                context.columns[name],
                branch.domain(name),
                derived[name],
                context.columns,
                makes[name][number],
                beside,
            )

        for name in derived:
            settle(name)


def _usual_relations(solved: Solved, context: Context, given: Mapping[str, Make]) -> tuple[Relation, ...]:
    """Return what the names of columns tell: a maximum is not below its minimum, totals add up."""
    bound = {
        name for branch in solved.branches for one in branch.relations for name in (one.left, *one.right)
    }
    free = {
        name: column
        for name, column in context.columns.items()
        if name not in bound
        and name not in given
        and name not in context.unique
        and column.type.name in NUMBERS | MOMENTS | {"time"}
        and not column.type.dimensions
        and name not in context.configured
    }
    found: list[Relation] = []
    for name, column in free.items():
        other = _counterpart(name, free)
        if other is not None and free[other].type.name == column.type.name:
            found.append(Relation(name, ">=", (other,)))
    found += _sums(free)
    return tuple(found)


_PAIRS = (("max", "min"), ("maximum", "minimum"), ("high", "low"), ("upper", "lower"), ("end", "start"), ("ends", "starts"), ("to", "from"), ("until", "from"), ("until", "since"), ("finish", "start"), ("finished", "started"), ("closes", "opens"), ("compare", "price"))  # fmt: skip


def _counterpart(name: str, free: Mapping[str, Column]) -> str | None:
    words = words_of(name)
    spelt = {words_of(other): other for other in free if other != name}
    for more, less in _PAIRS:
        if more in words:
            found = spelt.get(tuple(less if word == more else word for word in words))
            if found is not None:
                return found
    return (
        spelt.get(("price",))
        if words in {("compare", "at", "price"), ("original", "price"), ("list", "price")}
        else None
    )


def _sums(free: Mapping[str, Column]) -> list[Relation]:
    """Return how a total is made: of what is taxed, or of what is counted."""
    by_words = {words_of(name): name for name, column in free.items() if column.type.name in NUMBERS}

    def one(*spellings: str) -> str | None:
        return next(
            (by_words[key] for key in (tuple(text.split()) for text in spellings) if key in by_words), None
        )

    total = one(
        "total",
        "total amount",
        "grand total",
        "total cents",
        "total price",
        "amount total",
        "amount due",
        "line total",
    )
    subtotal = one("subtotal", "subtotal amount", "net", "net amount", "subtotal cents", "sub total")
    quantity, price = (
        one("quantity", "qty"),
        one("unit price", "price", "unit price cents", "unit amount", "price cents", "unit cost"),
    )
    line = one(
        "line total",
        "subtotal",
        "amount",
        "total",
        "total price",
        "line amount",
        "line total cents",
        "total cents",
        "amount cents",
    )
    if total and subtotal and total != subtotal:
        added = [
            name
            for name in (
                one("tax", "tax amount", "vat", "tax cents", "tax total"),
                one("shipping", "shipping cost", "shipping amount", "shipping cents", "shipping total"),
            )
            if name
        ]
        taken = [
            name for name in (one("discount", "discount amount", "discount cents", "discount total"),) if name
        ]
        parts = (subtotal, *added, *taken)
        return [Relation(total, "=", parts, factors=("1",) * (1 + len(added)) + ("-1",) * len(taken))]
    if line and quantity and price and line not in {quantity, price}:
        return [Relation(line, "=", (quantity, price), product=True)]
    return []
