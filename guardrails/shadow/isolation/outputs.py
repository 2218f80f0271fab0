"""What `anon` and the two users get out of views and of functions that want no argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from guardrails.shadow.isolation.catalog import Relation, Routine
from guardrails.shadow.isolation.contracts import Cell, Command, Kind, Verdict
from guardrails.shadow.isolation.probes import Tried, World
from guardrails.shadow.isolation.session import Actor, Outcome, Refusal, identifier
from guardrails.shadow.isolation.values import Tenant

_SHORTEST = 8
_UPDATE, _DELETE = 1 << 2, 1 << 4


@dataclass
class Outputs:
    """The values by which a tenant's rows are known wherever they come out.

    Attributes:
        reached: the statements that gave a user what is its own.
    """

    world: World
    reached: set[str] = field(default_factory=set)

    @cached_property
    def marks(self) -> Mapping[str, Mapping[str, str]]:
        """Return, for each tenant, its values that occur nowhere else, with where they come from."""
        found: dict[str, dict[str, str]] = {"a": {}, "b": {}, "": {}}
        for oid, rows in self.world.stored.items():
            relation = self.world.catalog.relations[oid]
            telling = self.world.tenancy.of(relation) and not self.world.is_shared(relation)
            for row in rows:
                letter = row.tenant if telling else ""
                for column in relation.columns:
                    value = row.values[column.name]
                    if (
                        value
                        and len(value) >= _SHORTEST
                        and (column.type == "uuid" or column.category in "SN")
                    ):
                        found[letter].setdefault(value, f"{relation.full_name}.{column.name}")
        return {
            one: {
                value: place
                for value, place in found[one].items()
                if value not in found[""] and value not in found["b" if one == "a" else "a"]
            }
            for one in ("a", "b")
        }

    def view(self, relation: Relation) -> Iterator[Cell]:
        """Read a view as every client, and write through it where it lets."""
        kind = kind_of(relation)
        name = identifier(relation.schema, relation.name)
        commands = {Command.SELECT: f"SELECT * FROM {name}"}
        if relation.kind == "v" and relation.updatable & _UPDATE and relation.columns:
            column = identifier(relation.columns[-1].name)
            commands[Command.UPDATE] = f"UPDATE {name} SET {column} = NULL"
        if relation.kind == "v" and relation.updatable & _DELETE:
            commands[Command.DELETE] = f"DELETE FROM {name}"
        for actor, tenant, _ in self.world.actors:
            for command, statement in commands.items():
                closed = (
                    ""
                    if (actor.role, command.value) in relation.rights
                    else f"closed: {actor.role} has no right to {command}"
                )
                yield self._cell(
                    relation.full_name, kind, actor, command, self._tried(actor, tenant, statement, closed)
                )

    def routine(self, routine: Routine) -> Iterator[Cell]:
        """Call a function as every client."""
        name = identifier(routine.schema, routine.name)
        statement = f"SELECT * FROM {name}()"
        if routine.result == "record":
            statement = f"SELECT {name}()"
        for actor, tenant, _ in self.world.actors:
            closed = "" if actor.role in routine.rights else f"closed: {actor.role} has no right to call it"
            tried = self._tried(actor, tenant, statement, closed)
            yield self._cell(f"{routine.schema}.{routine.name}", Kind.FUNCTION, actor, Command.CALL, tried)

    def _tried(self, actor: Actor, tenant: Tenant | None, statement: str, closed: str) -> Tried:
        outcome = self.world.session.attempt(actor, statement)
        if outcome.refusal is Refusal.PRIVILEGE and closed:
            return Tried(Verdict.PROVED, closed)
        if outcome.refusal:
            return Tried(Verdict.UNPROVED, f"it could not be tried: {outcome.message}")
        reached = dict(self._reached(outcome))
        for letter, (row, how) in reached.items():
            if tenant is None or letter != tenant.letter:
                return Tried(
                    Verdict.REFUTED, f"{actor.name} {how} a row of tenant {letter.upper()}", statement, row
                )
        if tenant is None and statement in self.reached:
            return Tried(Verdict.PROVED, "it gives users what is theirs, and anon nothing of anybody's")
        if tenant is not None and not all(self._names(row, tenant.letter) for row in outcome.rows):
            return Tried(Verdict.UNPROVED, "a part of its result tells no tenant, so this shows nothing")
        if tenant is not None and reached:
            self.reached.add(statement)
            return Tried(Verdict.PROVED, "it gives what is the caller's own, nothing of the other tenant")
        return Tried(Verdict.UNPROVED, "nothing in its result tells a tenant, so this shows nothing")

    def _reached(self, outcome: Outcome) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the tenants whose rows came out or were let through to a write."""
        for place in outcome.touched:
            if (found := self.world.contents.get(place)) is None:
                continue
            relation, row = found
            if row.tenant and self.world.tenancy.of(relation) and not self.world.is_shared(relation):
                values = ", ".join(f"{name} = {row.values[name]}" for name in relation.key)
                yield row.tenant, (f"{relation.full_name}: {values}", "writes to")
        text = "\n".join(value for row in outcome.rows for value in row if value)
        for letter, marks in self.marks.items():
            for value, origin in marks.items():
                if value in text:
                    yield letter, (f"{origin} = {value}", "reads")
                    break

    def _names(self, row: Sequence[str | None], letter: str) -> bool:
        text = "\n".join(value for value in row if value)
        return any(value in text for value in self.marks[letter])

    def _cell(self, name: str, kind: Kind, actor: Actor, command: Command, tried: Tried) -> Cell:
        return Cell(name, kind, actor.name, command, tried.verdict, tried.reason, tried.statement, tried.row)


def kind_of(relation: Relation) -> Kind:
    """Return what a view is called."""
    return Kind.MATERIALIZED_VIEW if relation.kind == "m" else Kind.VIEW
