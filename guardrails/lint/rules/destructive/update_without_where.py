"""`UPDATE` without a condition overwrites the old values in every row.

What counts as no condition is told in DELETE_WITHOUT_WHERE.

Exempt is an update that sets only columns which the same migration added, since they held
nothing; a temporary table; and a table that the same migration created.

Source: <https://www.postgresql.org/docs/current/sql-update.html>
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
        case ast.UpdateStmt(relation=ast.RangeVar() as relation, whereClause=where, fromClause=joined):
            if leaves_no_row_out(where, relation, joined or ()):
                yield from _problem(statement, relation, statement.node.targetList or ())
        case ast.MergeStmt(
            relation=ast.RangeVar() as relation, mergeWhenClauses=tuple(clauses), joinCondition=on
        ):
            for clause in clauses:
                sets = clause.commandType == CmdType.CMD_UPDATE
                if sets and leaves_no_row_out(on, relation) and leaves_no_row_out(clause.condition, relation):
                    yield from _problem(statement, relation, clause.targetList or ())


def _problem(
    statement: Statement, relation: ast.RangeVar, targets: tuple[ast.ResTarget, ...]
) -> Iterator[Problem]:
    name = name_of(relation)
    table = statement.schema.table(name)
    if table and (table.temporary or (table.new and table.spelling == name)):
        return
    columns = [target.name or "" for target in targets]
    known = [statement.schema.column(name, column) for column in columns]
    if not all(column and column.new for column in known):
        overwritten = ", ".join(written((column,)) for column in columns)
        message = f"Destructive operation: overwrites {overwritten} in every row of {written(name)}"
        yield Problem(message, relation.location or statement.start)


RULE = Rule(
    code="UPDATE_WITHOUT_WHERE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Add a WHERE that names the rows to change; to change all, write the new values into a new column."
    ),
    nodes=("UpdateStmt", "MergeStmt"),
    bad=(
        "UPDATE orders SET status = 'new';",
        "UPDATE shop.orders SET status = 'new' WHERE id = id;",
        "UPDATE orders SET status = r.status FROM refunds r;",
        "ALTER TABLE orders ADD COLUMN IF NOT EXISTS state text;\nUPDATE orders SET state = 'new';",
        "ALTER TABLE orders ADD COLUMN state text;\nUPDATE orders SET state = status, status = NULL;",
        "MERGE INTO orders o USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET status = 'new';",
    ),
    good=(
        "UPDATE orders SET status = 'new' WHERE status IS NULL;",
        "UPDATE orders SET status = r.status FROM refunds r WHERE r.order_id = orders.id;",
        "ALTER TABLE orders ADD COLUMN state text;\nUPDATE orders SET state = status;",
        (
            "CREATE TABLE scratch (id bigint, note text);\nINSERT INTO scratch VALUES (1);\n"
            "UPDATE scratch SET note = 'a';"
        ),
        "INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET status = 'new';",
        "SELECT id FROM orders FOR UPDATE;",
    ),
    check=check,
)
