"""After a bulk change or a new expression index, statistics are missing.

Until autovacuum comes to the table, plans are made as if its rows were still what they were; for an index on an
expression there are no statistics at all. `ANALYZE` takes seconds and locks nobody out.

Exempt are tables that a later statement of the file analyzes.

Source: <https://www.postgresql.org/docs/current/sql-analyze.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.backfills import backfilled
from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    if statement.session.elsewhere:
        return
    match statement.node:
        case ast.UpdateStmt() | ast.InsertStmt() as node if backfilled(node, statement.schema):
            name, why = name_of(node.relation), "many rows of"
        case ast.IndexStmt(relation=relation, indexParams=tuple(elements)) if any(
            one.expr for one in elements
        ):
            name, why = name_of(relation), "an expression over"
        case _:
            return
    if not statement.schema.is_new(name) and not _is_analyzed(statement, name):
        yield Problem(
            f"the planner knows nothing yet of {why} {written(name)} that this brings",
            statement.start,
            f"Add at the end: ANALYZE {written(name)};",
        )


def _is_analyzed(statement: Statement, name: Name) -> bool:
    resolve = statement.schema.resolve
    return any(
        isinstance(node, ast.VacuumStmt)
        and (
            not node.rels
            or any(resolve(name_of(one.relation)) == resolve(name) for one in node.rels if one.relation)
        )
        for node in statement.session.nodes
    )


RULE = Rule(
    code="MISSING_ANALYZE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="End the migration with ANALYZE of the table.",
    nodes=("UpdateStmt", "InsertStmt", "IndexStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "UPDATE orders SET region = 'eu' WHERE region IS NULL;",
        "INSERT INTO totals SELECT user_id, sum(total) FROM orders GROUP BY user_id;",
        'CREATE INDEX CONCURRENTLY i ON "Users" (lower(email));',
    ),
    good=(
        "UPDATE orders SET region = 'eu' WHERE region IS NULL;\nANALYZE orders;",
        "UPDATE orders SET region = 'eu' WHERE id = 1;",
        "CREATE INDEX CONCURRENTLY i ON users (email);",
        "CREATE TABLE users (email text);\nCREATE INDEX i ON users (lower(email));",
    ),
    check=check,
)
