"""What `anon` and the two users can do to each table, tried command by command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from guardrails.shadow.isolation.asked import Reader
from guardrails.shadow.isolation.catalog import Catalog, Relation
from guardrails.shadow.isolation.contracts import (
    Cell,
    Command,
    IsolationSettings,
    Kind,
    Link,
    TenantColumn,
    Verdict,
)
from guardrails.shadow.isolation.expressions import tied_columns
from guardrails.shadow.isolation.seeding import (
    Seeder,
    Seeds,
    Values,
    assignments,
    claims_of,
    conditions,
)
from guardrails.shadow.isolation.session import Actor, Outcome, Refusal, Session, identifier, literal
from guardrails.shadow.isolation.tenancy import BY_NAME, Tenancy
from guardrails.shadow.isolation.values import Tenant

ANON = "anon"
TABLE_COMMANDS = (Command.SELECT, Command.INSERT, Command.UPDATE, Command.DELETE)
_NO_SUCH_ROW = "23503"
_NO_TENANT = "no column tells whose a row is; if everyone may read it, declare it in [isolation] shared"


@dataclass(frozen=True)
class Stored:
    """A row as its owner sees it; `tenant` is `a`, `b`, or empty for a row of the migrations' own.

    `table` is the oid of the table it lies in, which may be a partition.
    """

    tenant: str
    table: int
    content: str
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Tried:
    """A verdict before it is said of which table, role and command."""

    verdict: Verdict
    reason: str
    statement: str = ""
    row: str = ""


@dataclass
class World:
    """Two tenants in a database, and the clients that try to reach their rows.

    Attributes:
        visible: letters of the tenants whose rows a client sees, by its name and the table's oid.
        reached: the commands by which a user reached a row of its own, by the table's oid.
    """

    session: Session
    catalog: Catalog
    tenancy: Tenancy
    seeder: Seeder
    seeds: Seeds
    settings: IsolationSettings
    asked: Reader
    visible: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    reached: set[tuple[int, str]] = field(default_factory=set)

    @cached_property
    def actors(self) -> tuple[tuple[Actor, Tenant | None, Tenant], ...]:
        """Return the clients, each with its own tenant and the other one; `anon` comes last.

        What `anon` can't do shows something only where the users could.
        """
        first, second = self.seeds.tenants
        return (
            (self._user(first), first, second),
            (self._user(second), second, first),
            (Actor(ANON, ANON, {"role": ANON}), None, first),
        )

    @cached_property
    def stored(self) -> Mapping[int, tuple[Stored, ...]]:
        """Return the rows of every table, by its oid."""
        found = {
            relation.oid: tuple(
                Stored(self.seeds.owners.get(place, ""), int(place[0]), content, values)
                for place, content, values in self.seeder.rows(relation)
            )
            for relation in self.catalog.relations.values()
            if relation.kind in "rp"
        }
        return {
            oid: tuple(
                replace(row, tenant="") if self._is_common(self.catalog.relations[oid], row, found) else row
                for row in rows
            )
            for oid, rows in found.items()
        }

    @cached_property
    def contents(self) -> Mapping[tuple[int, str], tuple[Relation, Stored]]:
        """Return whose each row is that the recorder may note, by the table it lies in and its text."""
        found: dict[tuple[int, str], tuple[Relation, Stored]] = {}
        for oid, rows in self.stored.items():
            for row in rows:
                found[row.table, row.content] = (self.catalog.relations[oid], row)
        return found

    def _is_common(self, relation: Relation, row: Stored, found: Mapping[int, Sequence[Stored]]) -> bool:
        """Tell whether a row hangs from one of the migrations' own, as a place in an organisation for all."""
        links = {link.column for link in self.tenancy.of(relation)}
        for key in relation.foreign_keys:
            if not links.issuperset(key.columns) or not self.tenancy.columns.get(key.target):
                continue
            named = [row.values[name] for name in key.columns]
            for target in found.get(key.target, ()):
                if not target.tenant and [target.values[name] for name in key.targets] == named:
                    return True
        return False

    def sees_target(self, actor: Actor, tenant: Tenant, relation: Relation, column: str) -> bool:
        """Tell whether a client sees the tenant's row that a column of this relation points to."""
        targets = [key.target for key in relation.foreign_keys if column in key.columns]
        return any(tenant.letter in self.visible.get((actor.name, target), ()) for target in targets)

    def never_true(self, relation: Relation, actor: Actor, command: Command, tenant: Tenant | None) -> str:
        """Say which constant a policy asks for that no row of the client's holds; empty where there is none."""
        if self.is_shared(relation) and command is Command.SELECT:
            return ""
        if not relation.row_security or (actor.role, command.value) not in relation.rights:
            return ""
        for one in self.asked.of_table(relation, actor.role, command.value):
            table = self.catalog.relations[one.relation]
            letters = {tenant.letter} if tenant else {"a", "b"}
            rows = self.stored.get(one.relation, ())
            if self.tenancy.of(table):
                rows = tuple(row for row in rows if row.tenant in letters)
            if not any(row.values.get(one.column) in one.values for row in rows):
                values = " or ".join(literal(value) for value in one.values)
                return f"{table.name}.{one.column} = {values} was never true for a client"
        return ""

    def is_shared(self, relation: Relation) -> bool:
        """Tell whether the project declares that everyone may read a table."""
        parent = self.catalog.relations.get(relation.partition_of or 0, relation)
        return bool({relation.full_name, parent.full_name} & self.settings.shared)

    def _user(self, tenant: Tenant) -> Actor:
        more: dict[tuple[str, ...], str] = {}
        for oid, tied in self.tenancy.tied.items():
            row = tenant.rows.get(oid, {})
            for one in tied:
                value = row.get(one.column)
                if one.path and value is not None and not one.folder:
                    more.setdefault(one.path, value)
        return Actor(f"user {tenant.letter.upper()}", "authenticated", claims_of(tenant, more))


def table_cells(world: World, relation: Relation) -> Iterator[Cell]:
    """Try every command on a table as every client."""
    for actor, tenant, other in world.actors:
        probe = Probe(world, relation, actor, tenant, other)
        for command in TABLE_COMMANDS:
            tried = probe.run(command)
            if tried.verdict is Verdict.PROVED and (
                never := world.never_true(relation, actor, command, tenant)
            ):
                tried = Tried(Verdict.UNPROVED, never)
            yield Cell(
                relation.full_name,
                Kind.TABLE,
                actor.name,
                command,
                tried.verdict,
                tried.reason,
                tried.statement,
                tried.row,
            )


@dataclass
class Probe:
    """One client at one table; `base` is the table behind it where it is a view."""

    world: World
    relation: Relation
    actor: Actor
    tenant: Tenant | None
    other: Tenant
    base: Relation | None = None

    def run(self, command: Command) -> Tried:
        """Try one command."""
        match command:
            case Command.SELECT:
                return self.select()
            case Command.INSERT:
                return self._insert()
            case _:
                return self._change(command)

    def select(self) -> Tried:
        """Read the table, and note whose rows were there."""
        readable = [one.name for one in self.relation.columns if (self.actor.role, "select") in one.rights]
        names = [name for name in self.relation.key if name in readable]
        names = names if len(names) == len(self.relation.key) else readable or list(self.relation.key)
        statement = f"SELECT {', '.join(map(identifier, names)) or '*'} FROM {self._name}"
        outcome = self.world.session.attempt(self.actor, statement)
        seen = Counter(outcome.rows)
        shown = {id(row): tuple(row.values[name] for name in names) for row in self._stored}
        rows = [row for row in self._stored if shown[id(row)] in seen]
        letters = frozenset(row.tenant for row in rows)
        self.world.visible[self.actor.name, self.relation.oid] = letters
        if outcome.refusal:
            return self._refused(outcome, "select")
        if self.world.is_shared(self.relation):
            return Tried(Verdict.PROVED, "declared as shared: everyone may read it")
        if self._bound:
            harmless = Counter(shown[id(row)] for row in self._stored if not self._is_foreign(row))
            foreign = [row for row in rows if self._is_foreign(row)]
            for row in foreign:
                if seen[shown[id(row)]] > harmless[shown[id(row)]]:
                    return self._refuted(
                        f"{self.actor.name} reads a row of {self._whose(row)}", statement, row
                    )
            if foreign:
                return Tried(Verdict.UNPROVED, "the columns that it may read don't tell whose a row is")
            own = self.tenant is not None and self.tenant.letter in letters
            return self._settled("select", reached=own)
        if not seen and (closed := self._closed("select")):
            return Tried(Verdict.PROVED, closed)
        return Tried(Verdict.UNPROVED, _NO_TENANT if seen else "nobody's row was visible")

    def _change(self, command: Command) -> Tried:
        statement = self._blind(command)
        if statement is None:
            return Tried(Verdict.UNPROVED, "it has no column that an update could set")
        outcome = self.world.session.attempt(self.actor, statement)
        if outcome.refusal:
            return self._refused(outcome, command.value)
        rows = [row for row in self._stored if self._was_touched(row, outcome)]
        if not self._bound:
            return self._unbound(command, statement, rows)
        doubts: list[str] = []
        for row in rows:
            if self._is_foreign(row):
                if command is Command.DELETE:
                    return self._refuted(
                        f"{self.actor.name} deletes a row of {self._whose(row)}", statement, row
                    )
                if tried := self._overwrite(row, doubts):
                    return tried
        own = [row for row in rows if self.tenant and row.tenant == self.tenant.letter]
        if command is Command.UPDATE and own and (tried := self._capture(own[0], doubts)):
            return tried
        if doubts:
            return Tried(Verdict.UNPROVED, doubts[0])
        return self._settled(command.value, reached=bool(own))

    def _unbound(self, command: Command, statement: str, rows: Sequence[Stored]) -> Tried:
        if not rows:
            closed = self._closed(command.value)
            return Tried(Verdict.PROVED, closed) if closed else Tried(Verdict.UNPROVED, "it reached no row")
        if self.world.is_shared(self.relation):
            others = [row for row in rows if not self._is_of_the_user(row)]
            if not others:
                return Tried(
                    Verdict.UNPROVED, "it reached its own row of what is shared by all, and no other"
                )
            return self._refuted(
                f"{self.actor.name} can {command} a row that is shared by all", statement, others[0]
            )
        if not self.relation.row_security:
            return self._refuted(
                f"row-level security is off: {self.actor.name} can {command} any row", statement, rows[0]
            )
        return Tried(Verdict.UNPROVED, _NO_TENANT)

    def _is_of_the_user(self, row: Stored) -> bool:
        """Tell whether a row of a table without tenants was written for this user and names it."""
        if self.tenant is None or row.tenant != self.tenant.letter:
            return False
        users = self.world.tenancy.users
        return any(
            row.values[name] == self.tenant.user
            for key in self._parent.foreign_keys
            if key.target == users
            for name in key.columns
        )

    def _overwrite(self, row: Stored, doubts: list[str]) -> Tried | None:
        """Change a foreign row for real, as it is and into an own one."""
        where = self._place(row)
        settable = self._writable("update")
        plain = self._plain_column(settable)
        mine = self._own_values(row)
        tries: list[Values] = [{plain: row.values[plain]}] if plain else []
        captured = {
            one.column: mine[one.column]
            for one in self._links
            if one.column in settable and mine.get(one.column) is not None
        }
        if captured:
            tries.append(captured)
        for values in tries:
            statement = f"UPDATE {self._name} SET {assignments(values)}"
            outcome = self._retried(statement, own=True, through=where)
            if outcome.changed:
                return self._refuted(f"{self.actor.name} changes a row of {self._whose(row)}", statement, row)
            doubts.append(
                f"it lets {self.actor.name} at a row of {self._whose(row)}; only what was tried is refused: "
                f"{outcome.message or 'the row stayed'}"
            )
        return None

    def _capture(self, row: Stored, doubts: list[str]) -> Tried | None:
        """Move an own row to the other tenant, one column at a time."""
        settable = self._writable("update")
        for link, value in self._foreign_values("update"):
            if link.column not in settable or row.values.get(link.column) in {None, value}:
                continue
            values = self._together(link.column, value)
            if not set(values) <= set(settable):
                values = {link.column: value}
            statement = f"UPDATE {self._name} SET {assignments(values)}"
            outcome = self._retried(statement, through=self._place(row))
            if outcome.changed:
                reason = f"{self.actor.name} moves a row to {self._whose_other} by its {link.column}"
                return self._refuted(reason, statement, row)
            if outcome.refusal is Refusal.OTHER and not self._kept_by_key(outcome, link.column):
                doubts.append(
                    f"what keeps {link.column} from pointing to {self._whose_other}: {outcome.message}"
                )
        return None

    def _insert(self) -> Tried:
        doubts: list[str] = []
        accepted = foreign = False
        writable = frozenset(self._writable("insert")) or None
        for variant in self.world.seeder.variants(self._parent):
            for values, what in self._new_rows(variant, writable):
                own = not what
                foreign = foreign or not own
                statement = self.world.seeder.insert(self.relation, values, writable)
                outcome = self._retried(statement, own=own)
                if outcome.refusal is Refusal.PRIVILEGE and (closed := self._closed("insert")):
                    return Tried(Verdict.PROVED, closed)
                if outcome.refusal is None and outcome.changed:
                    if not self._bound:
                        return self._inserted_unbound(statement, values)
                    if not own:
                        return Tried(Verdict.REFUTED, what, statement, self._key(values))
                    accepted = True
                elif outcome.refusal is not Refusal.POLICY:
                    row = "an own row" if own else "the row of another tenant"
                    doubts.append(f"no policy refused {row}, but: {outcome.message or 'it was not kept'}")
        return self._upsert() or self._inserted(doubts, accepted=accepted, foreign=foreign)

    def _upsert(self) -> Tried | None:
        """Insert an own row with the key of a foreign one, to change that instead."""
        keys = self._parent.primary
        rows = [row for row in self._stored if row.tenant == self.other.letter]
        writable, settable = self._writable("insert"), self._writable("update")
        linked = {link.column for link in self._links}
        if self.tenant is None or not rows or not keys or not self._bound:
            return None
        if linked.intersection(keys) or not set(keys) <= set(writable) or not settable:
            return None
        values = self._fresh(self.tenant, {name: rows[0].values[name] for name in keys})
        changed = [name for name in settable if name in linked and name in values] or settable[:1]
        statement = (
            f"{self.world.seeder.insert(self.relation, values, frozenset(writable))} "
            f"ON CONFLICT ({', '.join(map(identifier, keys))}) DO UPDATE SET "
            + ", ".join(f"{identifier(name)} = EXCLUDED.{identifier(name)}" for name in changed)
        )
        outcome = self.world.session.attempt(self.actor, statement, through=self._place(rows[0]))
        if outcome.refusal or not outcome.changed:
            return None
        return self._refuted(
            f"{self.actor.name} takes over a row of {self._whose_other} by its key", statement, rows[0]
        )

    def _inserted(self, doubts: Sequence[str], *, accepted: bool, foreign: bool) -> Tried:
        """Judge an INSERT by which no row of another tenant came in."""
        if accepted:
            self.world.reached.add((self.relation.oid, "insert"))
        elif closed := self._closed("insert"):
            return Tried(Verdict.PROVED, closed)
        if doubts:
            return Tried(Verdict.UNPROVED, doubts[0])
        if not foreign:
            nobody = "a new row of it belongs to nobody yet"
            hidden = "no column that it may write tells whose a new row is"
            return Tried(Verdict.UNPROVED, nobody if self._is_a_root else hidden)
        if accepted or (self.tenant is None and (self.relation.oid, "insert") in self.world.reached):
            return Tried(Verdict.PROVED, "its policies refuse a row of another tenant")
        return Tried(Verdict.UNPROVED, "its policies refuse an own row as well, so this shows nothing")

    def _new_rows(
        self, variant: Mapping[str, str | None], writable: frozenset[str] | None
    ) -> Iterator[tuple[Values, str]]:
        """Yield rows to insert with what it would mean if they were taken; nothing for an own one.

        A column that the client may not write can't name the other tenant.
        """
        links = [link for link in self._links if writable is None or link.column in writable]
        if self.tenant is None or not self._bound:
            for tenant in self.world.seeds.tenants:
                what = f"{self.actor.name} inserts a row of tenant {tenant.letter.upper()}"
                yield self._fresh(tenant, variant), "" if self._bound and self._is_a_root else what
            return
        yield self._fresh(self.tenant, variant), ""
        if links and not self._is_a_root:
            foreign = self._fresh(self.other, variant)
            yield foreign, f"{self.actor.name} inserts a row of {self._whose_other}"
        for link, value in self._foreign_values("insert"):
            mixed = self._fresh(self.tenant, variant)
            if link in links and mixed.get(link.column) != value:
                mixed |= self._together(link.column, value)
                hangs = "hangs from" if link.link is Link.PARENT else "belongs to"
                what = (
                    f"{self.actor.name} inserts a row that {hangs} {self._whose_other} by its {link.column}"
                )
                yield mixed, what

    @property
    def _is_a_root(self) -> bool:
        """Tell whether only its own key tells the tenant: a new organisation is nobody's yet."""
        return all(
            link.link is Link.ORGANISATION
            and (link.column,) == self._parent.primary
            and not self._points(link.column)
            for link in self._links
        )

    def _inserted_unbound(self, statement: str, values: Values) -> Tried:
        if self.world.is_shared(self.relation):
            return Tried(
                Verdict.REFUTED,
                f"{self.actor.name} adds a row to what is shared by all",
                statement,
                self._key(values),
            )
        if not self.relation.row_security:
            return Tried(
                Verdict.REFUTED,
                f"row-level security is off: {self.actor.name} can insert any row",
                statement,
                self._key(values),
            )
        return Tried(Verdict.UNPROVED, _NO_TENANT)

    def _retried(
        self, statement: str, *, own: bool = False, through: tuple[int, str] | None = None
    ) -> Outcome:
        """Try again without the row that has the same key, where there is one: a profile of each user."""
        outcome = self.world.session.attempt(self.actor, statement, through=through)
        if outcome.code != "23505":
            return outcome
        doomed = self.tenant if own else self.other
        row = doomed.rows.get(self._parent.oid) if doomed else None
        if row is None or not self._parent.primary:
            return outcome
        parent = identifier(self._parent.schema, self._parent.name)
        first = f"DELETE FROM {parent} WHERE {conditions(self._parent, row)}"
        again = self.world.session.attempt(self.actor, statement, through=through, first=first)
        return again if again.code != "23503" or "update or delete" not in again.message else outcome

    def _fresh(self, tenant: Tenant, variant: Mapping[str, str | None]) -> Values:
        """Return a new row of a tenant, like the one that was accepted, with keys of its own."""
        values = self.world.seeder.values(self._parent, tenant, variant)
        stored = tenant.rows.get(self._parent.oid, {})
        fixed = {link.column for link in self._links}
        fixed.update(name for key in self._parent.foreign_keys for name in key.columns)
        for name in list(values):
            column = self._parent.column(name)
            unique = name in self._parent.unique or name in self._parent.primary
            if name in variant or name in fixed or (unique and not column.labels):
                continue
            if stored.get(name) is not None:
                values[name] = stored[name]
        for column in self._parent.columns:
            left_out = column.name not in values and not (column.identity or column.generated)
            if (
                left_out
                and column.required
                and column.default is None
                and stored.get(column.name) is not None
            ):
                values[column.name] = stored[column.name]
        return values

    def _foreign_values(self, command: str) -> Iterator[tuple[TenantColumn, str]]:
        """Yield the columns that must not name the other tenant, with what would."""
        tied = {
            one.column
            for policy in self._parent.policies_for(self.actor.role, command)
            for one in tied_columns(policy.check or policy.using, self._parent.name)
        }
        named = any(link.column in tied for link in self._links)
        row = self.other.rows.get(self._parent.oid, {})
        for link in self._links:
            value = row.get(link.column)
            if value is None and link.link is Link.USER:
                value = self.other.user
            if value is None or self._parent.column(link.column).generated:
                continue
            if named and link.column not in tied and (link.link is Link.USER or link.source == BY_NAME):
                continue  # whom a message or a task is for: another user by intent
            if link.link is Link.PARENT and self._parent_is_visible(link.column):
                continue
            if (
                link.column in self._parent.primary
                and not self._points(link.column)
                and link.column not in tied
            ):
                continue
            if (
                link.link is Link.ORGANISATION
                and (link.column,) == self._parent.primary
                and not self._points(link.column)
            ):
                continue
            yield link, value

    def _together(self, column: str, value: str) -> Values:
        """Return a tenant column with those that a foreign key ties to it, all of the other tenant."""
        row = self.other.rows.get(self._parent.oid, {})
        values: Values = {column: value}
        for key in self._parent.foreign_keys:
            if column in key.columns and all(row.get(name) is not None for name in key.columns):
                values |= {name: row[name] for name in key.columns if name != column}
        return values

    def _kept_by_key(self, outcome: Outcome, column: str) -> bool:
        """Tell whether a foreign key refused it that carries the tenant's column beside another one."""
        return outcome.code == _NO_SUCH_ROW and any(
            column in key.columns and len(key.columns) > 1 for key in self._parent.foreign_keys
        )

    def _parent_is_visible(self, column: str) -> bool:
        return self.world.sees_target(self.actor, self.other, self._parent, column)

    def _points(self, column: str) -> bool:
        return any(column in key.columns for key in self._parent.foreign_keys)

    def _blind(self, command: Command) -> str | None:
        if command is Command.DELETE:
            return f"DELETE FROM {self._name}"
        settable = self._writable("update") or [
            one.name for one in self.relation.columns if not (one.generated or one.identity)
        ]
        column = self._plain_column(settable) or next(iter(settable), None)
        if column is None:
            return None
        row = self.tenant.rows.get(self._parent.oid, {}) if self.tenant else {}
        return f"UPDATE {self._name} SET {assignments({column: row.get(column)})}"

    def _plain_column(self, settable: Sequence[str]) -> str | None:
        linked = {link.column for link in self._links} | self._parent.unique | set(self._parent.primary)
        plain = [name for name in settable if name not in linked]
        text = [name for name in plain if self.relation.column(name).category == "S"]
        return next(iter(text or plain), None)

    def _writable(self, command: str) -> list[str]:
        return [
            column.name
            for column in self.relation.columns
            if (self.actor.role, command) in column.rights
            and not column.generated
            and (command == "insert" or not column.identity)
        ]

    def _own_values(self, row: Stored) -> Mapping[str, str | None]:
        return self.tenant.rows.get(self._parent.oid, row.values) if self.tenant else row.values

    def _place(self, row: Stored) -> tuple[int, str]:
        return row.table, row.content

    def _was_touched(self, row: Stored, outcome: Outcome) -> bool:
        return (row.table, row.content) in outcome.touched

    def _refused(self, outcome: Outcome, command: str) -> Tried:
        closed = self._closed(command)
        if outcome.refusal is Refusal.PRIVILEGE and closed:
            return Tried(Verdict.PROVED, closed)
        return Tried(Verdict.UNPROVED, f"it could not be tried: {outcome.message}")

    def _settled(self, command: str, *, reached: bool) -> Tried:
        """Judge a command that reached no foreign row: only next to an own one does that show anything."""
        empty = not any(self._is_foreign(row) for row in self._stored)
        if reached and not empty:
            self.world.reached.add((self.relation.oid, command))
            return Tried(Verdict.PROVED, f"can {command} its own row, not the other tenant's")
        if closed := self._closed(command):
            return Tried(Verdict.PROVED, closed)
        if empty:
            return Tried(Verdict.UNPROVED, self._unfilled or "the other tenant has no row in it")
        if self.tenant is None and (self.relation.oid, command) in self.world.reached:
            return Tried(Verdict.PROVED, f"users can {command} their rows, anon none")
        return Tried(Verdict.UNPROVED, "its policies hid the own row as well, so this shows nothing")

    def _closed(self, command: str) -> str:
        """Say why nobody of this role may do this at all; empty when somebody may."""
        if (self.actor.role, command) not in self.relation.rights:
            return f"closed: {self.actor.role} has no right to {command}"
        if self.relation.row_security and not self.relation.policies_for(self.actor.role, command):
            return f"closed: no policy lets {self.actor.role} {command}"
        return ""

    def _refuted(self, reason: str, statement: str, row: Stored) -> Tried:
        return Tried(Verdict.REFUTED, reason, statement, self._key(row.values))

    def _key(self, values: Mapping[str, str | None]) -> str:
        names = [name for name in self._parent.key if name in values] or list(values)
        return ", ".join(f"{name} = {values[name]}" for name in names)

    def _is_foreign(self, row: Stored) -> bool:
        return row.tenant != "" and (self.tenant is None or row.tenant != self.tenant.letter)

    def _whose(self, row: Stored) -> str:
        return f"tenant {row.tenant.upper()}"

    @property
    def _whose_other(self) -> str:
        return f"tenant {self.other.letter.upper()}"

    @property
    def _name(self) -> str:
        return identifier(self.relation.schema, self.relation.name)

    @cached_property
    def _parent(self) -> Relation:
        relation = self.base or self.relation
        while relation.partition_of and relation.partition_of in self.world.catalog.relations:
            relation = self.world.catalog.relations[relation.partition_of]
        return relation

    @property
    def _links(self) -> tuple[TenantColumn, ...]:
        return self.world.tenancy.of(self._parent)

    @property
    def _bound(self) -> bool:
        return bool(self._links) and not self.world.is_shared(self.relation)

    @property
    def _stored(self) -> tuple[Stored, ...]:
        return self.world.stored.get(self.relation.oid, ())

    @property
    def _unfilled(self) -> str:
        why = self.world.seeds.unfilled.get(self._parent.oid)
        return f"the table could not be filled: {why}" if why else ""
