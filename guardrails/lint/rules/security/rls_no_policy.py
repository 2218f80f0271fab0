"""Row level security without a policy lets nobody but the owner see a row.

On a table that was there before, clients get nothing from the moment the migration is applied.

Exempt are tables whose privileges are taken from clients, which says that this is meant, schemas that
are not exposed, projects in which nothing tells that clients reach the tables, and tables whose
creation was not seen, since they may have policies.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Table
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import place_in, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            known = statement.schema.table(name_of(relation))
            if known is None or known.temporary:
                return
            effect = "no client sees a row" if known.new else "from now on no client sees a row of it"
            for number, command in enumerate(commands):
                if command.subtype == AlterTableType.AT_EnableRowSecurity:
                    yield Problem(
                        f"{written(name_of(relation))} has row level security and no policy: {effect}",
                        place_in(statement, number, "enable"),
                        unless=_is_fine(statement, known),
                    )


def _is_fine(statement: Statement, table: Table) -> Callable[[], bool]:
    def is_fine() -> bool:
        return (
            table.dropped
            or not table.rls
            or bool(table.policies)
            or statement.settings.rls_by_habit
            or table.name[0] not in statement.settings.exposed_schemas
            or all(table.access.taken(role, "select") for role in ("anon", "authenticated"))
            or table.access.taken(PUBLIC, "select")
        )

    return is_fine


RULE = Rule(
    code="RLS_NO_POLICY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Write a policy for each thing that a client may do, or say that there is none: REVOKE ALL ON … FROM anon, authenticated;"
    ),
    nodes=("AlterTableStmt",),
    bad=(
        ("CREATE TABLE orders (id bigint PRIMARY KEY);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;"),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING (true);\nDROP POLICY p ON orders;"
        ),
    ),
    good=(
        (
            "CREATE TABLE orders (user_id uuid);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nREVOKE ALL ON orders FROM anon, authenticated;"
        ),
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
        ("CREATE TABLE internal.orders (id bigint);\nALTER TABLE internal.orders ENABLE ROW LEVEL SECURITY;"),
    ),
    check=check,
)
