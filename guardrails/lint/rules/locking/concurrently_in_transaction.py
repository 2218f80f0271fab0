"""PostgreSQL refuses `CONCURRENTLY`, `VACUUM` and their like inside a transaction.

They commit in between, so they can't be a part of anything. A transaction is open after `BEGIN`, in a
DO block and in a function; most migration tools open one round a file; and where several statements are
sent as one text, PostgreSQL opens one itself. The migration then stops with error 25001.

Known is how the project's tool runs a file, also when the file is one such statement alone, and the tools'
own switches. SQL that stands in no project is taken to run statement by statement.

Source: <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
"""

from collections.abc import Iterator

from guardrails.lint.advice import outside
from guardrails.lint.contracts import Problem, Rule, Severity, Statement, Transactions
from guardrails.lint.session import refuses_transaction


def check(statement: Statement) -> Iterator[Problem]:
    what = refuses_transaction(statement.node)
    if what and statement.session.shares_transaction:
        yield Problem(
            f"{what} can't run in a transaction, and {_why(statement)}",
            statement.start,
            f"Write it {outside(statement)}.",
            will_fail=True,
        )


def _why(statement: Statement) -> str:
    if statement.session.inside:
        return "what runs inside another statement runs in its transaction"
    if statement.session.begun is not None:
        return "a BEGIN before it opened one"
    if statement.session.transactions is Transactions.FILE:
        return "the migration tool puts one round this file"
    return "the statements of this file share one"


RULE = Rule(
    code="CONCURRENTLY_IN_TRANSACTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write it in a migration of its own, without BEGIN and COMMIT.",
    nodes=(
        "IndexStmt",
        "DropStmt",
        "ReindexStmt",
        "AlterTableStmt",
        "VacuumStmt",
        "ClusterStmt",
        "CreatedbStmt",
        "DropdbStmt",
        "AlterSystemStmt",
        "CreateTableSpaceStmt",
        "DropTableSpaceStmt",
    ),
    bad=(
        "BEGIN;\nCREATE INDEX CONCURRENTLY i ON orders (a);\nCOMMIT;",
        "START TRANSACTION;\nDROP INDEX CONCURRENTLY i;\nCOMMIT;",
        "DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON orders (a); END $$;",
        "DO $$ BEGIN EXECUTE 'VACUUM orders'; END $$;",
        "BEGIN;\nALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;\nCOMMIT;",
        "BEGIN;\nREINDEX (CONCURRENTLY) TABLE orders;\nCOMMIT;",
        "BEGIN;\nCOMMIT AND CHAIN;\nVACUUM orders;\nCOMMIT;",
    ),
    good=(
        "CREATE INDEX CONCURRENTLY i ON orders (a);",
        "BEGIN;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON orders (a);",
        "BEGIN;\nREFRESH MATERIALIZED VIEW CONCURRENTLY totals;\nCOMMIT;",
        "SET lock_timeout = '5s';\nVACUUM orders;",
        "BEGIN;\nANALYZE orders;\nCOMMIT;",
        "BEGIN;\nSELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM orders');\nCOMMIT;",
    ),
    check=check,
)
