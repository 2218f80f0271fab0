"""An UPDATE of many rows in one statement locks them all until it is done.

Every row gets a second version, the transaction holds back VACUUM and fills the log, and who wants to change
one of the rows waits. In batches of some thousand rows, each in its own transaction, nobody notices.

Reported are an UPDATE that only asks whether a value is missing or different, an INSERT … SELECT or a MERGE from a table
that was there before, as long as neither a LIMIT nor a key bounds them. In the default profile it speaks in
projects that take some precaution against locks somewhere (CONCURRENTLY, NOT VALID, a lock_timeout). Exempt are tables that this migration
created. An UPDATE without WHERE is UPDATE_WITHOUT_WHERE.

Source: <https://www.postgresql.org/docs/current/mvcc-intro.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType

from guardrails.lint.backfills import backfilled
from guardrails.lint.conditions import leaves_no_row_out
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    if statement.session.elsewhere or not statement.settings.minds_locks:
        return
    match statement.node:
        case ast.UpdateStmt(whereClause=ast.Node() as condition, relation=ast.RangeVar() as relation):
            if not _asks_what_is_missing(condition) or leaves_no_row_out(condition, relation):
                return
        case (
            ast.InsertStmt(relation=ast.RangeVar() as relation)
            | ast.MergeStmt(relation=ast.RangeVar() as relation)
        ):
            pass
        case _:
            return
    if table := backfilled(statement.node, statement.schema):
        yield Problem(
            f"works through all of {written(table)} in one transaction",
            relation.location or statement.start,
        )


def _asks_what_is_missing(condition: ast.Node) -> bool:
    match condition:
        case ast.NullTest():
            return True
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_DISTINCT):
            return True
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=(ast.String(sval="<>"),)):
            return True
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR | BoolExprType.OR_EXPR, args=tuple(parts)):
            return all(map(_asks_what_is_missing, parts))
    return False


RULE = Rule(
    code="UNBATCHED_BACKFILL",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Fill the rows in batches by primary key, outside of the migration, with a commit after each.",
    settings=Settings(profile=Profile.STRICT),
    nodes=("UpdateStmt", "InsertStmt", "MergeStmt"),
    bad=(
        "UPDATE orders SET region = 'eu' WHERE region IS NULL;",
        'UPDATE "Orders" SET total = net WHERE total IS DISTINCT FROM net;',
        "MERGE INTO orders AS o USING users AS u ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET name = u.name;",
        "INSERT INTO totals SELECT user_id, sum(total) FROM orders GROUP BY user_id;",
    ),
    good=(
        "MERGE INTO orders USING (VALUES (1)) AS v (id) ON orders.id = v.id WHEN MATCHED THEN DO NOTHING;",
        "UPDATE orders SET region = 'eu' WHERE id IN (SELECT id FROM orders WHERE region IS NULL LIMIT 5000);",
        "UPDATE orders SET region = 'eu' WHERE region IS NULL AND id BETWEEN 1 AND 5000;",
        (
            "WITH batch AS (SELECT id FROM orders WHERE region IS NULL LIMIT 5000)\n"
            "UPDATE orders SET region = 'eu' FROM batch WHERE orders.id = batch.id AND region IS NULL;"
        ),
        "UPDATE plans SET name = 'pro' WHERE name = 'Pro';",
        "INSERT INTO totals VALUES (1, 2);",
        "CREATE TABLE orders (a int);\nUPDATE orders SET a = 1 WHERE a IS NULL;",
        "INSERT INTO kinds (name) SELECT 'a' WHERE NOT EXISTS (SELECT FROM kinds WHERE name = 'a');",
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
            "  UPDATE orders SET a = 1 WHERE a IS NULL; RETURN NEW;\nEND $$;\n"
            "CREATE TRIGGER t AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION f();"
        ),
        "INSERT INTO numbers SELECT n FROM generate_series(1, 100) AS n;",
    ),
    check=check,
)
