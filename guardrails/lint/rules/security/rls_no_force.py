"""Without FORCE the owner of a table passes by its row level security.

So does every function that runs as the owner, and an application that connects as it.

Exempt is a table that is known never to have been forced, and one that is forced again by the end of
the migrations checked.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import place_in, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            schema, name = statement.schema, name_of(relation)
            known = schema.table(name)
            if known and not known.forced:
                return

            def is_forced() -> bool:
                table = known or schema.created_or_changed(name)
                return table is not None and (table.dropped or table.forced)

            for number, command in enumerate(commands):
                if command.subtype == AlterTableType.AT_NoForceRowSecurity:
                    yield Problem(
                        f"the owner of {written(name)} passes by its row level security again",
                        place_in(statement, number, "no"),
                        unless=is_forced,
                    )


RULE = Rule(
    code="RLS_NO_FORCE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Keep FORCE ROW LEVEL SECURITY; let a role with BYPASSRLS do what must pass by it.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;",
        (
            "CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\nALTER TABLE orders NO FORCE ROW LEVEL SECURITY;"
        ),
    ),
    good=(
        "ALTER TABLE orders FORCE ROW LEVEL SECURITY;",
        ("CREATE TABLE orders (id bigint);\nALTER TABLE orders NO FORCE ROW LEVEL SECURITY;"),
        ("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;\nALTER TABLE orders FORCE ROW LEVEL SECURITY;"),
    ),
    check=check,
)
