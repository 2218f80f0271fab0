"""An index over many columns is written on each change of any of them.

Reported are more than three key columns where the index is not unique, and more than four in a
primary key. Columns of INCLUDE don't count.

Source: <https://www.postgresql.org/docs/current/indexes-multicolumn.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, walk
from guardrails.lint.spelling import written

_MOST_COLUMNS = 3
_MOST_KEYS = 4


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(relation=ast.RangeVar() as relation, indexParams=tuple(columns)) as index:
            if not index.unique and index.accessMethod == "btree" and len(columns) > _MOST_COLUMNS:
                yield Problem(
                    f"an index on {written(name_of(relation))} has {len(columns)} key columns",
                    relation.location or statement.start,
                )
        case ast.CreateStmt() | ast.AlterTableStmt():
            for part in walk(statement.node):
                match part:
                    case ast.Constraint(contype=ConstrType.CONSTR_PRIMARY, keys=tuple(keys)):
                        if len(keys) > _MOST_KEYS:
                            yield Problem(
                                f"a primary key of {len(keys)} columns", part.location or statement.start
                            )


RULE = Rule(
    code="INDEX_TOO_WIDE",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Keep the columns that a query searches by, and move those that it only reads to INCLUDE.",
    nodes=("IndexStmt", "CreateStmt", "AlterTableStmt"),
    bad=(
        "CREATE INDEX orders_idx ON orders (a, b, c, d);",
        "CREATE TABLE t (a int, b int, c int, d int, e int, PRIMARY KEY (a, b, c, d, e));",
    ),
    good=(
        "CREATE INDEX orders_idx ON orders (a, b, c);",
        "CREATE INDEX orders_idx ON orders (a, b) INCLUDE (c, d, e);",
        "CREATE UNIQUE INDEX orders_key ON orders (a, b, c, d);",
        "CREATE INDEX orders_idx ON orders USING gin (a, b, c, d);",
    ),
    check=check,
)
