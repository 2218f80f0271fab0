"""Fill a development database with rows: the one in the environment, else one of our own for a look."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from commands.validate import readable
from guardrails.config import load_config
from guardrails.project import find_project, find_root
from guardrails.shadow.engine import connect, disposable_server
from guardrails.shadow.platform import platform_of
from guardrails.shadow.replay import Skipped, replay
from seeds.contracts import Progress, SeedConfig, SeedResult
from seeds.guard.deciding import development_database
from seeds.pools import pools_of
from seeds.run import seed

DSN_NAMES = ("GUARDRAILS_DATABASE_URL", "DATABASE_URL")
_TEST_USERS = 10


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
    with _database(root, os.environ if environ is None else environ) as (connection, where, kept, skipped):
        return Seeded(seed(connection, config, progress=progress, cancelled=cancelled), where, kept, skipped)


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
    (admin@example.com); the result has their ids.
    """
    fixed = replace(config or SeedConfig(user_count=_TEST_USERS), deterministic=True)
    return seed_dev(root, fixed, environ=environ, progress=progress, cancelled=cancelled)


@contextmanager
def _database(
    root: Path, environ: Mapping[str, str]
) -> Iterator[tuple[psycopg.Connection, str, bool, tuple[Skipped, ...]]]:
    name = next((name for name in DSN_NAMES if environ.get(name)), None)
    if name is not None:
        with development_database(environ[name], environ) as (connection, _):
            yield connection, f"the database of {name}", True, ()
        return
    config = load_config(find_root(root))
    project = find_project(root, config)
    platform = platform_of(project.tool, config)
    with disposable_server(config.shadow, platform=platform) as server:
        conninfo = server.database(platform)
        replayed = replay(conninfo, readable(project.files))
        with connect(conninfo, autocommit=True) as connection:
            yield (
                connection,
                "a database of our own, made from the project's migrations",
                False,
                replayed.skipped,
            )
