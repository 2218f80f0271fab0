"""Without row level security, a table in an exposed schema is open to clients.

On Supabase, and wherever a schema is served through PostgREST or GraphQL, whoever has the public
key reads and writes every row. Row level security is not inherited: `CREATE TABLE AS`,
`SELECT INTO`, `LIKE` and a partition all start without it.

Asked is the state after the last of the migrations checked: a later one may enable it. So is it when a
table that was there before is moved into an exposed schema. Exempt are
temporary tables, schemas that are not exposed, tables that are dropped or moved out of reach again,
and the tables in which migration tools and PostGIS keep their own records.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.parts import is_made_here
from guardrails.lint.platform import KEPT_BY_TOOLS, clients_reach
from guardrails.lint.spelling import written

_NOT_KNOWN = "?"


def check(statement: Statement) -> Iterator[Problem]:
    if isinstance(statement.node, ast.AlterObjectSchemaStmt):
        yield from _moved(statement, statement.node)
        return
    relation = _created(statement)
    if relation is None or relation.relpersistence == "t" or relation.relname in KEPT_BY_TOOLS:
        return
    schema, settings = statement.schema, statement.settings

    def is_safe() -> bool:
        table = schema.made_by(relation)
        if table is None or table.dropped or table.rls:
            return True
        if settings.rls_by_habit and not schema.uses_rls:
            return True
        return table.name[0] != _NOT_KNOWN and table.name[0] not in settings.exposed_schemas

    name = written(name_of(relation))
    yield Problem(
        f"table {name} has no row level security: every client that reaches its schema reads and "
        "writes every row",
        relation.location or statement.start,
        f"Add: ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; and a policy for each thing that a "
        "client may do, "
        "since without one it may do nothing.",
        unless=is_safe,
    )


def _moved(statement: Statement, node: ast.AlterObjectSchemaStmt) -> Iterator[Problem]:
    """Report a table that was there before and comes into reach only now."""
    if node.objectType != ObjectType.OBJECT_TABLE or node.relation is None:
        return
    schema, settings, target = statement.schema, statement.settings, node.newschema or ""
    table = schema.table(name_of(node.relation))
    if (
        table is None
        or is_made_here(schema, name_of(node.relation))
        or table.name[0] in settings.exposed_schemas | {target}
    ):
        return

    def is_safe() -> bool:
        is_reached = table.name[0] in settings.exposed_schemas and clients_reach(statement)
        return table.dropped or table.rls or not is_reached

    moved = written((target, table.name[-1]))
    yield Problem(
        f"moves table {written(table.name)} to where clients reach it, and it has no row level security",
        node.relation.location or statement.start,
        f"Add: ALTER TABLE {moved} ENABLE ROW LEVEL SECURITY; and a policy for each thing that a client may do.",
        unless=is_safe,
    )


def _created(statement: Statement) -> ast.RangeVar | None:
    match statement.node:
        case ast.CreateStmt(relation=relation):
            return relation
        case ast.CreateTableAsStmt(objtype=ObjectType.OBJECT_TABLE, into=ast.IntoClause(rel=relation)):
            return relation
        case ast.SelectStmt(intoClause=ast.IntoClause(rel=relation)) if statement.via is None:
            return relation
    return None


RULE = Rule(
    code="MISSING_RLS",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Enable row level security on the table, and write a policy for each thing that a client may do."
    ),
    nodes=("CreateStmt", "CreateTableAsStmt", "SelectStmt", "AlterObjectSchemaStmt"),
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY);",
        "CREATE TABLE public.archive AS SELECT * FROM shop.orders;",
        "SELECT * INTO archive FROM shop.orders;",
        "SET search_path = public;\nCREATE TABLE orders (id bigint PRIMARY KEY);",
        "CREATE TABLE shop.orders (id bigint PRIMARY KEY);\nALTER TABLE shop.orders SET SCHEMA public;",
    ),
    good=(
        "CREATE TABLE orders (id bigint PRIMARY KEY);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
        "CREATE TABLE a (id bigint);\nALTER TABLE a RENAME TO b;\nALTER TABLE b ENABLE ROW LEVEL SECURITY;",
        "CREATE TABLE internal.orders (id bigint PRIMARY KEY);",
        "CREATE TEMP TABLE scratch (id bigint);",
        "CREATE TABLE scratch (id bigint);\nDROP TABLE scratch;",
        "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS total;",
        "DO $$ DECLARE found_it int; BEGIN SELECT 1 INTO found_it; END $$;",
        "CREATE TABLE schema_migrations (version text PRIMARY KEY);",
    ),
    check=check,
)
