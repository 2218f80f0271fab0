"""An index that PostgreSQL 14.0 to 14.3 builds concurrently may miss rows.

`CREATE INDEX CONCURRENTLY` and `REINDEX CONCURRENTLY` could leave out rows that were changed meanwhile, so
queries that use the index don't find them. It was mended in 14.4.

Reported where `postgres_version` is 14, since the minor version is not known. guardrails.toml takes 15 and later
only, because PostgreSQL 14 is no longer maintained: the rule speaks to programs that call the library.

Source: <https://www.postgresql.org/docs/release/14.4/>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import is_concurrent


def check(statement: Statement) -> Iterator[Problem]:
    if statement.settings.postgres_version != 14:
        return
    match statement.node:
        case ast.IndexStmt(concurrent=True):
            pass
        case ast.ReindexStmt() as node if is_concurrent(node):
            pass
        case _:
            return
    yield Problem(
        "before PostgreSQL 14.4, an index that is built concurrently may miss rows", statement.start
    )


RULE = Rule(
    code="CIC_CORRUPTION_BUG",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="See that the server runs 14.4 or later before this migration.",
    nodes=("IndexStmt", "ReindexStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT, postgres_version=14),
    bad=("CREATE INDEX CONCURRENTLY i ON orders (a);", "REINDEX TABLE CONCURRENTLY orders;"),
    good=("CREATE INDEX i ON orders (a);", "DROP INDEX CONCURRENTLY i;", "REINDEX TABLE orders;"),
    check=check,
)
