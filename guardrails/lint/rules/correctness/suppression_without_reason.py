"""A comment that silences a finding must say which one, and why that is safe.

The form is `-- guardrails: allow CODE reason: why it is safe here`, on a line of its own above or
inside its statement. Anything that looks like it and is not (no reason, no code, another linter's
words) allows nothing. An error needs a human's approval besides, whatever a comment says.

Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_engine

RULE = Rule(
    code="SUPPRESSION_WITHOUT_REASON",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Write -- guardrails: allow CODE reason: why it is safe here, on a line of its own, or "
        "remove the comment."
    ),
    bad=(
        "-- guardrails: allow DROP_TABLE\nDROP TABLE orders;",
        "-- guardrails: ignore DROP_TABLE reason: nobody reads it\nDROP TABLE orders;",
        "-- guard:ignore\nDROP TABLE orders;",
        "DROP TABLE orders; -- guardrails: allow DROP_TABLE reason: nobody reads it",
    ),
    good=(
        "-- guardrails: allow DROP_TABLE reason: never written to, see OPS-412\nDROP TABLE orders;",
        "-- the guard of this table is its policy\nDROP TABLE orders;",
        "SELECT '-- guardrails: allow';",
    ),
    check=reported_by_engine,
)
