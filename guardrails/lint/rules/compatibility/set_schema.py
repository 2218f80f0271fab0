"""Moving an object to another schema breaks what names it by the old one.

Queries with the old schema in them fail, and so does the text of functions. In a schema that an API
serves, clients reach it from then on with what privileges they have by default.

Exempt is an object that the same migration created, and an extension: its objects are no part of an API.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>,
<https://supabase.com/docs/guides/api/using-custom-schemas>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, place_of
from guardrails.lint.parts import is_made_here
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterObjectSchemaStmt(objectType=kind, newschema=str(schema)) as node:
            name = name_of(node.relation) if node.relation else names_of(node.object)
            if kind == ObjectType.OBJECT_EXTENSION or _is_new(statement.schema, name):
                return
            exposed = schema in statement.settings.exposed_schemas and not statement.settings.rls_by_habit
            also = ", and an API's clients reach it there" if exposed else ""
            yield Problem(
                f"moves {written(name)} to schema {written((schema,))}: what names its old schema fails{also}",
                place_of(statement.text, name[-1] if name else "", statement.start, statement.end),
                "Leave it where it is, and give the new schema a view or a function that uses it"
                + (", after a look at its row level security and grants." if exposed else "."),
            )


def _is_new(schema: Schema, name: Name) -> bool:
    kind = schema.enum(name) or schema.domain(name)
    functions = schema.functions_named(name)
    return (
        is_made_here(schema, name)
        or (kind is not None and kind.new)
        or (bool(functions) and all(function.new for function in functions))
    )


RULE = Rule(
    code="SET_SCHEMA",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave it where it is, and give the new schema a view or a function that uses it.",
    nodes=("AlterObjectSchemaStmt",),
    bad=(
        "ALTER TABLE internal.orders SET SCHEMA public;",
        "ALTER FUNCTION close_order(bigint) SET SCHEMA internal;",
        "ALTER TYPE mood SET SCHEMA shop;",
        "ALTER VIEW IF EXISTS totals SET SCHEMA shop;",
    ),
    good=(
        "CREATE TABLE internal.orders (id bigint PRIMARY KEY);\nALTER TABLE internal.orders SET SCHEMA shop;",
        "ALTER EXTENSION pg_trgm SET SCHEMA extensions;",
        "SET search_path = shop;",
    ),
    check=check,
)
