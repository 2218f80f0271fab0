"""A replayed database -> whether one tenant can reach another's rows, object by object.

Two tenants' rows are written through the foreign keys, then `anon` and both users try every command on
every table, view and function that clients reach. Each trial is undone, and in the end so
is everything else: the database is left as it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import psycopg

from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.isolation.asked import reader
from guardrails.shadow.isolation.catalog import Catalog, Relation, Routine, read, without_tenants
from guardrails.shadow.isolation.contracts import (
    Cell,
    Command,
    Connect,
    Isolation,
    IsolationSettings,
    Kind,
    Verdict,
)
from guardrails.shadow.isolation.outputs import Outputs, kind_of
from guardrails.shadow.isolation.probes import ANON, TABLE_COMMANDS, Probe, World, table_cells
from guardrails.shadow.isolation.seeding import Seeder
from guardrails.shadow.isolation.session import Session, SessionLostError, identifier, literal, session
from guardrails.shadow.isolation.tenancy import tenancy_of

_STORAGE = "storage.objects"
_BUCKETS = "storage.buckets"
_MESSAGES = "realtime.messages"
_FOREIGN = "a foreign table: what is behind it is not here"
_TOPICS = "its policies ask for the topic that a client names to Realtime; that is not tried"
_ROLES = ("user A", "user B", ANON)


def prove(connect: Connect, settings: IsolationSettings | None = None) -> Isolation:
    """Try whether one tenant can reach another's rows.

    Args:
        connect: opens a connection to the replayed database as the owner of the project's objects, a
            login that is no superuser and that row-level security does not bind.
        settings: which schemas clients reach, and which tables all tenants share.
    """
    asked = settings or IsolationSettings()
    with session(connect, asked.exposed_schemas) as opened:
        if reason := without_tenants(opened.connection):
            return Isolation(applicable=False, reason=reason)
        catalog = read(opened.connection)
        cells: list[Cell] = []
        notes = [
            f"{name} is declared as shared, but there is no such table, view or function"
            for name in sorted(asked.shared)
            if not catalog.find(name) and name not in {f"{one.schema}.{one.name}" for one in catalog.routines}
        ]
        tenancy = tenancy_of(catalog, asked.shared | {_BUCKETS})
        exposed = _Exposed(catalog, asked)
        try:
            wanted = reader(opened.connection, catalog)
            seeder = Seeder(opened, catalog, tenancy, wanted.everywhere())
            world = World(opened, catalog, tenancy, seeder, seeder.seed(), asked, wanted)
            notes += (
                f"{name} was filled with its triggers off; with them it said: {why}"
                for name, why in world.seeds.bypassed.items()
            )
            if tenancy.users in world.seeds.unfilled:
                notes.append(f"no user could be written: {world.seeds.unfilled[tenancy.users]}")
            _refresh(opened, exposed)
            world.contents  # noqa: B018  (read before anything is tried)
            _record(opened, catalog, notes)
            cells.extend(_tried(world, exposed))
            cells.extend(exposed.elsewhere())
        except SessionLostError as lost:
            notes.append(str(lost))
            cells.extend(exposed.untried(cells))
        except psycopg.Error as error:
            raise GuardrailsError(f"the isolation proof can't go on: {error.diag.message_primary}") from error
        if not cells:
            notes.append("the exposed schemas hold nothing to try: no table, view or function")
        names = {relation.full_name for relation in exposed.tables}
        told = tuple(
            column for columns in tenancy.columns.values() for column in columns if column.table in names
        )
        return Isolation(
            applicable=True,
            cells=tuple(cells),
            tenancy=tuple(sorted(told, key=lambda one: one.table)),
            notes=tuple(notes),
        )


class _Exposed:
    """What clients of the API reach."""

    def __init__(self, catalog: Catalog, settings: IsolationSettings) -> None:
        found = [one for one in catalog.relations.values() if one.schema in settings.exposed_schemas]
        storage = catalog.find(_STORAGE)
        if storage is not None and storage.policies:
            found.append(storage)
        self.tables: list[Relation] = [one for one in found if one.kind in "rp"]
        self.views: list[Relation] = [one for one in found if one.kind in "vm"]
        self.foreign: list[Relation] = [one for one in found if one.kind == "f"]
        self.broadcasts = catalog.broadcasts
        self.routines: list[Routine] = [
            one for one in catalog.routines if one.schema in settings.exposed_schemas
        ]

    def elsewhere(self) -> Iterator[Cell]:
        """Yield what is exposed and can't be tried here."""
        for relation in self.foreign:
            for role, command in product(_ROLES, TABLE_COMMANDS):
                yield Cell(relation.full_name, Kind.FOREIGN_TABLE, role, command, Verdict.UNPROVED, _FOREIGN)
        if self.broadcasts:
            for role, command in product(_ROLES, (Command.SELECT, Command.INSERT)):
                yield Cell(_MESSAGES, Kind.TABLE, role, command, Verdict.UNPROVED, _TOPICS)

    def untried(self, cells: Sequence[Cell]) -> Iterator[Cell]:
        """Yield what was not come to when the trials ended."""
        tried = {(cell.name, cell.role, cell.command) for cell in cells}
        tables = [(one.full_name, Kind.TABLE, command) for one in self.tables for command in TABLE_COMMANDS]
        views = [(one.full_name, kind_of(one), Command.SELECT) for one in self.views]
        routines = [(one.full_name, Kind.FUNCTION, Command.CALL) for one in self.routines]
        for (name, kind, command), role in product((*tables, *views, *routines), _ROLES):
            if (name, role, command) not in tried:
                yield Cell(name, kind, role, command, Verdict.UNPROVED, "the trials ended before it")


def _tried(world: World, exposed: _Exposed) -> Iterator[Cell]:
    for relation in exposed.tables:
        for actor, tenant, other in world.actors:
            Probe(world, relation, actor, tenant, other).select()
    for relation in exposed.tables:
        yield from table_cells(world, relation)
    outputs = Outputs(world)
    for view in exposed.views:
        yield from outputs.view(view)
    for routine in exposed.routines:
        yield from outputs.routine(routine)


def _refresh(opened: Session, exposed: _Exposed) -> None:
    for view in exposed.views:
        if view.kind == "m":
            opened.kept(f"REFRESH MATERIALIZED VIEW {identifier(view.schema, view.name)}")


def _record(opened: Session, catalog: Catalog, notes: list[str]) -> None:
    """Note each row that an UPDATE or DELETE is let through to, and cancel the write.

    The trigger comes before the project's own by its name. What a policy lets through is seen even where
    a constraint would refuse the write, and one statement without a WHERE tells of every row.
    """
    name = opened.recorder
    opened.owner(
        f"CREATE TEMPORARY TABLE {name} (relation pg_catalog.oid, content pg_catalog.text, new pg_catalog.text); "
        f"CREATE FUNCTION pg_temp.{name}() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = '' AS {literal(_BODY.format(name=name))}"
    )
    for relation in catalog.relations.values():
        if relation.kind != "r" or relation.schema == "auth":
            continue
        table = identifier(relation.schema, relation.name)
        outcome = opened.kept(
            "; ".join(
                f"CREATE TRIGGER {identifier(f'!{name}{when[0]}')} {when} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION pg_temp.{name}()"
                for when in ("BEFORE UPDATE OR DELETE", "AFTER INSERT")
            )
        )
        if outcome.refusal:
            notes.append(f"writes to {relation.full_name} could not be watched: {outcome.message}")


_BODY = """
DECLARE
  through CONSTANT pg_catalog.text := pg_catalog.current_setting('{name}.through', true);
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    IF through OPERATOR(pg_catalog.=) '+' THEN
      INSERT INTO pg_temp.{name} VALUES (TG_RELID, NULL, pg_catalog.to_jsonb(NEW)::pg_catalog.text);
    END IF;
    RETURN NULL;
  END IF;
  IF through OPERATOR(pg_catalog.<>) '*'
    AND through OPERATOR(pg_catalog.<>) pg_catalog.concat(TG_RELID, ':', pg_catalog.record_out(OLD)) THEN
    INSERT INTO pg_temp.{name} VALUES (TG_RELID, pg_catalog.record_out(OLD)::pg_catalog.text, NULL);
    IF through OPERATOR(pg_catalog.<>) '+' THEN RETURN NULL; END IF;
  END IF;
  IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END
"""
