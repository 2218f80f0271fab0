"""Row level security does not hold for the table's owner unless forced.

That matters where the application connects as the role that ran the migrations. On Supabase the API
never does.

Exempt are tables that are forced by the end of the migrations checked, and those that are dropped.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import place_in, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            schema, name = statement.schema, name_of(relation)
            known = schema.table(name)

            def is_fine() -> bool:
                table = known or schema.created_or_changed(name)
                return table is None or table.dropped or table.forced or not table.rls

            for number, command in enumerate(commands):
                if command.subtype == AlterTableType.AT_EnableRowSecurity:
                    yield Problem(
                        f"row level security on {written(name)} does not hold for its owner",
                        place_in(statement, number, "enable"),
                        f"Add: ALTER TABLE {written(name)} FORCE ROW LEVEL SECURITY;",
                        unless=is_fine,
                    )


RULE = Rule(
    code="RLS_NOT_FORCED",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Add FORCE ROW LEVEL SECURITY.",
    nodes=("AlterTableStmt",),
    bad=(
        ("CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;"),
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
    ),
    good=(
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        ("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nALTER TABLE orders FORCE ROW LEVEL SECURITY;"),
        (
            "CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nDROP TABLE orders;"
        ),
    ),
    check=check,
)
