"""Another collation rebuilds the indexes of a column while nobody can read it.

The rows stay as they are, but each index on the column has to be sorted anew, under an ACCESS EXCLUSIVE
lock.

Exempt are columns that are known to be in no index, and columns and tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.alterations import alterations, place
from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for command in alterations(statement):
        definition, name = command.node.def_, command.node.name or ""
        if (
            command.node.subtype == AlterTableType.AT_AlterColumnType
            and isinstance(definition, ast.ColumnDef)
            and definition.collClause is not None
            and not _is_in_no_index(statement, command.table, name)
        ):
            yield Problem(
                f"another collation of {written((*command.table, name))} rebuilds its indexes while nobody can use "
                "the table",
                place(statement, command),
            )


def _is_in_no_index(statement: Statement, name: Name, column: str) -> bool:
    table = statement.schema.created_or_changed(name)
    if table is None:
        return False
    known = table.columns.get(column)
    if known is not None and known.new:
        return True
    return table.whole and not any({column, None} & set(index.columns) for index in table.indexes)


RULE = Rule(
    code="COLLATION_CHANGE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a column with the other collation, index it concurrently, fill it in batches, and swap the two.",
    nodes=("AlterTableStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        'ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "C";',
        (
            "CREATE TABLE IF NOT EXISTS users (name text UNIQUE);\n"
            'ALTER TABLE users ALTER name TYPE text COLLATE "de-x-icu";'
        ),
    ),
    good=(
        "ALTER TABLE users ALTER COLUMN name TYPE text USING name::text;",
        'CREATE TABLE users (name text UNIQUE);\nALTER TABLE users ALTER name TYPE text COLLATE "C";',
        'CREATE TABLE IF NOT EXISTS users (name text);\nALTER TABLE users ALTER name TYPE text COLLATE "C";',
    ),
    check=check,
)
