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
from guardrails.shadow.isolation.contracts import Cell, Command, Isolation, IsolationSettings, Kind, Link
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
_WRITES_TO_SHARED = (
    "It is declared as shared, so everyone may read it: let policies say who writes it, or revoke INSERT, UPDATE "
    "and DELETE from anon and authenticated."
)
_NAMED = 5


def isolation_of(config: Config) -> Callable[[str, str], Section]:
    """Return what tells, of a database before and after a migration, which rows of others a tenant reaches."""
    settings = IsolationSettings(config.settings.exposed_schemas, config.shared)

    def isolate(before: str, after: str) -> Section:
        found = prove(_opens(after), settings)
        opened = found.refuted_beyond(prove(_opens(before), settings)) if found.refuted else ()
        return Section(
            (*_findings(found, opened, config.shared),),
            tuple(render_text(found).rstrip().split("\n")),
            as_data(found),
        )

    return isolate


def _opens(conninfo: str) -> Callable[[], AbstractContextManager[psycopg.Connection]]:
    return partial(connect, conninfo)


def _findings(found: Isolation, opened: Sequence[Cell], shared: frozenset[str]) -> Iterator[Finding]:
    """Yield an error for each object that the migration opened, and one warning for all that were open before."""
    before: list[Cell] = []
    for name, cells in groupby(sorted(found.refuted, key=lambda cell: cell.name), lambda cell: cell.name):
        reached = list(cells)
        first = next((cell for cell in reached if cell in opened), None)
        if first is None:
            before.append(reached[0])
        else:
            yield Finding(CODE, Severity.ERROR, f"{name}: {first.reason}", _how(first, found, shared))
    if before:
        names = ", ".join(cell.name for cell in before[:_NAMED])
        more = f" and {len(before) - _NAMED} more" if len(before) > _NAMED else ""
        yield Finding(
            CODE,
            Severity.WARNING,
            f"open to other tenants before this migration already: {names}{more}; in the first, {before[0].reason}",
            _how(before[0], found, shared),
        )


def _how(cell: Cell, found: Isolation, shared: frozenset[str]) -> str:
    """Say what would keep the tenants apart; a row put below a foreign parent wants the parent checked."""
    if cell.kind is Kind.TABLE and cell.command is Command.INSERT:
        for one in found.tenancy:
            by = f" by its {one.column}"
            if one.table == cell.name and one.link is Link.PARENT and cell.reason.endswith(by):
                _, _, parent = one.source.partition("a foreign key to ")
                return (
                    "Check the parent in WITH CHECK of the policy for INSERT, as in EXISTS (SELECT 1 FROM "  # noqa: S608  (advice, run by nobody)
                    f"{parent or 'parent'} p WHERE p.id = {one.column} AND p.user_id = (SELECT auth.uid()))."
                )
    how = _HOW.get(cell.kind, _HOW[Kind.TABLE])
    if cell.name not in shared:
        return how
    return _WRITES_TO_SHARED if cell.kind is Kind.TABLE else how.removesuffix(f"; {_SHARED}") + "."
