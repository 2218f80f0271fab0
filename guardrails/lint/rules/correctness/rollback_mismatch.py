"""A rollback that does not undo its migration leaves a database of no known shape.

The way back is followed after the way forwards: what was made and is left, what is dropped that was never
made, and what is not brought back are each reported, at the statement that they are about. It is found
where the project's tool keeps it: a section of the same file, or a file of its own.

Nothing is said where a block of code does the work, and where a comment in the rollback says that the
migration is irreversible.

Source: <https://www.postgresql.org/docs/current/ddl-alter.html>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_engine

RULE = Rule(
    code="ROLLBACK_MISMATCH",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Undo in the rollback what the migration does, in reverse order, and nothing else.",
    bad=(
        (
            "-- migrate:up\nALTER TABLE orders ADD COLUMN note text;\n"
            "-- migrate:down\nALTER TABLE orders DROP COLUMN notes;"
        ),
        "-- +goose Up\nCREATE TABLE a (id bigint PRIMARY KEY);\n-- +goose Down\nDROP TABLE IF EXISTS b;",
        ("-- migrate:up\nDROP VIEW totals;\nCREATE INDEX i ON orders (a);\n-- migrate:down\nDROP INDEX i;"),
    ),
    good=(
        (
            "-- migrate:up\nALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX i ON orders (note);\n"
            "-- migrate:down\nALTER TABLE orders DROP COLUMN note;"
        ),
        "-- migrate:up\nDROP VIEW totals;\n-- migrate:down\n-- irreversible: nobody reads it\nSELECT 1;",
        (
            "-- migrate:up\nCREATE TABLE a (id bigint PRIMARY KEY);\nCREATE POLICY p ON a USING (false);\n"
            "-- migrate:down\nDROP TABLE a;"
        ),
        "-- migrate:up\nALTER TABLE a RENAME TO b;\n-- migrate:down\nALTER TABLE b RENAME TO a;",
        "CREATE TABLE a (id bigint PRIMARY KEY);",
    ),
    check=reported_by_engine,
)
