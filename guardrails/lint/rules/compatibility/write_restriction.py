"""A new constraint refuses rows that code which is still running writes.

Also under NOT VALID: that leaves out the rows that are there, not those that come. So do a unique index,
an exclusion constraint, and a check of a domain.

Exempt is a table or a domain that the same migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.parts import commands, constraints
from guardrails.lint.spelling import written

_WORDS = {
    ConstrType.CONSTR_CHECK: "a check",
    ConstrType.CONSTR_FOREIGN: "a foreign key",
    ConstrType.CONSTR_UNIQUE: "a unique constraint",
    ConstrType.CONSTR_PRIMARY: "a primary key",
    ConstrType.CONSTR_EXCLUSION: "an exclusion constraint",
    ConstrType.CONSTR_NOTNULL: "NOT NULL",
}


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for found in constraints(statement, *_WORDS):
        if found.column is None and not found.creates and not schema.is_new(found.table):
            kind = found.node.contype
            assert kind is not None  # the stubs make every field optional
            yield _problem(_WORDS[kind], written(found.table), found.offset)
    for command in commands(statement, AlterTableType.AT_SetNotNull):
        column = schema.column(command.table, command.node.name or "")
        if not schema.is_new(command.table) and not (column is not None and column.new):
            name = written((*command.table, command.node.name or ""))
            yield _problem("NOT NULL", name, place(statement, command))
    match statement.node:
        case ast.IndexStmt(unique=True, relation=ast.RangeVar() as relation):
            if not schema.is_new(name_of(relation)):
                yield _problem("a unique index", written(name_of(relation)), relation.location or 0)
        case ast.AlterDomainStmt(subtype="C" | "O", typeName=names):
            domain = schema.domain(names_of(names))
            if domain is None or not domain.new:
                yield _problem("a constraint", written(names_of(names)), statement.start)


def _problem(what: str, where: str, offset: int) -> Problem:
    return Problem(f"adds {what} to {where}: rows of code that is still running may be refused", offset)


RULE = Rule(
    code="WRITE_RESTRICTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Release the code that keeps to it first, and add the constraint after that.",
    nodes=("CreateStmt", "AlterTableStmt", "IndexStmt", "AlterDomainStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;",
        "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);",
        "ALTER TABLE orders ALTER COLUMN total SET NOT NULL;",
        "CREATE UNIQUE INDEX CONCURRENTLY ON orders (code);",
        "ALTER DOMAIN email ADD CONSTRAINT at CHECK (value LIKE '%@%');",
    ),
    good=(
        "CREATE TABLE orders (total int);\nALTER TABLE orders ADD CHECK (total > 0);",
        "ALTER TABLE orders ADD COLUMN total int CHECK (total > 0);",
        "CREATE INDEX ON orders (code);",
        "ALTER TABLE orders VALIDATE CONSTRAINT positive;",
        "ALTER DOMAIN email DROP CONSTRAINT at;",
    ),
    check=check,
)
