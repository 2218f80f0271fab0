"""With row level security off, every role with a grant sees every tenant's rows.

Its policies stay, and do nothing. On Supabase the table is open to whoever has the public key.

Exempt is a temporary table, and one where it is enabled again by the end of the migrations checked.

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
            if known and known.temporary:
                return

            def is_on_again() -> bool:
                table = known or schema.created_or_changed(name)
                return table is not None and (table.dropped or (table.rls and not table.rls_in_doubt))

            for number, command in enumerate(commands):
                if command.subtype == AlterTableType.AT_DisableRowSecurity:
                    yield Problem(
                        f"switches row level security off on {written(name)}: who has a grant gets every row",
                        place_in(statement, number, "disable"),
                        unless=is_on_again,
                    )


RULE = Rule(
    code="RLS_DISABLED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Keep row level security on, and write the policy that lets through what is meant.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY;",
        "ALTER TABLE IF EXISTS public.orders ENABLE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;",
        "DO $$ BEGIN ALTER TABLE orders DISABLE ROW LEVEL SECURITY; END $$;",
        (
            "ALTER TABLE orders DISABLE ROW LEVEL SECURITY;\n"
            "DO $$ BEGIN IF false THEN ALTER TABLE orders ENABLE ROW LEVEL SECURITY; END IF; END $$;"
        ),
    ),
    good=(
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY;\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;",
        "ALTER TABLE orders DISABLE TRIGGER audit;",
    ),
    check=check,
)
