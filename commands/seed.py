"""Fill a development database with rows: the one in the environment, else one of our own for a look."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from commands.seed_config import seed_config
from commands.seed_database import DSN_NAMES, Opened, database_to_fill
from commands.seed_records import RecordedRun, keep, now
from guardrails.config import load_config
from guardrails.files import read_text, show
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project, find_root
from guardrails.shadow.replay import Skipped
from seeds.contracts import NamedRow, Progress, SeedConfig, SeedResult
from seeds.data_file import read_test_data
from seeds.failures import sentence
from seeds.guard.mark import Identity
from seeds.introspect import introspect
from seeds.plan import Plan, plan
from seeds.pools import pools_of
from seeds.recording import Wrote, recorded
from seeds.run import seed
from seeds.schema import Catalog

__all__ = ["DSN_NAMES", "Planned", "Seeded", "seed_dev", "seed_plan", "seed_test"]

TEST_DATA = "seeds/test-data.toml"
"""Where the named rows of a project stand, beside its folder of migrations."""


@dataclass(frozen=True)
class Seeded:
    """What a run did, and where.

    Attributes:
        where: the database, in words.
        kept: the rows are still there; not so in a database of our own.
        skipped: statements of the history that did not run in a database of our own.
    """

    result: SeedResult
    where: str
    kept: bool
    skipped: tuple[Skipped, ...] = ()


def seed_dev(
    root: Path,
    config: SeedConfig,
    *,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Seeded:
    """Fill the tables of a development database with realistic rows, up to the asked counts.

    The database is that of GUARDRAILS_DATABASE_URL or DATABASE_URL. Without either, the project's
    migrations are replayed on a disposable PostgreSQL of our own and that is filled, for a look.

    Raises:
        GuardrailsError: it is not surely a development database, or the configuration is wrong.
    """
    pools_of(config.locale)
    project = find_root(root)
    with database_to_fill(root, os.environ if environ is None else environ) as opened:
        if config.deterministic:
            config = replace(config, named=(*config.named, *_named(project, opened)))
        recording = _Recording(project, opened.looked.identity if opened.looked else None)
        result = seed(
            opened.connection, config, progress=progress, cancelled=cancelled, around=recording.around
        )
        result = replace(result, warnings=(*result.warnings, *recording.problems))
        return Seeded(result, opened.where, opened.kept, opened.skipped)


def seed_test(
    root: Path,
    config: SeedConfig | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Seeded:
    """Fill a development database with few rows that are the same bytes every time.

    The first users are test-user-1 (test1@example.com), test-user-2 and test-user-admin
    (admin@example.com), then come the rows of the project's file of test data; the result has their ids.
    """
    fixed = replace(config or seed_config(root, test=True), deterministic=True)
    return seed_dev(root, fixed, environ=environ, progress=progress, cancelled=cancelled)


@dataclass(frozen=True)
class Planned:
    """What a run would do, and where; arguments as with `Seeded`."""

    plan: Plan
    where: str
    skipped: tuple[Skipped, ...] = ()


def seed_plan(root: Path, config: SeedConfig, *, environ: Mapping[str, str] | None = None) -> Planned:
    """Plan a run and write nothing: which tables, how many rows, and how each column is filled.

    Raises:
        GuardrailsError: as `seed_dev`.
    """
    pools_of(config.locale)
    project = find_root(root)
    with database_to_fill(root, os.environ if environ is None else environ) as opened:
        if config.deterministic:
            config = replace(config, named=(*config.named, *_named(project, opened)))
        made = plan(_catalog(opened.connection), config)
        return Planned(made, opened.where, opened.skipped)


def _named(root: Path, opened: Opened) -> tuple[NamedRow, ...]:
    """Return the rows of the project's file of test data, none where it has no file."""
    config = load_config(root)
    configured = config.seeds.test_data if config.seeds is not None else None
    path = root / configured if configured else find_project(root, config).home.parent / TEST_DATA
    if not configured and not path.exists():
        return ()
    catalog = _catalog(opened.connection)
    return read_test_data(read_text(path, root), show(path, root), catalog, opened.connection)


def _catalog(connection: psycopg.Connection) -> Catalog:
    try:
        with connection.transaction(force_rollback=True):
            return introspect(connection)
    except psycopg.Error as error:
        raise GuardrailsError(sentence(error, "")) from error


class _Recording:
    """Records what is written to a database that stays, so that `seed reset` can take it back."""

    def __init__(self, root: Path, identity: Identity | None) -> None:
        self.root = root
        self.identity = identity
        self.problems: list[str] = []

    def around(self, connection: psycopg.Connection) -> AbstractContextManager[None]:
        return nullcontext() if self.identity is None else recorded(connection, self._keep)

    def _keep(self, transaction: int, wrote: tuple[Wrote, ...]) -> None:
        assert self.identity is not None
        try:
            if wrote:
                keep(self.root, RecordedRun(now(), self.identity, transaction, wrote))
        except GuardrailsError as error:
            self.problems.append(f"seed reset can't take this run back: {error}")
