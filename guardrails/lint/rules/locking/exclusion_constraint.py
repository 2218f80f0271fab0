"""An exclusion constraint can be added in no other way than by locking the table.

`ADD CONSTRAINT … EXCLUDE` builds an index under an ACCESS EXCLUSIVE lock. There is no `NOT VALID` for it,
and its index can't be built concurrently before. On a table that is large or busy, make a new table that has
the constraint, copy the rows in batches, and swap the two.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE>
"""

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.alterations import added_constraints
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for added in added_constraints(statement, ConstrType.CONSTR_EXCLUSION):
        yield Problem(
            f"building the index of this exclusion constraint keeps everybody from using {written(added.table)}",
            added.offset,
        )


RULE = Rule(
    code="EXCLUSION_CONSTRAINT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Unless the table is small, create a new one with the constraint, copy the rows and swap them.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&);",
        "ALTER TABLE IF EXISTS bookings ADD EXCLUDE USING gist (during WITH &&);",
    ),
    good=(
        "CREATE TABLE bookings (during tstzrange, EXCLUDE USING gist (during WITH &&));",
        (
            "CREATE TABLE bookings (during tstzrange);\n"
            "ALTER TABLE bookings ADD EXCLUDE USING gist (during WITH &&);"
        ),
        "CREATE INDEX ON bookings USING gist (during);",
    ),
    check=check,
)
