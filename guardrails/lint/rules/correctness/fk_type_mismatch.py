"""A foreign key between different types is refused, slow or too narrow.

Without an operator that compares the two types PostgreSQL refuses the key (`uuid` and `text`, `text` and
`bigint`). Where it has one, as between `int` and `bigint`, the child can't hold every value of its parent,
and joins convert each one.

Nothing is said about types that are not known, and about lengths (`varchar(20)` and `text`). A domain
counts as the type below it.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.keys import plain_type, references
from guardrails.lint.objects import Column, Type
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_FAMILIES = {
    "int2": "number", "int4": "number", "int8": "number", "numeric": "number", "float4": "number",
    "float8": "number", "text": "text", "varchar": "text", "bpchar": "text", "citext": "text", "name": "text",
    "date": "time", "timestamp": "time", "timestamptz": "time", "uuid": "uuid", "bool": "bool",
    "json": "json", "jsonb": "jsonb", "bytea": "bytea", "inet": "net", "cidr": "net", "interval": "interval",
}  # fmt: skip
_NUMBERS = ("int2", "int4", "int8", "numeric", "float4", "float8")
_REFUSED = "PostgreSQL refuses the key"
_NARROW = "it can't hold every value, and joins convert each one"
_CONVERTED = "joins convert each value"
_WORDS = {"int2": "smallint", "int4": "int", "int8": "bigint"}


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for reference in references(statement):
        for child, parent in reference.pairs:
            types = plain_type(schema, child.type), plain_type(schema, parent.type)
            one, other = types
            if one is None or other is None:
                continue
            refused = _is_refused(schema, one, other)
            if refused or (one.name != other.name and _are_numbers(one, other)):
                narrow = _NUMBERS.index(one.name) < _NUMBERS.index(other.name) if not refused else False
                effect = _REFUSED if refused else _NARROW if narrow else _CONVERTED
                yield Problem(
                    f"{_spelled(reference.key.table[-1], child, one)} refers to "
                    f"{_spelled(reference.parent.name[-1] if reference.parent else reference.key.table[-1], parent, other)}: "
                    f"{effect}",
                    reference.key.offset,
                    f"Make {written((child.name,))} {_shown(other)}."
                    if refused or narrow
                    else f"Make both columns {_shown(one)}.",
                    will_fail=refused,
                )


def _is_refused(schema: Schema, one: Type, other: Type) -> bool:
    if one.array != other.array:
        return True
    mine, theirs = _family(schema, one), _family(schema, other)
    if mine is None or theirs is None:
        return False
    if mine == theirs == "number":
        # From a number to a wider kind there is an implicit cast, back there is none.
        integers = {"int2", "int4", "int8"}
        return other.name in integers and one.name not in integers
    return mine != theirs


def _are_numbers(one: Type, other: Type) -> bool:
    return one.name in _NUMBERS and other.name in _NUMBERS


def _family(schema: Schema, kind: Type) -> object:
    if kind.schema is None and kind.name in _FAMILIES:
        return _FAMILIES[kind.name]
    return schema.enum((kind.schema, kind.name) if kind.schema else (kind.name,))


def _spelled(table: str, column: Column, kind: Type) -> str:
    return f"{written((table, column.name))} ({_shown(kind)})"


def _shown(kind: Type) -> str:
    name = _WORDS.get(kind.name, kind.name)
    return (written((kind.schema, name)) if kind.schema else name) + "[]" * kind.array


RULE = Rule(
    code="FK_TYPE_MISMATCH",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Give both columns the same type.",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\n"
            "CREATE TABLE items (order_id int REFERENCES orders (id));"
        ),
        ("CREATE TABLE orders (id uuid PRIMARY KEY);\nCREATE TABLE items (order_id text REFERENCES orders);"),
        (
            "CREATE TABLE orders (id bigserial PRIMARY KEY);\nCREATE TABLE items (order_id int);\n"
            "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id);"
        ),
        "CREATE TABLE parts (id uuid PRIMARY KEY, part_of bigint REFERENCES parts (id));",
    ),
    good=(
        (
            "CREATE TABLE orders (id bigserial PRIMARY KEY);\n"
            "CREATE TABLE items (order_id bigint REFERENCES orders (id));"
        ),
        "CREATE TABLE items (order_id int REFERENCES orders (id));",
        (
            "CREATE TABLE codes (code varchar(20) PRIMARY KEY);\n"
            "CREATE TABLE items (code text REFERENCES codes (code));"
        ),
        (
            "CREATE DOMAIN key AS uuid;\nCREATE TABLE orders (id key PRIMARY KEY);\n"
            "CREATE TABLE items (order_id uuid REFERENCES orders (id));"
        ),
    ),
    check=check,
)
