"""A table described by name and columns -> its complete CREATE TABLE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pglast import ast

from guardrails.lint.contracts import GuardrailsError, Name
from guardrails.lint.parsing import ParseError, parse, scan
from guardrails.lint.spelling import written

OnDelete = Literal["no action", "restrict", "cascade", "set null", "set default"]


@dataclass(frozen=True)
class ColumnSpec:
    """A column: `type`, `default` and `check` are SQL, `references` is `table.column` or `schema.table.column`."""

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    unique: bool = False
    primary_key: bool = False
    references: str | None = None
    on_delete: OnDelete | None = None
    check: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """A table; without a primary key among its columns it gets `id uuid`, a random one by default."""

    name: str
    columns: tuple[ColumnSpec, ...]
    schema: str = "public"
    comment: str | None = None
    timestamps: bool = True


def create_table(spec: TableSpec) -> str:
    """Return the statements that make the table.

    Raises:
        GuardrailsError: a part of the description is not what it should be; it names the column.
    """
    name = _name(spec)
    lines = list(_lines(spec))
    body = ",\n".join(f"  {line}" for line in lines)
    statements = [f"CREATE TABLE {name} (\n{body}\n);"]
    if spec.comment:
        statements.append(f"COMMENT ON TABLE {name} IS {_literal(spec.comment)};")
    return "\n\n".join(statements) + "\n"


def _name(spec: TableSpec) -> str:
    for part in (spec.schema, spec.name):
        _expect_name(part, "table")
    return written((spec.schema, spec.name))


def _expect_name(name: str, what: str) -> None:
    if not name.strip() or not name.isprintable() or len(name.encode()) > 63:
        raise GuardrailsError(
            f"{name[:70]!r} is no name of a {what}; PostgreSQL takes 1 to 63 bytes of printable text"
        )


def _lines(spec: TableSpec) -> Iterator[str]:
    names = [column.name for column in spec.columns]
    if twice := {name for name in names if names.count(name) > 1}:
        raise GuardrailsError(f"table {spec.name} has the column {min(twice)} twice; name each once")
    keys = [column for column in spec.columns if column.primary_key]
    if not keys and "id" not in names:
        yield "id uuid PRIMARY KEY DEFAULT gen_random_uuid()"
        keys = []
    single = len(keys) == 1
    implied = not keys and "id" in names
    for column in spec.columns:
        yield _column(
            column, spec.name, primary=(single and column.primary_key) or (implied and column.name == "id")
        )
    for moment in ("created_at", "updated_at"):
        if spec.timestamps and moment not in names:
            yield f"{moment} timestamptz NOT NULL DEFAULT now()"
    if len(keys) > 1:
        yield f"PRIMARY KEY ({', '.join(written((column.name,)) for column in keys)})"


def _column(column: ColumnSpec, table: str, *, primary: bool) -> str:
    _expect_name(column.name, "column")
    where = f"column {column.name} of {table}"
    parts = [written((column.name,)), _type(column.type, where)]
    if primary:
        parts.append("PRIMARY KEY")
    elif not column.nullable or column.primary_key:
        parts.append("NOT NULL")
    if column.default is not None:
        default = _expression(column.default, f"the default of {where}")
        parts.append(f"DEFAULT {default}" if _stands_alone(default) else f"DEFAULT ({default})")
    if column.unique and not primary:
        parts.append("UNIQUE")
    if column.check is not None:
        parts.append(f"CHECK ({_expression(column.check, f'the check of {where}')})")
    if column.references is not None:
        parts.append(_reference(column, where))
    return " ".join(parts)


def _type(text: str, where: str) -> str:
    """Return a type as it was given, once the parser took all of it for one type and nothing else."""
    match [statement.node for statement in parse(f"CREATE TABLE t (c {text}\n)").statements]:
        case [
            ast.CreateStmt(tableElts=(ast.ColumnDef(constraints=None, collClause=None),), options=None)
        ] if _closed(text):
            return text.strip()
    raise GuardrailsError(f"{where}: {text[:60]!r} is no type of PostgreSQL's, as in text or numeric(10, 2)")


def _expression(text: str, where: str) -> str:
    match [statement.node for statement in parse(f"SELECT {text}\n").statements]:
        case [
            ast.SelectStmt(
                targetList=(ast.ResTarget(name=None),), fromClause=None, whereClause=None, intoClause=None
            )
        ] if _closed(text):
            return text.strip()
    raise GuardrailsError(f"{where}: {text[:60]!r} is no single expression of SQL's")


def _stands_alone(default: str) -> bool:
    """Tell whether a default needs no brackets: the grammar takes AND, OR and IS only inside of them."""
    return not parse(f"CREATE TABLE t (c int DEFAULT {default}\n)").faults


def _closed(text: str) -> bool:
    """Tell whether brackets close inside the text, so that it can't end the statement around it."""
    depth = 0
    try:
        for token in scan(text):
            depth += {"ASCII_40": 1, "ASCII_41": -1}.get(token.name, 0)
            if depth < 0 or token.name in {"ASCII_59", "SQL_COMMENT", "C_COMMENT"}:
                return False
    except ParseError:
        return False
    return depth == 0 and bool(text.strip())


def _reference(column: ColumnSpec, where: str) -> str:
    parts = tuple((column.references or "").replace("(", ".").rstrip(") ").split("."))
    target: Name = tuple(part.strip().strip('"') for part in parts)
    if not 2 <= len(target) <= 3 or not all(target):
        raise GuardrailsError(f"{where}: {column.references!r} is no reference; write it as table.column")
    ending = ""
    if column.on_delete is not None:
        if column.on_delete not in {"no action", "restrict", "cascade", "set null", "set default"}:
            raise GuardrailsError(
                f"{where}: on_delete is {column.on_delete!r}; it is no action, restrict, cascade, set null or set default"
            )
        ending = f" ON DELETE {column.on_delete.upper()}"
    return f"REFERENCES {written(target[:-1])} ({written(target[-1:])}){ending}"


def _literal(text: str) -> str:
    return "'" + "".join(character for character in text if character.isprintable()).replace("'", "''") + "'"
