"""The database that seeding is about: the one that the environment names, else one of our own for a look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from commands.validate import readable
from guardrails.config import Config, load_config
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project, find_root
from guardrails.shadow.engine import connect, disposable_server
from guardrails.shadow.platform import platform_of
from guardrails.shadow.replay import Skipped, replay
from seeds.guard.deciding import Looked, development_database, looked_at

DSN_NAMES = ("GUARDRAILS_DATABASE_URL", "DATABASE_URL")
"""Where the DSN comes from, the first that is set. It comes from nowhere else."""


@dataclass(frozen=True)
class Opened:
    """A database to fill.

    Attributes:
        where: it, in words.
        looked: what the guard saw; None: it is our own, and gone afterwards.
        skipped: statements of the history that did not run in a database of our own.
    """

    connection: psycopg.Connection
    where: str
    looked: Looked | None = None
    skipped: tuple[Skipped, ...] = ()

    @property
    def kept(self) -> bool:
        return self.looked is not None


@contextmanager
def database_to_fill(root: Path, environ: Mapping[str, str]) -> Iterator[Opened]:
    """Open the development database of the environment; without one, one of our own made from the migrations.

    Raises:
        GuardrailsError: it is not surely a development database, or there is neither one nor a migration.
    """
    config = load_config(find_root(root))
    name = _name(environ)
    if name is not None:
        with development_database(environ[name], environ, _hosts(config)) as (connection, looked):
            yield Opened(connection, f"the database of {name}", looked)
        return
    project = find_project(root, config)
    if not project.files:
        raise GuardrailsError(
            f"{project.root} has no migrations yet, so there is nothing to seed; draft one first, "
            f"or set {DSN_NAMES[1]} to a development database"
        )
    platform = platform_of(project.tool, config)
    with disposable_server(config.shadow, platform=platform) as server:
        conninfo = server.database(platform)
        replayed = replay(conninfo, readable(project.files))
        with connect(conninfo, autocommit=True) as connection:
            where = "a database of our own, made from the project's migrations"
            yield Opened(connection, where, skipped=replayed.skipped)


_Looking = Callable[
    [str, Mapping[str, str], Collection[str]], AbstractContextManager[tuple[psycopg.Connection, Looked]]
]


@contextmanager
def database_of_person(
    root: Path, environ: Mapping[str, str], verb: str, *, doubtful: bool
) -> Iterator[tuple[psycopg.Connection, Looked]]:
    """Open the database of the environment for what only a person does.

    Args:
        root: a folder of the project.
        environ: the environment.
        verb: what is to be done, as in "mark".
        doubtful: it need not be a development database for sure, as long as it is not certainly another.

    Raises:
        GuardrailsError: none is named, or it is refused.
    """
    name = _name(environ)
    if name is None:
        raise GuardrailsError(f"there is no database to {verb}: set {' or '.join(DSN_NAMES)} to its DSN")
    look: _Looking = looked_at if doubtful else development_database
    with look(environ[name], environ, _hosts(load_config(find_root(root)))) as found:
        yield found


def _name(environ: Mapping[str, str]) -> str | None:
    return next((name for name in DSN_NAMES if environ.get(name)), None)


def _hosts(config: Config) -> tuple[str, ...]:
    return config.seeds.hosts if config.seeds is not None else ()
