r"""Text that PostgreSQL's parser refuses was not checked, so it never passes.

Named apart are the lines of psql (`\restrict`, `\i`), the rows of `COPY … FROM stdin`, and the
placeholders of a template: a migration tool can't run them as they stand. Syntax of a PostgreSQL
newer than the parser is refused too.

Source: <https://www.postgresql.org/docs/current/sql-commands.html>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_engine

RULE = Rule(
    code="PARSE_ERROR",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Mend the statement, and validate again: nothing in it was checked.",
    bad=(
        "ALTER TABEL orders ADD COLUMN note text;",
        "SELECT 1;\nCREATE TABLE orders (id bigint",
        "\\i other.sql\nSELECT 1;",
        "COPY orders FROM stdin;\n1\tnew\n\\.\n",
        "ALTER TABLE {{ table }} ADD COLUMN note text;",
    ),
    good=("SELECT 1;", "", "-- nothing to do\n", "SELECT '{{ not a placeholder }}';"),
    check=reported_by_engine,
)
