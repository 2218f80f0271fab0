"""A column -> texts to try for it, the likeliest first, and each tenant's unlike the other's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from guardrails.shadow.isolation.catalog import Check, Column, Relation
from guardrails.shadow.isolation.expressions import choices, lowest

_RANKED = (
    "owner", "admin", "private", "restricted", "active", "accepted", "approved", "member", "draft", "pending", "open",
)  # fmt: skip
_PLATFORM = frozenset({"auth", "storage"})
_YES = re.compile(r"^(is_)?(active|enabled|accepted|approved|verified|confirmed)$")
_RANK = re.compile(r"role|level|permission")
_LAST = re.compile(r"end|until|expire|due|close|finish|valid_to")
_NUMBERS = ("1", "10", "100", "0", "5", "2024", "0.5", "-1")
_WORDS = (
    "Tenantx",
    "+15551234567",
    "#aabbcc",
    "a@example.test",
    "https://example.test/",
    "USD",
    "en",
    "0",
    "x",
)


@dataclass
class Tenant:
    """One of the two tenants: who its user is, and the values that are its alone.

    Attributes:
        letter: `a` or `b`.
        rows: a row of each table that was filled, by the table's oid: column -> text.
        shared_keys: kind of organisation -> key, where no foreign key gives one.
    """

    letter: str
    user: str = ""
    number: int = 0
    rows: dict[int, dict[str, str | None]] = field(default_factory=dict)
    shared_keys: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """Return the address of the tenant's user."""
        return f"tenant-{self.letter}@example.test"

    def next_number(self) -> int:
        """Return a number that no value of this tenant was made of yet."""
        self.number += 1
        return self.number

    def uuid(self, number: int) -> str:
        """Return a UUID of this tenant."""
        eight = self.letter * 8
        return f"{eight}-{self.letter * 4}-4{self.letter * 3}-8{self.letter * 3}-{number:012d}"

    def whole(self, number: int) -> str:
        """Return a whole number of this tenant that no sequence will have given."""
        return str((1_110_000_000 if self.letter == "a" else 1_220_000_000) + number)

    def key(self, kind: str, type_: str) -> str:
        """Return the key of the tenant's organisation of this kind, the same wherever it is named."""
        if (kind, type_) not in self.shared_keys:
            self.shared_keys[kind, type_] = unique_value(self, type_, "id")
        return self.shared_keys[kind, type_]


def unique_value(tenant: Tenant, type_: str, name: str) -> str:
    """Return a value of this type that occurs nowhere else."""
    number = tenant.next_number()
    match type_:
        case "uuid":
            return tenant.uuid(number)
        case "int4" | "int8" | "numeric" | "float8":
            return tenant.whole(number)
        case "int2":
            return str(number + (0 if tenant.letter == "a" else 10_000))
    if "email" in name:
        return f"tenant-{tenant.letter}-{number:04}@example.test"
    if re.search(r"url|link|website|avatar", name):
        return f"https://example.test/tenant-{tenant.letter}-{number:04}"
    return f"tenant-{tenant.letter}-{number:04}"  # of one length, so that none is the beginning of another


def candidates(relation: Relation, column: Column, tenant: Tenant) -> Iterator[str | None]:
    """Yield values for a column: what its CHECKs list, what suits its type and name, then guesses."""
    checks = [check for check in relation.checks if column.name in check.columns]
    listed = column.labels or tuple(
        dict.fromkeys(value for check in checks for value in choices(check.expression, column.name))
    )
    if listed:
        yield from sorted(listed, key=lambda value: _rank(value, column.name))
    else:
        yield from _by_type(relation, column, tenant, checks)
    if not column.required:
        yield None


def is_filled(relation: Relation, column: Column) -> bool:
    """Tell whether a row needs a value for a column that no key and no policy asks for."""
    if column.generated:
        return False
    if column.name in relation.primary and (column.type == "uuid" or column.category == "N"):
        return True
    if _RANK.search(column.name) and (column.labels or column.category == "S"):
        return True
    if column.category == "B" and _YES.match(column.name):
        return True
    checked = any(column.name in check.columns for check in relation.checks)
    if column.category == "S" and column.default is None and not checked and relation.schema not in _PLATFORM:
        return True  # by which the row is known again where its key does not come out
    return column.required and column.default is None and not column.identity


def _by_type(relation: Relation, column: Column, tenant: Tenant, checks: list[Check]) -> Iterator[str | None]:
    unique = column.name in relation.unique
    least = max((value for check in checks if (value := lowest(check.expression, column.name))), default=None)
    match column.category, column.type:
        case _, "uuid":
            yield unique_value(tenant, "uuid", column.name)
        case "S", _:
            yield from _texts(column, tenant, least)
        case "N", _:
            if unique:
                yield unique_value(tenant, column.type, column.name)
            if least is not None:
                yield str(least)
            yield from _NUMBERS
        case "B", _:
            first = "true" if _YES.match(column.name) else "false"
            yield first
            yield "false" if first == "true" else "true"
        case "D", "time" | "timetz":
            yield "18:00" if _LAST.search(column.name) else "10:00"
        case "D", _:
            yield "2099-01-01" if _LAST.search(column.name) else "2025-01-01"
        case "T", _:
            yield "1 hour"
        case "I", _:
            yield "10.0.0.1/32"
        case "A", _:
            yield "{}"
            yield "{1}"
        case "R", _:
            yield "{}" if "multi" in column.type else "empty"
            yield "[1,2)"
        case _, "json" | "jsonb":
            yield "{}"
            yield "[]"
        case _, "bytea":
            yield "\\x01020304"
        case _, "vector" | "halfvec":
            yield f"[{','.join(['0.1'] * max(column.modifier, 1))}]"
        case "G", "point":
            yield "(0,0)"
        case _, "tsvector":
            yield "x"


def _texts(column: Column, tenant: Tenant, least: int | None) -> Iterator[str]:
    first = unique_value(tenant, column.type, column.name)
    if least is not None and len(first) < least:
        first = first.ljust(least, "x")
    longest = column.modifier - 4 if column.modifier > 4 else None
    if longest is not None and len(first) > longest:
        first = f"{tenant.letter}{tenant.number}"[:longest].ljust(
            longest if column.type == "bpchar" else 1, "x"
        )
    if "phone" in column.name:
        yield f"+1555{tenant.whole(tenant.number)[-7:]}"
    if re.search(r"colou?r", column.name):
        yield "#aabbcc"
    yield first
    yield first.replace("-", "_")
    yield first.replace("-", "")
    yield first.replace("-", "").upper()
    yield from (word for word in _WORDS if longest is None or len(word) <= longest)


def _rank(value: str, name: str) -> int:
    low = value.lower()
    if not _RANK.search(name) and low in {"owner", "admin"}:
        return len(_RANKED)
    return _RANKED.index(low) if low in _RANKED else len(_RANKED)
