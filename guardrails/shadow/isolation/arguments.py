"""A function's arguments -> values to call it with: those of the caller's own tenant, and those of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from guardrails.shadow.isolation.catalog import Argument, Catalog, Relation, Routine
from guardrails.shadow.isolation.session import identifier, literal
from guardrails.shadow.isolation.tenancy import Tenancy, is_user
from guardrails.shadow.isolation.values import Tenant

_MOST_CALLS = 48
_MOST_VALUES = 16
_PREFIX = re.compile(r"^_*(?:(?:p|in|arg|param|v|target|input)_)?")
_KEYS = frozenset({"uuid", "int2", "int4", "int8", "text", "varchar"})
_LATEST = re.compile(r"end|until|before|to$|max")
_BY_CATEGORY = {"B": "true", "N": "100", "A": "{}", "T": "1 year"}
_BY_TYPE = {"json": "{}", "jsonb": "{}", "bytea": "\\x00", "float4": "1", "float8": "1"}

_Value = tuple[str, bool]


@dataclass(frozen=True)
class Call:
    """One way to call a function.

    Attributes:
        foreign: an argument is of the other tenant.
        given: the values handed over, which come back without having been read.
    """

    statement: str
    foreign: bool
    given: frozenset[str]


@dataclass(frozen=True)
class Caller:
    """Makes up the calls of a function, for the tenant `own` or, of `anon`, for nobody's."""

    catalog: Catalog
    tenancy: Tenancy
    own: Tenant | None
    others: tuple[Tenant, ...]

    def calls(self, routine: Routine) -> tuple[list[Call], str]:
        """Return the calls, own ones first, and why there are none, if so."""
        choices: list[list[_Value]] = []
        for argument in routine.arguments:
            values = self._values(argument)
            if not values:
                if argument.optional:
                    choices.append([("", False)])
                    continue
                return [], f"no value for its argument {argument.name or argument.type} can be made up"
            if argument.optional:
                values = [("", False), *values] if any(foreign for _, foreign in values) else [("", False)]
            choices.append(values)
        ways = list(dict.fromkeys(islice(_ways(choices), _MOST_CALLS)))
        found = [self._call(routine, chosen) for chosen in ways]
        return sorted(found, key=lambda call: call.foreign), ""

    def _call(self, routine: Routine, chosen: tuple[_Value, ...]) -> Call:
        given = [
            (argument, value)
            for argument, (value, _) in zip(routine.arguments, chosen, strict=True)
            if value or not argument.optional
        ]
        named = all(argument.name for argument, _ in given)
        texts = ", ".join(
            f"{f'{identifier(argument.name)} => ' if named else ''}{literal(value)}::{argument.spelled}"
            for argument, value in given
        )
        name = f"{identifier(routine.schema, routine.name)}({texts})"
        statement = f"SELECT {name}" if routine.result == "record" else f"SELECT * FROM {name}"
        return Call(
            statement, any(foreign for _, foreign in chosen), frozenset(value for _, value in given if value)
        )

    def _values(self, argument: Argument) -> list[_Value]:
        """Return values with whether they are another tenant's; none where the type is not known."""
        if argument.type in _KEYS:
            own = list(islice(self._of(self.own, argument), _MOST_VALUES)) if self.own else []
            foreign = [
                value for other in self.others for value in islice(self._of(other, argument), _MOST_VALUES)
            ]
            both = [(value, False) for value in dict.fromkeys(own)]
            both += [(value, True) for value in dict.fromkeys(foreign) if value not in own]
            if both:
                return both
        if argument.labels:
            return [(argument.labels[0], False)]
        if argument.type in _BY_TYPE:
            return [(_BY_TYPE[argument.type], False)]
        if argument.category == "S":
            return [("tenant", False), ("%", False)]
        if argument.category == "D":
            return [("2100-01-01" if _LATEST.search(argument.name) else "2000-01-01", False)]
        value = "0" if "offset" in argument.name else _BY_CATEGORY.get(argument.category)
        return [(value, False)] if value is not None else []

    def _of(self, tenant: Tenant, argument: Argument) -> Iterator[str]:
        """Yield what a tenant's rows have for an argument of this name, the likeliest first."""
        name = _PREFIX.sub("", argument.name.lower())
        stem = re.sub(r"_?(id|uuid)$", "", name)
        if argument.category == "S" and "email" in name:
            yield tenant.email
            return
        if is_user(name) or name in {"user", "uid"}:
            yield tenant.user
            return
        named = [*self._column(tenant, argument, name), *self._key_of(tenant, argument, stem)]
        yield from named
        if not named and (argument.type == "uuid" or (stem != name and argument.category == "N") or not stem):
            yield from self._key_of(tenant, argument, "")

    def _column(self, tenant: Tenant, argument: Argument, name: str) -> Iterator[str]:
        for relation in self._tables(tenant):
            for column in relation.columns:
                if column.name == name and _alike(column.type, argument.type) and name != "id":
                    value = tenant.rows[relation.oid].get(name)
                    if value:
                        yield value

    def _key_of(self, tenant: Tenant, argument: Argument, stem: str) -> Iterator[str]:
        for relation in self._tables(tenant):
            if stem and relation.name.lower() not in {stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies"}:
                continue
            if len(relation.primary) == 1 and _alike(
                relation.column(relation.primary[0]).type, argument.type
            ):
                value = tenant.rows[relation.oid].get(relation.primary[0])
                if value:
                    yield value

    def _tables(self, tenant: Tenant) -> Iterator[Relation]:
        for oid in tenant.rows:
            relation = self.catalog.relations[oid]
            if self.tenancy.of(relation):
                yield relation


def _ways(choices: list[list[_Value]]) -> Iterator[tuple[_Value, ...]]:
    """Yield ways to choose: each argument for itself first, and all of another tenant's, before the rest."""
    first = [values[0] for values in choices]
    yield tuple(first)
    strange = [next((value for value in values if value[1]), values[0]) for values in choices]
    yield tuple(strange)
    for turn in range(1, max(map(len, choices), default=1)):
        for place, values in enumerate(choices):
            if turn < len(values):
                # From the end: the values of the other tenant stand there.
                yield (*first[:place], values[-turn], *first[place + 1 :])
    yield from product(*choices)


def _alike(column: str, argument: str) -> bool:
    kinds = ({"int2", "int4", "int8"}, {"text", "varchar", "bpchar", "citext"})
    return column == argument or any({column, argument} <= kind for kind in kinds)
