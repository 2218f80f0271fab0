"""`CREATE TABLE … AS` copies rows in one go, and loses keys and policies.

The whole copy is one transaction, which holds back VACUUM and fills the log. Defaults, keys, constraints,
indexes and row level security of the source are not copied.

Exempt are temporary tables, `WITH NO DATA`, and copies of tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-createtableas.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.backfills import older_sources
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateTableAsStmt(
            into=ast.IntoClause(rel=ast.RangeVar() as relation, skipData=empty), query=ast.Node() as query
        ) if not empty:
            pass
        # In PL/pgSQL, SELECT … INTO names a variable.
        case ast.SelectStmt(intoClause=ast.IntoClause(rel=ast.RangeVar() as relation)) as query if (
            not statement.via
        ):
            pass
        case _:
            return
    sources = older_sources(query, statement.schema)
    if sources and relation.relpersistence != "t":
        yield Problem(
            f"copies the rows of {written(sources[0])} to {written(name_of(relation))} in one transaction, "
            "without its defaults, keys and policies",
            statement.start,
        )


RULE = Rule(
    code="CTAS_WITH_DATA",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Create the table with its columns and keys, and copy the rows in batches outside of the migration.",
    nodes=("CreateTableAsStmt", "SelectStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TABLE copied AS SELECT * FROM orders;",
        "SELECT * INTO copied FROM orders;",
        'CREATE MATERIALIZED VIEW totals AS WITH o AS (SELECT * FROM shop."Orders") SELECT count(*) FROM o;',
    ),
    good=(
        "CREATE TABLE copied AS SELECT * FROM orders WITH NO DATA;",
        "DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM orders; END $$;",
        "CREATE TEMP TABLE picked AS SELECT * FROM orders;",
        "CREATE TABLE numbers AS SELECT n FROM generate_series(1, 10) AS n;",
        "CREATE TABLE a (id int);\nCREATE TABLE b AS SELECT * FROM a;",
    ),
    check=check,
)
