"""Which rows need which others: the foreign keys of a database, and those that only configuration knows of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg

from seeds.contracts import Reference
from seeds.recording import Place

# A key of a partition is taken for one of the whole table: that can only keep more.
_KEYS = """
SELECT pg_catalog.concat(cn.nspname, '.', c.relname), pg_catalog.concat(pn.nspname, '.', p.relname),
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = coalesce(pg_catalog.pg_partition_root(k.conrelid), k.conrelid)
JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = coalesce(pg_catalog.pg_partition_root(k.confrelid), k.confrelid)
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
"""


@dataclass(frozen=True)
class Pointing:
    """A foreign key, by the names of its tables; with `when`, one that holds for rows with those values."""

    child: str
    parent: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    when: tuple[tuple[str, str], ...] = ()


def pointings(
    connection: psycopg.Connection, references: Sequence[Reference], there: Iterable[Place]
) -> list[Pointing]:
    """Return the foreign keys of a database, and those of the configuration whose tables are there."""
    found = connection.execute(_KEYS.encode()).fetchall()
    keys = [
        Pointing(child, parent, tuple(columns), tuple(targets)) for child, parent, columns, targets in found
    ]
    return [*keys, *_configured(references, there)]


def _configured(references: Sequence[Reference], there: Iterable[Place]) -> Iterator[Pointing]:
    names: dict[str, str] = {}
    for place in there:
        names[place.name] = place.name
        names.setdefault(place.relation, place.name)
    for one in references:
        if one.table in names and one.target in names:
            when = tuple((column, str(value)) for column, value in one.when.items())
            yield Pointing(names[one.table], names[one.target], one.columns, one.target_columns, when)
