"""Dropping a type breaks code that casts to it, and clients generated from it.

Values of an enum or a domain come and go by its name: prepared statements, casts in queries, arguments
of functions that an API serves. A column that uses it makes the statement fail.

Exempt is a type that the same migration created, and one whose name, with or without a last `_old`, stands
for another type at the end.

Source: <https://www.postgresql.org/docs/current/sql-droptype.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import places, written

_WORDS = {ObjectType.OBJECT_TYPE: "type", ObjectType.OBJECT_DOMAIN: "domain"}


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=kind, objects=tuple(objects)) if kind in _WORDS:
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                known = statement.schema.enum(name) or statement.schema.domain(name)
                if known is None or not known.new:
                    yield Problem(
                        f"drops {_WORDS[kind]} {written(name)}: what still casts to it fails",
                        offset,
                        f"Release the code that does without {written(name)} first, and drop it after that.",
                        unless=_stands_again(statement.schema, name),
                    )


def _stands_again(schema: Schema, name: Name) -> Callable[[], bool]:
    inside, old = (*schema.types_named(name), schema.own_name(name))[0]
    names = ((inside, old), (inside, old.removesuffix("_old")))
    return lambda: any(schema.types_named(one) for one in names)


RULE = Rule(
    code="DROP_TYPE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Release the code that does without it first, and drop it after that.",
    nodes=("DropStmt",),
    bad=(
        "DROP TYPE mood;",
        "DROP TYPE IF EXISTS shop.mood, shop.size;",
        "DROP DOMAIN email;",
    ),
    good=(
        "CREATE TYPE mood AS ENUM ('ok');\nDROP TYPE mood;",
        "DROP TYPE mood;\nCREATE TYPE mood AS ENUM ('ok', 'fine');",
        "ALTER TYPE mood ADD VALUE 'fine';",
        "DROP TABLE mood;",
    ),
    check=check,
)
