"""A migration -> what undoes it, as far as it only added things; the rest is said, not guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Name
from guardrails.lint.parsing import name_of, names_of, parse
from guardrails.lint.spelling import written


@dataclass(frozen=True)
class Rollback:
    """`whole` is false when something can't be undone by a statement; the text then says what."""

    sql: str
    whole: bool


def rollback_of(sql: str) -> Rollback:
    """Return the statements that take back a migration, last first."""
    steps: list[str] = []
    for statement in parse(sql).statements:
        text = sql[statement.start : statement.end].strip()
        found = list(_steps(statement.node))
        steps.extend(found or [f"-- Can't be undone by a statement: {_shown(text)}"])
    steps = [step for step in steps if step]
    whole = not any(step.startswith("-- Can't") for step in steps)
    return Rollback("\n".join(reversed(steps)) + "\n", whole)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def _steps(node: ast.Node) -> Iterator[str]:
    """Yield what undoes one statement; "" when it needs nothing, and nothing at all when it can't be undone."""
    match node:
        case (
            ast.CreateStmt(relation=relation)
            | ast.CreateForeignTableStmt(base=ast.CreateStmt(relation=relation))
        ):
            yield f"DROP TABLE {written(name_of(relation))};"
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=relation), objtype=kind):
            materialized = "MATERIALIZED VIEW" if kind == ObjectType.OBJECT_MATVIEW else "TABLE"
            yield f"DROP {materialized} {written(name_of(relation))};"
        case ast.IndexStmt(idxname=str(index), relation=ast.RangeVar() as relation):
            together = "CONCURRENTLY " if node.concurrent else ""
            yield f"DROP INDEX {together}{written((*name_of(relation)[:-1], index))};"
        case ast.ViewStmt(view=view, replace=False):
            yield f"DROP VIEW {written(name_of(view))};"
        case ast.CreateSeqStmt(sequence=sequence):
            yield f"DROP SEQUENCE {written(name_of(sequence))};"
        case ast.CreateEnumStmt(typeName=name) | ast.CompositeTypeStmt(typevar=ast.RangeVar() as name):
            yield f"DROP TYPE {written(name_of(name) if isinstance(name, ast.RangeVar) else names_of(name))};"
        case ast.CreateDomainStmt(domainname=name):
            yield f"DROP DOMAIN {written(names_of(name))};"
        case ast.CreateSchemaStmt(schemaname=str(schema)):
            yield f"DROP SCHEMA {written((schema,))};"
        case ast.CreateExtensionStmt(extname=str(extension)):
            yield f"DROP EXTENSION {written((extension,))};"
        case ast.CreatePolicyStmt(policy_name=str(policy), table=table):
            yield f"DROP POLICY {written((policy,))} ON {written(name_of(table))};"
        case ast.CreateTrigStmt(trigname=str(trigger), relation=relation, replace=False):
            yield f"DROP TRIGGER {written((trigger,))} ON {written(name_of(relation))};"
        case ast.CreateFunctionStmt(replace=False, funcname=name):
            yield f"DROP {'PROCEDURE' if node.is_procedure else 'FUNCTION'} {written(names_of(name))};"
        case ast.AlterTableStmt(relation=relation, cmds=commands):
            undone = [_alter(name_of(relation), command) for command in commands or ()]
            if all(step is not None for step in undone):
                yield from (step or "" for step in undone)
        case ast.RenameStmt(
            renameType=ObjectType.OBJECT_TABLE, relation=ast.RangeVar() as relation, newname=str(new)
        ):
            old = name_of(relation)
            yield f"ALTER TABLE {written((*old[:-1], new))} RENAME TO {written(old[-1:])};"
        case ast.RenameStmt(
            renameType=ObjectType.OBJECT_COLUMN, relation=relation, subname=str(old), newname=str(new)
        ):
            yield f"ALTER TABLE {written(name_of(relation))} RENAME COLUMN {written((new,))} TO {written((old,))};"
        case ast.CommentStmt() | ast.TransactionStmt() | ast.VariableSetStmt():
            yield ""


def _alter(table: Name, command: ast.AlterTableCmd) -> str | None:
    start = f"ALTER TABLE {written(table)}"
    match command.subtype, command.def_:
        case AlterTableType.AT_AddColumn, ast.ColumnDef(colname=str(column)):
            return f"{start} DROP COLUMN {written((column,))};"
        case AlterTableType.AT_AddConstraint, ast.Constraint(conname=str(constraint)):
            return f"{start} DROP CONSTRAINT {written((constraint,))};"
        case AlterTableType.AT_EnableRowSecurity, _:
            return f"{start} DISABLE ROW LEVEL SECURITY;"
        case AlterTableType.AT_ForceRowSecurity, _:
            return f"{start} NO FORCE ROW LEVEL SECURITY;"
        case AlterTableType.AT_SetNotNull, _:
            return f"{start} ALTER COLUMN {written((command.name or '',))} DROP NOT NULL;"
        case AlterTableType.AT_ValidateConstraint, _:
            return ""
    return None
