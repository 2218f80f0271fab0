"""Code that runs now may use the privilege that a REVOKE takes away.

It fails from the moment on at which the migration is applied, with 42501. Ship the code that does
without it first.

Exempt are objects that the same migration made, `anon` and PUBLIC, from whom to take is hardening, all
roles of the API if one of these two is named with them, and a function of which nobody saw the role being
granted it. So are schemas and relations outside the schemas of the API, as far as nobody saw `authenticated`
being granted anything on them.

Source: <https://www.postgresql.org/docs/current/sql-revoke.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Access
from guardrails.lint.parsing import name_of
from guardrails.lint.platform import ANON, API_ROLES, AUTHENTICATED
from guardrails.lint.privileges import granted, in_words
from guardrails.lint.shapes import ROUTINES, role_of, signature_of
from guardrails.lint.spelling import written

_HARDENED = frozenset({PUBLIC, ANON})
_RELATIONS = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_SEQUENCE})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt(is_grant=False, targtype=GrantTargetType.ACL_TARGET_OBJECT) as node:
            if node.grant_option:
                return
            roles = {role_of(spec) for spec in node.grantees or ()}
            hardened = _HARDENED | (API_ROLES if roles & _HARDENED else frozenset())
            for target in node.objects or ():
                for spec in node.grantees or ():
                    role = role_of(spec)
                    shown = _in_use(statement, node, target, role)
                    if role not in hardened and shown is not None:
                        yield Problem(
                            f"takes {in_words(granted(node))} on {shown} from {written((role,))}: code that uses it "
                            "fails from now on",
                            spec.location or statement.start,
                        )


def _in_use(statement: Statement, node: ast.GrantStmt, target: ast.Node, role: str) -> str | None:
    """Return the name of an object that was there before and that a role may be using, else None."""
    schema = statement.schema
    if node.objtype in ROUTINES:
        name, arguments = signature_of(target)
        known = schema.functions_like(name, arguments)
        held = any(function.access.may(role, "execute") and not function.new for function in known)
        return written(name) if held else None
    if node.objtype in _RELATIONS and isinstance(target, ast.RangeVar):
        name = name_of(target)
        view = schema.view(name)
        table = schema.table(name)
        sequence = schema.sequences.get(schema.resolve(name) or ())
        relations = [found for found in (view, table, sequence) if found is not None]
        inside = (schema.resolve(name) or (None,))[0]
        spared = role == AUTHENTICATED and inside is not None and not _is_served(statement, inside)
        if any(found.new for found in relations) or (
            spared and not any(_holds(found.access) for found in relations)
        ):
            return None
        return written(name)
    if node.objtype == ObjectType.OBJECT_SCHEMA and isinstance(target, ast.String):
        inside = target.sval or ""
        access = schema.schema_access.get(inside)
        spared = role == AUTHENTICATED and not _is_served(statement, inside)
        if inside in schema.new_schemas or (spared and not (access and _holds(access))):
            return None
        return written((inside,))
    return None


def _is_served(statement: Statement, schema: str) -> bool:
    return schema in statement.settings.exposed_schemas or schema == "?"


def _holds(access: Access) -> bool:
    return bool(access.granted.get(AUTHENTICATED) or access.granted_columns.get(AUTHENTICATED))


RULE = Rule(
    code="REVOKE_PRIVILEGES",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Ship the code that does without the privilege first, and revoke it in a later migration.",
    nodes=("GrantStmt",),
    bad=(
        "REVOKE SELECT ON orders FROM authenticated;",
        "REVOKE ALL ON shop.orders, refunds FROM app CASCADE;",
        "REVOKE USAGE ON SCHEMA shop FROM app;",
        "GRANT USAGE ON SCHEMA shop TO authenticated;\nREVOKE USAGE ON SCHEMA shop FROM authenticated;",
        (
            "CREATE TABLE IF NOT EXISTS shop.orders (id bigint);\nGRANT SELECT ON shop.orders TO authenticated;\n"
            "REVOKE SELECT ON shop.orders FROM authenticated;"
        ),
    ),
    good=(
        "REVOKE ALL ON orders FROM anon, PUBLIC;",
        "REVOKE ALL ON SCHEMA shop FROM authenticated;",
        "REVOKE ALL ON shop.orders FROM authenticated;",
        "CREATE TABLE orders (id bigint);\nREVOKE ALL ON orders FROM authenticated;",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE ALL ON FUNCTION total() FROM PUBLIC, authenticated;"
        ),
        "REVOKE GRANT OPTION FOR SELECT ON orders FROM app;",
    ),
    check=check,
)
