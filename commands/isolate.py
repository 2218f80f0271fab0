"""Whether tenants are kept apart, as a part of what `verify` says of a migration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import groupby

import psycopg

from guardrails.config import Config
from guardrails.lint.contracts import Severity
from guardrails.shadow.contracts import Finding, Section
from guardrails.shadow.engine import connect
from guardrails.shadow.isolation.contracts import Cell, Isolation, IsolationSettings
from guardrails.shadow.isolation.prove import prove
from guardrails.shadow.isolation.report import as_data, render_text

CODE = "TENANTS_NOT_ISOLATED"
_HOW = (
    "Say in a policy whose rows they are, as in USING ((SELECT auth.uid()) = user_id); if all tenants share this "
    'table, name it in guardrails.toml: [isolation] shared = ["schema.table"].'
)


def isolation_of(config: Config) -> Callable[[str, str], Section]:
    """Return what tells, of a database before and after a migration, which rows of others a tenant reaches."""
    settings = IsolationSettings(config.settings.exposed_schemas, config.shared)

    def isolate(before: str, after: str) -> Section:
        found = prove(_opens(after), settings)
        opened = found.refuted_beyond(prove(_opens(before), settings)) if found.refuted else ()
        return Section(
            (*_findings(found, opened),), tuple(render_text(found).rstrip().split("\n")), as_data(found)
        )

    return isolate


def _opens(conninfo: str) -> Callable[[], AbstractContextManager[psycopg.Connection]]:
    return partial(connect, conninfo)


def _findings(found: Isolation, opened: Sequence[Cell]) -> Iterator[Finding]:
    """Yield an error for each object that the migration opened, a warning for those that were open before."""
    for name, cells in groupby(sorted(found.refuted, key=lambda cell: cell.name), lambda cell: cell.name):
        reached = list(cells)
        first = next((cell for cell in reached if cell in opened), None)
        if first is not None:
            yield Finding(CODE, Severity.ERROR, f"{name}: {first.reason}", _HOW)
        else:
            message = f"{name} was open to other tenants before this migration: {reached[0].reason}"
            yield Finding(CODE, Severity.WARNING, message, _HOW)
