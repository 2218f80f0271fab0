"""A foreign table in an exposed schema shows another server's rows to clients.

Row level security is not enforced on foreign tables. Keep them in a schema that is not exposed, and
give clients a function or a view with the rows that they may see.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0017_foreign_table_in_api>,
<https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, place_of
from guardrails.lint.platform import clients_reach, exposed
from guardrails.lint.privileges import out_of_reach
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    schema, settings = statement.schema, statement.settings
    match statement.node:
        case ast.CreateForeignTableStmt(base=ast.CreateStmt(relation=ast.RangeVar() as relation)):

            def is_closed() -> bool:
                table = schema.made_by(relation)
                return (
                    table is None
                    or table.dropped
                    or not clients_reach(statement)
                    or not exposed(table.name, settings)
                    or out_of_reach(table.access)
                )

            name = written(name_of(relation))
            yield Problem(
                f"foreign table {name} gives clients the rows of another server, and no policy holds for it",
                relation.location or statement.start,
                unless=is_closed,
            )
        case ast.ImportForeignSchemaStmt(local_schema=str(local)) if local in settings.exposed_schemas:
            if clients_reach(statement):
                yield Problem(
                    f"brings all tables of another server into schema {written((local,))}, where clients reach "
                    "them past any policy",
                    place_of(statement.text, local, statement.start, statement.end),
                )


RULE = Rule(
    code="FOREIGN_TABLE_IN_API",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Create it in a schema that the API doesn't serve.",
    nodes=("CreateForeignTableStmt", "ImportForeignSchemaStmt"),
    bad=(
        "CREATE FOREIGN TABLE orders (id int) SERVER shop;",
        "IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO public;",
        (
            "CREATE FOREIGN TABLE private.orders (id int) SERVER shop;\n"
            "ALTER FOREIGN TABLE private.orders SET SCHEMA public;"
        ),
    ),
    good=(
        "CREATE FOREIGN TABLE private.orders (id int) SERVER shop;",
        "IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO private;",
        "CREATE FOREIGN TABLE orders (id int) SERVER shop;\nREVOKE ALL ON orders FROM anon, authenticated;",
        "CREATE TABLE orders (id int);",
    ),
    check=check,
)
