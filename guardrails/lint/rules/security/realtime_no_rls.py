"""Realtime sends each change of a table without row level security to everyone.

Publishing a table in `supabase_realtime` makes its rows reach whoever subscribes with the public key;
policies are what holds them back. An error for a table whose row level security is off at the end, for
`FOR ALL TABLES` and for a whole exposed schema. Of a table that nobody saw created nothing is known.

Source: <https://supabase.com/docs/guides/realtime/postgres-changes>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterPublicationAction, PublicationObjSpecType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, place_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreatePublicationStmt(pubname="supabase_realtime", for_all_tables=True):
            yield Problem(
                "publishes every table to Realtime, also those without row level security",
                place_of(statement.text, "all", statement.start, statement.end),
                "Name the tables that clients follow: CREATE PUBLICATION supabase_realtime FOR TABLE …;",
            )
        case ast.CreatePublicationStmt(pubname="supabase_realtime", pubobjects=objects):
            yield from _published(statement, objects or ())
        case ast.AlterPublicationStmt(pubname="supabase_realtime", pubobjects=objects, action=action):
            if action != AlterPublicationAction.AP_DropObjects:
                yield from _published(statement, objects or ())


def _published(statement: Statement, objects: tuple[ast.PublicationObjSpec, ...]) -> Iterator[Problem]:
    for part in objects:
        if part.pubtable is not None and isinstance(part.pubtable.relation, ast.RangeVar):
            yield from _table(statement, part.pubtable.relation)
        elif part.pubobjtype == PublicationObjSpecType.PUBLICATIONOBJ_TABLES_IN_SCHEMA:
            yield Problem(
                f"publishes every table of schema {written((part.name or '',))} to Realtime, also those without "
                "row level security",
                part.location or statement.start,
            )


def _table(statement: Statement, relation: ast.RangeVar) -> Iterator[Problem]:
    name = name_of(relation)
    table = statement.schema.table(name)
    if table is None:
        return
    yield Problem(
        f"Realtime sends every row of {written(name)} to everyone: it has no row level security",
        relation.location or statement.start,
        f"Add: ALTER TABLE {written(name)} ENABLE ROW LEVEL SECURITY; and a policy for who may follow it.",
        unless=lambda: table.rls or table.dropped,
    )


RULE = Rule(
    code="REALTIME_NO_RLS",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Enable row level security on the table before it is published.",
    nodes=("CreatePublicationStmt", "AlterPublicationStmt"),
    bad=(
        "CREATE TABLE messages (id bigint PRIMARY KEY);\nALTER PUBLICATION supabase_realtime ADD TABLE messages;",
        "CREATE PUBLICATION supabase_realtime FOR ALL TABLES;",
        "ALTER PUBLICATION supabase_realtime ADD TABLES IN SCHEMA public;",
        (
            "CREATE TABLE messages (id bigint PRIMARY KEY);\nDO $$ BEGIN\n"
            "EXECUTE format('ALTER PUBLICATION supabase_realtime ADD TABLE %I', 'messages'); END $$;"
        ),
    ),
    good=(
        (
            "CREATE TABLE messages (id bigint PRIMARY KEY);\nALTER PUBLICATION supabase_realtime ADD TABLE messages;\n"
            "ALTER TABLE messages ENABLE ROW LEVEL SECURITY;"
        ),
        "ALTER PUBLICATION supabase_realtime DROP TABLE messages;",
        "CREATE PUBLICATION warehouse FOR ALL TABLES;",
        "ALTER PUBLICATION supabase_realtime ADD TABLE messages;",
        "CREATE PUBLICATION supabase_realtime;",
    ),
    check=check,
)
