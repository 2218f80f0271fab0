"""What a database is made of, as far as migrations tell: the values that `Schema` holds.

Objects are changed in place as the history goes on, and keep their identity through renames: a rule
that holds on to one sees later what became of it. `new` always means that the change set that is
being read surely made it (no `IF NOT EXISTS` that may have found an old one, no condition around it),
and `in_doubt` that a condition, a loop or a handler stood around the statement that did it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pglast import ast

from guardrails.lint.contracts import Name
from guardrails.lint.values import dataclass, field

PUBLIC = "public"
"""The pseudo-role PUBLIC, as a role's name; PostgreSQL lets no role be called so."""


@dataclass(frozen=True)
class Type:
    """A type as the parser spells it (`int` is `int4`), without its schema."""

    name: str
    modifiers: tuple[int, ...] = ()
    array: bool = False
    schema: str | None = None


@dataclass(eq=False)
class Column:
    """A column.

    Attributes:
        not_null: None when that is not known, since nothing seen created it.
        default: the expression of its DEFAULT.
        identity: "a" for GENERATED ALWAYS AS IDENTITY, "d" for BY DEFAULT.
        generated: "s" for STORED, "v" for VIRTUAL; `expression` is what it is generated from.
        serial: declared as one of the serial types.
    """

    name: str
    type: Type | None
    new: bool
    not_null: bool | None = False
    default: ast.Node | None = None
    identity: str | None = None
    generated: str | None = None
    expression: ast.Node | None = None
    collation: Name | None = None
    serial: bool = False


@dataclass(eq=False)
class Index:
    """An index, or the one behind a key.

    Attributes:
        columns: None where an expression stands; without those of INCLUDE.
        partial: its condition leaves out more than rows without a value.
        not_null: it leaves out the rows in which one of these columns has no value.
        unique: it allows no value twice; `primary` if it is the primary key's.
        constraint: a PRIMARY KEY, UNIQUE or EXCLUDE constraint owns it.
        method: "btree", "gin", ...
        node: the statement or the constraint that made it.
    """

    name: str | None
    columns: tuple[str | None, ...]
    partial: bool = False
    not_null: frozenset[str] = frozenset()
    unique: bool = False
    primary: bool = False
    constraint: bool = False
    method: str = "btree"
    new: bool = False
    node: ast.IndexStmt | ast.Constraint | None = None

    def rename(self, old: str, new: str) -> None:
        self.columns = tuple(new if name == old else name for name in self.columns)
        self.not_null = frozenset(new if name == old else name for name in self.not_null)


@dataclass(eq=False)
class ForeignKey:
    """A foreign key.

    Attributes:
        name: the one it was given, else the one that PostgreSQL gives it.
        target, target_columns: what it references; no columns mean the primary key.
        validated: False after NOT VALID, until VALIDATE CONSTRAINT.
        enforced: False when it is NOT ENFORCED.
    """

    name: str | None
    columns: tuple[str, ...]
    target: Name
    node: ast.Constraint | None = None
    dropped: bool = False
    target_columns: tuple[str, ...] = ()
    on_delete: str = "a"
    validated: bool = True
    enforced: bool = True
    new: bool = False


@dataclass(eq=False)
class Check:
    """A CHECK or a named NOT NULL constraint; `expression` as it was first written, before any rename.

    Attributes:
        not_null: the column that it says has a value, if it is nothing but that: `CHECK (c IS NOT
            NULL)`, or NOT NULL as a constraint.
    """

    name: str | None
    expression: ast.Node | None
    validated: bool = True
    enforced: bool = True
    not_null: str | None = None
    new: bool = False
    node: ast.Constraint | None = None


@dataclass(eq=False)
class Policy:
    """A row level security policy.

    Attributes:
        table: the resolved name of its table when it was made.
        command: "select", "insert", "update", "delete" or "all".
        roles: those of TO, `PUBLIC` when none are named.
        using, with_check: the expressions, or None.
        node: the statement that made it or last altered its expressions.
    """

    name: str
    table: Name
    command: str
    permissive: bool
    roles: frozenset[str]
    using: ast.Node | None
    with_check: ast.Node | None
    node: ast.Node
    new: bool = False
    dropped: bool = False


@dataclass(eq=False)
class Access:
    """Who was explicitly granted what on one object, and from whom it was explicitly revoked.

    Attributes:
        granted: privileges in lower case by role ("select", "execute"); ALL is spelled out.
        revoked: what a REVOKE took away and no later GRANT gave back.
        granted_columns: privileges that hold for single columns only: role -> {(privilege, column)}.
    """

    granted: dict[str, set[str]] = field(default_factory=dict)
    revoked: dict[str, set[str]] = field(default_factory=dict)
    granted_columns: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def grant(self, role: str, privileges: Iterable[str]) -> None:
        self.granted.setdefault(role, set()).update(privileges)
        self.revoked.get(role, set()).difference_update(privileges)

    def revoke(self, role: str, privileges: Iterable[str]) -> None:
        self.granted.get(role, set()).difference_update(privileges)
        self.revoked.setdefault(role, set()).update(privileges)

    def may(self, role: str, privilege: str) -> bool:
        """Tell whether a role was explicitly granted this; what comes by default or through PUBLIC is not in it."""
        return privilege in self.granted.get(role, ())

    def taken(self, role: str, privilege: str) -> bool:
        """Tell whether this was explicitly revoked from a role and not given back."""
        return privilege in self.revoked.get(role, ())


@dataclass(frozen=True)
class DefaultPrivileges:
    """One ALTER DEFAULT PRIVILEGES: what objects made later start with.

    Attributes:
        schemas: empty for every schema.
        kind: "tables", "sequences", "functions", "types", "schemas".
    """

    schemas: frozenset[str]
    kind: str
    privileges: frozenset[str]
    roles: frozenset[str]
    grant: bool


@dataclass(eq=False)
class Table:
    """A table that some statement created.

    Attributes:
        name: schema and name; the schema of a temporary table is `pg_temp`.
        spelling: its name as `CREATE TABLE` had it.
        columns: all of them only when `whole`.
        whole: every column is known: it was created before our eyes, and not from a query or by INHERITS
            or LIKE of something unknown.
        rls: row level security is on; `rls_in_doubt` if a condition stood around that.
        forced: also for its owner.
        policies: those that stand, in the order of their creation.
        former: the names of columns that it had once.
        written: rows may have come into it since.
        copied: these may be rows of older tables, of which it may by now hold the only copy.
        dropped: it is gone.
        partitioned: columns of its PARTITION BY key (None in place of an expression); None when it has none.
        default_partition: it has a DEFAULT partition.
        foreign: a foreign table.
        unlogged: UNLOGGED.
        relation: the name in the statement that created it.
    """

    name: Name
    spelling: Name
    new: bool
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    access: Access = field(default_factory=Access)
    former: set[str] = field(default_factory=set)
    rls: bool = False
    rls_in_doubt: bool = False
    forced: bool = False
    written: bool = False
    copied: bool = False
    dropped: bool = False
    whole: bool = False
    partition_of: Name | None = None
    partitioned: tuple[str | None, ...] | None = None
    default_partition: bool = False
    foreign: bool = False
    unlogged: bool = False
    relation: ast.RangeVar | None = None

    @property
    def temporary(self) -> bool:
        return self.name[0] == "pg_temp"

    @property
    def primary_key(self) -> Index | None:
        return next((index for index in self.indexes if index.primary), None)

    def indexed(self, columns: Iterable[str]) -> bool:
        """Tell whether an index leads with these columns, in any order among themselves."""
        wanted = frozenset(columns)
        return any(
            not index.partial
            and index.method in {"btree", "hash", "gist"}
            and index.not_null <= wanted
            and frozenset(index.columns[: len(wanted)]) == wanted
            for index in self.indexes
        )


@dataclass(eq=False)
class View:
    """A view or a materialized view.

    Attributes:
        security_invoker: the option is on.
        query: its SELECT.
        columns: the names of its result, None when they can't be told (`*` of something unknown).
        reads: resolved names of the relations in its query, as far as the search path was known.
        replaced: what it was before a CREATE OR REPLACE, or before this change set dropped it.
    """

    name: Name
    materialized: bool
    security_invoker: bool
    query: ast.Node | None
    reads: frozenset[Name]
    node: ast.Node
    new: bool
    columns: tuple[str, ...] | None = None
    access: Access = field(default_factory=Access)
    replaced: View | None = None
    dropped: bool = False


@dataclass(eq=False)
class Function:
    """A function or procedure that some statement defined; `text` is what its node's locations count into.

    Attributes:
        name: as written; `resolved` has the schema too, None when the search path is not known.
        arguments: types of its input arguments as written.
        security_definer, volatility ("immutable", "stable", "volatile"), strict, leakproof: as they are now.
        search_path: the value of SET search_path: () for `''`, None when none is set.
        language: in lower case, "sql" for a body of the SQL standard.
        returns: the type's name, None for a procedure.
        replaced: what it was before a CREATE OR REPLACE, or before this change set dropped it.
    """

    name: Name
    arguments: tuple[Name, ...]
    node: ast.CreateFunctionStmt
    text: str
    resolved: Name | None = None
    security_definer: bool = False
    search_path: tuple[str, ...] | None = None
    volatility: str = "volatile"
    strict: bool = False
    leakproof: bool = False
    language: str = "sql"
    returns: str | None = None
    access: Access = field(default_factory=Access)
    replaced: Function | None = None
    new: bool = False
    dropped: bool = False


@dataclass(eq=False)
class Trigger:
    """A trigger; `events` and `timing` are the bits of PostgreSQL's pg_trigger.h, `row` is FOR EACH ROW.

    `columns` are those that its UPDATE OF or its WHEN names.
    """

    name: str
    table: Name
    function: Name
    events: int
    row: bool = False
    timing: int = 0
    new: bool = False
    columns: frozenset[str] = frozenset()


@dataclass(eq=False)
class Enum:
    """An enum; `added` holds the values that this change set added to one that was there."""

    name: Name
    values: list[str]
    new: bool
    added: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Domain:
    name: Name
    base: Type | None
    checks: list[Check]
    not_null: bool
    new: bool


@dataclass(eq=False)
class Sequence:
    """A sequence; `owner` is the table and column of a serial or identity column, or of OWNED BY."""

    name: Name
    new: bool
    owner: tuple[Name, str] | None = None
    access: Access = field(default_factory=Access)


@dataclass(eq=False)
class Publication:
    """A publication of logical replication; `tables` by resolved name."""

    name: str
    tables: set[Name]
    all_tables: bool
    new: bool
