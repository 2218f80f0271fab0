"""A comment that allows what is not there hides the next finding of its kind.

It names a code that does not exist, or its statement has no such finding (any more).

Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_engine

RULE = Rule(
    code="UNUSED_SUPPRESSION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Remove the comment, or name the code of the finding that the statement below it has.",
    bad=(
        "-- guardrails: allow NO_SUCH_RULE reason: it is safe\nDROP TABLE orders;",
        "-- guardrails: allow DROP_TABLE reason: it is safe\nTRUNCATE orders;",
        "SELECT 1;\n-- guardrails: allow DROP_TABLE reason: it is safe\n",
    ),
    good=(
        "-- guardrails: allow DROP_TABLE reason: never written to, see OPS-412\nDROP TABLE orders;",
        "DROP TABLE\n  -- guardrails: allow DROP_TABLE reason: never written to, see OPS-412\n  orders;",
    ),
    check=reported_by_engine,
)
