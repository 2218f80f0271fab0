"""Rows that tests rely on, and the system user: their values, which are not drawn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import NamedRow, SeedConfig, TestUser
from seeds.plan import TablePlan
from seeds.schema import INTEGERS, Table

TEST_USERS = (
    ("test-user-1", "test1@example.com", False),
    ("test-user-2", "test2@example.com", False),
    ("test-user-admin", "admin@example.com", True),
)
SYSTEM_USER = ("system", "system@example.com")
SYSTEM_ID = {"uuid": "00000000-0000-0000-0000-000000000000", "int2": "0", "int4": "0", "int8": "0"}
SYSTEM_ROW = 2_009_999_999
"""The number of the row that the system user's other values are drawn from: no other row has it."""

TEST_NAMESPACE = uuid.UUID("5eedda7a-7e57-4bad-8bad-5eedda7a0001")
"""A test user's UUID is `uuid5` of this and its name, so it is the same in every schema."""

Values = dict[str, str | None]


def named_rows(
    plan: TablePlan, columns: Sequence[str], config: SeedConfig, tables: Mapping[str, Table]
) -> tuple[dict[int, Values], tuple[TestUser, ...]]:
    """Return the values that rows of a table have which tests rely on, by number, and the users among them."""
    if not config.deterministic or plan.start:
        return {}, ()
    own = [row for row in config.named if _is(row, plan.table)]
    key = plan.table.primary_key
    fixed: dict[int, Values] = {}
    users: list[TestUser] = []
    if own:
        for number, row in enumerate(own):
            fixed[number] = _asked(row, number, plan.table, config, tables)
            if plan.users and len(key) == 1:
                users.append(
                    TestUser(row.name, fixed[number][key[0]] or "", fixed[number].get("email"), plan.name)
                )
    elif plan.users:
        for number, (name, email, admin) in enumerate(TEST_USERS[: plan.stop]):
            fixed[number] = user_values(plan, columns, name, email, admin=admin, number=number + 1)
            if len(key) == 1 and key[0] in fixed[number] and plan.extends is None:
                users.append(
                    TestUser(name, fixed[number][key[0]] or "", fixed[number].get("email"), plan.name)
                )
    return fixed, tuple(users)


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
    values: Values = {column: _text(value) for column, value in row.values.items()}
    of_keys = {column for key in table.foreign_keys for column in key.columns}
    key = table.primary_key
    if len(key) == 1 and key[0] not in values and key[0] not in of_keys:
        values[key[0]] = test_id(table.column(key[0]).type.name, row.name, number + 1)
    for column, name in row.references.items():
        values[column] = _pointed_at(table, column, name, config, tables)
    there = {one.name for one in table.columns}
    if missing := [column for column in values if column not in there]:
        raise GuardrailsError(
            f"the row {row.name!r} names {missing[0]!r}, which is no column of {table.name}"
        )
    return values


def _pointed_at(
    table: Table, column: str, name: str, config: SeedConfig, tables: Mapping[str, Table]
) -> str | None:
    for key in table.foreign_keys:
        if column not in key.columns:
            continue
        target = tables[key.target]
        rows = [row for row in config.named if _is(row, target)]
        for number, row in enumerate(rows):
            if row.name == name:
                return _asked(row, number, target, config, tables).get(
                    key.target_columns[key.columns.index(column)]
                )
    raise GuardrailsError(f"no row {name!r} is named that {table.name}.{column} could point at")


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
