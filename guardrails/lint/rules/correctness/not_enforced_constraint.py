"""A constraint that is NOT ENFORCED is a remark: PostgreSQL lets every row pass.

Readers of the schema take it for a promise, and rows that break it pile up until it can't be enforced.

Source: <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-ENFORCED>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parts import commands, constraints
from guardrails.lint.spelling import written

_CAN_BE = (ConstrType.CONSTR_CHECK, ConstrType.CONSTR_FOREIGN)


def check(statement: Statement) -> Iterator[Problem]:
    for found in constraints(statement, *_CAN_BE, ConstrType.CONSTR_ATTR_NOT_ENFORCED):
        if found.node.contype == ConstrType.CONSTR_ATTR_NOT_ENFORCED or found.node.is_enforced is False:
            yield _problem(f"a constraint of {written(found.table)}", found.offset)
    for command in commands(statement, AlterTableType.AT_AlterConstraint):
        match command.node.def_:
            case ast.ATAlterConstraint(alterEnforceability=True, is_enforced=False, conname=str(name)):
                yield _problem(f"constraint {written((name,))} of {written(command.table)}", statement.start)


def _problem(what: str, offset: int) -> Problem:
    return Problem(f"{what} is not enforced: PostgreSQL lets every row pass", offset)


RULE = Rule(
    code="NOT_ENFORCED_CONSTRAINT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Enforce it: add it NOT VALID, mend the rows that break it, and VALIDATE it after that.",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT ENFORCED;",
        "CREATE TABLE items (order_id bigint REFERENCES orders NOT ENFORCED);",
        "ALTER TABLE items ALTER CONSTRAINT items_order_id_fkey NOT ENFORCED;",
        "CREATE TABLE orders (total int CHECK (total > 0) NOT ENFORCED);",
    ),
    good=(
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;",
        "ALTER TABLE orders ADD UNIQUE (code);",
        "ALTER TABLE items ALTER CONSTRAINT items_order_id_fkey ENFORCED;",
        "ALTER TABLE items ALTER CONSTRAINT items_order_id_fkey DEFERRABLE;",
    ),
    check=check,
)
