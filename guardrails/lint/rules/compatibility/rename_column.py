"""Renaming a column breaks the code that uses its old name until the release.

No order of release and migration avoids it: the old code fails after it, the new code before it. An API
such as PostgREST serves the new name at once, and clients that ask for the old one get an error.

Exempt is a column of a table or a view that the same migration created, or that it added itself, an old
name that stands for a column again at the end, and a column that is put out of use on purpose: renamed to
its own name followed by `_unused` or `_deprecated`.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, place_of
from guardrails.lint.parts import is_made_here
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_OUT_OF_USE = ("_unused", "_deprecated")
_KINDS = frozenset({ObjectType.OBJECT_COLUMN, ObjectType.OBJECT_ATTRIBUTE})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.RenameStmt(
            renameType=kind, relation=ast.RangeVar() as relation, subname=str(old), newname=str(new)
        ) if kind in _KINDS:
            name = name_of(relation)
            if new.startswith(tuple(f"{old}{word}" for word in _OUT_OF_USE)):
                return
            if _is_new(statement.schema, name, old):
                return
            text = statement.text
            start = place_of(
                text, relation.relname or "", relation.location or statement.start, statement.end
            )
            yield Problem(
                f"renames {written((*name, old))}: code that uses the old name fails",
                place_of(text, old, start + len(relation.relname or ""), statement.end),
                f"Add {written((new,))} beside it, write both, fill the old rows, and drop {written((old,))} in a "
                "later release; or give clients a view with the new name.",
                unless=_stands_again(statement.schema, statement.schema.resolve(name) or name, old),
            )


def _is_new(schema: Schema, table: Name, column: str) -> bool:
    known = schema.column(table, column)
    return is_made_here(schema, table) or (known is not None and known.new)


def _stands_again(schema: Schema, name: Name, old: str) -> Callable[[], bool]:
    table = schema.created_or_changed(name)

    def stands_again() -> bool:
        now = table or schema.created_or_changed(name)
        return now is not None and old in now.columns

    return stands_again


RULE = Rule(
    code="RENAME_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Add the new column beside the old one, write both, fill the old rows, drop the old one a release later."
    ),
    nodes=("RenameStmt",),
    bad=(
        "ALTER TABLE users RENAME COLUMN name TO full_name;",
        'ALTER TABLE shop."Users" RENAME "Name" TO full_name;',
        "ALTER VIEW active_users RENAME COLUMN name TO full_name;",
        "ALTER TYPE address RENAME ATTRIBUTE zip TO postcode;",
        "CREATE TABLE IF NOT EXISTS users (name text);\nALTER TABLE users RENAME name TO full_name;",
    ),
    good=(
        "CREATE TABLE users (name text);\nALTER TABLE users RENAME COLUMN name TO full_name;",
        "ALTER TABLE users ADD COLUMN name text;\nALTER TABLE users RENAME COLUMN name TO full_name;",
        ("ALTER TABLE users RENAME COLUMN age TO age_as_text;\nALTER TABLE users ADD COLUMN age int;"),
        "ALTER TABLE users RENAME COLUMN name TO name_unused;",
        "ALTER TABLE users RENAME CONSTRAINT users_name_key TO users_name_unique;",
        "ALTER INDEX users_name_idx RENAME TO users_by_name;",
    ),
    check=check,
)
