"""`DELETE` without a condition, or with one that is always true, deletes all rows.

Always true is what its form alone shows: `true`, `1 = 1`, `id = id`, `id IS NOT NULL`,
`note IS NULL OR note IS NOT NULL`, `note LIKE '%'`, `id IN (SELECT id FROM` the same table`)`. So is what
holds in practice: `id > 0`, `created_at <= now()`. A
table joined with `USING` limits nothing until `WHERE` relates it to the rows that go. It is found
in a CTE of any statement too, and in `MERGE … THEN DELETE` without a condition.

Exempt is a temporary table, and one that the same migration created and that holds no copies of
older rows.

Source: <https://www.postgresql.org/docs/current/sql-delete.html>,
<https://www.postgresql.org/docs/current/sql-merge.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import CmdType

from guardrails.lint.conditions import leaves_no_row_out
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DeleteStmt(relation=ast.RangeVar() as relation, whereClause=where, usingClause=using):
            if leaves_no_row_out(where, relation, using or ()):
                yield from _problem(
                    statement, relation, "condition" if where is None else "condition that is not always true"
                )
        case ast.MergeStmt(relation=ast.RangeVar() as relation, mergeWhenClauses=tuple(clauses)):
            for clause in clauses:
                if clause.commandType == CmdType.CMD_DELETE and leaves_no_row_out(clause.condition, relation):
                    yield from _problem(statement, relation, "condition of its own in MERGE")


def _problem(statement: Statement, relation: ast.RangeVar, lacking: str) -> Iterator[Problem]:
    name = name_of(relation)
    if statement.schema.holds_old_rows(name):
        message = f"Destructive operation: deletes rows of {written(name)} without a {lacking}"
        yield Problem(message, relation.location or statement.start)


RULE = Rule(
    code="DELETE_WITHOUT_WHERE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Add a WHERE that names the rows to delete; delete many of them in batches, outside the migration."
    ),
    nodes=("DeleteStmt", "MergeStmt"),
    bad=(
        "DELETE FROM orders;",
        "DELETE FROM orders WHERE true;",
        "DELETE FROM orders WHERE 1 = 1 AND 'a' = 'a';",
        "DELETE FROM orders o WHERE o.id = id;",
        "DELETE FROM orders WHERE note IS NULL OR note IS NOT NULL;",
        "DELETE FROM orders WHERE placed_at > '2020-01-01' OR NOT false;",
        "DELETE FROM orders WHERE EXISTS (SELECT 1);",
        "DELETE FROM orders WHERE id IN (SELECT id FROM orders);",
        "DELETE FROM orders WHERE note LIKE '%';",
        "DELETE FROM orders WHERE id > 0;",
        "DELETE FROM orders WHERE 1 <= orders.id AND created_at < now();",
        "DELETE FROM orders o WHERE o.id = ANY (ARRAY(SELECT id FROM orders));",
        "DELETE FROM orders USING refunds;",
        "DELETE FROM orders USING refunds r WHERE r.paid;",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone;",
        "MERGE INTO orders o USING refunds r ON o.id = r.order_id WHEN MATCHED THEN DELETE;",
        "CREATE TABLE archive AS SELECT * FROM orders;\nDELETE FROM archive;",
    ),
    good=(
        "DELETE FROM orders WHERE id = 1;",
        "DELETE FROM orders WHERE id > 1000;",
        "DELETE FROM orders WHERE created_at < now() - interval '1 year';",
        "DELETE FROM orders WHERE expires_at < now();",
        "DELETE FROM orders WHERE id IN (SELECT DISTINCT ON (note) id FROM orders);",
        "DELETE FROM orders USING refunds r WHERE r.order_id = orders.id;",
        "DELETE FROM orders WHERE id IN (SELECT order_id FROM refunds);",
        "DELETE FROM orders WHERE note LIKE 'test%';",
        "DELETE FROM orders a USING orders b WHERE a.id < b.id AND a.note = b.note;",
        "MERGE INTO orders o USING refunds r ON o.id = r.order_id WHEN MATCHED AND r.paid THEN DELETE;",
        "CREATE TEMP TABLE scratch (id bigint);\nDELETE FROM scratch;",
        "CREATE TABLE scratch (id bigint);\nINSERT INTO scratch VALUES (1);\nDELETE FROM scratch;",
    ),
    check=check,
)
