"""What seeding takes and gives: frozen values that every stage passes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardrails.lint.contracts import GuardrailsError

MOST_ROWS = 10_000_000


@dataclass(frozen=True)
class SeedConfig:
    """How many rows, and of what kind.

    Attributes:
        user_count: rows of each table of users.
        organization_count: rows of each table of organizations; None: one for every five users.
        deterministic: the test seed: the same bytes every time, with users of known ids.
        locale: whose names and places, as Faker spells it.
        seed: another number makes other rows.
        counts: rows of single tables, by name with or without the schema.
    """

    user_count: int = 50
    organization_count: int | None = None
    deterministic: bool = False
    locale: str = "en_US"
    seed: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = {
            "user_count": self.user_count,
            "organization_count": self.organization_count or 0,
            **self.counts,
        }
        for name, number in asked.items():
            if not 0 <= number <= MOST_ROWS:
                raise GuardrailsError(f"{name} is {number}; it must be from 0 to {MOST_ROWS:,}")


@dataclass(frozen=True)
class Progress:
    """How far a run is; `tables_done` counts whole tables."""

    table: str
    rows: int
    of_rows: int
    tables_done: int
    of_tables: int


@dataclass(frozen=True)
class TestUser:
    """A user that tests may rely on: the same id for the same schema, every time."""

    name: str
    id: str
    email: str | None
    table: str


@dataclass(frozen=True)
class SeedResult:
    """What a run did.

    Attributes:
        success: everything was written and committed; if not, nothing was.
        created: rows written, by table.
        errors: one sentence each.
        duration_ms: from the first query to the commit.
        test_users: who they are, in a deterministic run.
        warnings: what was left out, and why.
        samples: the first rows of each table, as text, for a person to look at.
    """

    success: bool
    created: dict[str, int]
    errors: tuple[str, ...] = ()
    duration_ms: int = 0
    test_users: tuple[TestUser, ...] = ()
    warnings: tuple[str, ...] = ()
    samples: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
