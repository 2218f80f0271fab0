"""`DROP SEQUENCE` forgets which numbers were given out.

The value that a sequence has reached is data: it stands in no table, and one that is made again begins
at 1, so that ids or invoice numbers come twice.

Exempt is a sequence that the same migration created.

Source: <https://www.postgresql.org/docs/current/sql-dropsequence.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_SEQUENCE, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                if not _is_new(statement.schema, name):
                    yield Problem(
                        f"drops sequence {written(name)} and with it the number that it has reached",
                        offset,
                        f"Keep {written(name)}: an unused sequence costs nothing. If it must go, let a person "
                        "note its last value first.",
                    )


def _is_new(schema: Schema, name: Name) -> bool:
    resolved = schema.resolve(name)
    sequence = schema.sequences.get(resolved) if resolved else None
    return sequence is not None and sequence.new


RULE = Rule(
    code="DROP_SEQUENCE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Keep the sequence: an unused one costs nothing, and its value is data.",
    nodes=("DropStmt",),
    bad=(
        "DROP SEQUENCE invoice_numbers;",
        "DROP SEQUENCE IF EXISTS shop.invoice_numbers, order_numbers CASCADE;",
        "CREATE SEQUENCE IF NOT EXISTS invoice_numbers;\nDROP SEQUENCE invoice_numbers;",
        "DO $$ BEGIN DROP SEQUENCE invoice_numbers; END $$;",
    ),
    good=(
        "CREATE SEQUENCE scratch;\nDROP SEQUENCE scratch;",
        "ALTER SEQUENCE invoice_numbers OWNED BY invoices.number;",
        "DROP INDEX invoice_numbers_idx;",
    ),
    check=check,
)
