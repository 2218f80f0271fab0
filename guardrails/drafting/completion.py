"""The SQL of a migration -> what it lacks, as statements to put behind it: RLS, a policy, indexes.

The statements that somebody wrote are never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pglast import ast

from guardrails.lint.contracts import MigrationFile, Settings
from guardrails.lint.fold import fold, fold_script
from guardrails.lint.objects import Table
from guardrails.lint.parsing import Script, parse
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import made_up, written

_API_ROLES = "anon, authenticated"


@dataclass(frozen=True)
class Completed:
    """The migration with what it lacked, and what that was, in words."""

    sql: str
    added: tuple[str, ...]


def complete(sql: str, history: Sequence[MigrationFile], settings: Settings, *, api_roles: bool) -> Completed:
    """Add what new tables lack.

    Args:
        sql: the migration.
        history: what runs before it.
        settings: which schemas clients reach.
        api_roles: the roles `anon` and `authenticated` exist, as on Supabase.
    """
    schema = fold(history)
    script = parse(sql)
    if script.faults:
        return Completed(sql, ())
    known = set(map(id, schema.tables.values()))
    policies = _with_policies(script)
    fold_script(schema, script)
    lacking: list[tuple[str, str]] = []
    for table in [
        table for table in schema.tables.values() if id(table) not in known and not table.temporary
    ]:
        exposed = table.name[0] in settings.exposed_schemas and (not settings.rls_by_habit or schema.uses_rls)
        if exposed:
            lacking += _protection(table, has_policy=table.name[-1] in policies, api_roles=api_roles)
    lacking += _indexes(schema)
    if not lacking:
        return Completed(sql, ())
    statements = "\n".join(statement for _, statement in lacking)
    return Completed(f"{sql.rstrip()}\n\n{statements}\n", tuple(words for words, _ in lacking))


def _with_policies(script: Script) -> set[str]:
    return {
        statement.node.table.relname
        for statement in script.statements
        if isinstance(statement.node, ast.CreatePolicyStmt)
        and statement.node.table
        and statement.node.table.relname
    }


def _protection(table: Table, *, has_policy: bool, api_roles: bool) -> Iterator[tuple[str, str]]:
    name = written(table.name)
    if not table.rls:
        yield f"row level security on {name}", f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    if not has_policy:
        to = f" TO {_API_ROLES}" if api_roles else ""
        yield (
            f"a policy on {name} that lets nobody in until you write the one you need",
            (
                "-- Nobody reads or writes a row until this policy makes room for one that says who may, as in\n"
                "-- USING ((SELECT auth.uid()) = user_id).\n"
                f'CREATE POLICY "no access yet" ON {name}{to} USING (false) WITH CHECK (false);'
            ),
        )


def _indexes(schema: Schema) -> Iterator[tuple[str, str]]:
    for table in schema.tables.values():
        if not table.new:
            continue
        for key in table.foreign_keys:
            if key.dropped or table.indexed(key.columns):
                continue
            columns = ", ".join(written((column,)) for column in key.columns)
            name = made_up("idx", table.name[-1], *key.columns)
            yield (
                f"an index for the foreign key {written(table.name)} ({columns})",
                f"CREATE INDEX {f'{name} ' if name else ''}ON {written(table.name)} ({columns});",
            )
