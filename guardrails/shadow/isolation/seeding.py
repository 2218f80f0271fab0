"""Two tenants' rows, each table through its foreign keys, written as the owner of the project's objects."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guardrails.shadow.isolation.asked import Asked
from guardrails.shadow.isolation.catalog import Catalog, Column, ForeignKey, Relation
from guardrails.shadow.isolation.contracts import Link
from guardrails.shadow.isolation.expressions import Tied, wanted_constants
from guardrails.shadow.isolation.session import Outcome, Row, Session, identifier, literal
from guardrails.shadow.isolation.tenancy import Tenancy, is_user, organisation_word
from guardrails.shadow.isolation.values import Tenant, candidates, is_filled, unique_value

_ATTEMPTS = 12
_MOST_VARIANTS = 4
_MOST_ROWS = 1000
_MOST_KEYS = 20_000
_NONE: Mapping[str, str | None] = {}
_ROOTS = ("auth.users", "storage.buckets", "storage.objects")

Values = dict[str, str | None]
Place = tuple[str, str]


@dataclass
class Seeds:
    """What was written.

    Attributes:
        tenants: A and B.
        unfilled: oid of a table that could not be filled -> why.
        owners: place of a row, table and tuple, -> letter of the tenant it belongs to.
        bypassed: tables that were filled with their triggers off -> what these had said.
    """

    tenants: tuple[Tenant, Tenant]
    unfilled: dict[int, str] = field(default_factory=dict)
    owners: dict[Place, str] = field(default_factory=dict)
    bypassed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seeder:
    """Writes rows into the tables of one database."""

    session: Session
    catalog: Catalog
    tenancy: Tenancy
    asked: tuple[Asked, ...] = ()

    def seed(self) -> Seeds:
        """Write both tenants' rows, a row for each table that can be filled."""
        seeds = Seeds((Tenant("a"), Tenant("b")))
        for tenant in seeds.tenants:
            tenant.user = unique_value(tenant, self._user_type(), "id")
            known = dict(self._all_places())
            letters = {(place[0], key): seeds.owners.get(place, "") for place, key in known.items() if key}
            self._fill_all(tenant, seeds, known.keys())
            for place, key in self._all_places():
                if (
                    place not in known
                ):  # a row that was changed meanwhile lies elsewhere, and stays whose it was
                    seeds.owners[place] = letters.get((place[0], key), tenant.letter)
        return seeds

    def values(self, relation: Relation, tenant: Tenant, variant: Mapping[str, str | None] = _NONE) -> Values:
        """Return the values of a new row of this tenant, as likely to be accepted as can be told."""
        values: Values = {}
        for column in relation.columns:
            if column.generated:
                continue
            if is_filled(relation, column):
                values[column.name] = next(candidates(relation, column, tenant), None)
        values |= self._tenant_values(relation, tenant)
        for key in relation.foreign_keys:
            values |= self._pointing(relation, key, tenant)
        values |= variant
        if relation.oid == self.tenancy.users:
            values |= _user(relation, tenant)
        return values

    def insert(self, relation: Relation, values: Values, columns: frozenset[str] | None = None) -> str:
        """Return the statement that writes a row, only with the columns that the writer may name."""
        known = {column.name for column in relation.columns}
        names = [name for name in values if name in known and (columns is None or name in columns)]
        if not names:
            return f"INSERT INTO {identifier(relation.schema, relation.name)} DEFAULT VALUES"
        always = "OVERRIDING SYSTEM VALUE " if any(relation.column(name).identity for name in names) else ""
        return (
            f"INSERT INTO {identifier(relation.schema, relation.name)} ({', '.join(map(identifier, names))}) "
            f"{always}VALUES ({', '.join(literal(values[name]) for name in names)})"
        )

    def rows(self, relation: Relation) -> list[tuple[Place, str, Values]]:
        """Return the rows as their owner sees them: place, content as the recorder writes it, values.

        Of those that the migrations wrote, which may be any number, these are some.
        """
        names = [column.name for column in relation.columns]
        selected = "".join(f", guardrails_row.{identifier(name)}" for name in names)
        found = self._read(
            f"SELECT guardrails_row.tableoid, guardrails_row.ctid, pg_catalog.record_out(guardrails_row.*){selected}",
            relation,
            _MOST_ROWS,
        )
        return [
            ((place or "", tuple_ or ""), content or "", dict(zip(names, texts, strict=True)))
            for place, tuple_, content, *texts in found
        ]

    def _fill_all(self, tenant: Tenant, seeds: Seeds, known: Collection[Place]) -> None:
        state: dict[int, bool] = {}

        def visit(relation: Relation) -> None:
            if relation.oid in state:
                return
            state[relation.oid] = False
            for key in relation.foreign_keys:
                target = self.catalog.relations.get(key.target)
                if target is not None and (target.schema != "auth" or target.full_name == "auth.users"):
                    visit(target)
            self._fill(relation, tenant, seeds, known)
            state[relation.oid] = True

        for relation in self._tables():
            visit(relation)
        self._close_circles(tenant)

    def _tables(self) -> list[Relation]:
        tables = [one for one in self.catalog.relations.values() if one.kind in "rp" and not one.partition_of]
        return sorted(tables, key=lambda one: (one.oid != self.tenancy.users, one.full_name))

    def _fill(self, relation: Relation, tenant: Tenant, seeds: Seeds, known: Collection[Place]) -> None:
        found = self.rows(relation)
        mine = [values for place, _, values in found if place not in known]
        if mine:  # a trigger of the project's wrote it, as one that makes a profile of each new user
            tenant.rows[relation.oid] = mine[0]
            if self._is_whole(relation, mine[0], tenant):
                return
        names_users = any(key.target == self.tenancy.users for key in relation.foreign_keys)
        if found and not self.tenancy.of(relation) and not names_users and relation.full_name not in _ROOTS:
            return  # a list of the project's own, filled by its migrations
        claims = {} if relation.oid == self.tenancy.users else claims_of(tenant)
        outcome = Outcome()
        for variant in self._looked_up(relation):
            row = self.values(relation, tenant, variant)
            outcome = self._insert_somehow(relation, row, tenant, claims)
            if outcome.refusal and not mine:
                self._insert_without_triggers(relation, row, claims, seeds, outcome.message)
        written = [values for place, _, values in self.rows(relation) if place not in known]
        if written:
            tenant.rows[relation.oid] = next((one for one in written if one not in mine), written[0])
        else:
            seeds.unfilled[relation.oid] = outcome.message or "the row that was written is not there"

    def _is_whole(self, relation: Relation, values: Values, tenant: Tenant) -> bool:
        """Tell whether a row hangs from the tenant's own rows, not from an organisation for all."""
        return all(
            own not in values or values[own] in {None, tenant.rows[key.target][theirs]}
            for key in relation.foreign_keys
            if key.target in tenant.rows
            for own, theirs in zip(key.columns, key.targets, strict=True)
        )

    def _insert_without_triggers(
        self, relation: Relation, values: Values, claims: Mapping[str, object], seeds: Seeds, why: str
    ) -> None:
        """Insert a row that the project's own triggers keep out, and say so."""
        name = identifier(relation.schema, relation.name)
        if self.session.kept(f"ALTER TABLE {name} DISABLE TRIGGER USER").refusal:
            return
        if not self.session.kept(self.insert(relation, values), claims).refusal:
            seeds.bypassed.setdefault(relation.full_name, why)
        self.session.kept(f"ALTER TABLE {name} ENABLE TRIGGER USER")

    def _insert_somehow(
        self, relation: Relation, values: Values, tenant: Tenant, claims: Mapping[str, object]
    ) -> Outcome:
        """Insert a row; where a constraint refuses it, go on to the next values of its columns."""
        others: dict[str, Iterator[str | None]] = {}
        outcome = Outcome()
        for _ in range(_ATTEMPTS):
            outcome = self.session.kept(self.insert(relation, values), claims)
            if outcome.code == "23502" and outcome.column and outcome.column not in values:
                wrong = [outcome.column]
            elif outcome.code == "23514":
                wrong = [
                    name
                    for check in relation.checks
                    if check.name == outcome.constraint
                    for name in check.columns
                ]
            else:
                return outcome
            changed = False
            for name in wrong:
                if name not in {column.name for column in relation.columns}:
                    continue  # a trigger of the table wrote into another one
                fresh = name not in others
                tries = others.setdefault(name, candidates(relation, relation.column(name), tenant))
                if fresh and name in values:
                    next(tries, None)
                value = next(tries, _EXHAUSTED)
                if value is not _EXHAUSTED:
                    values[name] = value
                    changed = True
            if not changed:
                return outcome
        return outcome

    def _close_circles(self, tenant: Tenant) -> None:
        """Fill the columns that had to wait for a row that itself waited for this one."""
        for oid in list(tenant.rows):
            relation = self.catalog.relations[oid]
            for key in relation.foreign_keys:
                values, target = tenant.rows[oid], tenant.rows.get(key.target)
                if target is None or not relation.primary or any(values.get(name) for name in key.columns):
                    continue
                pointing = {own: target[theirs] for own, theirs in zip(key.columns, key.targets, strict=True)}
                if set(pointing) & set(relation.primary):
                    continue
                outcome = self.session.kept(
                    f"UPDATE {identifier(relation.schema, relation.name)} SET {assignments(pointing)} "
                    f"WHERE {conditions(relation, values)}",
                    claims_of(tenant),
                )
                if not outcome.refusal:
                    tenant.rows[oid] = values | pointing

    def variants(self, relation: Relation) -> list[Values]:
        """Return the constants that the policies ask for, as the name of a bucket; one set for each."""
        names = {column.name for column in relation.columns if not column.generated}
        found: list[Values] = []
        for policy in relation.policies:
            for expression in (policy.using, policy.check):
                constants = wanted_constants(expression)
                wanted: Values = {name: constants[name] for name in constants if name in names}
                if wanted and wanted not in found:
                    found.append(wanted)
        return found[:_MOST_VARIANTS] or [{}]

    def _looked_up(self, relation: Relation) -> list[Values]:
        """Return the variants, each with what the policies of other tables ask of a row of this one."""
        writable = {column.name for column in relation.columns if not column.generated}
        wanted: dict[str, list[str]] = {}
        for one in self.asked:
            if one.relation == relation.oid and one.column in writable:
                values = wanted.setdefault(one.column, [])
                if not set(one.values) & set(values):
                    values.append(one.values[0])
        own = self.variants(relation)
        most = max((len(values) for values in wanted.values()), default=1)
        looked_up: list[Values] = [
            {name: values[min(number, len(values) - 1)] for name, values in wanted.items()}
            for number in range(most)
        ]
        return [asked | variant for variant in own for asked in looked_up][:_MOST_VARIANTS]

    def _tenant_values(self, relation: Relation, tenant: Tenant) -> Values:
        values: Values = {}
        for one in self.tenancy.columns.get(relation.oid, ()):
            column = relation.column(one.column)
            if not column.generated and (value := self._tenant_value(relation, column, one.link, tenant)):
                values[one.column] = value
        for tied in self.tenancy.tied[relation.oid]:
            column = relation.column(tied.column)
            if not column.generated:
                values |= self._tied_value(column, tied, tenant)
        return values

    def _tenant_value(self, relation: Relation, column: Column, link: Link, tenant: Tenant) -> str | None:
        if column.type not in {"uuid", "text", "varchar", "int4", "int8"}:
            return None
        if link is Link.USER or is_user(column.name):
            return (
                tenant.user
                if column.name not in relation.primary or relation.oid == self.tenancy.users
                else None
            )
        kind = organisation_word(column.name) or organisation_word(relation.name)
        if link is Link.ORGANISATION and kind:
            return tenant.key(kind, column.type)
        return None

    def _tied_value(self, column: Column, tied: Tied, tenant: Tenant) -> Values:
        match tied.path:
            case ("sub",):
                value = tenant.user
            case ("email",):
                value = tenant.email
            case _:
                return {}
        if tied.folder:
            return {column.name: f"{value}/{tenant.next_number()}.txt"} if column.category == "S" else {}
        if column.category == "A":
            return {column.name: f"{{{value}}}"}
        return {column.name: value} if column.type in {"uuid", "text", "varchar", "int4", "int8"} else {}

    def _pointing(self, relation: Relation, key: ForeignKey, tenant: Tenant) -> Values:
        target = tenant.rows.get(key.target)
        if target is None and key.target in self.catalog.relations:
            rows = self.rows(self.catalog.relations[key.target])
            target = rows[0][2] if rows and not self.tenancy.columns.get(key.target) else None
        if target is None:
            return {name: None for name in key.columns if not relation.column(name).required}
        return {own: target[theirs] for own, theirs in zip(key.columns, key.targets, strict=True)}

    def _user_type(self) -> str:
        if self.tenancy.users is None:
            return "uuid"
        users = self.catalog.relations[self.tenancy.users]
        return users.column(users.primary[0]).type

    def _all_places(self) -> Iterator[tuple[Place, str]]:
        """Yield the place of every row, with its key as text where it has one."""
        for relation in self._tables():
            key = ", ".join(f"guardrails_row.{identifier(name)}" for name in relation.primary)
            text = f"pg_catalog.record_out(ROW({key}))" if key else "''"
            found = self._read(f"SELECT tableoid, ctid, {text}", relation, _MOST_KEYS)
            for place, tuple_, content in found:
                yield (place or "", tuple_ or ""), content or ""

    def _read(self, selected: str, relation: Relation, most: int) -> tuple[Row, ...]:
        """Read all rows that were written for the trial, and at most so many others."""
        table = f"{identifier(relation.schema, relation.name)} AS guardrails_row"
        number = "guardrails_row.xmin::pg_catalog.text::pg_catalog.int8"
        return self.session.read(
            f"{selected} FROM {table} WHERE {number} >= {self.session.begun} "
            f"UNION ALL ({selected} FROM {table} WHERE {number} < {self.session.begun} LIMIT {most})"
        )


_EXHAUSTED = "\0"


def claims_of(tenant: Tenant, more: Mapping[tuple[str, ...], str] | None = None) -> dict[str, object]:
    """Return what the token of a tenant's user says, as Supabase's Auth writes it."""
    claims: dict[str, object] = {
        "sub": tenant.user,
        "role": "authenticated",
        "aud": "authenticated",
        "email": tenant.email,
        "aal": "aal1",
        "is_anonymous": False,
        "session_id": tenant.uuid(0),
        "app_metadata": {"provider": "email"},
        "user_metadata": {"email": tenant.email, "full_name": f"Tenant {tenant.letter.upper()}"},
    }
    for path, value in (more or {}).items():
        place = claims
        for key in path[:-1]:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place.setdefault(path[-1], value)
    return claims


def assignments(values: Mapping[str, str | None]) -> str:
    """Return `a = '1', b = NULL`."""
    return ", ".join(f"{identifier(name)} = {literal(value)}" for name, value in values.items())


def conditions(relation: Relation, values: Mapping[str, str | None], names: Sequence[str] = ()) -> str:
    """Return the condition that picks one row by its key."""
    return " AND ".join(
        f"{identifier(name)} IS NULL"
        if values[name] is None
        else f"{identifier(name)} OPERATOR(pg_catalog.=) {literal(values[name])}"
        for name in names or relation.key
    )


def _user(relation: Relation, tenant: Tenant) -> Values:
    number = tenant.next_number()
    data = json.dumps(
        dict.fromkeys(
            ("full_name", "name", "username", "user_name", "display_name", "first_name", "last_name"),
            f"tenant_{tenant.letter}_{number}",
        )
        | {"email": tenant.email}
    )
    known = {
        relation.primary[0]: tenant.user,
        "email": tenant.email,
        "role": "authenticated" if relation.schema == "auth" else None,
        "aud": "authenticated",
        "raw_user_meta_data": data,
        "raw_app_meta_data": '{"provider": "email"}',
        "email_confirmed_at": "2025-01-01",
        "created_at": "2025-01-01",
    }
    names = {column.name for column in relation.columns}
    return {name: value for name, value in known.items() if name in names and value is not None}
