"""An owner passes by policies, and SECURITY DEFINER functions run as theirs.

Handing an object over changes both, and who may alter or drop it. To a role of the API it is an
error: every client then owns it.

Exempt are objects that the same migration surely created, the one who runs the migration
(`CURRENT_USER`), and `postgres`, who owns things from the start on most servers.

Source: <https://www.postgresql.org/docs/current/ddl-priv.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType, RoleSpecType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.platform import API_ROLES
from guardrails.lint.shapes import ROUTINES, role_of, signature_of
from guardrails.lint.spelling import written

_FIRST_OWNER = "postgres"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=commands):
            for command in commands or ():
                if command.subtype == AlterTableType.AT_ChangeOwner and command.newowner:
                    name = name_of(relation)
                    yield from _problems(statement, command.newowner, name, _is_new_relation(statement, name))
        case ast.AlterOwnerStmt(objectType=kind, object=target, newowner=ast.RoleSpec() as owner):
            if kind in ROUTINES:
                name, arguments = signature_of(target)
                known = statement.schema.functions_like(name, arguments)
                new = bool(known) and all(function.new for function in known)
                yield from _problems(statement, owner, name, new)
            else:
                name = names_of(target)
                if isinstance(target, ast.RangeVar):
                    name = name_of(target)
                new = bool(
                    kind == ObjectType.OBJECT_SCHEMA
                    and name[-1:]
                    and name[-1] in statement.schema.new_schemas
                )
                yield from _problems(statement, owner, name, new or _is_new_type(statement, name))


def _is_new_relation(statement: Statement, name: Name) -> bool:
    view = statement.schema.view(name)
    sequence = statement.schema.sequences.get(statement.schema.resolve(name) or ())
    return statement.schema.is_new(name) or bool(view and view.new) or bool(sequence and sequence.new)


def _is_new_type(statement: Statement, name: Name) -> bool:
    known = statement.schema.enum(name) or statement.schema.domain(name)
    return known is not None and known.new


def _problems(statement: Statement, owner: ast.RoleSpec, name: Name, new: bool) -> Iterator[Problem]:
    role = role_of(owner)
    is_api = role in API_ROLES
    if owner.roletype != RoleSpecType.ROLESPEC_CSTRING or (role == _FIRST_OWNER):
        return
    if new and not is_api:
        return
    yield Problem(
        f"makes {written((role,))} the owner of {written(name)}: no policy holds for an owner, and functions run "
        "as theirs",
        owner.location or statement.start,
        severity=Severity.ERROR if is_api else None,
    )


RULE = Rule(
    code="OWNER_CHANGE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave the owner as it is, and grant the role what it needs.",
    nodes=("AlterTableStmt", "AlterOwnerStmt"),
    bad=(
        "ALTER TABLE orders OWNER TO authenticated;",
        "ALTER FUNCTION total() OWNER TO app;",
        "CREATE TABLE orders (id bigint);\nALTER TABLE orders OWNER TO anon;",
        "ALTER SCHEMA shop OWNER TO app;",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I OWNER TO %I', 'orders', 'app'); END $$;",
    ),
    good=(
        "ALTER TABLE orders OWNER TO CURRENT_USER;",
        "ALTER TABLE orders OWNER TO postgres;",
        "CREATE TABLE orders (id bigint);\nALTER TABLE orders OWNER TO app;",
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\nALTER FUNCTION total() OWNER TO app;",
        "CREATE SCHEMA shop;\nALTER SCHEMA shop OWNER TO app;",
    ),
    check=check,
)
