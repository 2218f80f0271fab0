"""Rows in a migration of the schema go to every database it is applied to.

What belongs into one of them, or takes long, is better kept apart: in seeds, or in a job of its own.

Exempt are migrations that change only data, and what functions and triggers do.

Source: <https://www.postgresql.org/docs/current/populate.html>
"""

from collections.abc import Iterator
from functools import lru_cache

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, parse
from guardrails.lint.spelling import written

_DEFINES = ("Create", "Alter", "Index", "Drop", "Rename", "View")


def check(statement: Statement) -> Iterator[Problem]:
    relation = getattr(statement.node, "relation", None)
    if not isinstance(relation, ast.RangeVar) or (statement.via or "").startswith("function"):
        return
    if isinstance(statement.node, ast.CopyStmt) and not statement.node.is_from:
        return
    known = statement.schema.table(name_of(relation))
    if (known is None or not known.temporary) and _changes_schema(statement.file.sql, statement.file.up):
        yield Problem(
            f"changes rows of {written(name_of(relation))} in a migration that changes the schema too",
            relation.location or statement.start,
        )


@lru_cache(maxsize=4)
def _changes_schema(sql: str, up: tuple[int, int] | None) -> bool:
    return any(type(parsed.node).__name__.startswith(_DEFINES) for parsed in parse(sql, up).statements)


RULE = Rule(
    code="DATA_IN_MIGRATION",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Move the rows to the project's seeds, or to a migration of their own.",
    nodes=("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt"),
    bad=(
        ("CREATE TABLE kinds (id bigint PRIMARY KEY);\nINSERT INTO kinds VALUES (1);"),
        (
            "UPDATE orders SET note = '' WHERE note IS NULL;\nALTER TABLE orders ALTER COLUMN note SET NOT NULL;"
        ),
    ),
    good=(
        "INSERT INTO kinds VALUES (1);",
        "UPDATE orders SET note = '' WHERE note IS NULL;",
        ("CREATE TEMP TABLE a (b int);\nINSERT INTO a VALUES (1);"),
        "CREATE TABLE kinds (id bigint PRIMARY KEY);",
    ),
    check=check,
)
