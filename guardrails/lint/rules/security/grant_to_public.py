"""What PUBLIC is granted, every role has, also each that is created later.

On tables and sequences that is an error; on anything else, and where PostgreSQL gives it to PUBLIC
anyway, a warning only if it may be passed on. `CREATE` on a schema is GRANT_CREATE_ON_SCHEMA's. A
role called `"Public"` is a role like any other.

Source: <https://www.postgresql.org/docs/current/ddl-priv.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC
from guardrails.lint.privileges import granted, grantees, in_words, targets
from guardrails.lint.spelling import written

_DATA = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_SEQUENCE, ObjectType.OBJECT_LARGEOBJECT})
_SERVER = frozenset({
    ObjectType.OBJECT_DATABASE,
    ObjectType.OBJECT_FDW,
    ObjectType.OBJECT_FOREIGN_SERVER,
    ObjectType.OBJECT_PARAMETER_ACL,
    ObjectType.OBJECT_TABLESPACE,
})  # fmt: skip
_GIVEN_ANYWAY = frozenset({"connect", "temporary", "temp"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt(is_grant=True) as node if node.targtype != GrantTargetType.ACL_TARGET_DEFAULTS:
            severity = _severity(node)
            what = ", ".join(written(name) for name in targets(node))
            if severity is None or _is_private(statement, node):
                return
            for _, role in grantees(node.grantees, {PUBLIC}):
                yield Problem(
                    f"gives {in_words(granted(node))} on {_place(node)}{what} to PUBLIC: every role has it, "
                    "now and later",
                    role.location or statement.start,
                    severity=severity,
                )


def _severity(node: ast.GrantStmt) -> Severity | None:
    if node.objtype in _DATA:
        return Severity.ERROR
    if node.grant_option:
        return Severity.WARNING
    if node.objtype in _SERVER and not granted(node) <= _GIVEN_ANYWAY:
        return Severity.WARNING
    return None


def _is_private(statement: Statement, node: ast.GrantStmt) -> bool:
    """Tell whether all of it is about temporary tables, which only this session sees."""
    tables = [statement.schema.table(name) for name in targets(node)]
    return node.objtype == ObjectType.OBJECT_TABLE and all(
        table is not None and table.temporary for table in tables
    )


def _place(node: ast.GrantStmt) -> str:
    return "all of " if node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA else ""


RULE = Rule(
    code="GRANT_TO_PUBLIC",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Grant it to the role that needs it, by its name.",
    nodes=("GrantStmt",),
    bad=(
        "GRANT SELECT ON orders TO PUBLIC;",
        'GRANT ALL ON SEQUENCE orders_id_seq TO app, "public";',
        "GRANT SELECT ON ALL TABLES IN SCHEMA shop TO PUBLIC;",
        "DO $$ BEGIN EXECUTE 'GRANT INSERT ON orders TO public'; END $$;",
    ),
    good=(
        'GRANT SELECT ON orders TO "Public";',
        "GRANT USAGE ON SCHEMA shop TO PUBLIC;",
        "GRANT USAGE ON TYPE order_status TO PUBLIC;",
        "GRANT EXECUTE ON FUNCTION total(bigint) TO PUBLIC;",
        "REVOKE ALL ON orders FROM PUBLIC;",
        "CREATE TEMP TABLE scratch (id bigint);\nGRANT SELECT ON scratch TO PUBLIC;",
    ),
    check=check,
)
