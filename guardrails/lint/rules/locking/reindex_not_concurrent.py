"""`REINDEX` blocks writes to the table, and every query that would use the index.

It takes a SHARE lock on the table and an ACCESS EXCLUSIVE lock on the index, and holds them for as long as
the rebuild takes. `CONCURRENTLY` builds a second index beside the first and swaps them. It can't run in a
transaction, and the system catalogs have no such form.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ReindexObjectType

from guardrails.lint.advice import outside
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.locks import is_concurrent, table_of_index
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written

_WORDS = {
    ReindexObjectType.REINDEX_OBJECT_INDEX: "INDEX",
    ReindexObjectType.REINDEX_OBJECT_TABLE: "TABLE",
    ReindexObjectType.REINDEX_OBJECT_SCHEMA: "SCHEMA",
    ReindexObjectType.REINDEX_OBJECT_DATABASE: "DATABASE",
}


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.ReindexStmt() as node if not is_concurrent(node) and node.kind in _WORDS:
            name = name_of(node.relation) if node.relation else (node.name,) if node.name else ()
            on = name
            if node.kind == ReindexObjectType.REINDEX_OBJECT_INDEX:
                on = table_of_index(name, statement.schema) or name
            if node.relation and statement.schema.is_new(on):
                return
            what = " ".join(filter(None, (_WORDS[node.kind], written(name))))
            yield Problem(
                f"rebuilding {what.lower() if not name else f'{_WORDS[node.kind].lower()} {written(name)}'} "
                "blocks writes, and reads that use the index, until it is done",
                statement.start,
                f"Rebuild it {outside(statement)}: REINDEX {what.replace(' ', ' CONCURRENTLY ', 1)};"
                if name
                else None,
            )


RULE = Rule(
    code="REINDEX_NOT_CONCURRENT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write REINDEX … CONCURRENTLY, in a migration of its own.",
    nodes=("ReindexStmt",),
    bad=(
        "REINDEX TABLE orders;",
        'REINDEX (VERBOSE) INDEX shop."Orders_idx";',
        "REINDEX (CONCURRENTLY FALSE) TABLE orders;",
        "REINDEX SCHEMA shop;",
    ),
    good=(
        "REINDEX TABLE CONCURRENTLY orders;",
        "REINDEX (CONCURRENTLY) INDEX orders_idx;",
        "CREATE TABLE orders (id int PRIMARY KEY);\nREINDEX TABLE orders;",
    ),
    check=check,
)
