"""`VACUUM FULL` copies whole tables while nobody can use them.

It writes every row and every index to new files under an ACCESS EXCLUSIVE lock. Plain `VACUUM` makes the
space usable again without that, and pg_repack gives it back while the table stays in use.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-vacuum.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.locks import is_full
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.VacuumStmt(rels=relations) as node if is_full(node):
            names = [name_of(one.relation) for one in relations or () if one.relation]
            old = [written(name) for name in names if not statement.schema.is_new(name)]
            if old or not names:
                what = ", ".join(old) or "every table"
                yield Problem(
                    f"VACUUM FULL copies {what} while nobody can use {'it' if len(old) == 1 else 'them'}",
                    statement.start,
                )


RULE = Rule(
    code="VACUUM_FULL",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave it to autovacuum or plain VACUUM; to give space back, use pg_repack.",
    nodes=("VacuumStmt",),
    bad=(
        "VACUUM FULL orders;",
        'VACUUM (FULL, ANALYZE) "Orders", items;',
        "VACUUM FULL;",
        "SELECT cron.schedule('weekly', '0 3 * * 0', 'VACUUM FULL orders');",
    ),
    good=("VACUUM orders;", "VACUUM (FULL false) orders;", "ANALYZE orders;"),
    check=check,
)
