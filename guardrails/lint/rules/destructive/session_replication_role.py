"""`session_replication_role = replica` switches off triggers and foreign keys.

It looks like a setting and works like `DISABLE TRIGGER ALL` on all tables: rows that lead nowhere,
audit trails with holes. Set for a role or a database it stays that way for everyone after.

Back to `origin`, to the default, or `RESET` is fine.

Source: <https://www.postgresql.org/docs/current/runtime-config-client.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import VariableSetKind

from guardrails.lint.constants import text_of
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of, place_of

_SETTING = "session_replication_role"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.VariableSetStmt(kind=VariableSetKind.VAR_SET_VALUE, name=str(name), args=tuple(args)):
            if name.lower() == _SETTING and any(_is_harmful(argument) for argument in args):
                yield _problem(place_of(statement.text, name, statement.start, statement.end))
        case ast.FuncCall(funcname=funcname, args=(setting, value, *_)):
            is_set = names_of(funcname)[-1:] == ("set_config",) and _is_harmful(value)
            if is_set and (text_of(setting) or "").lower() == _SETTING:
                yield _problem(statement.node.location or statement.start)


def _is_harmful(value: ast.Node) -> bool:
    match value:
        case ast.TypeCast(arg=ast.A_Const() as inner):
            return _is_harmful(inner)
        case ast.A_Const(val=ast.String(sval=str(word))):
            return word.lower() != "origin"
    return True


def _problem(offset: int) -> Problem:
    return Problem("Destructive operation: switches off every trigger and foreign key, on all tables", offset)


RULE = Rule(
    code="SESSION_REPLICATION_ROLE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Remove it, and write the rows in an order that the foreign keys accept, or make the keys DEFERRABLE."
    ),
    nodes=("VariableSetStmt", "FuncCall"),
    bad=(
        "SET session_replication_role = replica;",
        "SET LOCAL session_replication_role TO 'local';",
        "ALTER ROLE app SET session_replication_role = 'replica';",
        "ALTER DATABASE app SET session_replication_role = 'replica';",
        "SELECT pg_catalog.set_config('session_replication_role', 'replica', true);",
        "SELECT set_config('session_replication' || '_role', 'replica', true);",
        "DO $$ BEGIN SET session_replication_role = replica; END $$;",
    ),
    good=(
        "SET session_replication_role = origin;",
        "SET session_replication_role TO DEFAULT;",
        "RESET session_replication_role;",
        "SELECT set_config('session_replication_role', 'origin', false);",
        "SELECT set_config('search_path', '', false);",
    ),
    check=check,
)
