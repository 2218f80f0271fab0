"""Without an index on a foreign key, deleting a parent reads the whole table.

PostgreSQL indexes the key that a foreign key leads to, not the columns that it starts from. Deleting
or changing one parent then reads every child, once for each parent, and joins do the same.

Covered are columns that lead an index, a primary key or a unique constraint, in any order among
themselves, also one that is made later in the migrations checked, and a partial one that leaves out
only rows without a value. Nothing is said about columns that were there before and whose indexes
are therefore not known.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.advice import outside
from guardrails.lint.alterations import is_new
from guardrails.lint.contracts import Habit, Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import made_up, written
from guardrails.lint.values import NamedTuple


class _Key(NamedTuple):
    node: ast.Constraint
    columns: Name
    offset: int


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=tuple(elements)):
            parts: tuple[object, ...] = elements
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            added = {AlterTableType.AT_AddColumn, AlterTableType.AT_AddConstraint}
            parts = tuple(command.def_ for command in commands if command.subtype in added)
        case _:
            return
    name = name_of(relation)
    for key in (key for part in parts for key in _keys(part)):
        yield Problem(
            f"foreign key {written(name)} ({_listed(key.columns)}) has no index",
            key.offset,
            _suggestion(statement, name, key.columns),
            unless=_is_fine(statement.schema, key.node),
        )


def _keys(part: object) -> Iterator[_Key]:
    match part:
        case ast.ColumnDef(colname=str(name), constraints=tuple(constraints), location=offset):
            for constraint in constraints:
                if constraint.contype == ConstrType.CONSTR_FOREIGN:
                    yield _Key(constraint, (name,), offset or 0)
        case ast.Constraint(contype=ConstrType.CONSTR_FOREIGN, location=offset):
            yield _Key(part, names_of(part.fk_attrs), offset or 0)


def _is_fine(schema: Schema, node: ast.Constraint) -> Callable[[], bool]:
    def is_fine() -> bool:
        made = schema.key_made_by(node)
        if made is None:
            return True
        table, key = made
        if key.dropped or table.dropped or table.temporary or not table.columns.keys() >= set(key.columns):
            return True
        parent = schema.table(table.partition_of) if table.partition_of else None
        return table.indexed(key.columns) or (parent is not None and parent.indexed(key.columns))

    return is_fine


def _suggestion(statement: Statement, table: Name, columns: Name) -> str:
    name = made_up(table[-1], *columns, "idx")
    index = f"{name + ' ' if name else ''}ON {written(table)} ({_listed(columns)});"
    is_older = isinstance(statement.node, ast.AlterTableStmt) and not is_new(statement, table)
    if is_older and statement.settings.asks_for(Habit.CONCURRENTLY):
        return f"Add after it, {outside(statement)}: CREATE INDEX CONCURRENTLY {index}"
    return f"Add: CREATE INDEX {index}"


def _listed(columns: Name) -> str:
    return ", ".join(written((column,)) for column in columns)


RULE = Rule(
    code="MISSING_INDEX_FK",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Make an index that leads with the columns of the foreign key: CREATE INDEX ON … (…);",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));",
        (
            "CREATE TABLE items (a int, b int, FOREIGN KEY (a, b) REFERENCES orders (a, b));\n"
            "CREATE INDEX ON items (a);"
        ),
        "ALTER TABLE items ADD COLUMN order_id bigint REFERENCES orders (id);",
        (
            "CREATE TABLE items (order_id bigint);\n"
            "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id);"
        ),
        (
            "ALTER TABLE items ADD COLUMN order_id bigint,\n"
            "  ADD CONSTRAINT fk FOREIGN KEY (order_id) REFERENCES orders (id);"
        ),
        (
            "CREATE TABLE items (id int, order_id int REFERENCES orders);\n"
            "CREATE INDEX ON items (order_id) WHERE id > 9;"
        ),
        "CREATE TABLE items (id int, order_id int REFERENCES orders, PRIMARY KEY (id, order_id));",
    ),
    good=(
        "CREATE TABLE items (order_id bigint REFERENCES orders (id));\nCREATE INDEX ON items (order_id);",
        "CREATE TABLE items (order_id bigint PRIMARY KEY REFERENCES orders (id));",
        "CREATE TABLE items (a int REFERENCES orders, b int, UNIQUE (a, b));",
        "CREATE TABLE items (a int, b int, PRIMARY KEY (b, a), FOREIGN KEY (a, b) REFERENCES orders (a, b));",
        (
            "ALTER TABLE items ADD COLUMN order_id bigint REFERENCES orders (id);\n"
            "CREATE INDEX ON items (order_id);"
        ),
        "CREATE TABLE items (a int REFERENCES orders);\nCREATE INDEX ON items (a) WHERE a IS NOT NULL;",
        "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id);",
        "CREATE TABLE items (a int REFERENCES orders);\nDROP TABLE items;",
    ),
    check=check,
)
