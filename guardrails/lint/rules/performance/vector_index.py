"""An `ivfflat` index learns its lists from the rows that are there.

Rows that come later fit them badly. Built on an empty table it finds little. `hnsw` needs no rows to
start from, and finds more in the same time. With an `ef_construction` below twice `m`, pgvector
refuses to build an `hnsw` index; a very large `m` makes it slow to build and big.

Source: <https://github.com/pgvector/pgvector#indexing>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written

_USUAL_M = 16
_USUAL_WIDTH = 64
_MOST_M = 64


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case (
            ast.IndexStmt(
                accessMethod="ivfflat" | "hnsw" as method, relation=ast.RangeVar() as relation
            ) as index
        ):
            offset = relation.location or statement.start
            table = name_of(relation)
            if method == "ivfflat":
                known = statement.schema.table(table)
                empty = ", and it has no rows yet" if known and known.new and not known.written else ""
                yield Problem(
                    f"ivfflat takes its lists from the rows that {written(table)} has now{empty}",
                    offset,
                    "Use hnsw: CREATE INDEX … USING hnsw (…)",
                )
                return
            options = {option.defname: _number(option.arg) for option in index.options or ()}
            m, width = options.get("m") or _USUAL_M, options.get("ef_construction") or _USUAL_WIDTH
            if width < 2 * m:
                yield Problem(
                    f"ef_construction is {width}, less than twice m ({m}): pgvector refuses that",
                    offset,
                    will_fail=True,
                )
            elif m > _MOST_M:
                yield Problem(f"m is {m}: the index is slow to build and several times as big", offset)


def _number(value: object) -> int | None:
    return value.ival if isinstance(value, ast.Integer) else None


RULE = Rule(
    code="VECTOR_INDEX",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion=(
        "Use hnsw with its defaults, m = 16 and ef_construction = 64, and measure before you change them."
    ),
    nodes=("IndexStmt",),
    bad=(
        "CREATE INDEX docs_idx ON docs USING ivfflat (embedding vector_l2_ops) WITH (lists = 100);",
        "CREATE INDEX docs_idx ON docs USING hnsw (embedding vector_l2_ops) WITH (m = 40);",
        (
            "CREATE INDEX docs_idx ON docs USING hnsw (embedding vector_l2_ops) WITH (m = 80, ef_construction = 200);"
        ),
    ),
    good=(
        "CREATE INDEX docs_idx ON docs USING hnsw (embedding vector_cosine_ops);",
        (
            "CREATE INDEX docs_idx ON docs USING hnsw (embedding vector_l2_ops) WITH (m = 24, ef_construction = 100);"
        ),
        "CREATE INDEX docs_idx ON docs USING gin (tags);",
    ),
    check=check,
)
