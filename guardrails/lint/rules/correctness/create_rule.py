"""A rule rewrites statements before they run: what is written is not what happens.

`DO INSTEAD NOTHING` lets a DELETE report success with 0 rows; `DO ALSO` runs volatile expressions
twice and sees other rows than the statement did. Triggers do what people expect. A view's own
`_RETURN` rule is fine.

Source: <https://www.postgresql.org/docs/current/rules-triggers.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import CmdType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.RuleStmt(relation=ast.RangeVar() as relation, event=event) as node:
            if event == CmdType.CMD_SELECT:
                return
            event_name = getattr(event, "name", "").removeprefix("CMD_")
            does = "does nothing in place of" if node.instead and not node.actions else "rewrites"
            yield Problem(
                f"rule {written((node.rulename or '',))} {does} each {event_name} on {written(name_of(relation))}, "
                "unseen by who writes it",
                relation.location or statement.start,
            )


RULE = Rule(
    code="CREATE_RULE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Use a trigger, which runs for each row and can raise an error.",
    nodes=("RuleStmt",),
    bad=(
        "CREATE RULE keep AS ON DELETE TO orders DO INSTEAD NOTHING;",
        "CREATE OR REPLACE RULE log AS ON UPDATE TO shop.orders DO ALSO INSERT INTO log VALUES (1);",
    ),
    good=(
        'CREATE RULE "_RETURN" AS ON SELECT TO orders DO INSTEAD SELECT 1 AS id;',
        "CREATE TRIGGER log AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION log();",
        "DROP RULE keep ON orders;",
    ),
    check=check,
)
