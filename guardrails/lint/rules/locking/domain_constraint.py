"""A new constraint of a domain is checked in every table that uses it.

`ALTER DOMAIN … ADD CONSTRAINT` and `SET NOT NULL` read every row of every table with a column of this type.
With `NOT VALID` the constraint only holds for values to come; `VALIDATE CONSTRAINT` checks the others later.

Exempt are domains that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-alterdomain.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written

_SET_NOT_NULL = "O"
_ADD_CONSTRAINT = "C"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterDomainStmt(subtype=kind, typeName=tuple() as parts, def_=definition):
            name = names_of(parts)
            domain = statement.schema.domain(name)
            if domain is not None and domain.new:
                return
            validated = isinstance(definition, ast.Constraint) and not definition.skip_validation
            if kind == _SET_NOT_NULL or (kind == _ADD_CONSTRAINT and validated):
                yield Problem(
                    f"checks every row of every table that uses the domain {written(name)}", statement.start
                )


RULE = Rule(
    code="DOMAIN_CONSTRAINT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add the constraint NOT VALID, and run ALTER DOMAIN … VALIDATE CONSTRAINT in a later migration.",
    nodes=("AlterDomainStmt",),
    bad=(
        "ALTER DOMAIN positive ADD CONSTRAINT above_zero CHECK (VALUE > 0);",
        'ALTER DOMAIN shop."Code" SET NOT NULL;',
    ),
    good=(
        "ALTER DOMAIN positive ADD CONSTRAINT above_zero CHECK (VALUE > 0) NOT VALID;",
        "ALTER DOMAIN positive VALIDATE CONSTRAINT above_zero;",
        "CREATE DOMAIN positive AS int;\nALTER DOMAIN positive ADD CHECK (VALUE > 0);",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0);",
    ),
    check=check,
)
