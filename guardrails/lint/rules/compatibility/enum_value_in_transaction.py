"""A new value of an enum can't be used in the transaction that adds it.

PostgreSQL refuses it with "unsafe use of new value" (55P04) until that transaction has ended. Most
migration tools run a file as one transaction, so the value and what uses it belong into two files.

Exempt is a value that a COMMIT stands behind, a file that its tool runs without a transaction, an enum that
the same migration created, and the same text in a column or a cast of another type.

Source: <https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind, AlterTableType, ConstrType, TransactionStmtKind

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, parse, walk
from guardrails.lint.plpgsql import Inner, inside
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_ENDS = frozenset({TransactionStmtKind.TRANS_STMT_COMMIT, TransactionStmtKind.TRANS_STMT_ROLLBACK})
_COMPARES = frozenset({A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_IN, A_Expr_Kind.AEXPR_DISTINCT})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterEnumStmt(typeName=names, newVal=str(value), oldVal=None):
            name = names_of(names)
            enum = statement.schema.enum(name)
            if not statement.session.shares_transaction:
                return
            if enum is not None and (enum.new or value in enum.values):
                return
            spelled = "'" + value.replace("'", "''") + "'"
            yield Problem(
                f"adds {spelled} to {written(name)} and uses it in the same transaction: PostgreSQL refuses that",
                statement.start,
                f"Move ALTER TYPE {written(name)} ADD VALUE {spelled} into a migration of its own, which runs first.",
                unless=_is_unused(statement, name, value),
            )


def _is_unused(statement: Statement, name: Name, value: str) -> Callable[[], bool]:
    schema, later = statement.schema, tuple(_after(statement))
    return lambda: not any(_uses(node, name, value, schema) for node in later)


def _after(statement: Statement) -> Iterator[ast.Node]:
    """Yield the statements that run in the same transaction after this one, with those inside of blocks."""
    session, text = statement.session, statement.file.sql
    for node in session.nodes[len(session.before) + 1 :]:
        if isinstance(node, ast.TransactionStmt) and node.kind in _ENDS:
            return
        yield node
        if isinstance(node, ast.DoStmt):
            for inner in inside(node, text, 0):
                if isinstance(inner, Inner):
                    yield from (found.node for found in parse(inner.sql).statements)


def _uses(node: ast.Node, enum: Name, value: str, schema: Schema) -> bool:
    match node:
        case ast.InsertStmt(relation=ast.RangeVar() as relation, selectStmt=ast.SelectStmt() as rows):
            if _inserts(rows, node, name_of(relation), enum, value, schema):
                return True
        case ast.UpdateStmt(relation=ast.RangeVar() as relation, targetList=tuple(targets)):
            for target in targets:
                if _is(target.val, value) and _may_be(schema, enum, target.name, name_of(relation)):
                    return True
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            for command in commands:
                is_default = command.subtype == AlterTableType.AT_ColumnDefault and _is(command.def_, value)
                if is_default and _may_be(schema, enum, command.name, name_of(relation)):
                    return True
        case ast.CreateFunctionStmt():
            return False
    return any(_uses_here(part, enum, value, schema) for part in walk(node))


def _uses_here(part: ast.Node, enum: Name, value: str, schema: Schema) -> bool:
    match part:
        case ast.TypeCast(arg=argument, typeName=kind):
            return _is(argument, value) and names_of(kind)[-1:] == enum[-1:]
        case ast.ColumnDef(typeName=kind, constraints=tuple(parts)):
            return names_of(kind)[-1:] == enum[-1:] and any(
                one.contype == ConstrType.CONSTR_DEFAULT and _is(one.raw_expr, value) for one in parts
            )
        case ast.A_Expr(kind=kind, lexpr=left, rexpr=right) if kind in _COMPARES:
            for one, other in ((left, right), (right, left)):
                several = other if isinstance(other, tuple) else (other,)
                if isinstance(one, ast.ColumnRef) and any(_is(item, value) for item in several):
                    return _may_be(schema, enum, (names_of(one.fields) or (None,))[-1], None)
    return False


def _inserts(
    rows: ast.SelectStmt, node: ast.InsertStmt, table: Name, enum: Name, value: str, schema: Schema
) -> bool:
    known = schema.table(table)
    names = [target.name for target in node.cols] if node.cols else list(known.columns if known else ())
    lists = rows.valuesLists or (tuple(target.val for target in rows.targetList or ()),)
    for row in lists:
        for number, item in enumerate(row):
            column = names[number] if number < len(names) else None
            if _is(item, value) and _may_be(schema, enum, column, table):
                return True
    return False


def _is(node: object, value: str) -> bool:
    match node:
        case ast.A_Const(val=ast.String(sval=text)):
            return (text or "") == value
    return False


def _may_be(schema: Schema, enum: Name, column: str | None, table: Name | None) -> bool:
    """Tell whether a column may be of an enum: only one that is known to be of another type is not."""
    if column is None:
        return True
    tables = [schema.created_or_changed(table)] if table else [*schema.tables.values()]
    known = [one.columns[column].type for one in tables if one is not None and column in one.columns]
    kinds = {kind.name for kind in known if kind is not None}
    return not kinds or enum[-1] in kinds


RULE = Rule(
    code="ENUM_VALUE_IN_TRANSACTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Move ALTER TYPE … ADD VALUE into a migration of its own, which runs first.",
    nodes=("AlterEnumStmt",),
    bad=(
        "BEGIN;\nALTER TYPE mood ADD VALUE 'calm';\nUPDATE people SET mood = 'calm' WHERE id = 1;\nCOMMIT;",
        "BEGIN;\nALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm' BEFORE 'ok';\nINSERT INTO people (mood) VALUES ('calm');",
        "BEGIN;\nALTER TYPE mood ADD VALUE 'calm';\nALTER TABLE people ADD COLUMN mood mood DEFAULT 'calm';\nCOMMIT;",
        "BEGIN;\nALTER TYPE mood ADD VALUE 'calm';\nDO $$ BEGIN PERFORM 'calm'::mood; END $$;\nCOMMIT;",
        "BEGIN;\nALTER TYPE mood ADD VALUE 'calm';\nCREATE POLICY p ON people USING (mood IN ('ok', 'calm'));\nCOMMIT;",
    ),
    good=(
        "ALTER TYPE mood ADD VALUE 'calm';",
        "BEGIN;\nALTER TYPE mood ADD VALUE 'calm';\nCOMMIT;\nUPDATE people SET mood = 'calm' WHERE id = 1;",
        (
            "CREATE TABLE words (word text);\nBEGIN;\nALTER TYPE mood ADD VALUE 'calm';\n"
            "INSERT INTO words (word) VALUES ('calm');\nCOMMIT;"
        ),
        "BEGIN;\nCREATE TYPE mood AS ENUM ('ok');\nALTER TYPE mood ADD VALUE 'calm';\nSELECT 'calm'::mood;\nCOMMIT;",
        "BEGIN;\nALTER TYPE mood ADD VALUE 'calm';\nSELECT 'calm'::text;\nCOMMIT;",
    ),
    check=check,
)
