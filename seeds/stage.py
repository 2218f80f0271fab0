"""A temporary table in which the database judges rows before they go where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import errors, sql

from seeds.generate import Filling
from seeds.introspect import source
from seeds.lessons import UnfillableError
from seeds.load import ROW_NUMBER, AfterBlock, copy_to_stage, identifier
from seeds.schema import UniqueSet

_ROUNDS = 7
_HOPELESS_ROUNDS = 2
_FEW = 400
_TRIED_SINGLY = 200


@dataclass
class Stage:
    """Rows of one table that wait for their turn.

    Attributes:
        filling: makes them.
        name: of the temporary table.
        judged_by: how many rows each constraint turned away.
    """

    filling: Filling
    name: str
    judged_by: dict[str, int] = field(default_factory=dict)

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier("pg_temp", self.name)


def staged(
    connection: psycopg.Connection, filling: Filling, number: int, after_block: AfterBlock
) -> tuple[Stage, Sequence[int]]:
    """Copy as many rows as are wanted that the database accepts; return their numbers as well.

    A row that is turned away is replaced by one of a later number.

    Raises:
        UnfillableError: none is accepted.
    """
    stage = Stage(filling, f"pg_guardrails_stage_{number}")
    plan = filling.plan
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} (LIKE {} INCLUDING GENERATED INCLUDING DEFAULTS, {} int8) ON COMMIT DROP"
        ).format(sql.Identifier(stage.name), identifier(plan.table), sql.Identifier(ROW_NUMBER))
    )
    candidates: Sequence[int] = range(plan.start, plan.stop)
    following = plan.stop
    accepted = hopeless = 0
    for _ in range(_ROUNDS):
        possible = filling.possible(candidates)
        if possible:
            copy_to_stage(connection, stage.name, filling, possible, after_block)
        refused = _judge(connection, stage)
        before, accepted = accepted, accepted + len(possible) - refused
        missing = plan.rows - accepted
        if missing <= 0 or not candidates:
            break
        rate = (accepted - before) / len(candidates)
        hopeless = hopeless + 1 if not rate else 0
        if hopeless > _HOPELESS_ROUNDS:
            break
        more = int(missing / rate * 1.1) + 8 if rate else min(4 * missing, _FEW)
        more = min(more, 20 * missing + 20)
        candidates = range(following, following + more)
        following += more
    if not accepted:
        names = sorted(stage.judged_by, key=lambda name: -stage.judged_by[name])
        what = f"constraint {names[0]}" if names else "its foreign keys"
        raise UnfillableError(
            plan.name,
            names[0] if names else "",
            f"no row meets {what}" + (_shown(filling, names[0]) if names else ""),
        )
    if accepted > plan.rows:
        connection.execute(
            sql.SQL("DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} ORDER BY {1} DESC LIMIT {2})").format(
                stage.identifier, sql.Identifier(ROW_NUMBER), accepted - plan.rows
            )
        )
    if following == plan.stop and accepted == plan.rows:
        return stage, range(plan.start, plan.stop)
    query = sql.SQL("SELECT {0} FROM {1} ORDER BY {0}").format(sql.Identifier(ROW_NUMBER), stage.identifier)
    return stage, [row[0] for row in connection.execute(query)]


def again(connection: psycopg.Connection, stage: Stage, rows: Sequence[int], after_block: AfterBlock) -> None:
    """Write the accepted rows anew: those that they point at may have been turned away."""
    connection.execute(sql.SQL("TRUNCATE {}").format(stage.identifier))
    copy_to_stage(connection, stage.name, stage.filling, rows, after_block)


def insert_singly(
    connection: psycopg.Connection, stage: Stage, rows: Sequence[int], after_block: AfterBlock
) -> list[int]:
    """Move the accepted rows to their table one by one; return the numbers of those that went.

    Raises:
        psycopg.Error: none did: what the first was refused for.
    """
    query = insertion(stage, sql.SQL(" WHERE {} = %s").format(sql.Identifier(ROW_NUMBER)))
    written: list[int] = []
    refused: psycopg.Error | None = None
    for tried, row in enumerate(rows):
        if tried % 50 == 0:
            after_block(len(written))
        if tried >= _TRIED_SINGLY and not written:
            break
        try:
            with connection.transaction():
                if connection.execute(query, (row,)).rowcount:
                    written.append(row)
        except (errors.IntegrityError, errors.RaiseException, errors.DataError) as error:
            refused = refused or error
    if refused is not None and not written:
        raise refused
    return written


def insertion(stage: Stage, condition: sql.Composable | None = None) -> sql.Composed:
    """Return the statement that moves the accepted rows to their table."""
    names = sql.SQL(", ").join(map(sql.Identifier, stage.filling.columns))
    return sql.SQL(
        "INSERT INTO {} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {}{} ORDER BY {} ON CONFLICT DO NOTHING"
    ).format(
        identifier(stage.filling.plan.table),
        stage.identifier,
        condition or sql.SQL(""),
        sql.Identifier(ROW_NUMBER),
        names=names,
    )


def drop(connection: psycopg.Connection, stage: Stage) -> None:
    connection.execute(sql.SQL("DROP TABLE {}").format(stage.identifier))


def _judge(connection: psycopg.Connection, stage: Stage) -> int:
    """Delete the rows that the database does not accept; return how many."""
    refused = 0
    plan = stage.filling.plan
    for check in plan.solved.unsolved:
        if check.column is not None:  # the column's type has judged it already
            continue
        condition = check.definition.removeprefix("CHECK ").removesuffix(" NOT VALID")
        query = sql.SQL("DELETE FROM {} WHERE NOT coalesce({}, true)").format(
            stage.identifier,
            sql.SQL(condition),
        )
        refused += _counted(connection, stage, check.name, query)
    watched = plan.table.unique_sets if plan.start else plan.watched
    for unique in watched:
        if not unique.exclusion and unique.parts:
            refused += _counted(connection, stage, unique.name, _repetitions(stage, unique))
    return refused


def _counted(connection: psycopg.Connection, stage: Stage, name: str, query: sql.Composed) -> int:
    deleted = connection.execute(query).rowcount
    if deleted:
        stage.judged_by[name] = stage.judged_by.get(name, 0) + deleted
    return deleted


def _repetitions(stage: Stage, unique: UniqueSet) -> sql.Composed:
    """Return the statement that deletes rows whose key is there already, in the table or before them."""
    columns = [column.name for column in stage.filling.plan.table.columns]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    parts = sql.SQL(", ").join(sql.SQL(part) for part in unique.parts)
    present = sql.SQL(" AND ").join(
        sql.SQL("({}) IS NOT NULL").format(sql.SQL(part)) for part in unique.parts
    )
    conditions = [sql.SQL("({})").format(sql.SQL(unique.predicate))] if unique.predicate else []
    if unique.nulls_distinct:
        conditions.append(present)
    return sql.SQL(
        "DELETE FROM {stage} WHERE {row} IN (SELECT {row} FROM (SELECT {row}, row_number() OVER (PARTITION BY {parts} ORDER BY {row}) AS turn"
        " FROM (SELECT {names}, -1 AS {row} FROM {table} UNION ALL SELECT {names}, {row} FROM {stage}) AS rows{where})"
        " AS numbered WHERE turn > 1 AND {row} >= 0)"
    ).format(
        stage=stage.identifier,
        row=sql.Identifier(ROW_NUMBER),
        parts=parts,
        names=names,
        table=source(stage.filling.plan.table),
        where=sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions) if conditions else sql.SQL(""),
    )


def _shown(filling: Filling, name: str) -> str:
    plan = filling.plan
    definition = next((check.definition for check in plan.table.checks if check.name == name), "")
    sample = filling.possible(range(plan.start, plan.start + 1))
    if not definition or not sample:
        return f" ({definition})" if definition else ""
    row = zip(filling.columns, filling.rows(sample)[0], strict=True)
    told = ", ".join(
        f"{column} = {'NULL' if value is None else value[:60]}"
        for column, value in row
        if column in definition
    )
    return f" ({definition[:200]}); tried {told}" if told else f" ({definition[:200]})"
