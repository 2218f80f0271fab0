"""Rows of one table, made without the engine, for the database to judge."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from guardrails.shadow.engine import Server, connect
from guardrails.shadow.platform import Platform
from seeds.checks.contracts import Check, Solved
from seeds.checks.solve import solve
from seeds.contexts import context_of
from seeds.contracts import SeedConfig
from seeds.generators.choosing import compose
from seeds.generators.contracts import Composed
from seeds.introspect import introspect
from seeds.load import block_of, prepare

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Judged:
    """What the solver said of a table, how it is filled, and the rows that the database took."""

    solved: Solved
    composed: Composed
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, name: str) -> list[str | None]:
        return [row[self.columns.index(name)] for row in self.rows]


class Judge:
    """One database, in which each table stands for a moment only."""

    def __init__(self, server: Server, platform: Platform = Platform.PLAIN) -> None:
        self.conninfo = server.database(platform)

    def judged(self, ddl: str, count: int = 60, table: str = "t", config: SeedConfig | None = None) -> Judged:
        """Make the table, fill it, and let the database refuse what it will; nothing is kept.

        Raises:
            psycopg.errors.CheckViolation: a row breaks a constraint that the solver says it understood.
        """
        with connect(self.conninfo) as connection:
            connection.execute(ddl.encode())
            prepare(connection)
            catalog = introspect(connection)
            found = catalog.tables[f"public.{table}"]
            required = [column.name for column in found.columns if column.not_null]
            solved = solve(found.checks, found.types, catalog.answers, required, catalog.functions)
            unique = frozenset(one.columns[0] for one in found.unique_sets if len(one.columns) == 1)
            written = frozenset(column.name for column in found.columns if column.generated is None)
            context = context_of(found, config or SeedConfig(), unique, "", written)
            composed = compose(solved, context)
            columns = tuple(name for name in composed.chosen)
            values = [composed.chosen[name].make(range(count)) for name in columns]
            self._copy(connection, table, columns, values, count)
            connection.rollback()
        return Judged(solved, composed, columns, tuple(zip(*values, strict=True)))

    def unsolved(self, ddl: str, table: str = "t") -> tuple[Check, ...]:
        """Make the table and return what the solver leaves to the database; nothing is kept."""
        with connect(self.conninfo) as connection:
            connection.execute(ddl.encode())
            catalog = introspect(connection)
            found = catalog.tables[f"public.{table}"]
            connection.rollback()
        required = [column.name for column in found.columns if column.not_null]
        return solve(found.checks, found.types, catalog.answers, required, catalog.functions).unsolved

    def _copy(
        self,
        connection: object,
        table: str,
        columns: Sequence[str],
        values: list[list[str | None]],
        count: int,
    ) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with connection.cursor().copy(statement) as target:  # type: ignore[attr-defined]
            target.write(block_of(values, count))
