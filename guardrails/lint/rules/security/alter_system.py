"""`ALTER SYSTEM` changes a setting of the whole server, for good.

A migration runs for one database, and can't be undone by rolling it back: the setting is in a file.
The same goes for `row_security`, and, as a warning, for the search path of a database.

Source: <https://www.postgresql.org/docs/current/sql-altersystem.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import VariableSetKind

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.shapes import words_of
from guardrails.lint.spelling import written

_SETS = frozenset({VariableSetKind.VAR_SET_VALUE, VariableSetKind.VAR_SET_CURRENT})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterSystemStmt(setstmt=ast.VariableSetStmt() as setting):
            what = written(setting.name.split(".")) if setting.name else "all settings"
            yield Problem(
                f"changes {what} for the whole server, not only for this database",
                statement.start,
            )
        case ast.AlterDatabaseSetStmt(dbname=name, setstmt=ast.VariableSetStmt() as setting):
            yield from _lasting(statement, setting, f"database {written((name or '',))}")
        case ast.AlterRoleSetStmt(role=role, setstmt=ast.VariableSetStmt() as setting):
            whose = f"role {written((role.rolename,))}" if role and role.rolename else "every role"
            yield from _lasting(statement, setting, whose)


def _lasting(statement: Statement, setting: ast.VariableSetStmt, whose: str) -> Iterator[Problem]:
    name = (setting.name or "").lower()
    if setting.kind not in _SETS:
        return
    if name == "row_security" and (words_of(setting) or [""])[0].lower() not in {"on", "true", "1"}:
        yield Problem(
            f"switches row_security off for {whose}: queries fail instead of being filtered", statement.start
        )
    elif name == "search_path" and whose.startswith("database"):
        yield Problem(
            f"changes where {whose} finds unqualified names, for every session from now on",
            statement.start,
            "Qualify names, or set search_path on the functions that need it.",
            Severity.WARNING,
        )


RULE = Rule(
    code="ALTER_SYSTEM",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Leave settings of the server to its configuration.",
    nodes=("AlterSystemStmt", "AlterDatabaseSetStmt", "AlterRoleSetStmt"),
    bad=(
        "ALTER SYSTEM SET ssl = off;",
        "ALTER SYSTEM RESET ALL;",
        "ALTER DATABASE app SET row_security = off;",
        "ALTER DATABASE app SET search_path TO shop, public;",
        "ALTER ROLE ALL SET row_security TO off;",
    ),
    good=(
        "ALTER DATABASE app SET timezone TO 'UTC';",
        "ALTER ROLE app SET statement_timeout = '5s';",
        "ALTER DATABASE app RESET search_path;",
        "SET work_mem = '64MB';",
    ),
    check=check,
)
