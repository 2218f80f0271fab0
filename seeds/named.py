"""Rows that tests rely on, and the system user: their values, which are not drawn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from itertools import count

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import NamedRow, SeedConfig, TestUser
from seeds.families import SYSTEM_EMAIL, is_users
from seeds.plan import TablePlan
from seeds.schema import INTEGERS, ForeignKey, Table

KNOWN = {
    "test-user-1": ("test1@example.com", False),
    "test-user-2": ("test2@example.com", False),
    "test-user-admin": ("admin@example.com", True),
}
"""The users of every test seed: name, e-mail address, and whether they are an administrator."""

SYSTEM_USER = ("system", SYSTEM_EMAIL)
SYSTEM_ID = {"uuid": "00000000-0000-0000-0000-000000000000", "int2": "0", "int4": "0", "int8": "0"}
SYSTEM_ROW = 2_009_999_999
"""The number of the row that the system user's other values are drawn from: no other row has it."""

TEST_NAMESPACE = uuid.UUID("5eedda7a-7e57-4bad-8bad-5eedda7a0001")
"""A test user's UUID is `uuid5` of this and its name, so it is the same in every schema."""

Values = dict[str, str | None]


def named_rows(
    plan: TablePlan, columns: Sequence[str], config: SeedConfig, tables: Mapping[str, Table]
) -> tuple[dict[int, Values], tuple[TestUser, ...]]:
    """Return the values that rows of a table have which tests rely on, by number, and who can be known by them."""
    if not config.deterministic or plan.start:
        return {}, ()
    table = plan.table
    told: dict[int, Values] = {}
    names: dict[int, str] = {}
    if plan.users:
        for number, name in _people(table, config, tables).items():
            if number < plan.stop:
                email, admin = KNOWN.get(name, (f"{name.lower().replace(' ', '-')}@example.com", False))
                told[number] = user_values(plan, columns, name, email, admin=admin, number=number + 1)
                names[number] = name
    own = numbered(table, config, tables)
    for name, (number, row) in own.items():
        told[number] = {**told.get(number, {}), **_asked(row, number, table, config, tables)}
        names[number] = name
    return told, tuple(
        TestUser(names[number], "/".join(values.get(name) or "" for name in table.primary_key),
                 values.get("email"), plan.name)
        for number, values in sorted(told.items())
        if table.primary_key and set(table.primary_key) <= values.keys()
        and (names[number] in own or plan.extends is None)
    )  # fmt: skip


def numbered(
    table: Table, config: SeedConfig, tables: Mapping[str, Table], above: frozenset[str] = frozenset()
) -> dict[str, tuple[int, NamedRow]]:
    """Return the rows of a table that tests rely on, by name, each with its number.

    A row that holds more of another one, as a profile of a user, has that one's number: the rows that
    are drawn go by it too. The others get the lowest numbers that are free.
    """
    rows = [row for row in config.named if _is(row, table)]
    key = _one_to_one(table)
    theirs: Mapping[str, tuple[int, NamedRow]] = {}
    if rows and key is not None and key.target in tables and key.target not in above:
        theirs = numbered(tables[key.target], config, tables, above | {table.name})
    numbers = {
        row.name: theirs[name][0]
        for row in rows
        for column, name in row.references.items()
        if key is not None and column in key.columns and name in theirs
    }
    free = (number for number in count() if number not in numbers.values())
    return {row.name: (numbers[row.name] if row.name in numbers else next(free), row) for row in rows}


def _people(table: Table, config: SeedConfig, tables: Mapping[str, Table]) -> dict[int, str]:
    """Return the names of users by their number, also for a table that holds more of them."""
    key = _one_to_one(table)
    if key is not None and key.target in tables and is_users(tables[key.target]):
        table = tables[key.target]
    own = numbered(table, config, tables)
    return {number: name for name, (number, _) in own.items()} or dict(enumerate(KNOWN))


def _one_to_one(table: Table) -> ForeignKey | None:
    whole = {frozenset(one.columns) for one in table.unique_sets if not one.within and not one.predicate}
    keys = (key for key in table.foreign_keys if key.target != table.name and not key.when)
    return next((key for key in keys if frozenset(key.columns) in whole), None)


def user_values(
    plan: TablePlan, columns: Sequence[str], name: str, email: str, *, admin: bool, number: int
) -> Values:
    """Return what a user of a known name has in the columns that tell who it is."""
    values: Values = {}
    of_keys = {column for one in plan.keys for column in one.key.columns}
    shown = name.replace("-", " ").title()
    first, _, last = shown.partition(" ")
    words = {
        "email": email, "name": shown, "full_name": shown, "display_name": shown, "username": name,
        "first_name": first, "last_name": last or first,
    }  # fmt: skip
    for column_name in columns:
        column = plan.table.column(column_name)
        domain = plan.solved.branches[0].domain(column_name)
        if column_name in of_keys:
            continue
        if (column_name,) == plan.table.primary_key:
            values[column_name] = test_id(column.type.name, name, number)
        elif column_name.lower() in words and not column.type.dimensions and domain.values is None:
            text = words[column_name.lower()]
            longest = (
                column.type.modifier - 4
                if column.type.name in {"varchar", "bpchar"} and column.type.modifier > 4
                else 1000
            )
            if domain.shortest <= len(text) <= min(longest, domain.longest or 1000):
                values[column_name] = text
        elif column_name.lower() in {"is_admin", "admin"} and column.type.name == "bool":
            values[column_name] = "true" if admin else "false"
        elif column_name.lower() in {"role", "user_role"} and plan.name != "auth.users":
            roles = column.type.labels or domain.values or ("admin", "member")
            fitting = [role for role in roles if (role == "admin") == admin]
            if fitting:
                values[column_name] = fitting[0]
    return values


def system_values(plan: TablePlan, columns: Sequence[str]) -> Values:
    """Return what the system user has that other users have not."""
    values = user_values(plan, columns, *SYSTEM_USER, admin=False, number=0)
    key = plan.table.primary_key
    if len(key) == 1 and key[0] in values:
        values[key[0]] = SYSTEM_ID.get(plan.table.column(key[0]).type.name, "system")
    return values


def test_id(kind: str, name: str, number: int) -> str:
    """Return the id of a row that tests know, in the type of the key."""
    if kind == "uuid":
        return str(uuid.uuid5(TEST_NAMESPACE, name))
    return str(number) if kind in INTEGERS | {"numeric"} else name


def _is(row: NamedRow, table: Table) -> bool:
    return row.table in {table.name, table.relation}


def _asked(
    row: NamedRow, number: int, table: Table, config: SeedConfig, tables: Mapping[str, Table]
) -> Values:
    there = {one.name for one in table.columns}
    of_keys = {column for key in table.foreign_keys for column in key.columns}
    told = [*row.values, *row.references]
    if missing := [column for column in told if column not in there]:
        raise GuardrailsError(
            f"the row {row.name!r} names {missing[0]!r}, which is no column of {table.name}"
        )
    if len(table.primary_key) == 1 and table.primary_key[0] not in of_keys:
        told.append(table.primary_key[0])
    return {column: _value(row, number, table, column, config, tables, ()) for column in told}


def _value(
    row: NamedRow,
    number: int,
    table: Table,
    column: str,
    config: SeedConfig,
    tables: Mapping[str, Table],
    above: tuple[tuple[str, str, str], ...],
) -> str | None:
    """Return what a row has in a column that is told, or that its name tells; rows may point at each other."""
    place = (table.name, row.name, column)
    if column in row.references and place not in above:
        name = row.references[column]
        for key in table.foreign_keys:
            found = numbered(tables[key.target], config, tables) if key.target in tables else {}
            if column in key.columns and name in found:
                theirs = key.target_columns[key.columns.index(column)]
                target, other = found[name][1], found[name][0]
                return _value(target, other, tables[key.target], theirs, config, tables, (*above, place))
        raise GuardrailsError(f"no row {name!r} is named that {table.name}.{column} could point at")
    if column in row.values:
        return _text(row.values[column])
    if (column,) == table.primary_key and column not in row.references:
        return test_id(table.column(column).type.name, row.name, number + 1)
    if column.lower() == "email" and row.name in KNOWN and is_users(table):
        return KNOWN[row.name][0]
    raise GuardrailsError(
        f"the row {row.name!r} of {table.name} is pointed at by its {column}, which is not told: add it"
    )


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
