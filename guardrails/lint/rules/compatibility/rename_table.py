"""Renaming a table breaks the code that uses its old name until the release.

No order of release and migration avoids it, unless a view keeps the old name alive. An API such as
PostgREST serves the table under its new name at once, and under the old one no more.

Exempt is a table or view that the same migration created, an old name that stands for a table or view
again at the end, and a table that is put out of use on purpose: renamed to its own name followed by
`_unused` or `_deprecated`.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>,
<https://www.postgresql.org/docs/current/sql-createview.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.parts import is_made_here
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_WORDS = {
    ObjectType.OBJECT_TABLE: "table",
    ObjectType.OBJECT_FOREIGN_TABLE: "table",
    ObjectType.OBJECT_VIEW: "view",
    ObjectType.OBJECT_MATVIEW: "materialized view",
}
_OUT_OF_USE = ("_unused", "_deprecated")


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.RenameStmt(
            renameType=kind, relation=ast.RangeVar(relname=str(old)) as relation, newname=str(new)
        ) if kind in _WORDS:
            name = name_of(relation)
            if new.startswith(tuple(f"{old}{word}" for word in _OUT_OF_USE)):
                return
            if is_made_here(statement.schema, name) or _is_no_table(statement.schema, name):
                return
            yield Problem(
                f"renames {_WORDS[kind]} {written(name)}: code that uses the old name fails",
                relation.location or statement.start,
                f"Keep the old name alive in the same migration: a view {written(name)} of all columns of "
                f"{written((*name[:-1], new))}, made WITH (security_invoker = true).",
                unless=_stands_again(statement.schema, statement.schema.resolve(name) or name),
            )


def _is_no_table(schema: Schema, name: Name) -> bool:
    """Tell whether this is an index or a sequence, which ALTER TABLE renames as well."""
    resolved = schema.resolve(name)
    if schema.created_or_changed(name) is not None or schema.view(name) is not None:
        return False
    return resolved in schema.sequences or any(
        index.name == name[-1] for table in schema.tables.values() for index in table.indexes
    )


def _stands_again(schema: Schema, name: Name) -> Callable[[], bool]:
    return lambda: (schema.table(name) or schema.view(name)) is not None


RULE = Rule(
    code="RENAME_TABLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Keep the old name alive with a view in the same migration.",
    nodes=("RenameStmt",),
    bad=(
        "ALTER TABLE users RENAME TO people;",
        'ALTER TABLE IF EXISTS shop."Users" RENAME TO people;',
        "ALTER VIEW active_users RENAME TO current_users;",
        "CREATE TABLE IF NOT EXISTS users (id bigint);\nALTER TABLE users RENAME TO people;",
    ),
    good=(
        (
            "ALTER TABLE users RENAME TO people;\n"
            "CREATE VIEW users WITH (security_invoker = true) AS SELECT * FROM people;"
        ),
        "CREATE TABLE users_new (id bigint);\nALTER TABLE users_new RENAME TO people;",
        "ALTER TABLE users RENAME TO users_old;\nCREATE TABLE users (id bigint);",
        "ALTER TABLE users RENAME TO users_unused;",
        "ALTER INDEX users_name_idx RENAME TO users_by_name;",
    ),
    check=check,
)
