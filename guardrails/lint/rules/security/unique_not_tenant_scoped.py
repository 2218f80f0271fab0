"""A value that is unique across tenants tells one tenant what another one has.

An insert that fails says that somebody else's row exists, past row level security, and takes the
value from everybody else.

Exempt are primary keys, keys that hold the tenant's column, and columns whose values are unique by
nature: ids, tokens, e-mail addresses.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import written

_TENANTS = frozenset(
    f"{word}id"
    for word in ("account", "company", "org", "organisation", "organization", "team", "tenant", "workspace")
)
_UNIQUE_BY_NATURE = ("id", "uuid", "token", "key", "hash", "email", "secret")


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=tuple(elements)):
            columns = frozenset(
                part.colname for part in elements if isinstance(part, ast.ColumnDef) and part.colname
            )
            uniques = [unique for part in elements for unique in _uniques(part)]
        case ast.IndexStmt(relation=ast.RangeVar() as relation, unique=True, indexParams=tuple(parameters)):
            table = statement.schema.created_or_changed(name_of(relation))
            columns = frozenset(table.columns) if table else frozenset()
            uniques = [(tuple(part.name or "" for part in parameters), relation.location or statement.start)]
        case _:
            return
    tenants = sorted(column for column in columns if column.lower().replace("_", "") in _TENANTS)
    for names, offset in uniques:
        if (
            tenants
            and not set(names) & set(tenants)
            and not any(name.lower().endswith(_UNIQUE_BY_NATURE) for name in names)
        ):
            listed = ", ".join(written((name,)) for name in names if name) or "an expression"
            yield Problem(
                f"{listed} of {written(name_of(relation))} is unique across all of its tenants",
                offset,
                f"Make it unique for each tenant: UNIQUE ({written((tenants[0],))}, {listed})",
            )


def _uniques(part: object) -> Iterator[tuple[Name, int]]:
    match part:
        case ast.ColumnDef(colname=str(name), constraints=tuple(constraints)):
            for constraint in constraints:
                if constraint.contype == ConstrType.CONSTR_UNIQUE:
                    yield (name,), constraint.location or part.location or 0
        case ast.Constraint(contype=ConstrType.CONSTR_UNIQUE, keys=keys, location=offset):
            yield names_of(keys), offset or 0


RULE = Rule(
    code="UNIQUE_NOT_TENANT_SCOPED",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Put the column of the tenant first in the key.",
    nodes=("CreateStmt", "IndexStmt"),
    bad=(
        "CREATE TABLE docs (id bigint PRIMARY KEY, tenant_id uuid, slug text UNIQUE);",
        (
            "CREATE TABLE docs (id bigint PRIMARY KEY, org_id uuid, slug text);\nCREATE UNIQUE INDEX docs_slug_key ON docs (slug);"
        ),
        "CREATE TABLE docs (workspace_id uuid, kind text, slug text, UNIQUE (kind, slug));",
    ),
    good=(
        "CREATE TABLE docs (id bigint PRIMARY KEY, tenant_id uuid, slug text, UNIQUE (tenant_id, slug));",
        "CREATE TABLE docs (id bigint PRIMARY KEY, slug text UNIQUE);",
        "CREATE TABLE docs (tenant_id uuid, stripe_id text UNIQUE, email text UNIQUE);",
        ("CREATE TABLE docs (tenant_id uuid, slug text);\nCREATE INDEX docs_slug_idx ON docs (slug);"),
    ),
    check=check,
)
