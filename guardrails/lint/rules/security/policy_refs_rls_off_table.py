"""A policy that asks an open table asks what every client may write.

Row level security is off there. Who can add himself to the table of administrators is one. Asked is
the state after the last of the migrations checked.

Exempt are tables of schemas that are not exposed, and those whose creation was not seen.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterator

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.parsing import name_of
from guardrails.lint.policies import NODES, Draft, drafted, tables_read
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None:
        return
    own = draft.known_table
    asked: dict[Name, Table] = {}
    for _, expression in draft.stated:
        for relation in tables_read(expression):
            known = draft.schema.table(name_of(relation))
            if known is not None and known is not own and not known.temporary:
                asked.setdefault(name_of(relation), known)
    for name, table in asked.items():
        yield Problem(
            f"{draft.shown} relies on {written(name)}, which has no row level security: who may write there "
            "decides what it lets through",
            draft.offset,
            f"Add: ALTER TABLE {written(name)} ENABLE ROW LEVEL SECURITY;",
            unless=_is_fine(draft, table),
        )


def _is_fine(draft: Draft, table: Table) -> Callable[[], bool]:
    settings = draft.statement.settings

    def is_fine() -> bool:
        return (
            table.dropped
            or table.rls
            or table.name[0] not in settings.exposed_schemas
            or (settings.rls_by_habit and not draft.schema.uses_rls)
        )

    return is_fine


RULE = Rule(
    code="POLICY_REFS_RLS_OFF_TABLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Enable row level security on that table too, or keep it in a schema that is not exposed.",
    nodes=NODES,
    bad=(
        (
            "CREATE TABLE admins (id uuid PRIMARY KEY);\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM admins WHERE admins.id = (SELECT auth.uid())));"
        ),
        (
            "CREATE TABLE admins (id uuid PRIMARY KEY);\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) IN (SELECT a.id FROM public.admins a));"
        ),
    ),
    good=(
        (
            "CREATE TABLE admins (id uuid PRIMARY KEY);\nALTER TABLE admins ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM admins WHERE admins.id = (SELECT auth.uid())));"
        ),
        (
            "CREATE TABLE private.admins (id uuid PRIMARY KEY);\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM private.admins a WHERE a.id = (SELECT auth.uid())));"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM admins a WHERE a.id = (SELECT auth.uid())));"
        ),
    ),
    check=check,
)
