"""After `SET search_path` unqualified names mean other objects.

Tools run several migrations in one session: the next file finds another schema first, too. Exempt are SET
LOCAL, a path that begins with `public` as the default one does, the empty path, with which a name that
isn't qualified is an error, and one that is set back further down.

Source: <https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import DiscardMode, VariableSetKind

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.following import following
from guardrails.lint.parsing import names_of
from guardrails.lint.shapes import DEFAULT_SEARCH_PATH, own_schemas, words_of
from guardrails.lint.spelling import written

_SETTING = "search_path"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.VariableSetStmt(name="search_path", kind=VariableSetKind.VAR_SET_VALUE) as node:
            if statement.via is None and not node.is_local and not _is_harmless(words_of(node)):
                yield from _problem(statement, words_of(node), statement.start)
        case ast.FuncCall(
            funcname=funcname, args=(ast.A_Const(val=ast.String(sval=str(name))), value, local)
        ):
            if names_of(funcname)[-1:] != ("set_config",) or name.lower() != _SETTING or _is_true(local):
                return
            words = None
            if isinstance(value, ast.A_Const) and isinstance(value.val, ast.String):
                words = [part.strip().strip('"') for part in (value.val.sval or "").split(",")]
            if not _is_harmless(words):
                yield from _problem(statement, words, statement.node.location or statement.start)


def _problem(statement: Statement, words: list[str] | None, offset: int) -> Iterator[Problem]:
    if not any(_sets_back(node) for node in following(statement)):
        shown = ", ".join(written((word,)) for word in words or ()) or "something that is not constant"
        yield Problem(
            f"unqualified names mean other objects from here on: the search path is {shown}", offset
        )


def _is_harmless(words: list[str] | None) -> bool:
    if words is None:
        return False
    own = own_schemas(words)
    return not own or own[:1] == DEFAULT_SEARCH_PATH


def _sets_back(node: ast.Node) -> bool:
    match node:
        case (
            ast.VariableSetStmt(kind=VariableSetKind.VAR_RESET_ALL)
            | ast.DiscardStmt(target=DiscardMode.DISCARD_ALL)
        ):
            return True
        case ast.VariableSetStmt(name="search_path", kind=kind):
            resets = kind in {VariableSetKind.VAR_RESET, VariableSetKind.VAR_SET_DEFAULT}
            return resets or _is_harmless(words_of(node))
    return False


def _is_true(node: ast.Node) -> bool:
    match node:
        case ast.A_Const(val=ast.Boolean(boolval=flag)):
            return bool(flag)
    return False


RULE = Rule(
    code="SEARCH_PATH_CHANGED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Qualify the names, or use SET LOCAL search_path.",
    nodes=("VariableSetStmt", "FuncCall"),
    bad=(
        "SET search_path = private, public;",
        "SET SESSION search_path TO shop;",
        "SELECT pg_catalog.set_config('search_path', 'shop', false);",
        "SET search_path = shop;\nSET search_path = shop, public;",
    ),
    good=(
        "SET LOCAL search_path = private;",
        "SET search_path = public, extensions;",
        "SELECT pg_catalog.set_config('search_path', '', false);",
        "SET search_path = shop;\nCREATE TABLE orders (id bigint);\nRESET search_path;",
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SET search_path = shop AS 'SELECT 1';",
        "SELECT set_config('search_path', 'shop', true);",
    ),
    check=check,
)
