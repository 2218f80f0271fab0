"""Validating a constraint gains nothing in the transaction that added it.

Adding it `NOT VALID` takes a strong lock for a moment, and validating reads the table under a weak one.
In one transaction the strong lock is held until the end, so writes wait for the whole of the reading.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.alterations import alterations, place
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written

_ENDINGS = ("_fkey", "_check", "_not_null")


def check(statement: Statement) -> Iterator[Problem]:
    for command in alterations(statement):
        name = command.node.name
        if command.node.subtype != AlterTableType.AT_ValidateConstraint or name is None:
            continue
        before = statement.session.ran if statement.session.shares_transaction else ()
        if any(_adds(node, command.table, name, statement) for node in (*before, statement.node)):
            yield Problem(
                f"{written((name,))} was added in this transaction, so {written(command.table)} stays locked "
                "while all its rows are checked",
                place(statement, command),
                f"Move it to a later migration: ALTER TABLE {written(command.table)} "
                f"VALIDATE CONSTRAINT {written((name,))};",
            )


def _adds(node: ast.Node, table: Name, name: str, statement: Statement) -> bool:
    match node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            resolve = statement.schema.resolve
            written_as = name_of(relation)
            same = written_as == table or (resolve(written_as) or written_as) == (resolve(table) or table)
            return same and any(
                command.subtype == AlterTableType.AT_AddConstraint
                and isinstance(command.def_, ast.Constraint)
                and (
                    command.def_.conname == name or (command.def_.conname is None and _is_given(name, table))
                )
                and bool(command.def_.skip_validation)
                for command in commands
            )
    return False


def _is_given(name: str, table: Name) -> bool:
    """Tell whether a constraint of a table is called as PostgreSQL calls those without a name."""
    return name.startswith(f"{table[-1]}_") and name.endswith(_ENDINGS)


_ADDED = "ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID;\n"

RULE = Rule(
    code="VALIDATE_SAME_TRANSACTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Validate the constraint in a later migration.",
    nodes=("AlterTableStmt",),
    bad=(
        f"BEGIN;\n{_ADDED}ALTER TABLE public.orders VALIDATE CONSTRAINT c;\nCOMMIT;",
        f"DO $$ BEGIN\n{_ADDED}ALTER TABLE orders VALIDATE CONSTRAINT c;\nEND $$;",
        (
            "BEGIN;\nALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES users NOT VALID;\n"
            "ALTER TABLE orders VALIDATE CONSTRAINT orders_a_fkey;\nCOMMIT;"
        ),
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID, VALIDATE CONSTRAINT c;",
    ),
    good=(
        f"BEGIN;\n{_ADDED}COMMIT;\nBEGIN;\nALTER TABLE orders VALIDATE CONSTRAINT c;\nCOMMIT;",
        f"{_ADDED}ALTER TABLE orders VALIDATE CONSTRAINT c;",
        f"BEGIN;\nCREATE TABLE orders (total int);\n{_ADDED}ALTER TABLE orders VALIDATE CONSTRAINT c;\nCOMMIT;",
        f"BEGIN;\n{_ADDED}ALTER TABLE orders VALIDATE CONSTRAINT other;\nCOMMIT;",
    ),
    check=check,
)
