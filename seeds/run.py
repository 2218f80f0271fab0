"""The whole run: introspect -> plan -> generate -> load, in one transaction that is all or nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

import psycopg
from psycopg import errors, sql

from seeds.cancelling import CancelledError, stoppable
from seeds.contracts import Progress, SeedConfig, SeedResult, TestUser
from seeds.failures import may_be_left_out, sentence, table_of, why
from seeds.generate import Filling, counting_columns, first_numbers
from seeds.introspect import USERS, introspect
from seeds.keys import How
from seeds.lessons import UnfillableError, learnt, refusal_of
from seeds.load import (
    copy,
    count_rows,
    highest,
    insert_system_user,
    move_sequences_on,
    prepare,
    read_rows,
    read_virtual,
)
from seeds.named import named_rows
from seeds.plan import LeftOut, Planner, TablePlan
from seeds.schema import Catalog, Table
from seeds.spaces import Space
from seeds.stage import Stage, again, drop, insert_singly, insertion, staged

_SAMPLE_ROWS = 3
_MOST_KEYS = 200_000
_MOST_TRIES = 20


def seed(
    connection: psycopg.Connection,
    config: SeedConfig,
    *,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    around: Callable[[psycopg.Connection], AbstractContextManager[object]] = nullcontext,
) -> SeedResult:
    """Fill the tables that the login may write to.

    Args:
        connection: to a development database; not in a transaction.
        config: how many rows, and of what kind.
        progress: told after each block of rows.
        cancelled: asked all the time, from another thread too; when it says yes, nothing is kept.
        around: surrounds the writing inside of its transaction, as to record what was written.
    """
    began = time.monotonic()
    run = _Run(connection, config, progress)
    try:
        with connection.transaction():
            with stoppable(connection, cancelled) as stop, around(connection):
                run.stop = stop
                run.everything()
            stop()
    except CancelledError as error:
        return _failed(str(error), began)
    except psycopg.Error as error:
        if cancelled():
            return _failed(str(CancelledError()), began)
        return _failed(sentence(error, run.table), began)
    elapsed = int((time.monotonic() - began) * 1000)
    return SeedResult(
        True,
        run.created,
        (),
        elapsed,
        tuple(run.users),
        (*map(str, run.left_out), *run.warnings),
        run.samples,
    )


def _failed(reason: str, began: float) -> SeedResult:
    return SeedResult(False, {}, (reason,), int((time.monotonic() - began) * 1000))


class _Spaces(dict[str, Space]):
    """The rows of each table; those of a table that is not filled are read before others need them."""

    def __init__(self, read: Callable[[str], Space]) -> None:
        super().__init__()
        self._read_rows = read

    def read(self, name: str) -> None:
        if name not in self:
            self[name] = self._read_rows(name)


class _Run:
    def __init__(
        self, connection: psycopg.Connection, config: SeedConfig, progress: Callable[[Progress], None]
    ) -> None:
        self.connection = connection
        self.config = config
        self.progress = progress
        self.stop: Callable[[], None] = lambda: None
        self.table = ""
        self.created: dict[str, int] = {}
        self.samples: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.users: list[TestUser] = []
        self.warnings: list[str] = []
        self.left_out: list[LeftOut] = []
        self.fillings: dict[str, Filling] = {}
        self.spaces = _Spaces(self._read_space)

    def everything(self) -> None:
        prepare(self.connection)
        catalog = introspect(self.connection)
        self.triggers = any(table.triggers for table in catalog.tables.values())
        try:
            with self.connection.transaction():
                self._tables(catalog)
                self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except errors.Error as error:
            if not may_be_left_out(error):
                raise
            # What is only checked at the end names no table that could be left out: check at once.
            self._forget()
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self._tables(catalog)
        self._tell_of_triggers()
        filled = [self.planner.tables[name] for name, rows in self.created.items() if rows]
        move_sequences_on(self.connection, filled)

    def _tell_of_triggers(self) -> None:
        """Say which rows are there that nobody wrote: `created` has only those of the run itself."""
        if not self.triggers:
            return
        for name, table in self.planner.tables.items():
            before = self.planner.catalog.tables[name].rows + self.created.get(name, 0)
            made = count_rows(self.connection, table) - before
            if made > 0:
                rows = "1 row was" if made == 1 else f"{made:,} rows were"
                self.warnings.append(f"{name}: {rows} made by triggers")

    def _forget(self) -> None:
        for kept in (self.created, self.samples, self.fillings, self.spaces):
            kept.clear()
        for told in (self.users, self.warnings, self.left_out):
            told.clear()

    def _tables(self, catalog: Catalog) -> None:
        self.planner = Planner(catalog, self.config)
        self.left_out += self.planner.refused()
        for number, names in enumerate(self.planner.order):
            self._group(names, number)

    def _group(self, names: tuple[str, ...], number: int) -> None:
        """Fill one group of tables; learn from what the database refuses, or leave a table out."""
        tries = 0
        while names:
            self._recount(names)
            group, left_out = self.planner.group(names)
            self.left_out += left_out
            names = tuple(one.name for one in group)
            if not group:
                return
            self.table = names[0]
            try:
                with self.connection.transaction():
                    self._load(group, number)
            except (errors.Error, UnfillableError) as error:
                if isinstance(error, errors.Error) and not may_be_left_out(error):
                    raise
                self.stop()
                for name in names:
                    for kept in (self.spaces, self.fillings, self.created, self.samples):
                        kept.pop(name, None)
                tries += 1
                if tries > _MOST_TRIES or not self._learn(error, group):
                    name, reason = why(error, group)
                    self.planner.leave_out(name)
                    self.left_out.append(LeftOut(name, reason))
                    names = tuple(one for one in names if one != name)
            else:
                return

    def _learn(self, error: Exception, group: Sequence[TablePlan]) -> bool:
        """Tell whether there is something to do otherwise."""
        one = table_of(error, group)
        lessons = learnt(refusal_of(error, one.table), one.lessons)
        if lessons is not None:
            self.planner.lessons[one.name] = lessons
        return lessons is not None

    def _recount(self, names: Sequence[str]) -> None:
        """Take into account the rows that triggers made since the catalog was read."""
        if self.triggers:
            for name in names:
                table = self.planner.tables[name]
                self.planner.tables[name] = replace(table, rows=count_rows(self.connection, table))

    def _load(self, group: Sequence[TablePlan], number: int) -> None:
        for one in group:
            self.spaces[one.name] = self._read_space(one.name)
            if not self.spaces[one.name].there or len(group) > 1:
                self.spaces[one.name].numbers = range(one.start, one.stop)
        for one in group:
            self._prepare(one, group)
        if len(group) == 1:
            self._load_one(group[0], number)
        else:
            self._load_circle(group, number)
            for one in group:
                self._system_user(one)
        for one in group:
            self._finish(one)

    def _prepare(self, one: TablePlan, group: Sequence[TablePlan]) -> None:
        """Read what making the rows of a table asks of the database, before any of them is sent."""
        for key in one.keys:
            self.spaces.read(key.key.target)
            if key.membership is not None:
                self.spaces.read(key.membership[0])
        self.spaces[one.name].numbers = range(one.start, one.stop)
        filling = Filling(
            one,
            self.config,
            self.planner.catalog.tables,
            self.spaces,
            self.fillings,
            first=self._first_numbers(one),
            used=self._used(one),
        )
        filling.named, users = named_rows(one, filling.columns, self.config, self.planner.catalog.tables)
        self.spaces[one.name].values_of = filling.values
        self.fillings[one.name] = filling
        if len(group) == 1:
            self._system_user(one)
        filling.users = users

    def _system_user(self, one: TablePlan) -> None:
        if one.users and one.extends is None and not one.start and one.rows:
            with (
                suppress(errors.IntegrityError, errors.RaiseException, errors.DataError),
                self.connection.transaction(),
            ):
                insert_system_user(self.connection, self.fillings[one.name])

    def _load_one(self, one: TablePlan, number: int) -> None:
        filling = self.fillings[one.name]
        after_block = self._after_block(one, number)
        after_block(0)
        if not one.rows:
            self.created[one.name] = 0
            return
        if not (one.start or one.solved.unsolved or one.watched or one.lessons.judged or one.lessons.singly):
            written = copy(self.connection, filling, range(one.start, one.stop), after_block)
            self.created[one.name] = written
            if written != one.rows:  # a trigger kept some out
                self.spaces[one.name] = self._read_space(one.name)
        else:
            stage, numbers = staged(self.connection, filling, 0, after_block)
            self.spaces[one.name].numbers = numbers
            if not isinstance(numbers, range) and any(key.how is How.EARLIER for key in one.keys):
                again(self.connection, stage, numbers, after_block)
            if one.lessons.singly:
                numbers = insert_singly(self.connection, stage, numbers, after_block)
                self.spaces[one.name].numbers = numbers
                written = len(numbers)
            else:
                written = self.connection.execute(insertion(stage)).rowcount
            drop(self.connection, stage)
            self.created[one.name] = written
            self._settled(stage, written, len(numbers))

    def _load_circle(self, group: Sequence[TablePlan], number: int) -> None:
        """Fill tables that need each other's rows: foreign keys are checked when the one statement is over."""
        stages: list[tuple[Stage, Sequence[int]]] = []
        for place, one in enumerate(group):
            self.created[one.name] = 0
            if one.rows:
                stage, numbers = staged(
                    self.connection, self.fillings[one.name], place, self._after_block(one, number)
                )
                stages.append((stage, numbers))
        for stage, numbers in stages:
            self.spaces[stage.filling.plan.name].numbers = numbers
        if not all(isinstance(numbers, range) for _, numbers in stages):
            for stage, numbers in stages:
                again(self.connection, stage, numbers, self._after_block(stage.filling.plan, number))
        if not stages:
            return
        parts = [
            sql.SQL("{} AS ({} RETURNING 1)").format(sql.Identifier(stage.name), insertion(stage))
            for stage, _ in stages
        ]
        counts = sql.SQL(", ").join(
            sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(stage.name)) for stage, _ in stages
        )
        query = sql.SQL("WITH {} SELECT {}").format(sql.SQL(", ").join(parts), counts)
        row = self.connection.execute(query).fetchone()
        for (stage, accepted), written in zip(stages, row or (), strict=True):
            self.created[stage.filling.plan.name] = written
            drop(self.connection, stage)
            self._settled(stage, written, len(accepted))

    def _settled(self, stage: Stage, written: int, accepted: int) -> None:
        plan = stage.filling.plan
        if written != accepted:
            self.spaces[plan.name] = self._read_space(plan.name)
        if written < plan.rows and not plan.capped:
            names = sorted(stage.judged_by, key=lambda name: -stage.judged_by[name])
            triggers = ", ".join(trigger.name for trigger in plan.table.triggers)
            cause = f": {names[0]} turned the others away" if names else ""
            if plan.lessons.singly:
                cause = f": a trigger ({triggers}) refused the others"
            self.warnings.append(f"{plan.name}: {written:,} rows instead of {plan.rows:,}{cause}")

    def _finish(self, one: TablePlan) -> None:
        filling = self.fillings[one.name]
        space = self.spaces[one.name]
        if self.created[one.name]:
            read_virtual(self.connection, one.table)
            if any(trigger.before for trigger in one.table.triggers) and space.numbers:
                self.spaces[one.name] = space = self._as_written(one, space)
            shown = filling.possible(range(one.start, min(one.stop, one.start + _SAMPLE_ROWS)))
            self.samples[one.name] = (
                filling.columns,
                *(tuple(value or "" for value in row) for row in filling.rows(shown)),
            )
        self.planner.totals[one.name] = len(space)
        self.users += filling.users if self.created[one.name] else ()
        if one.lessons.bare:
            names = ", ".join(trigger.name for trigger in one.table.triggers)
            self.warnings.append(f"{one.name}: only what must be is filled: a trigger ({names}) refused more")
        if self.config.deterministic and one.start and one.users and one.extends is None:
            self.warnings.append(
                f"{one.name} has rows already, so no test users were written; seed test wants an empty database"
            )
        if one.capped:
            self.warnings.append(f"{one.name}: {one.capped}")
        if one.name == USERS:
            self._claim(space)

    def _as_written(self, one: TablePlan, space: Space) -> Space:
        """Return the rows as they are pointed at: a trigger may have given them other keys."""
        columns = self._pointed_at(one.table)
        if not columns or len(space) > _MOST_KEYS:
            return space
        there = read_rows(self.connection, one.table, columns, _MOST_KEYS)
        made = zip(*(space.values(column, range(len(space))) for column in columns), strict=True)
        return space if set(there) == set(made) else self._read_space(one.name)

    def _after_block(self, one: TablePlan, number: int) -> Callable[[int], None]:
        def after_block(rows: int) -> None:
            of_tables = len(self.planner.order)
            self.progress(Progress(one.name, min(rows, one.rows), one.rows, number, of_tables))
            self.stop()

        return after_block

    def _pointed_at(self, table: Table) -> tuple[str, ...]:
        """Return the columns of a table that other rows are made from."""
        found = [
            column
            for other in self.planner.catalog.tables.values()
            for key in other.foreign_keys
            if key.target == table.name
            for column in key.target_columns
        ]
        found += [column for key in table.foreign_keys for column in key.columns]
        if table.name == USERS:
            found.append("email")
        return tuple(dict.fromkeys(found))

    def _read_space(self, name: str) -> Space:
        table = self.planner.tables.get(name) or self.planner.catalog.tables[name]
        columns = self._pointed_at(table)
        if not table.rows and not self.created.get(name):
            return Space({column: [] for column in columns})
        if not columns:
            return Space({}, count_rows(self.connection, table))
        rows = read_rows(self.connection, table, columns, _MOST_KEYS)
        return Space(
            {column: [row[place] for row in rows] for place, column in enumerate(columns)}, len(rows)
        )

    def _used(self, one: TablePlan) -> dict[tuple[str, ...], frozenset[tuple[str | None, ...]]]:
        space = self.spaces[one.name]
        there = range(space.there)
        return {
            key.key.columns: frozenset(
                zip(*(space.values(column, there) for column in key.key.columns), strict=True)
            )
            for key in one.keys
            if space.there
        }

    def _first_numbers(self, one: TablePlan) -> dict[str, int]:
        """Return the number of the first new row in each column that counts rows."""
        there = {}
        if one.start:
            there = {name: highest(self.connection, one.table, name) or 0 for name in counting_columns(one)}
        return first_numbers(one, there)

    def _claim(self, users: Space) -> None:
        """Let triggers that ask who is signed in see the first user."""
        if len(users):
            claims = json.dumps({"sub": users.values("id", [0])[0], "role": "authenticated"})
            self.connection.execute("SELECT set_config('request.jwt.claims', %s, true)", (claims,))
