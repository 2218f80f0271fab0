"""Generated columns that read a json column -> what its documents must hold so that those columns have values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pglast import ast

from guardrails.lint.constants import constant, fold
from guardrails.lint.parsing import names_of, parse
from seeds.checks.contracts import ANYTHING
from seeds.generators.choosing import choose
from seeds.generators.contracts import Column, Context, Make
from seeds.schema import INTEGERS, Table

_STEPS = frozenset({"->", "->>"})
_PATHS = frozenset({"#>", "#>>"})
_NUMBERS = INTEGERS | {"numeric", "float4", "float8"}
_JSON = frozenset({"json", "jsonb"})


@dataclass(frozen=True)
class Leaf:
    """A place in a document, and the generated column that reads it."""

    document: str
    path: tuple[str, ...]
    reader: str


def leaves_of(table: Table) -> tuple[Leaf, ...]:
    """Return the places in the json columns of a table that generated columns read."""
    documents = {column.name for column in table.columns if column.type.name in _JSON}
    found: dict[tuple[str, tuple[str, ...]], Leaf] = {}
    for column in table.columns:
        if not column.generated or not documents or column.type.name == "tsvector":
            continue
        for statement in parse(f"SELECT {column.generated}").statements:
            for document, path in _reads(statement.node):
                if document in documents:
                    found.setdefault((document, path), Leaf(document, path, column.name))
    return tuple(found.values())


def with_leaves(document: str, make: Make, table: Table, leaves: Sequence[Leaf], context: Context) -> Make:
    """Return a maker of documents in which every place that is read holds a value of the reader's type."""
    makers = [(leaf.path, _value_maker(leaf, table, context)) for leaf in leaves if leaf.document == document]

    def made(rows: Sequence[int]) -> list[str | None]:
        columns = [(path, maker(rows)) for path, maker in makers]
        found: list[str | None] = []
        for at, text in enumerate(make(rows)):
            if text is None:
                found.append(None)
                continue
            whole = json.loads(text)
            whole = whole if isinstance(whole, dict) else {}
            for path, values in columns:
                _put(whole, path, values[at])
            found.append(json.dumps(whole, ensure_ascii=False))
        return found

    return made


def _value_maker(leaf: Leaf, table: Table, context: Context) -> Callable[[Sequence[int]], list[object]]:
    reader = table.column(leaf.reader)
    kind = reader.type if reader.type.name not in _JSON else replace(reader.type, name="text")
    name = leaf.path[-1]
    spelt = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    unique = any(leaf.reader in one.all_columns for one in table.unique_sets)
    pseudo = Column(spelt, kind, not_null=True)
    own = replace(
        context,
        columns={**context.columns, spelt: pseudo},
        unique=frozenset({spelt}) if unique else frozenset(),
    )
    chosen = choose(pseudo, ANYTHING, own)
    lasts = "duration" in spelt

    def values(rows: Sequence[int]) -> list[object]:
        made = chosen.make(rows)
        if lasts:
            return [f"PT{1 + row % 59}M" for row in rows]
        if kind.name in _NUMBERS:
            return [None if text is None else json.loads(text) for text in made]
        if kind.name == "bool":
            return [text in {"t", "true"} for text in made]
        if kind.name in {"timestamptz", "timestamp"}:
            return [None if text is None else text.partition("+")[0].replace(" ", "T") + "Z" for text in made]
        return list(made)

    return values


def _put(whole: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    *above, last = path
    for key in above:
        inner = whole.get(key)
        if not isinstance(inner, dict):
            inner = whole[key] = {}
        whole = inner
    whole[last] = value


def _reads(node: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each column and path that an expression reads, the longest path of each chain."""
    match node:
        case ast.A_Expr(name=operator, lexpr=left, rexpr=right) if names_of(operator)[-1:] and (
            names_of(operator)[-1] in _STEPS | _PATHS
        ):
            found = _chain(node)
            if found is not None:
                yield found
                return
            for part in (left, right):
                yield from _reads(part)
        case ast.Node():
            for slot in node:
                yield from _reads(getattr(node, slot))
        case tuple():
            for part in node:
                yield from _reads(part)


def _chain(node: object) -> tuple[str, tuple[str, ...]] | None:
    match node:
        case ast.TypeCast(arg=argument):
            return _chain(argument)
        case ast.ColumnRef(fields=fields) if names_of(fields):
            return names_of(fields)[-1], ()
        case ast.A_Expr(name=operator, lexpr=left, rexpr=right):
            before = _chain(left)
            text = constant(fold(right, {})[0])
            if before is None or text is None:
                return None
            if names_of(operator)[-1] in _PATHS:
                return before[0], (*before[1], *(part.strip(' "') for part in text.strip("{}").split(",")))
            return before[0], (*before[1], text)
    return None
