"""A trigger that writes elsewhere for each row makes every bulk change slow.

An UPDATE of a million rows calls it a million times. A trigger FOR EACH STATEMENT sees all changed rows at once
in a transition table (`REFERENCING NEW TABLE AS …`), and does its work once.

Exempt are BEFORE triggers whose function, as far as a migration defines it, changes no other table and sends
no request, and tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-createtrigger.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import ON_A_VIEW
from guardrails.lint.objects import Function
from guardrails.lint.parsing import name_of, names_of, parse, walk
from guardrails.lint.plpgsql import Inner, inside
from guardrails.lint.spelling import written

_REQUESTS = ("http", "dblink")
_BEFORE = 2  # TRIGGER_TYPE_BEFORE in PostgreSQL's pg_trigger.h


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateTrigStmt(row=True, relation=ast.RangeVar() as relation, funcname=parts, timing=timing):
            table, function = name_of(relation), names_of(parts)
            if statement.schema.is_new(table) or timing == ON_A_VIEW:
                return
            known = statement.schema.functions_named(function)
            if known and not any(map(_writes, known)):
                return
            if not known and timing == _BEFORE:
                return
            yield Problem(
                f"{written(function)}() runs for each row that changes in {written(table)}", statement.start
            )


def _writes(function: Function) -> bool:
    """Tell whether a body changes rows or sends a request; what can't be read is taken to."""
    for found in inside(function.node, function.text, 0):
        if not isinstance(found, Inner):
            return True
        for statement in (*(parsed.node for parsed in parse(found.sql).statements), *found.nodes):
            for node in walk(statement):
                match node:
                    case ast.InsertStmt() | ast.UpdateStmt() | ast.DeleteStmt() | ast.MergeStmt():
                        return True
                    case ast.FuncCall(funcname=name) if names_of(name)[-1].startswith(_REQUESTS):
                        return True
    return False


_WRITES = (
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); END $$;\n"
)
_FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"

RULE = Rule(
    code="ROW_TRIGGER",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write a trigger FOR EACH STATEMENT with a transition table, if one row does not have to wait for it.",
    nodes=("CreateTrigStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TRIGGER t AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION log_change();",
        (f'{_WRITES}CREATE TRIGGER t BEFORE INSERT ON "Orders" FOR EACH ROW EXECUTE FUNCTION f();'),
        (
            f"{_FUNCTION} PERFORM net.http_post('x'); RETURN NEW; END $$;\n"
            "CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();"
        ),
    ),
    good=(
        (
            f"{_FUNCTION} NEW.at = now(); RETURN NEW; END $$;\n"
            "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION f();"
        ),
        "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();",
        "CREATE TRIGGER t AFTER UPDATE ON orders EXECUTE FUNCTION log_change();",
        "CREATE TABLE orders (id int);\nCREATE TRIGGER t AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION f();",
    ),
    check=check,
)
