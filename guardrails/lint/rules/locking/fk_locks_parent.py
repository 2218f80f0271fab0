"""A new table with a foreign key waits for every write of its parent.

The new table is nobody's concern, but its parent is locked as well, SHARE ROW EXCLUSIVE, and writes queue up
behind a lock that waits. A lock_timeout lets the migration give up instead, and try again.

Exempt is what runs with a lock_timeout, and parents that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.alterations import added_columns
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import parents_of
from guardrails.lint.parsing import name_of
from guardrails.lint.session import LOCK_TIMEOUT
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    if statement.session.timeout(LOCK_TIMEOUT):
        return
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=tuple(elements)):
            own = name_of(relation)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation):
            own = name_of(relation)
            elements = tuple(column.definition for column in added_columns(statement))
        case _:
            return
    schema = statement.schema
    for element in elements:
        for parent in parents_of(element):
            if parent[-1:] != own[-1:] and not schema.is_new(parent):
                yield Problem(
                    f"this foreign key blocks writes to {written(parent)} while it waits for those that run",
                    element.location or statement.start,
                )


RULE = Rule(
    code="FK_LOCKS_PARENT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Begin the migration with {SET_LOCK_TIMEOUT}",
    nodes=("CreateStmt", "AlterTableStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders (id));",
        'CREATE TABLE items (a int, FOREIGN KEY (a) REFERENCES shop."Orders" (id));',
        "ALTER TABLE items ADD COLUMN order_id int REFERENCES orders (id);",
    ),
    good=(
        "SET lock_timeout = '5s';\nCREATE TABLE items (order_id int REFERENCES orders (id));",
        "CREATE TABLE orders (id int PRIMARY KEY);\nCREATE TABLE items (order_id int REFERENCES orders (id));",
        "CREATE TABLE nodes (id int PRIMARY KEY, parent int REFERENCES nodes (id));",
    ),
    check=check,
)
