"""Without autovacuum a table keeps its dead rows, and its statistics grow old.

Queries read more and more of what is gone, until PostgreSQL must freeze the table anyway, all at
once.

Exempt is a temporary table, which autovacuum never reaches.

Source: <https://www.postgresql.org/docs/current/routine-vacuuming.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, options=options):
            groups: tuple[tuple[ast.DefElem, ...], ...] = (options or (),)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            groups = tuple(
                command.def_
                for command in commands
                if command.subtype == AlterTableType.AT_SetRelOptions and isinstance(command.def_, tuple)
            )
        case _:
            return
    known = statement.schema.table(name_of(relation))
    if relation.relpersistence == "t" or (known and known.temporary):
        return
    for option in (option for group in groups for option in group):
        if option.defname == "autovacuum_enabled" and _is_off(option.arg):
            yield Problem(
                f"autovacuum is switched off for {written(name_of(relation))}",
                option.location or statement.start,
            )


def _is_off(value: object) -> bool:
    match value:
        case ast.Integer(ival=number):
            return not number
        case ast.Boolean(boolval=on):
            return not on
        case ast.String() | ast.TypeName():
            word = names_of(value)[-1].lower()
            return (
                word in {"0", "of", "off"}
                or (word != "" and "false".startswith(word))
                or (word != "" and "no".startswith(word))
            )
    return False


RULE = Rule(
    code="AUTOVACUUM_DISABLED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave it on, and tune its thresholds: SET (autovacuum_vacuum_scale_factor = …).",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "ALTER TABLE orders SET (autovacuum_enabled = false);",
        "CREATE TABLE orders (id bigint) WITH (autovacuum_enabled = off);",
        "ALTER TABLE orders SET (fillfactor = 70, toast.autovacuum_enabled = 'No');",
    ),
    good=(
        "ALTER TABLE orders SET (autovacuum_enabled = true);",
        "ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01);",
        "ALTER TABLE orders RESET (autovacuum_enabled);",
        "CREATE TEMP TABLE scratch (id bigint) WITH (autovacuum_enabled = false);",
    ),
    check=check,
)
