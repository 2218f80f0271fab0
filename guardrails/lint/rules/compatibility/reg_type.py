"""A column of a `reg…` type keeps an object's number, lost in an upgrade.

`regproc`, `regprocedure`, `regoper`, `regoperator`, `regconfig`, `regdictionary`, `regcollation` and
`regnamespace` are stored as the OIDs of system tables, which `pg_upgrade` does not keep: it refuses
such a database.

Exempt are `regclass`, `regtype` and `regrole`, whose OIDs it keeps.

Source: <https://www.postgresql.org/docs/current/pgupgrade.html>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.parts import definitions
from guardrails.lint.spelling import written

_NOT_KEPT = frozenset({
    "regproc", "regprocedure", "regoper", "regoperator", "regconfig", "regdictionary", "regcollation",
    "regnamespace",
})  # fmt: skip


def check(statement: Statement) -> Iterator[Problem]:
    for column in definitions(statement):
        kind = names_of(column.node.typeName)[-1:]
        if kind and kind[0] in _NOT_KEPT:
            yield Problem(
                f"column {written((*column.table, column.name))} is of type {kind[0]}: pg_upgrade refuses the database",
                column.offset,
                f"Make {written((column.name,))} text, and cast it to {kind[0]} where it is used.",
            )


RULE = Rule(
    code="REG_TYPE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Store the name as text, and cast it where it is used.",
    nodes=("CreateStmt", "AlterTableStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TABLE jobs (id bigint PRIMARY KEY, runs regproc);",
        "ALTER TABLE jobs ADD COLUMN runs pg_catalog.regprocedure[];",
    ),
    good=(
        "CREATE TABLE jobs (id bigint PRIMARY KEY, on_table regclass);",
        "ALTER TABLE jobs ADD COLUMN by_role regrole;",
        "SELECT 'lower'::regproc;",
    ),
    check=check,
)
