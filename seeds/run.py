"""The whole run: introspect -> plan -> generate -> load, in one transaction that is all or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice

import psycopg
from psycopg import errors

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import Progress, SeedConfig, SeedResult, TestUser
from seeds.generate import SYSTEM_KEYS, Filling, Keys, fill
from seeds.introspect import Catalog, introspect
from seeds.load import copy, count_rows, insert_system_user, keys_of, move_sequences_on, prepare
from seeds.plan import Plan, TablePlan, plan

_SAMPLE_ROWS = 3


class CancelledError(GuardrailsError):
    """Somebody stopped the run; nothing was kept."""


def seed(
    connection: psycopg.Connection,
    config: SeedConfig,
    *,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SeedResult:
    """Fill the tables that the login may write to.

    Args:
        connection: to a development database; not in a transaction.
        config: how many rows, and of what kind.
        progress: told after each block of rows.
        cancelled: asked after each block of rows; when it says yes, nothing is kept.
    """
    began = time.monotonic()
    table = ""
    try:
        with connection.transaction():
            prepare(connection)
            catalog = introspect(connection)
            planned = plan(catalog, config)
            run = _Run(connection, catalog, planned, config, progress, cancelled)
            for number, one in enumerate(planned.tables):
                table = one.table.name
                run.table(one, number)
            move_sequences_on(connection, [one.table for one in planned.tables])
    except CancelledError as error:
        return _failed(str(error), began)
    except psycopg.Error as error:
        return _failed(_sentence(error, table), began)
    elapsed = int((time.monotonic() - began) * 1000)
    return SeedResult(
        True, run.created, (), elapsed, tuple(run.users), planned.left_out + tuple(run.warnings), run.samples
    )


class _Run:
    def __init__(
        self,
        connection: psycopg.Connection,
        catalog: Catalog,
        planned: Plan,
        config: SeedConfig,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.connection = connection
        self.catalog = catalog
        self.planned = planned
        self.config = config
        self.progress = progress
        self.cancelled = cancelled
        self.created: dict[str, int] = {}
        self.samples: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.users: list[TestUser] = []
        self.warnings: list[str] = []
        self.filled: dict[str, Filling] = {}

    def table(self, one: TablePlan, number: int) -> None:
        """Fill one table, after those that it points at."""
        keys = self._keys(one)
        existing = count_rows(self.connection, one.table)
        if one.users and one.extends is None and not existing and one.rows:
            first = fill(one, keys, 0, self.config.seed, self.config.locale, named=False)
            if first.stop:
                with (
                    suppress(errors.NotNullViolation, errors.ForeignKeyViolation),
                    self.connection.transaction(),
                ):
                    insert_system_user(self.connection, first)
        filling = fill(
            one,
            keys,
            existing,
            self.config.seed,
            self.config.locale,
            named=self.config.deterministic,
        )
        wanted = max(one.rows - filling.start, 0)
        if filling.stop - filling.start < wanted:
            self.warnings.append(
                f"{one.table.name}: {filling.stop - filling.start} rows instead of {wanted}: no more combinations of its parents"
            )

        def after_block(rows: int) -> None:
            self.progress(Progress(one.table.name, rows, wanted, number, len(self.planned.tables)))
            if self.cancelled():
                raise CancelledError("the run was stopped; the database is as it was")

        after_block(0)
        if filling.stop > filling.start:
            self.created[one.table.name] = copy(self.connection, filling, after_block)
            self.samples[one.table.name] = (
                filling.columns,
                *(tuple(value or "" for value in row) for row in islice(filling.rows(), _SAMPLE_ROWS)),
            )
        else:
            self.created[one.table.name] = 0
        self.users.extend(filling.users)
        self.filled[one.table.name] = filling

    def _keys(self, one: TablePlan) -> Keys:
        """Read the keys that the rows of a table may point at, and those it uses up itself."""
        keys: dict[tuple[str, tuple[str, ...]], list[tuple[str | None, ...]]] = {}
        for key in one.keys:
            for name, columns in ((key.target, key.target_columns), (one.table.name, key.columns)):
                if name in self.catalog.tables and (name, columns) not in keys:
                    found = keys_of(self.connection, self.catalog.tables[name], columns)
                    keys[name, columns] = _as_made(found, self.filled.get(name), columns)
        together = tuple(column for key in one.keys for column in key.columns)
        if len(one.keys) > 1 and together:
            keys[one.table.name, together] = keys_of(self.connection, one.table, together)
        return keys


def _as_made(
    found: list[tuple[str | None, ...]], filling: Filling | None, columns: tuple[str, ...]
) -> list[tuple[str | None, ...]]:
    """Return keys in the order in which their rows were made, and those that were not made here last.

    The system user is left out where there is anybody else: people's rows belong to people.
    """
    found = [key for key in found if key[0] not in SYSTEM_KEYS] or found
    if filling is None or not set(columns) <= set(filling.columns):
        return found
    there = set(found)
    made = [key for key in filling.values_of(columns) if key in there]
    rest = there.difference(made)
    return [*made, *(key for key in found if key in rest)]


def _failed(sentence: str, began: float) -> SeedResult:
    return SeedResult(False, {}, (sentence,), int((time.monotonic() - began) * 1000))


def _sentence(error: psycopg.Error, table: str) -> str:
    """Say what the database refused: table, column and constraint, as far as it names them."""
    diagnosis = error.diag
    where = diagnosis.table_name or table or "the database"
    if diagnosis.schema_name and diagnosis.table_name:
        where = f"{diagnosis.schema_name}.{diagnosis.table_name}"
    parts = [f"{where} refused a row" if table else "the database refused"]
    if diagnosis.column_name:
        parts.append(f"in column {diagnosis.column_name}")
    if diagnosis.constraint_name:
        parts.append(f"by constraint {diagnosis.constraint_name}")
    reason = diagnosis.message_primary or str(error).strip().partition("\n")[0]
    detail = f" ({diagnosis.message_detail[:200]})" if diagnosis.message_detail else ""
    return f"{' '.join(parts)}: {reason}{detail}; nothing was written"
