"""Renaming a type, a function or a sequence breaks what calls it by the old name.

A function that an API serves is a part of it under its name; a type stands in casts; a sequence stands
in the text of `nextval`. Names of indexes, constraints and policies are nobody's business, and free.

Exempt is what the same migration created, and an old name that stands for such a thing again at the end.

Source: <https://www.postgresql.org/docs/current/sql-alterfunction.html>,
<https://www.postgresql.org/docs/current/sql-altertype.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, place_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_WORDS = {
    ObjectType.OBJECT_TYPE: "type",
    ObjectType.OBJECT_DOMAIN: "domain",
    ObjectType.OBJECT_FUNCTION: "function",
    ObjectType.OBJECT_PROCEDURE: "procedure",
    ObjectType.OBJECT_ROUTINE: "routine",
    ObjectType.OBJECT_AGGREGATE: "aggregate",
    ObjectType.OBJECT_SEQUENCE: "sequence",
}


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.RenameStmt(renameType=kind, newname=str(new)) as node if kind in _WORDS:
            name = name_of(node.relation) if node.relation else names_of(node.object)
            found = _found(statement.schema, kind, name)
            if not found or not all(found):
                yield Problem(
                    f"renames {_WORDS[kind]} {written(name)}: what uses the old name fails",
                    place_of(statement.text, name[-1] if name else "", statement.start, statement.end),
                    f"Keep {written(name)} beside {written((new,))} for one release, as a wrapper or a copy.",
                    unless=_stands_again(statement.schema, kind, statement.schema.own_name(name)),
                )


def _found(schema: Schema, kind: ObjectType, name: Name) -> list[bool]:
    """Return, for each object that the name may mean, whether this change set surely made it."""
    match kind:
        case ObjectType.OBJECT_TYPE | ObjectType.OBJECT_DOMAIN:
            known = schema.enum(name) or schema.domain(name)
            return [known.new] if known else []
        case ObjectType.OBJECT_SEQUENCE:
            resolved = schema.resolve(name)
            sequence = schema.sequences.get(resolved) if resolved else None
            return [sequence.new] if sequence else []
    return [function.new for function in schema.functions_named(name)]


def _stands_again(schema: Schema, kind: ObjectType, name: Name) -> Callable[[], bool]:
    return lambda: bool(_found(schema, kind, name))


RULE = Rule(
    code="RENAME_OBJECT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Keep the old name beside the new one for one release, as a wrapper or a copy.",
    nodes=("RenameStmt",),
    bad=(
        "ALTER FUNCTION search_orders(text) RENAME TO find_orders;",
        "ALTER TYPE mood RENAME TO feeling;",
        "ALTER SEQUENCE shop.invoice_numbers RENAME TO numbers;",
        "ALTER DOMAIN email RENAME TO address;",
    ),
    good=(
        "ALTER INDEX orders_idx RENAME TO orders_by_day;",
        "ALTER POLICY own ON orders RENAME TO owners;",
        "ALTER TABLE orders RENAME CONSTRAINT a TO b;",
        ("CREATE FUNCTION a() RETURNS int LANGUAGE sql RETURN 1;\nALTER FUNCTION a() RENAME TO b;"),
        (
            "CREATE TYPE mood_new AS ENUM ('ok');\nALTER TYPE mood RENAME TO mood_old;\n"
            "ALTER TYPE mood_new RENAME TO mood;"
        ),
    ),
    check=check,
)
