"""A foreign key between different collations compares by one of them only.

Two strings that one collation takes for the same are different in the other: rows then refer to a parent
that a query under the child's own collation does not find. From PostgreSQL 18 on, a key between
collations of which one is not deterministic is refused.

Source: <https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.keys import references
from guardrails.lint.spelling import written

_DEFAULT = "default"


def check(statement: Statement) -> Iterator[Problem]:
    for reference in references(statement):
        for child, parent in reference.pairs:
            if _last(child.collation) != _last(parent.collation):
                yield Problem(
                    f"{written((*reference.key.table, child.name))} refers to a column of another collation",
                    reference.key.offset,
                    f"Give {written((child.name,))} the collation of the column that it refers to.",
                )


def _last(collation: Name | None) -> str:
    return collation[-1] if collation else _DEFAULT


RULE = Rule(
    code="FK_COLLATION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Give both columns the same collation.",
    nodes=("CreateStmt", "AlterTableStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        (
            'CREATE TABLE a (code text COLLATE "C" PRIMARY KEY);\n'
            'CREATE TABLE b (code text COLLATE "en_US" REFERENCES a (code));'
        ),
        'CREATE TABLE a (code text PRIMARY KEY);\nCREATE TABLE b (code text COLLATE "C" REFERENCES a);',
    ),
    good=(
        'CREATE TABLE a (code text COLLATE "C" PRIMARY KEY);\nCREATE TABLE b (code text COLLATE "C" REFERENCES a);',
        "CREATE TABLE a (code text PRIMARY KEY);\nCREATE TABLE b (code text REFERENCES a (code));",
        'CREATE TABLE b (code text COLLATE "C" REFERENCES a (code));',
    ),
    check=check,
)
