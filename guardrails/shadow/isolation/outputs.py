"""What `anon` and the two users get out of views and of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from guardrails.shadow.isolation.arguments import Call, Caller
from guardrails.shadow.isolation.catalog import Relation, Routine
from guardrails.shadow.isolation.contracts import Cell, Command, Kind, Link, Verdict
from guardrails.shadow.isolation.probes import Probe, Tried, World
from guardrails.shadow.isolation.session import Actor, Outcome, Refusal, identifier
from guardrails.shadow.isolation.values import Tenant

_SHORTEST = 8
_UPDATE, _INSERT, _DELETE = 1 << 2, 1 << 3, 1 << 4


@dataclass
class Outputs:
    """The values by which a tenant's rows are known wherever they come out.

    Attributes:
        reached: the views and functions that gave a user what is its own.
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
        for actor, tenant, other in self.world.actors:
            for command, statement in commands.items():
                closed = (
                    ""
                    if (actor.role, command.value) in relation.rights
                    else f"closed: {actor.role} has no right to {command}"
                )
                calls = [Call(statement, foreign=False, given=frozenset())]
                tried = self._shared(relation.full_name, command) or self._tried(actor, tenant, calls, closed)
                if tried.verdict is Verdict.REFUTED and relation.owner_rights:
                    tried = replace(tried, reason=f"{tried.reason}: the view has no security_invoker")
                yield self._cell(relation.full_name, kind, actor, command, tried)
            if relation.kind == "v" and relation.updatable & _INSERT:
                tried = self._inserted(relation, actor, tenant, other)
                yield self._cell(relation.full_name, kind, actor, Command.INSERT, tried)

    def _inserted(self, view: Relation, actor: Actor, tenant: Tenant | None, other: Tenant) -> Tried:
        """Insert through a view, as into the table behind it."""
        base = self.world.catalog.relations.get(view.base or 0)
        rights = {column.name: column.rights for column in view.columns}
        shown = (
            ()
            if base is None
            else tuple(replace(one, rights=rights[one.name]) for one in base.columns if one.name in rights)
        )
        if base is None or base.kind not in "rp" or len(shown) < len(rights):
            return Tried(Verdict.UNPROVED, "it is not known which columns of which table it shows")
        through = replace(
            base,
            schema=view.schema,
            name=view.name,
            columns=shown,
            rights=view.rights,
            row_security=base.row_security and not view.owner_rights,
            policies=() if view.owner_rights else base.policies,
        )
        return Probe(self.world, through, actor, tenant, other, base).run(Command.INSERT)

    def routine(self, routine: Routine) -> Iterator[Cell]:
        """Call a function as every client, with what is its own and with what is the other tenant's."""
        for actor, tenant, other in self.world.actors:
            closed = "" if actor.role in routine.rights else f"closed: {actor.role} has no right to call it"
            others = (other,) if tenant is not None else self.world.seeds.tenants
            caller = Caller(self.world.catalog, self.world.tenancy, tenant, others)
            calls, unknown = caller.calls(routine)
            tried = self._shared(f"{routine.schema}.{routine.name}", Command.CALL)
            if tried is None and unknown:
                tried = Tried(Verdict.PROVED, closed) if closed else Tried(Verdict.UNPROVED, unknown)
            tried = tried or self._tried(actor, tenant, calls, closed, writes=True)
            yield self._cell(routine.full_name, Kind.FUNCTION, actor, Command.CALL, tried)

    def _shared(self, name: str, command: Command) -> Tried | None:
        if name in self.world.settings.shared and command in {Command.SELECT, Command.CALL}:
            return Tried(Verdict.PROVED, "declared as shared: everyone may read it")
        return None

    def _tried(
        self, actor: Actor, tenant: Tenant | None, calls: Sequence[Call], closed: str, *, writes: bool = False
    ) -> Tried:
        """Judge what came of one statement, or of a function called in several ways."""
        own = False
        reasons: list[str] = []
        for call in calls:
            outcome = self.world.session.attempt(actor, call.statement, writes=writes)
            if outcome.refusal is Refusal.PRIVILEGE and closed:
                return Tried(Verdict.PROVED, closed)
            if outcome.refusal:
                if not call.foreign:
                    reasons.append(f"it could not be tried: {outcome.message}")
                continue
            reached = dict(self._reached(actor, outcome, call))
            for letter, (row, how) in reached.items():
                if tenant is None or letter != tenant.letter:
                    return Tried(
                        Verdict.REFUTED,
                        f"{actor.name} {how} a row of tenant {letter.upper()}",
                        call.statement,
                        row,
                    )
            if call.foreign or tenant is None:
                continue
            if not all(self._names(row, tenant.letter) for row in outcome.rows):
                reasons.insert(0, "a part of its result tells no tenant, so this shows nothing")
            own = own or bool(reached)
        statement = calls[0].statement
        if tenant is None and _name(statement) in self.reached:
            return Tried(Verdict.PROVED, "it gives users what is theirs, and anon nothing of anybody's")
        if own and not (reasons and reasons[0].startswith("a part")):
            self.reached.add(_name(statement))
            return Tried(Verdict.PROVED, "it gives what is the caller's own, nothing of the other tenant")
        return Tried(
            Verdict.UNPROVED,
            reasons[0] if reasons else "nothing in its result tells a tenant, so this shows nothing",
        )

    def _reached(self, actor: Actor, outcome: Outcome, call: Call) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the tenants whose rows came out, were let through to a write, or got one beside them."""
        for place in outcome.touched:
            if (found := self.world.contents.get(place)) is None:
                continue
            relation, row = found
            if row.tenant and self.world.tenancy.of(relation) and not self.world.is_shared(relation):
                values = ", ".join(f"{name} = {row.values[name]}" for name in relation.key)
                yield row.tenant, (f"{relation.full_name}: {values}", "writes to")
        for oid, new in outcome.inserted if call.foreign else ():
            yield from self._placed(actor, oid, new)
        text = "\n".join(value for row in outcome.rows for value in row if value)
        for letter, marks in self.marks.items():
            for value, origin in marks.items():
                if value in text and not any(value in given for given in call.given):
                    yield letter, (f"{origin} = {value}", "reads")
                    break

    def _placed(
        self, actor: Actor, oid: int, new: Mapping[str, str | None]
    ) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the tenant into whose organisation, or below whose row, a new row was put."""
        relation = self.world.catalog.relations.get(oid)
        while relation is not None and relation.partition_of:
            relation = self.world.catalog.relations.get(relation.partition_of)
        if relation is None or self.world.is_shared(relation):
            return
        for link in self.world.tenancy.of(relation):
            for tenant in self.world.seeds.tenants:
                value = new.get(link.column)
                theirs = tenant.rows.get(relation.oid, {}).get(link.column)
                if link.link is Link.USER or value is None or value != theirs:
                    continue
                if not self.world.sees_target(actor, tenant, relation, link.column):
                    what = f"{relation.full_name}: {link.column} = {value}"
                    yield tenant.letter, (what, f"puts a row by its {link.column} beside")

    def _names(self, row: Sequence[str | None], letter: str) -> bool:
        text = "\n".join(value for value in row if value)
        return any(value in text for value in self.marks[letter])

    def _cell(self, name: str, kind: Kind, actor: Actor, command: Command, tried: Tried) -> Cell:
        return Cell(name, kind, actor.name, command, tried.verdict, tried.reason, tried.statement, tried.row)


def _name(statement: str) -> str:
    """Return what is asked, whatever the arguments."""
    return statement.partition("(")[0]


def kind_of(relation: Relation) -> Kind:
    """Return what a view is called."""
    return Kind.MATERIALIZED_VIEW if relation.kind == "m" else Kind.VIEW
