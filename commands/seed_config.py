"""What was asked for, and what the project's configuration says -> the configuration of one run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guardrails.config import load_config
from guardrails.project import find_root
from guardrails.seed_settings import SeedSettings
from seeds.contracts import Reference, SeedConfig

_DEVELOPMENT_USERS = 50
_TEST_USERS = 10


def seed_config(
    root: Path,
    *,
    users: int | None = None,
    organizations: int | None = None,
    locale: str | None = None,
    seed: int | None = None,
    rows: Mapping[str, int] | None = None,
    test: bool = False,
) -> SeedConfig:
    """Return the configuration of a run; what is None is taken from `[seeds]`, else has its default.

    The test seed is small and keeps to its own numbers: it takes none from `[seeds]`.

    Raises:
        GuardrailsError: the configuration is wrong, or a number is.
    """
    settings = load_config(find_root(root)).seeds or SeedSettings()
    numbers = SeedSettings() if test else settings
    return SeedConfig(
        user_count=_first(users, numbers.users, _TEST_USERS if test else _DEVELOPMENT_USERS),
        organization_count=numbers.organizations if organizations is None else organizations,
        deterministic=test,
        locale=locale or settings.locale or SeedConfig.locale,
        seed=_first(seed, numbers.seed, SeedConfig.seed),
        counts={**numbers.rows, **(rows or {})},
        excluded=settings.excluded,
        generators=settings.generators,
        fixed=settings.fixed,
        locales={} if locale else settings.locales,
        references=tuple(
            Reference(one.table, one.columns, one.target, one.target_columns, one.when)
            for one in settings.references
        ),
    )


def _first(asked: int | None, configured: int | None, default: int) -> int:
    return next((number for number in (asked, configured) if number is not None), default)
