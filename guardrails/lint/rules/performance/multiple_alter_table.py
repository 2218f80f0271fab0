"""Two ALTER TABLE of one table in a row take the lock twice.

The table may be read twice, too. One statement with several commands waits for the lock once, and PostgreSQL does what they ask for in one
reading of the table.

Exempt are commands that belong apart: a constraint that is added NOT VALID and its validation, SET NOT NULL
after one, what PostgreSQL can't combine (RENAME, SET SCHEMA, ATTACH and DETACH PARTITION), and tables that
this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written

_APART = frozenset({
    AlterTableType.AT_ValidateConstraint, AlterTableType.AT_SetNotNull, AlterTableType.AT_AttachPartition,
    AlterTableType.AT_DetachPartition, AlterTableType.AT_DetachPartitionFinalize,
    AlterTableType.AT_EnableRowSecurity, AlterTableType.AT_ForceRowSecurity, AlterTableType.AT_ChangeOwner,
})  # fmt: skip


def check(statement: Statement) -> Iterator[Problem]:
    node, session = statement.node, statement.session
    before = session.before[-1] if session.before and not statement.via else None
    if not isinstance(node, ast.AlterTableStmt) or not _is_combinable(node):
        return
    if not isinstance(before, ast.AlterTableStmt) or not _is_combinable(before):
        return
    name, resolve = name_of(node.relation), statement.schema.resolve
    if resolve(name) == resolve(name_of(before.relation)) and not statement.schema.is_new(name):
        yield Problem(f"changes {written(name)} right after another ALTER TABLE did", statement.start)


def _is_combinable(node: ast.AlterTableStmt) -> bool:
    return node.objtype == ObjectType.OBJECT_TABLE and not any(
        command.subtype in _APART
        or (isinstance(command.def_, ast.Constraint) and command.def_.skip_validation)
        for command in node.cmds or ()
    )


RULE = Rule(
    code="MULTIPLE_ALTER_TABLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write one ALTER TABLE with both commands, separated by a comma.",
    nodes=("AlterTableStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ADD COLUMN a int;\nALTER TABLE orders ADD COLUMN b int;",
        'ALTER TABLE "Orders" ADD COLUMN a int;\nALTER TABLE public."Orders" ALTER a SET DEFAULT 1;',
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN a int, ADD COLUMN b int;",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT c;",
        "CREATE TABLE orders (id int);\nALTER TABLE orders ADD COLUMN a int;\nALTER TABLE orders ADD COLUMN b int;",
        "ALTER TABLE a ADD COLUMN x int;\nALTER TABLE b ADD COLUMN x int;",
        "ALTER TABLE a ADD COLUMN x int;\nUPDATE b SET y = 1 WHERE id = 1;\nALTER TABLE a ADD COLUMN z int;",
    ),
    check=check,
)
