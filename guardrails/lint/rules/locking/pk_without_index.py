"""A new primary key builds its index while nobody can use the table.

`ADD PRIMARY KEY` takes an ACCESS EXCLUSIVE lock, reads the table to see that no value is missing, and builds
a whole index. An index that was built concurrently before, on columns that are NOT NULL already, can be made
the key's, which takes a moment.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX>
"""

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.advice import SET_LOCK_TIMEOUT, outside, unique_index
from guardrails.lint.alterations import added_columns, added_constraints
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for added in added_constraints(statement, ConstrType.CONSTR_PRIMARY):
        if not added.constraint.indexname:
            yield _problem(statement, added.table, added.columns, added.offset)
    for column in added_columns(statement):
        if column.constraint(ConstrType.CONSTR_PRIMARY):
            yield _problem(statement, column.table, (column.name,), column.offset)


def _problem(statement: Statement, table: Name, columns: Name, offset: int) -> Problem:
    index = f"{table[-1]}_new_pkey"
    known = statement.schema.created_or_changed(table)
    partitioned = known is not None and known.partitioned is not None
    return Problem(
        f"building the index of this primary key keeps everybody from using {written(table)}",
        offset,
        f"A key of a partitioned table can't use an index: begin the migration with {SET_LOCK_TIMEOUT}"
        if partitioned
        else f"Build the index {outside(statement)}: {unique_index(table, index, columns)} Then: "
        f"ALTER TABLE {written(table)} ADD PRIMARY KEY USING INDEX {written((index,))};",
    )


RULE = Rule(
    code="PK_WITHOUT_INDEX",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Build a unique index concurrently, and add the primary key USING INDEX.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE users ADD PRIMARY KEY (id);",
        'ALTER TABLE shop."Users" ADD CONSTRAINT pk PRIMARY KEY ("a", "B");',
        "ALTER TABLE users ADD COLUMN id bigint PRIMARY KEY;",
    ),
    good=(
        "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id_idx;",
        "CREATE TABLE users (id int);\nALTER TABLE users ADD PRIMARY KEY (id);",
        "CREATE TABLE users (id int PRIMARY KEY);",
    ),
    check=check,
)
