"""A foreign key must lead to columns that are unique together.

PostgreSQL refuses any other. A primary key, a unique constraint or a unique index on exactly these columns will do, not one that leaves
rows out by a condition.

Nothing is said about a table whose making was not seen.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.keys import Reference, references
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for reference in references(statement):
        if _is_known(statement, reference) and frozenset(reference.target) not in reference.unique:
            parent = name_of(reference.key.node.pktable)
            columns = ", ".join(written((column,)) for column in reference.target)
            yield Problem(
                f"foreign key to {written(parent)} ({columns}), which is not unique"
                if columns
                else f"foreign key to {written(parent)}, which has no primary key",
                reference.key.offset,
                f"Make it unique first: ALTER TABLE {written(parent)} ADD UNIQUE ({columns or '…'});",
                will_fail=True,
            )


def _is_known(statement: Statement, reference: Reference) -> bool:
    if not statement.certain:
        return False
    if reference.parent is None:
        itself = statement.schema.own_name(name_of(reference.key.node.pktable))
        return reference.key.creates and itself == statement.schema.own_name(reference.key.table)
    return reference.parent.whole and all(column in reference.parent.columns for column in reference.target)


RULE = Rule(
    code="FK_TARGET_NOT_UNIQUE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Make the columns that it leads to unique first.",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "CREATE TABLE a (id bigint PRIMARY KEY, code text);\nCREATE TABLE b (code text REFERENCES a (code));",
        "CREATE TABLE a (id bigint);\nCREATE TABLE b (a_id bigint REFERENCES a);",
        (
            "CREATE TABLE a (x int, y int, PRIMARY KEY (x, y));\nCREATE TABLE b (x int);\n"
            "ALTER TABLE b ADD FOREIGN KEY (x) REFERENCES a (x);"
        ),
        (
            "CREATE TABLE a (code text);\nCREATE UNIQUE INDEX ON a (code) WHERE code <> '';\n"
            "CREATE TABLE b (code text REFERENCES a (code));"
        ),
        "CREATE TABLE a (id bigint PRIMARY KEY, code text, other text REFERENCES a (code));",
    ),
    good=(
        "CREATE TABLE a (code text UNIQUE);\nCREATE TABLE b (code text REFERENCES a (code));",
        "CREATE TABLE a (code text);\nCREATE UNIQUE INDEX ON a (code);\nCREATE TABLE b (code text REFERENCES a (code));",
        "CREATE TABLE a (x int, y int, PRIMARY KEY (x, y));\nCREATE TABLE b (y int, x int, FOREIGN KEY (y, x) REFERENCES a (y, x));",
        "CREATE TABLE b (code text REFERENCES a (code));",
        "CREATE TABLE a (id bigint PRIMARY KEY, parent bigint REFERENCES a);",
    ),
    check=check,
)
