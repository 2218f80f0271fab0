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
from guardrails.shadow.isolation.contracts import Cell, Isolation, IsolationSettings, Kind
from guardrails.shadow.isolation.prove import prove
from guardrails.shadow.isolation.report import as_data, render_text

CODE = "TENANTS_NOT_ISOLATED"
_SHARED = 'if all tenants may read it, name it in guardrails.toml: [isolation] shared = ["schema.name"].'
_HOW = {
    Kind.TABLE: "Enable row level security, and say in its policies whose rows they are, as in "
    f"USING ((SELECT auth.uid()) = user_id); {_SHARED}",
    Kind.VIEW: f"Make it read with the rights of its caller, WITH (security_invoker = on); {_SHARED}",
    Kind.MATERIALIZED_VIEW: f"No policy applies to it: revoke SELECT from anon and authenticated; {_SHARED}",
    Kind.FUNCTION: "Let it ask before it answers whose the row is, as by user_id = auth.uid(), make it "
    f"SECURITY INVOKER, or revoke EXECUTE from PUBLIC, anon and authenticated; {_SHARED}",
}
_NAMED = 5


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
    """Yield an error for each object that the migration opened, and one warning for all that were open before."""
    before: list[Cell] = []
    for name, cells in groupby(sorted(found.refuted, key=lambda cell: cell.name), lambda cell: cell.name):
        reached = list(cells)
        first = next((cell for cell in reached if cell in opened), None)
        if first is None:
            before.append(reached[0])
        else:
            how = _HOW.get(first.kind, _HOW[Kind.TABLE])
            yield Finding(CODE, Severity.ERROR, f"{name}: {first.reason}", how)
    if before:
        names = ", ".join(cell.name for cell in before[:_NAMED])
        more = f" and {len(before) - _NAMED} more" if len(before) > _NAMED else ""
        yield Finding(
            CODE,
            Severity.WARNING,
            f"open to other tenants before this migration already: {names}{more}; in the first, {before[0].reason}",
            _HOW.get(before[0].kind, _HOW[Kind.TABLE]),
        )
