"""A sequence that is set to a constant gives out numbers a second time.

`ALTER SEQUENCE … RESTART`, `setval` with a constant, `TRUNCATE … RESTART IDENTITY`: the number fits the
database that the author looked at, and no other. New rows then collide with old keys, or take over
numbers that stand in other systems.

Exempt is a sequence or a table that the same migration created, and `setval` with a value that is read
from the table.

Source: <https://www.postgresql.org/docs/current/functions-sequence.html>,
<https://www.postgresql.org/docs/current/sql-altersequence.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, walk
from guardrails.lint.parts import commands
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_READ_IT = "Take the value from the table: SELECT setval('{}', (SELECT max(id) FROM …));"


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    match statement.node:
        case ast.AlterSeqStmt(sequence=ast.RangeVar() as relation, options=tuple(options)):
            name = name_of(relation)
            if _restarts(options) and not _is_new(schema, name):
                yield _problem(f"restarts sequence {written(name)}", relation.location or 0, name)
        case ast.TruncateStmt(restart_seqs=True, relations=tuple(relations)):
            for relation in relations:
                if not schema.is_disposable(name_of(relation)):
                    name = name_of(relation)
                    yield _problem(
                        f"restarts the sequences of table {written(name)}", relation.location or 0, name
                    )
        case ast.AlterTableStmt():
            for command in commands(statement, AlterTableType.AT_SetIdentity):
                if _restarts(command.node.def_) and not schema.is_new(command.table):
                    name = (*command.table, command.node.name or "")
                    yield _problem(
                        f"restarts the sequence of {written(name)}", place(statement, command), name
                    )
        case ast.SelectStmt(targetList=tuple(targets)):
            for node in (node for target in targets for node in walk(target)):
                found = _set_to_a_constant(node)
                if found is not None and not _is_new(schema, found):
                    yield _problem(
                        f"sets sequence {written(found)} to a constant", _offset(node, statement), found
                    )


def _problem(what: str, offset: int, name: Name) -> Problem:
    return Problem(
        f"{what}: it may give out numbers that were given out before", offset, _READ_IT.format(written(name))
    )


def _offset(node: ast.Node, statement: Statement) -> int:
    return node.location or statement.start if isinstance(node, ast.FuncCall) else statement.start


def _restarts(options: object) -> bool:
    return isinstance(options, tuple) and any(
        isinstance(option, ast.DefElem) and option.defname == "restart" for option in options
    )


def _set_to_a_constant(node: ast.Node) -> Name | None:
    match node:
        case ast.FuncCall(funcname=function, args=(which, ast.A_Const(), *_)):
            if names_of(function)[-1:] == ("setval",):
                return _sequence(which)
    return None


def _sequence(node: ast.Node | None) -> Name:
    """Return the name in `'s'`, `'s'::regclass` or `pg_get_serial_sequence('t', 'c')`: then the table's."""
    match node:
        case ast.TypeCast(arg=inner):
            return _sequence(inner)
        case ast.FuncCall(args=(ast.A_Const() as table, *_)):
            return _sequence(table)
        case ast.A_Const(val=ast.String(sval=str(text))):
            return tuple(part.strip('"') for part in text.split("."))
    return ("a sequence",)


def _is_new(schema: Schema, name: Name) -> bool:
    resolved = schema.resolve(name)
    sequence = schema.sequences.get(resolved) if resolved else None
    if sequence is None:
        return schema.is_new(name)
    return sequence.new or (sequence.owner is not None and schema.is_new(sequence.owner[0]))


RULE = Rule(
    code="SEQUENCE_RESTART",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Take the value from the table: SELECT setval('…', (SELECT max(id) FROM …));",
    nodes=("AlterSeqStmt", "TruncateStmt", "AlterTableStmt", "SelectStmt"),
    bad=(
        "ALTER SEQUENCE invoice_numbers RESTART WITH 1;",
        "ALTER SEQUENCE IF EXISTS invoice_numbers RESTART;",
        "SELECT setval('invoice_numbers', 1, false);",
        "SELECT pg_catalog.setval('shop.invoice_numbers'::regclass, 100);",
        "SELECT setval(pg_get_serial_sequence('orders', 'id'), 1);",
        "ALTER TABLE orders ALTER COLUMN id RESTART WITH 1;",
        "DO $$ BEGIN PERFORM setval('invoice_numbers', 1); END $$;",
    ),
    good=(
        "SELECT setval('orders_id_seq', (SELECT max(id) FROM orders));",
        "SELECT setval('orders_id_seq', coalesce(max(id), 1)) FROM orders;",
        "CREATE SEQUENCE numbers;\nSELECT setval('numbers', 1000);",
        "CREATE TABLE orders (id bigserial PRIMARY KEY);\nALTER SEQUENCE orders_id_seq RESTART WITH 1000;",
        "ALTER SEQUENCE invoice_numbers INCREMENT BY 10;",
        "ALTER TABLE orders ALTER COLUMN id SET GENERATED BY DEFAULT;",
    ),
    check=check,
)
