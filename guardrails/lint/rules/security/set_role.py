"""After `SET ROLE` the rest of the migration runs as somebody else.

Objects get another owner, policies hold or don't, and with some tools the next migration runs as that
role too. Exempt are `SET LOCAL` in a transaction that the file opens itself, a role that is given up
again further down, and `SET ROLE NONE`.

Source: <https://www.postgresql.org/docs/current/sql-set-role.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import DiscardMode, TransactionStmtKind, VariableSetKind

from guardrails.lint.constants import text_of
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.following import following, preceding
from guardrails.lint.parsing import names_of
from guardrails.lint.shapes import words_of
from guardrails.lint.spelling import written

_SETTINGS = {"role": "RESET ROLE", "session_authorization": "RESET SESSION AUTHORIZATION"}
_NOBODY = frozenset({"none", "default"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.VariableSetStmt(name=str(name)) as node if name in _SETTINGS:
            if _gives_up(node, name) or (node.is_local and _is_in_transaction(statement)):
                return
            if not any(_gives_up(later, name) for later in following(statement)):
                words = words_of(node) or [""]
                yield _problem(name, words[0], statement.start)
        case ast.FuncCall(funcname=funcname, args=(setting, value, local)) if names_of(funcname)[-1:] == (
            "set_config",
        ):
            name = (text_of(setting) or "").lower()
            if name not in _SETTINGS or _is_true(local):
                return
            if not any(_gives_up(later, name) for later in following(statement)):
                word = (
                    value.val.sval
                    if isinstance(value, ast.A_Const) and isinstance(value.val, ast.String)
                    else ""
                )
                if (word or "").lower() not in _NOBODY:
                    yield _problem(name, word or "", statement.node.location or 0)


def _gives_up(node: ast.Node, name: str) -> bool:
    match node:
        case ast.VariableSetStmt(kind=VariableSetKind.VAR_RESET_ALL):
            return True
        case ast.VariableSetStmt(name=str(other), kind=kind):
            if other != name:
                return False
            return kind in {VariableSetKind.VAR_RESET, VariableSetKind.VAR_SET_DEFAULT} or (
                (words_of(node) or [""])[0].lower() in _NOBODY
            )
        case ast.DiscardStmt(target=DiscardMode.DISCARD_ALL):
            return True
    return False


def _is_in_transaction(statement: Statement) -> bool:
    is_open = False
    for node in preceding(statement):
        if isinstance(node, ast.TransactionStmt):
            is_open = node.kind in {
                TransactionStmtKind.TRANS_STMT_BEGIN,
                TransactionStmtKind.TRANS_STMT_START,
            }
    return is_open


def _is_true(node: ast.Node) -> bool:
    match node:
        case ast.A_Const(val=ast.Boolean(boolval=flag)):
            return bool(flag)
    return False


def _problem(name: str, role: str, offset: int) -> Problem:
    return Problem(
        f"from here on the migration runs as {written((role,))}, and maybe the next one too",
        offset,
        f"Add {_SETTINGS[name]}; behind the statements that need it, or leave it out.",
    )


RULE = Rule(
    code="SET_ROLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Give the role up again with RESET ROLE, or leave it out.",
    nodes=("VariableSetStmt", "FuncCall"),
    bad=(
        "SET ROLE postgres;",
        "SET SESSION AUTHORIZATION 'app';",
        "SET LOCAL ROLE app;\nCREATE TABLE private.orders (id bigint);",
        "SELECT set_config('role', 'app', false);",
        "SELECT set_config('ro' || 'le', 'app', false);",
        "DO $$ BEGIN SET ROLE app; END $$;",
    ),
    good=(
        "SET ROLE app;\nCREATE TABLE private.orders (id bigint);\nRESET ROLE;",
        "BEGIN;\nSET LOCAL ROLE app;\nCREATE TABLE private.orders (id bigint);\nCOMMIT;",
        "SET ROLE NONE;",
        "RESET SESSION AUTHORIZATION;",
        "SET statement_timeout = '5s';",
    ),
    check=check,
)
