"""A `TablePlan` and the keys of its parents -> rows, as text for COPY."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import TestUser
from seeds.draw import Draw
from seeds.introspect import Column, ForeignKey
from seeds.limits import Allowed
from seeds.plan import TablePlan
from seeds.pools import pools_of
from seeds.values import Chosen, Maker, Source, choose, rendered, tokens

TEST_USERS = (
    ("test-user-1", "test1@example.com", False),
    ("test-user-2", "test2@example.com", False),
    ("test-user-admin", "admin@example.com", True),
)
SYSTEM_USER = ("system", "system@example.com")
SYSTEM_ID = {"uuid": "00000000-0000-0000-0000-000000000000", "int2": "0", "int4": "0", "int8": "0"}
SYSTEM_ROW = 2_009_999_999
"""The number of the row that the system user's other values are drawn from: no other row has it."""

AUTH_USER: dict[str, str | None] = {
    "instance_id": "00000000-0000-0000-0000-000000000000",
    "aud": "authenticated",
    "role": "authenticated",
    "raw_app_meta_data": '{"provider": "email", "providers": ["email"]}',
    "is_super_admin": "false",
    "is_sso_user": "false",
    "is_anonymous": "false",
    **dict.fromkeys(("phone", "phone_confirmed_at", "banned_until", "deleted_at", "invited_at")),
    **dict.fromkeys(
        (
            "confirmation_token", "recovery_token", "email_change_token_new", "email_change", "phone_change",
            "phone_change_token", "email_change_token_current", "reauthentication_token",
        ),
        "",
    ),
}  # fmt: skip
"""Columns of auth.users that sign-in reads: its tokens must be empty texts, never NULL."""

SYSTEM_KEYS = frozenset({"00000000-0000-0000-0000-000000000000", "system"})

TEST_NAMESPACE = uuid.UUID("5eedda7a-7e57-4bad-8bad-5eedda7a0001")
"""A test user's UUID is `uuid5` of this and its name, so it is the same in every schema."""

Keys = Mapping[tuple[str, tuple[str, ...]], Sequence[tuple[str | None, ...]]]
"""By table and columns: the values of its rows there, as text, in a fixed order."""


@dataclass(frozen=True)
class Filling:
    """How the rows of one table are made: its columns in order, and a function of the row's number."""

    plan: TablePlan
    columns: tuple[str, ...]
    start: int
    stop: int
    chosen: dict[str, Chosen] = field(default_factory=dict)
    fixed: dict[int, dict[str, str | None]] = field(default_factory=dict)
    users: tuple[TestUser, ...] = ()

    def rows(self) -> Iterator[tuple[str | None, ...]]:
        makers = [self.chosen[name].make for name in self.columns]
        later = [
            (self.columns.index(more), self.columns.index(less))
            for more, less in self.plan.limits.greater
            if more in self.columns and less in self.columns
        ]
        for number in range(self.start, self.stop):
            values = [make(number) for make in makers]
            for more, less in later:
                _in_order(values, more, less)
            if (named := self.fixed.get(number)) is not None:
                yield tuple(
                    named[name] if name in named else rendered(value)
                    for name, value in zip(self.columns, values, strict=True)
                )
            else:
                yield tuple(map(rendered, values))

    def values_of(self, columns: tuple[str, ...]) -> Iterator[tuple[str | None, ...]]:
        """Yield what the rows have in some columns."""
        makers = [(name, self.chosen[name].make) for name in columns]
        for number in range(self.start, self.stop):
            named = self.fixed.get(number, {})
            yield tuple(named[name] if name in named else rendered(make(number)) for name, make in makers)


def fill(plan: TablePlan, keys: Keys, existing: int, seed: int, locale: str, *, named: bool) -> Filling:
    """Decide how every column of a table gets its values.

    Args:
        plan: the table.
        keys: of the tables that it points at.
        existing: rows that it has; the new ones are counted on from there.
        seed: as in `SeedConfig`.
        locale: as in `SeedConfig`.
        named: the first rows are the users that tests know.
    """
    source = Source(plan.table, pools_of(locale), seed, plan.extends or plan.table.name)
    stop = max(plan.rows, existing)
    chosen: dict[str, Chosen] = {}
    in_keys = {column for key in plan.table.foreign_keys for column in key.columns}
    carriers = {_carrier(plan, unique, in_keys) for unique in plan.table.uniques}
    platform = AUTH_USER if plan.table.name == "auth.users" else {}
    for column in plan.table.columns:
        if column.name in platform:
            chosen[column.name] = Chosen("what Supabase's sign-up writes", _around((platform[column.name],)))
            continue
        if column.generated or column.name in in_keys or not _wanted(plan, column):
            continue
        if column.name in plan.table.never:
            chosen[column.name] = Chosen("false: a unique index allows few others", lambda _row: False)
            continue
        allowed = plan.limits.columns.get(column.name, Allowed())
        chosen[column.name] = choose(source, column, allowed, unique=column.name in carriers)
    capacity = _fill_keys(plan, keys, existing, seed, chosen)
    for room in _few_values(plan, existing, chosen):
        capacity = room if capacity is None else min(capacity, room)
    columns = tuple(
        column.name for column in plan.table.columns if column.name in chosen and not column.generated
    )
    stop = min(stop, existing + capacity) if capacity is not None else stop
    fixed, users = _test_users(plan, columns) if named and plan.users and not existing else ({}, ())
    return Filling(plan, columns, existing, stop, chosen, fixed, users)


def _wanted(plan: TablePlan, column: Column) -> bool:
    """Tell whether to write a column: its default may know better, but a key must be the same each time."""
    if column.name == "confirmed_at" and plan.table.name == "auth.users":
        return False
    in_a_key = any(column.name in unique for unique in plan.table.uniques)
    moments = {"timestamptz", "timestamp", "date"}
    return (
        not column.has_default
        or in_a_key
        or column.type in moments
        or column.type in {"uuid", "bool"}
        or bool(column.labels or plan.limits.columns.get(column.name, Allowed()).values)
    )


def _carrier(plan: TablePlan, unique: tuple[str, ...], in_keys: set[str]) -> str | None:
    """Return the column that makes a unique set unique: the one whose values may best be numbered."""

    def fitness(name: str) -> int:
        column = plan.table.column(name)
        if column.type in {"uuid", "int2", "int4", "int8"}:
            return 0
        good = {
            "slug",
            "key",
            "code",
            "name",
            "email",
            "token",
            "number",
            "title",
            "handle",
            "username",
            "id",
            "path",
        }
        return (
            1 if good & set(tokens(name)) else 3 if column.type in {"timestamptz", "timestamp", "date"} else 2
        )

    free = [name for name in unique if name not in in_keys and _carries(plan, plan.table.column(name))]
    return min(free, key=fitness, default=None)


def _carries(plan: TablePlan, column: Column) -> bool:
    """Tell whether this column is the one that makes a unique set unique."""
    few = column.labels or column.type == "bool" or plan.limits.columns.get(column.name, Allowed()).values
    return not few


def _few_values(plan: TablePlan, existing: int, chosen: dict[str, Chosen]) -> Iterator[int]:
    """Give every row another value where few are allowed and none twice; yield how many rows that leaves."""
    for unique in plan.table.uniques:
        if len(unique) != 1 or unique[0] not in chosen:
            continue
        column = plan.table.column(unique[0])
        allowed = plan.limits.columns.get(column.name, Allowed())
        values = allowed.values or column.labels
        if values:
            chosen[column.name] = Chosen("each value once", _around(values))
            yield max(len(values) - existing, 0)
        elif column.type in {"int2", "int4", "int8"} and allowed.highest is not None:
            lowest = int(allowed.lowest) if allowed.lowest is not None else 1
            yield max(int(allowed.highest) - lowest + 1 - existing, 0)
        elif column.type == "bool":
            chosen[column.name] = Chosen("each value once", lambda row: row % 2 == 0)
            yield max(2 - existing, 0)


def _fill_keys(
    plan: TablePlan, keys: Keys, existing: int, seed: int, chosen: dict[str, Chosen]
) -> int | None:
    """Add makers for the columns of foreign keys; return how many new rows they have room for."""
    room: int | None = None
    together = _joined_keys(plan)
    if together:
        room = _pairs(plan, together, keys, existing, seed, chosen)
    for key in sorted(plan.keys, key=lambda key: -len(key.columns)):
        if key in together or all(column in chosen for column in key.columns):
            continue
        parents = keys.get((key.target, key.target_columns), ())
        single = set(key.columns) in map(set, plan.table.uniques)
        if single and key.target != plan.table.name:
            used = set(keys.get((plan.table.name, key.columns), ()))
            free = [parent for parent in parents if parent not in used]
            room = len(free) if room is None else min(room, len(free))
            _put(key, chosen, _one_after_the_other(free, existing), f"each {key.target} once")
        elif key.target == plan.table.name:
            _own_key(plan, key, parents, seed, chosen)
        elif parents:
            draw = Draw(seed, plan.table.name, *key.columns)
            _put(key, chosen, _skewed(draw, parents, _optional(plan, key)), f"a {key.target}")
        elif not _optional(plan, key):
            room = 0
            _put(key, chosen, lambda _row: None, f"a {key.target}: there is none")
    return room


def _optional(plan: TablePlan, key: ForeignKey) -> bool:
    return any(not plan.table.column(column).not_null for column in key.columns)


def _skewed(draw: Draw, parents: Sequence[tuple[str | None, ...]], optional: bool) -> Maker:
    """Return a maker that gives a few parents many rows, most some, and some none."""
    count = len(parents)

    def make(row: int) -> object:
        if optional and draw.below(row, 10) == 0:
            return None
        # Numbers are skewed, then shuffled, so that it is not always the first who has most.
        place = int(count * draw.share(row) ** 1.7)
        return parents[(place * 7919 + 13) % count] if count % 7919 else parents[place]

    return make


def _around(values: Sequence[str | None]) -> Maker:
    return lambda row: values[row % len(values)]


def _one_after_the_other(items: Sequence[tuple[str | None, ...]], start: int) -> Maker:
    return lambda row: items[row - start] if 0 <= row - start < len(items) else None


def _put(key: ForeignKey, chosen: dict[str, Chosen], pick: Maker, label: str) -> None:
    for place, column in enumerate(key.columns):
        if column not in chosen:
            chosen[column] = Chosen(label, lambda row, place=place: _at(pick(row), place))  # type: ignore[misc]


def _at(picked: object, place: int) -> object:
    return picked[place] if isinstance(picked, tuple) else None


def _own_key(
    plan: TablePlan,
    key: ForeignKey,
    existing: Sequence[tuple[str | None, ...]],
    seed: int,
    chosen: dict[str, Chosen],
) -> None:
    """Point a row at an earlier one of the same table, now and then at none."""
    draw = Draw(seed, plan.table.name, *key.columns)
    makers = [chosen[column].make for column in key.target_columns if column in chosen]
    whole = len(makers) == len(key.target_columns)

    def pick(row: int) -> object:
        if row == 0 or not whole or (draw.below(row, 3) == 0 and _optional(plan, key)):
            return (
                None if _optional(plan, key) or not whole else tuple(rendered(make(row)) for make in makers)
            )
        earlier = draw.below(row + (1 << 40), row)
        if earlier < len(existing):
            return existing[earlier]
        return tuple(rendered(make(earlier)) for make in makers)

    _put(key, chosen, pick, f"an earlier {plan.table.name}")


def _joined_keys(plan: TablePlan) -> tuple[ForeignKey, ...]:
    """Return the keys of a unique set that holds nothing but keys and states: pairs must be distinct."""
    for unique in plan.table.uniques:
        inside = tuple(
            key for key in plan.keys if set(key.columns) <= set(unique) and key.target != plan.table.name
        )
        covered = {column for key in inside for column in key.columns}
        free = [name for name in unique if name not in covered]
        if len(unique) > 1 and inside and not any(_carries(plan, plan.table.column(name)) for name in free):
            return inside
    return ()


def _pairs(
    plan: TablePlan,
    together: tuple[ForeignKey, ...],
    keys: Keys,
    existing: int,
    seed: int,
    chosen: dict[str, Chosen],
) -> int:
    """Give every row another combination of parents; return how many new combinations there are."""
    lists = [keys.get((key.target, key.target_columns), ()) for key in together]
    capacity = 1
    for parents in lists:
        capacity *= len(parents)
    columns = tuple(column for key in together for column in key.columns)
    used = set(keys.get((plan.table.name, columns), ()))
    offset = Draw(seed, plan.table.name, "pairs")
    order: list[tuple[tuple[str | None, ...], ...]] = []
    for number in range(min(capacity, len(used) + max(plan.rows - existing, 0) + len(used))):
        combination = _combination(number, lists, offset)
        if tuple(value for parent in combination for value in parent) not in used:
            order.append(combination)
    for place, key in enumerate(together):
        _put(
            key,
            chosen,
            lambda row, place=place: order[row - existing][place] if row - existing < len(order) else None,  # type: ignore[misc]
            f"a {key.target}, each combination once",
        )
    return len(order)


def _combination(
    number: int, lists: Sequence[Sequence[tuple[str | None, ...]]], offset: Draw
) -> tuple[tuple[str | None, ...], ...]:
    """Return the n-th combination; any two numbers below the product of the sizes give different ones."""
    parts: list[tuple[str | None, ...]] = []
    turn = 0
    rest = number
    for parents in lists:
        rest, digit = divmod(rest, len(parents))
        parts.append(parents[(digit + turn) % len(parents)])
        turn = offset(digit + turn) % 1009  # the next digit is moved by what stands before it
    return tuple(parts)


def _in_order(values: list[object], more: int, less: int) -> None:
    one, other = values[more], values[less]
    if one is None or other is None or type(one) is not type(other):
        return
    if one < other:  # type: ignore[operator]
        values[more], values[less] = other, one
    elif one == other:
        values[more] = one + (timedelta(days=1) if isinstance(one, date) else 1)  # type: ignore[operator]


def _test_users(
    plan: TablePlan, columns: tuple[str, ...]
) -> tuple[dict[int, dict[str, str | None]], tuple[TestUser, ...]]:
    fixed: dict[int, dict[str, str | None]] = {}
    users: list[TestUser] = []
    for number, (name, email, admin) in enumerate(TEST_USERS[: plan.rows]):
        values = _named(plan, columns, name, email, admin=admin, number=number + 1)
        fixed[number] = values
        key = plan.table.uniques[0][0] if plan.table.uniques else ""
        if key in values and plan.extends is None:
            users.append(TestUser(name, values[key] or "", values.get("email"), plan.table.name))
    return fixed, tuple(users)


def _named(
    plan: TablePlan, columns: tuple[str, ...], name: str, email: str, *, admin: bool, number: int
) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    in_keys = {column for key in plan.keys for column in key.columns}
    first, _, last = name.replace("-", " ").title().partition(" ")
    words = {
        "email": email, "name": name.replace("-", " ").title(), "full_name": name.replace("-", " ").title(),
        "display_name": name.replace("-", " ").title(), "username": name, "first_name": first, "last_name": last or first,
    }  # fmt: skip
    primary = plan.table.uniques[0] if plan.table.uniques else ()
    for column_name in columns:
        column = plan.table.column(column_name)
        if column_name in in_keys:
            continue
        if (column_name,) == primary:
            values[column_name] = test_id(column.type, name, number)
        elif column_name.lower() in words and not column.array:
            text = words[column_name.lower()]
            allowed = plan.limits.columns.get(column_name, Allowed())
            if (allowed.shortest or 0) <= len(text) <= min(column.length or 1000, allowed.longest or 1000):
                values[column_name] = text
        elif column_name.lower() in {"is_admin", "admin"} and column.type == "bool":
            values[column_name] = "true" if admin else "false"
        elif column_name.lower() in {"role", "user_role"}:
            roles = (
                column.labels or plan.limits.columns.get(column_name, Allowed()).values or ("admin", "member")
            )
            fitting = [role for role in roles if (role == "admin") == admin]
            if fitting and plan.table.name != "auth.users":
                values[column_name] = fitting[0]
    return values


def test_id(kind: str, name: str, number: int) -> str:
    """Return the id of a user that tests know, in the type of the key."""
    if kind == "uuid":
        return str(uuid.uuid5(TEST_NAMESPACE, name))
    return str(number) if kind in {"int2", "int4", "int8", "numeric"} else name


def system_row(filling: Filling) -> dict[str, str | None]:
    """Return the values of the system user: those of a row that is never drawn, with its own id and name."""
    values: dict[str, str | None] = {}
    makers = filling.chosen
    for name in filling.columns:
        try:
            values[name] = rendered(makers[name].make(SYSTEM_ROW))
        except (IndexError, OverflowError) as error:
            raise GuardrailsError(
                f"{filling.plan.table.name}: no value for {name} of the system user"
            ) from error
    primary = filling.plan.table.uniques[0] if filling.plan.table.uniques else ()
    values.update(_named(filling.plan, filling.columns, *SYSTEM_USER, admin=False, number=0))
    for name in primary:
        kind = filling.plan.table.column(name).type
        if len(primary) == 1 and name in values:
            values[name] = SYSTEM_ID.get(kind, "system")
    return values
