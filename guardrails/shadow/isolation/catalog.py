"""The catalog of a replayed database -> tables, views, policies and functions as frozen values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

ROLES = ("anon", "authenticated")
_PLATFORM = (
    "auth", "cron", "extensions", "graphql", "graphql_public", "information_schema", "net", "pgbouncer",
    "pgmq", "pgsodium", "pgsodium_masks", "realtime", "storage", "supabase_functions",
    "supabase_migrations", "vault",
)  # fmt: skip
_OF_THE_PLATFORM = ("auth.users", "storage.buckets", "storage.objects")


@dataclass(frozen=True)
class Column:
    """A column; `type` is the name of the base type below domains, `rights` holds (role, command)."""

    number: int
    name: str
    type: str
    category: str
    modifier: int
    required: bool
    default: str | None
    identity: bool
    generated: bool
    labels: tuple[str, ...]
    rights: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class ForeignKey:
    """Columns that point to columns of another relation, in the same order."""

    columns: tuple[str, ...]
    target: int
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """A CHECK constraint of a table, or of the domain of its only column."""

    name: str
    columns: tuple[str, ...]
    expression: str


@dataclass(frozen=True)
class Policy:
    """A policy; `command` is `*` for ALL, `roles` is empty for PUBLIC."""

    name: str
    command: str
    permissive: bool
    roles: frozenset[str]
    using: str
    check: str


@dataclass(frozen=True)
class Relation:
    """A table or view; `kind` as pg_class spells it, `rights` holds (role, command).

    Attributes:
        updatable: as PostgreSQL numbers commands, a bit for each that can be done to it.
        owner_rights: a view that reads with the rights of its owner.
        base: the one table that a view shows.
    """

    oid: int
    schema: str
    name: str
    kind: str
    row_security: bool
    partition_of: int | None
    updatable: int
    owner_rights: bool
    base: int | None
    columns: tuple[Column, ...]
    primary: tuple[str, ...]
    unique: frozenset[str]
    foreign_keys: tuple[ForeignKey, ...]
    checks: tuple[Check, ...]
    policies: tuple[Policy, ...]
    rights: frozenset[tuple[str, str]]

    @property
    def full_name(self) -> str:
        """Return `schema.name`, unquoted."""
        return f"{self.schema}.{self.name}"

    @property
    def key(self) -> tuple[str, ...]:
        """Return the columns that name a row: the primary key, else all."""
        return self.primary or tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    def policies_for(self, role: str, command: str) -> tuple[Policy, ...]:
        """Return the permissive policies that may let this role do this."""
        letter = {"select": "r", "insert": "a", "update": "w", "delete": "d"}[command]
        return tuple(
            policy
            for policy in self.policies
            if policy.permissive
            and policy.command in {"*", letter}
            and (not policy.roles or role in policy.roles)
            and "false" not in {policy.using, policy.check}
        )


@dataclass(frozen=True)
class Argument:
    """What a function wants to be given; `type` is the name of the base type below domains, `spelled` the type in SQL."""

    name: str
    spelled: str
    type: str
    category: str
    labels: tuple[str, ...]
    optional: bool


@dataclass(frozen=True)
class Routine:
    """A function that clients may call; `signature` are the types of what it wants."""

    schema: str
    name: str
    result: str
    definer: bool
    signature: str
    rights: frozenset[str]
    arguments: tuple[Argument, ...]

    @property
    def full_name(self) -> str:
        """Return `schema.name`, with the types of the arguments where it can't be called without any."""
        named = f"{self.schema}.{self.name}"
        return named if all(one.optional for one in self.arguments) else f"{named}({self.signature})"


@dataclass(frozen=True)
class Catalog:
    """Everything the proof reads; relations by their oid.

    Attributes:
        broadcasts: policies decide who may listen to and write into topics of Realtime.
    """

    relations: Mapping[int, Relation]
    routines: tuple[Routine, ...]
    broadcasts: bool

    def find(self, full_name: str) -> Relation | None:
        """Return the relation called `schema.name`."""
        return next((one for one in self.relations.values() if one.full_name == full_name), None)


_NO_USERS = (
    "the database knows no signed-in users: there is neither auth.uid() nor a policy or function that "
    "reads request.jwt.claims, so there are no tenants to tell apart"
)
_RELATIONS = """
SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, c.relrowsecurity,
  (SELECT i.inhparent::int8 FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition),
  pg_relation_is_updatable(c.oid, false),
  c.relkind = 'v' AND NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o
    WHERE o.option_name = 'security_invoker'), false),
  (SELECT CASE count(DISTINCT d.refobjid) WHEN 1 THEN min(d.refobjid::int8) END FROM pg_rewrite w
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    WHERE c.relkind = 'v' AND w.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid),
  ARRAY(SELECT r || ' ' || p FROM unnest(%(roles)s::text[]) r, unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE']) p
    WHERE has_schema_privilege(r, n.oid, 'USAGE') AND CASE p WHEN 'DELETE' THEN has_table_privilege(r, c.oid, p)
      ELSE has_any_column_privilege(r, c.oid, p) END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
  AND (n.nspname <> ALL (%(platform)s) OR n.nspname || '.' || c.relname = ANY (%(own)s))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname"""
_COLUMNS = """
SELECT a.attrelid::int8, a.attnum, a.attname, b.typname, b.typcategory::text,
  CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
  a.attnotnull OR t.typnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), t.typdefault), a.attidentity <> '', a.attgenerated <> '',
  ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = b.oid ORDER BY e.enumsortorder),
  ARRAY(SELECT r || ' ' || p FROM unnest(%(roles)s::text[]) r, unnest(ARRAY['SELECT','INSERT','UPDATE']) p
    WHERE has_column_privilege(r, a.attrelid, a.attnum, p))
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid::int8 = ANY (%(oids)s) ORDER BY a.attnum"""
_CONSTRAINTS = """
SELECT k.conrelid::int8, k.contype::text, k.conname, k.conkey::int[], k.confrelid::int8, k.confkey::int[],
  CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid) END
FROM pg_constraint k WHERE k.conrelid::int8 = ANY (%(oids)s) AND k.contype IN ('p', 'f', 'c') AND (k.conparentid = 0 OR k.contype = 'p')
ORDER BY k.conname"""
_DOMAINS = """
SELECT a.attrelid::int8, k.conname, a.attname, pg_get_expr(k.conbin, 0)
FROM pg_constraint k JOIN pg_attribute a ON a.atttypid = k.contypid
WHERE k.contype = 'c' AND k.contypid <> 0 AND a.attnum > 0 AND a.attrelid::int8 = ANY (%(oids)s)"""
_UNIQUE = """
SELECT i.indrelid::int8, a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
WHERE i.indisunique AND i.indrelid::int8 = ANY (%(oids)s)"""
_POLICIES = """
SELECT p.polrelid::int8, p.polname, p.polcmd::text, p.polpermissive,
  ARRAY(SELECT r FROM unnest(%(roles)s::text[]) r, unnest(p.polroles) o WHERE o <> 0 AND pg_has_role(r, o, 'USAGE'))
    || ARRAY(SELECT 'another role' WHERE 0 <> ALL (p.polroles)),
  coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p WHERE p.polrelid::int8 = ANY (%(oids)s) ORDER BY p.polname"""
_ROUTINES = """
SELECT n.nspname, p.proname, format_type(p.prorettype, NULL), p.prosecdef, oidvectortypes(p.proargtypes),
  ARRAY(SELECT r FROM unnest(%(roles)s::text[]) r
    WHERE has_schema_privilege(r, n.oid, 'USAGE') AND has_function_privilege(r, p.oid, 'EXECUTE')),
  ARRAY(SELECT coalesce(p.proargnames[k], '') FROM generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) k
    WHERE p.proargmodes IS NULL OR p.proargmodes[k] IN ('i', 'b', 'v') ORDER BY k),
  ARRAY(SELECT format_type(a.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY a(type, place) ORDER BY a.place),
  ARRAY(SELECT b.typname || ' ' || b.typcategory::text FROM unnest(p.proargtypes) WITH ORDINALITY a(type, place)
    JOIN pg_type t ON t.oid = a.type JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
    ORDER BY a.place),
  ARRAY(SELECT a.place || ' ' || e.enumlabel FROM unnest(p.proargtypes) WITH ORDINALITY a(type, place)
    JOIN pg_enum e ON e.enumtypid = a.type ORDER BY a.place, e.enumsortorder),
  p.pronargs - p.pronargdefaults
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND n.nspname !~ '^pg_' AND n.nspname <> ALL (%(platform)s)
  AND p.prorettype <> ALL (ARRAY['trigger', 'event_trigger', 'internal', 'language_handler']::regtype[])
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY n.nspname, p.proname, oidvectortypes(p.proargtypes)"""
_BROADCASTS = "SELECT EXISTS (SELECT FROM pg_policy WHERE polrelid = to_regclass('realtime.messages'))"
_SIGNED_IN = """
SELECT to_regprocedure('auth.uid()') IS NOT NULL
  OR EXISTS (SELECT FROM pg_policy p WHERE concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) LIKE '%%request.jwt%%')
  OR EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^(pg_|information_schema)' AND p.prosrc LIKE '%%request.jwt%%')"""


def without_tenants(connection: psycopg.Connection) -> str:
    """Return why there are no tenants to tell apart; empty where there are some."""
    roles = connection.execute(
        "SELECT count(*) FROM pg_roles WHERE rolname = ANY (%s)", [list(ROLES)]
    ).fetchone()
    if roles is None or roles[0] < len(ROLES):
        return f"the database has no roles {' and '.join(ROLES)}, as which clients would come"
    signed_in = connection.execute(_SIGNED_IN, {}).fetchone()
    return "" if signed_in is not None and signed_in[0] else _NO_USERS


def read(connection: psycopg.Connection) -> Catalog:
    """Read the catalog; the search path has to be empty, so that nothing of the project is called."""
    asked: dict[str, list[object]] = {
        "roles": list(ROLES),
        "platform": list(_PLATFORM),
        "own": list(_OF_THE_PLATFORM),
    }
    found = connection.execute(_RELATIONS, asked).fetchall()
    asked["oids"] = [row[0] for row in found]
    columns: dict[int, list[Column]] = defaultdict(list)
    for oid, *values, labels, rights in connection.execute(_COLUMNS, asked):
        columns[oid].append(Column(*(*values, tuple(labels), _pairs(rights))))
    policies: dict[int, list[Policy]] = defaultdict(list)
    for oid, name, command, permissive, roles, using, check in connection.execute(_POLICIES, asked):
        policies[oid].append(Policy(name, command, permissive, frozenset(roles), using, check))
    unique: dict[int, set[str]] = defaultdict(set)
    for oid, column in connection.execute(_UNIQUE, asked):
        unique[oid].add(column)
    constraints = _constraints(connection, asked, columns)
    relations = {
        oid: Relation(
            *(
                oid,
                *values,
                tuple(columns[oid]),
                constraints.primary.get(oid, ()),
                frozenset(unique[oid]),
                tuple(constraints.foreign_keys[oid]),
                tuple(constraints.checks[oid]),
                tuple(policies[oid]),
                _pairs(rights),
            )
        )
        for oid, *values, rights in found
    }
    routines = tuple(
        Routine(*(*values, frozenset(rights), tuple(_arguments(names, spelled, types, labels, needed))))
        for *values, rights, names, spelled, types, labels, needed in connection.execute(_ROUTINES, asked)
    )
    broadcasts = connection.execute(_BROADCASTS).fetchone()
    return Catalog(relations, routines, broadcasts is not None and bool(broadcasts[0]))


@dataclass(frozen=True)
class _Constraints:
    """The constraints of each relation, by its oid."""

    primary: dict[int, tuple[str, ...]] = field(default_factory=dict)
    foreign_keys: dict[int, list[ForeignKey]] = field(default_factory=lambda: defaultdict(list))
    checks: dict[int, list[Check]] = field(default_factory=lambda: defaultdict(list))


def _constraints(
    connection: psycopg.Connection, asked: Mapping[str, object], columns: Mapping[int, Sequence[Column]]
) -> _Constraints:
    names = {oid: {one.number: one.name for one in own} for oid, own in columns.items()}
    found = _Constraints()
    for oid, kind, name, numbers, target, targets, expression in connection.execute(_CONSTRAINTS, asked):
        own = tuple(names[oid][number] for number in numbers or ())
        match kind:
            case "p":
                found.primary[oid] = own
            case "f" if target in names:
                theirs = tuple(names[target][number] for number in targets)
                found.foreign_keys[oid].append(ForeignKey(own, target, theirs))
            case "c":
                found.checks[oid].append(Check(name, own, expression))
    for oid, name, column, expression in connection.execute(_DOMAINS, asked):
        found.checks[oid].append(Check(name, (column,), expression))
    return found


def _arguments(
    names: Sequence[str], spelled: Sequence[str], types: Sequence[str], labels: Sequence[str], needed: int
) -> Iterator[Argument]:
    for number, (name, type_in_sql, kind) in enumerate(zip(names, spelled, types, strict=True), 1):
        own = tuple(
            label for place, _, label in (one.partition(" ") for one in labels) if int(place) == number
        )
        type_, _, category = kind.rpartition(" ")
        yield Argument(name, type_in_sql, type_, category, own, number > needed)


def _pairs(rights: list[str]) -> frozenset[tuple[str, str]]:
    return frozenset((role, command.lower()) for role, _, command in (one.partition(" ") for one in rights))
