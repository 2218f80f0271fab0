"""`CREATE TRIGGER` waits for the writes of its table, and new ones queue behind.

It takes a SHARE ROW EXCLUSIVE lock. The lock is short once it is there, but behind one long transaction it
may take minutes to come. A lock_timeout lets the migration give up instead, and try again.

In the default profile it speaks in projects that set a lock_timeout somewhere. Exempt are tables that this
migration created.

Source: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.contracts import Habit, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import ON_A_VIEW
from guardrails.lint.parsing import name_of
from guardrails.lint.session import LOCK_TIMEOUT
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateTrigStmt(relation=ast.RangeVar() as relation, timing=timing) if timing != ON_A_VIEW:
            name = name_of(relation)
            if (
                statement.settings.asks_for(Habit.LOCK_TIMEOUT)
                and not statement.schema.is_new(name)
                and not statement.session.timeout(LOCK_TIMEOUT)
            ):
                yield Problem(
                    f"creating this trigger blocks writes to {written(name)} while it waits", statement.start
                )


RULE = Rule(
    code="CREATE_TRIGGER",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Begin the migration with {SET_LOCK_TIMEOUT}",
    nodes=("CreateTrigStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();",
        (
            "SET lock_timeout = 0;\n"
            'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON "Orders" FOR EACH ROW EXECUTE FUNCTION f();'
        ),
    ),
    good=(
        (
            "SET lock_timeout = '5s';\n"
            "CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();"
        ),
        (
            "CREATE TABLE orders (id int);\n"
            "CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();"
        ),
        "CREATE TRIGGER t INSTEAD OF INSERT ON totals FOR EACH ROW EXECUTE FUNCTION f();",
        "CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION audit();",
    ),
    check=check,
)
