"""A timeout of 0 is none at all, and a number without a unit is in milliseconds.

A unit that PostgreSQL does not know (`'5 sec'`, `'5S'`) makes it refuse the statement.

`SET lock_timeout = 0` switches the limit off, and one of several minutes lets everybody wait behind the
migration for as long. `SET lock_timeout = 5` gives up after 5 milliseconds, which is rarely meant.

A lock_timeout that is switched off is only reported in a file that then locks a table that was there before,
and not where the file begins as pg_dump writes it, with all timeouts switched off. A statement_timeout may be switched off: a build of an index
needs that.

Source: <https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT>
"""

from collections.abc import Iterator

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.patterns import regex
from guardrails.lint.session import LOCK_TIMEOUT, TIMEOUTS, Session, changes, milliseconds

_NO_UNIT = regex(r"\s*\d+(?:\.\d*)?\s*[A-Za-z]+\s*")
_SHORTEST = 100
_LONGEST_WAIT = 60_000


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    for change in changes(statement.node):
        if change.name not in TIMEOUTS or not change.value:
            continue
        value = milliseconds(change.value)
        if value is None:
            if _NO_UNIT.fullmatch(change.value):
                yield Problem(
                    f"PostgreSQL refuses {change.name} = '{change.value}': its units are us, ms, s, min, h and d",
                    statement.start,
                    will_fail=True,
                )
            continue
        if 0 < value < _SHORTEST:
            yield Problem(
                f"{change.name} is {value:g} milliseconds, which is hardly meant",
                statement.start,
                f"Write the unit, as in: SET {change.name} = '{max(value, 1):g}s';",
            )
        elif value == 0 and change.name == LOCK_TIMEOUT and not _begins_a_dump(session):
            yield Problem(
                "switches off the lock_timeout, so statements wait for locks without a limit",
                statement.start,
                unless=lambda: not session.waited_without_limit(),
            )
        elif value > _LONGEST_WAIT and change.name == LOCK_TIMEOUT:
            yield Problem(
                f"a lock_timeout of {value / 60_000:g} minutes keeps everybody waiting behind it for as long",
                statement.start,
            )


def _begins_a_dump(session: Session) -> bool:
    """Tell whether the file begins as pg_dump has it: with all timeouts switched off."""
    first = [change for node in session.nodes[:3] for change in changes(node)]
    return {(change.name, change.value) for change in first} == {(name, "0") for name in TIMEOUTS}


RULE = Rule(
    code="TIMEOUT_INVALID",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Write a few seconds, with the unit: {SET_LOCK_TIMEOUT}",
    nodes=("VariableSetStmt", "SelectStmt"),
    bad=(
        "SET lock_timeout = 0;\nALTER TABLE orders ADD COLUMN note text;",
        "SET LOCAL lock_timeout = 5;",
        "SET statement_timeout TO '30';",
        "SET lock_timeout = '1h';",
        "SET lock_timeout = '5 sec';",
        "SET LOCAL statement_timeout = '2 minutes';",
        "SELECT set_config('lock_timeout', '0', false);\nALTER TABLE orders ADD COLUMN note text;",
    ),
    good=(
        "SET lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;",
        "SET lock_timeout = 5000;",
        "SET lock_timeout = '5 s';",
        "SET lock_timeout TO DEFAULT;",
        "SET statement_timeout = 0;\nCREATE INDEX CONCURRENTLY i ON orders (a);",
        (
            "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET idle_in_transaction_session_timeout = 0;\n"
            "ALTER TABLE orders OWNER TO postgres;"
        ),
        "SET lock_timeout = 0;\nCREATE TABLE orders (id int);\nALTER TABLE orders OWNER TO postgres;",
    ),
    check=check,
)
