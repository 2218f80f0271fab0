"""An error in a trigger on `auth.users` keeps people from signing up.

The trigger runs in the transaction of Auth: whatever its function raises, a missing column, a
duplicate, a policy, rolls the sign-up back with "Database error saving new user". Keep the function
tiny, SECURITY DEFINER with `search_path = ''`, and let a handler catch what may go wrong.

Exempt is a trigger whose function is known and has an exception handler.

Source: <https://supabase.com/docs/guides/troubleshooting/database-error-saving-new-user-RU_EwB>
"""

from collections.abc import Iterator
from itertools import pairwise

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Function
from guardrails.lint.parsing import ParseError, name_of, names_of, scan
from guardrails.lint.platform import owned_by_platform
from guardrails.lint.routines import option
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateTrigStmt(
            relation=ast.RangeVar() as relation, trigname=str(trigger), funcname=funcname
        ):
            target = statement.schema.resolve(name_of(relation))
            if target != ("auth", "users") or not owned_by_platform("auth", statement):
                return
            name = names_of(funcname)

            def catches() -> bool:
                known = statement.schema.functions_named(name)
                return bool(known) and all(_has_handler(function) for function in known)

            yield Problem(
                f"an error in {written(name)}() keeps people from signing up: trigger {written((trigger,))} runs "
                "inside Auth's transaction",
                relation.location or statement.start,
                f"Add to {written(name)}(): EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; RETURN NEW;",
                unless=catches,
            )


def _has_handler(function: Function) -> bool:
    body = option(function.node.options, "as")
    text = body[0].sval if isinstance(body, tuple) and body and isinstance(body[0], ast.String) else ""
    try:
        words = [(text or "")[token.start : token.end + 1].upper() for token in scan(text or "")]
    except ParseError:
        return False
    return any(one == "EXCEPTION" and other == "WHEN" for one, other in pairwise(words))


RULE = Rule(
    code="TRIGGER_ON_AUTH_USERS",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Keep the trigger's function tiny, and let a handler catch its errors.",
    nodes=("CreateTrigStmt",),
    bad=(
        "CREATE TRIGGER joined AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.enrol();",
        (
            "CREATE FUNCTION enrol() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
            "RAISE EXCEPTION 'no'; END $$;\n"
            'CREATE TRIGGER joined BEFORE INSERT ON "auth"."users" FOR EACH ROW EXECUTE FUNCTION enrol();'
        ),
    ),
    good=(
        (
            "CREATE FUNCTION enrol() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
            "INSERT INTO members (id) VALUES (NEW.id); RETURN NEW;\n"
            "EXCEPTION WHEN OTHERS THEN RETURN NEW; END $$;\n"
            "CREATE TRIGGER joined AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION enrol();"
        ),
        "CREATE TRIGGER joined AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION enrol();",
        (
            "CREATE SCHEMA auth;\n"
            "CREATE TRIGGER joined AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION enrol();"
        ),
    ),
    check=check,
)
