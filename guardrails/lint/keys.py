"""A statement's foreign keys -> what they lead to, as far as the schema and the statement itself show it."""

from __future__ import annotations

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.contracts import Name, Statement
from guardrails.lint.objects import Column, Table, Type
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.parts import Condition, constraints, definitions
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import column_of
from guardrails.lint.values import NamedTuple

_SERIAL = {
    "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2",
    "serial2": "int2",
}  # fmt: skip


class Reference(NamedTuple):
    """A foreign key that a statement makes.

    Attributes:
        parent: the table that it leads to, None when it is not known.
        target: the columns that it leads to; those of the primary key when none are named.
        pairs: each column with the one that it leads to, where both are known.
        unique: the sets of columns of the parent that are unique as a whole.
    """

    key: Condition
    parent: Table | None
    target: Name
    pairs: tuple[tuple[Column, Column], ...]
    unique: tuple[frozenset[str], ...]


def references(statement: Statement) -> Iterator[Reference]:
    """Yield every foreign key that a CREATE TABLE or ALTER TABLE makes."""
    schema = statement.schema
    own = {column.name: column_of(column.node, new=True) for column in definitions(statement)}
    for key in constraints(statement, ConstrType.CONSTR_FOREIGN):
        name = name_of(key.node.pktable)
        itself = _same(schema, name, key.table)
        parent = None if itself and key.creates else schema.table(name)
        unique, primary = _unique(parent)
        if itself:
            for found in constraints(statement, ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY):
                unique += (frozenset(found.columns),)
                if found.node.contype == ConstrType.CONSTR_PRIMARY:
                    primary = found.columns
        target = names_of(key.node.pk_attrs) or primary
        known = {**(parent.columns if parent else {}), **(own if itself else {})}
        child = schema.created_or_changed(key.table)
        columns = {**(child.columns if child and not key.creates else {}), **own}
        pairs = tuple(
            (columns[one], known[other])
            for one, other in zip(key.columns, target, strict=False)
            if one in columns and other in known
        )
        yield Reference(key, parent, target, pairs, unique)


def plain_type(schema: Schema, kind: Type | None) -> Type | None:
    """Return a type without what does not matter to a comparison: a domain's base, `int8` for `bigserial`."""
    if kind is None:
        return None
    spelled = (kind.schema, kind.name) if kind.schema else (kind.name,)
    if (domain := schema.domain(spelled)) is not None:
        return plain_type(schema, domain.base)
    return Type(_SERIAL.get(kind.name, kind.name), kind.modifiers, kind.array, kind.schema)


def _same(schema: Schema, one: Name, other: Name) -> bool:
    return schema.own_name(one) == schema.own_name(other)


def _unique(table: Table | None) -> tuple[tuple[frozenset[str], ...], Name]:
    if table is None:
        return (), ()
    unique = tuple(
        frozenset(name for name in index.columns if name)
        for index in table.indexes
        if index.unique and not index.partial and not index.not_null and None not in index.columns
    )
    primary = table.primary_key
    return unique, tuple(name for name in primary.columns if name) if primary else ()
