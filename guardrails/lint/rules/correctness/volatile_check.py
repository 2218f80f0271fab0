"""A check that depends on the moment is true when written, and later not.

PostgreSQL looks at a row only when it is written. A restore writes every row again, and then fails on the
rows for which `now()`, `random()` or another table has moved on. A check may depend on its row alone.

Exempt is a comparison that, once true, stays true: a value that is not after `now()`.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind, ConstrType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.parts import constraints
from guardrails.lint.plpgsql import inside
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_TIMES = frozenset({
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "localtime",
})  # fmt: skip
_CHANGING = _TIMES | {
    "random", "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1", "uuidv4", "uuidv7", "nextval",
    "currval", "lastval", "setval", "txid_current", "pg_current_xact_id", "current_setting",
    "pg_backend_pid", "inet_client_addr",
}  # fmt: skip
_NOT_AFTER = frozenset({"<", "<="})
_NOT_BEFORE = frozenset({">", ">="})


def check(statement: Statement) -> Iterator[Problem]:
    for found in constraints(statement, ConstrType.CONSTR_CHECK):
        yield from _problem(found.node, found.offset, statement.schema)
    match statement.node:
        case ast.CreateDomainStmt(constraints=tuple(parts)):
            for part in parts:
                yield from _problem(part, part.location or statement.start, statement.schema)
        case ast.AlterDomainStmt(def_=ast.Constraint() as part):
            yield from _problem(part, part.location or statement.start, statement.schema)


def _problem(node: ast.Constraint, offset: int, schema: Schema) -> Iterator[Problem]:
    if node.contype == ConstrType.CONSTR_CHECK and node.raw_expr is not None:
        for changing in _changing(node.raw_expr, schema):
            yield Problem(
                f"this check depends on {changing}: a row that passed may not pass again when it is restored",
                offset,
                "Ask in a trigger instead, which looks at a row only when it is written.",
            )
            return


def _changing(expression: ast.Node, schema: Schema) -> Iterator[str]:
    pending: list[object] = [expression]
    while pending:
        match pending.pop():
            case ast.A_Expr() as comparison if _stays_true(comparison):
                continue
            case ast.SQLValueFunction():
                yield "the moment or the user"
            case ast.FuncCall(funcname=names) as call:
                name = names_of(names)
                if name[-1] in _CHANGING and name[:-1] in {(), ("pg_catalog",), ("public",), ("extensions",)}:
                    yield f"{name[-1]}()"
                elif _reads(schema, name):
                    yield f"{written(name[-1:])}(), which reads a table"
                pending.extend(call.args or ())
            case ast.Node() as node:
                pending.extend(getattr(node, name) for name in node)
            case tuple() as several:
                pending.extend(several)


def _stays_true(node: ast.A_Expr) -> bool:
    if node.kind != A_Expr_Kind.AEXPR_OP:
        return False
    (operator,) = names_of(node.name)[-1:] or ("",)
    earlier, later = (node.lexpr, node.rexpr) if operator in _NOT_AFTER else (node.rexpr, node.lexpr)
    return operator in _NOT_AFTER | _NOT_BEFORE and _is_time(later) and not _is_time(earlier)


def _is_time(node: object) -> bool:
    """Tell whether this is the moment itself, or the moment and a constant span."""
    match node:
        case ast.SQLValueFunction():
            return True
        case ast.FuncCall(funcname=names):
            return names_of(names)[-1] in _TIMES
        case ast.TypeCast(arg=inner):
            return _is_time(inner)
        case ast.A_Expr(lexpr=left, rexpr=right):
            return _is_time(left) and not any(isinstance(part, ast.ColumnRef) for part in _below(right))
    return False


def _below(node: object) -> Iterator[ast.Node]:
    if isinstance(node, ast.Node):
        yield from walk(node)


def _reads(schema: Schema, name: Name) -> bool:
    """Tell whether a function that the migrations define reads a table."""
    for function in schema.functions_named(name):
        for found in inside(function.node, function.text, 0):
            sql = getattr(found, "sql", "")
            nodes = getattr(found, "nodes", ())
            if " from " in f" {' '.join(sql.lower().split())} " or any(
                isinstance(part, ast.RangeVar) for node in nodes for part in walk(node)
            ):
                return True
    return False


RULE = Rule(
    code="VOLATILE_CHECK",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Ask in a trigger instead, which looks at a row only when it is written.",
    nodes=("CreateStmt", "AlterTableStmt", "CreateDomainStmt", "AlterDomainStmt"),
    bad=(
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (due > now()) NOT VALID;",
        "CREATE TABLE orders (id bigint PRIMARY KEY, due date CHECK (due >= CURRENT_DATE));",
        "CREATE DOMAIN future AS date CHECK (value > now());",
        (
            "CREATE FUNCTION stock(int) RETURNS int LANGUAGE sql AS 'SELECT count(*) FROM goods WHERE id = $1';\n"
            "ALTER TABLE orders ADD CHECK (stock(good) > 0);"
        ),
    ),
    good=(
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (placed_at <= now()) NOT VALID;",
        "CREATE TABLE people (id bigint PRIMARY KEY, born date CHECK (CURRENT_DATE >= born));",
        "ALTER TABLE orders ADD CHECK (length(code) = 8);",
        "CREATE TABLE orders (id bigint PRIMARY KEY, due date DEFAULT now());",
        "CREATE TABLE people (id bigint PRIMARY KEY, at timestamptz CHECK (at < now() + interval '1 day'));",
    ),
    check=check,
)
