"""Policies, GRANT, REVOKE and default privileges -> who may do what in the schema."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.objects import Access, DefaultPrivileges, Policy
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import ROUTINES, privileges_of, roles_of, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lint.schema import Schema

_KINDS = {
    ObjectType.OBJECT_TABLE: "tables",
    ObjectType.OBJECT_SEQUENCE: "sequences",
    ObjectType.OBJECT_FUNCTION: "functions",
    ObjectType.OBJECT_TYPE: "types",
    ObjectType.OBJECT_SCHEMA: "schemas",
}


def apply(schema: Schema, node: ast.Node, *, certain: bool) -> None:
    match node:
        case ast.CreatePolicyStmt():
            _create_policy(schema, node, certain=certain)
        case ast.AlterPolicyStmt():
            _alter_policy(schema, node)
        case ast.GrantStmt():
            _grant(schema, node, certain=certain)
        case ast.AlterDefaultPrivilegesStmt():
            _alter_default_privileges(schema, node, certain=certain)


def _create_policy(schema: Schema, node: ast.CreatePolicyStmt, *, certain: bool) -> None:
    table = schema.changed_table(name_of(node.table))
    if table is None:
        return
    name = node.policy_name or ""
    policy = Policy(
        name,
        table.name,
        node.cmd_name or "all",
        bool(node.permissive),
        roles_of(node.roles),
        node.qual,
        node.with_check,
        node,
    )
    table.policies = [known for known in table.policies if known.name != name]
    table.policies.append(schema.fresh(policy, new=certain))
    schema.keep_policy(node, policy)


def _alter_policy(schema: Schema, node: ast.AlterPolicyStmt) -> None:
    table = schema.changed_table(name_of(node.table))
    for policy in table.policies if table else ():
        if policy.name == node.policy_name:
            policy.roles = roles_of(node.roles) if node.roles else policy.roles
            policy.using = node.qual or policy.using
            policy.with_check = node.with_check or policy.with_check
            policy.node = node
            schema.keep_policy(node, policy)


def drop_policy(schema: Schema, name: tuple[str, ...]) -> None:
    table = schema.created_or_changed(name[:-1])
    for policy in table.policies if table else ():
        if policy.name == name[-1]:
            policy.dropped = True
            if not policy.new:
                schema.dropped_policies[policy.table, policy.name] = policy
    if table:
        table.policies = [policy for policy in table.policies if not policy.dropped]


def _grant(schema: Schema, node: ast.GrantStmt, *, certain: bool) -> None:
    if not node.is_grant and (not certain or node.grant_option):
        return
    roles = roles_of(node.grantees)
    whole, single = privileges_of(node)
    for access in _reached(schema, node):
        for role in roles:
            if node.is_grant:
                access.grant(role, whole)
                if single:
                    access.granted_columns.setdefault(role, set()).update(single)
            else:
                access.revoke(role, whole)
                access.granted_columns.get(role, set()).difference_update(single)


def _reached(schema: Schema, node: ast.GrantStmt) -> Iterator[Access]:
    """Yield the access of each known object that a GRANT or REVOKE is about."""
    if node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        inside = frozenset(names_of(node.objects))
        if node.objtype == ObjectType.OBJECT_TABLE:
            yield from (table.access for table in schema.tables.values() if table.name[0] in inside)
            yield from (view.access for view in schema.views.values() if view.name[0] in inside)
        elif node.objtype == ObjectType.OBJECT_SEQUENCE:
            yield from (known.access for known in schema.sequences.values() if known.name[0] in inside)
        elif node.objtype in ROUTINES:
            yield from (
                known.access for known in schema.functions if known.resolved and known.resolved[0] in inside
            )
        return
    for thing in node.objects or ():
        if isinstance(thing, ast.RangeVar):
            yield from _relation(schema, name_of(thing), node)
        elif node.objtype in ROUTINES:
            name, arguments = signature_of(thing)
            yield from (known.access for known in schema.functions_like(name, arguments))
        elif node.objtype == ObjectType.OBJECT_SCHEMA and isinstance(thing, ast.String):
            yield schema.schema_access.setdefault(thing.sval or "", Access())


def _relation(schema: Schema, name: tuple[str, ...], node: ast.GrantStmt) -> Iterator[Access]:
    resolved = schema.resolve(name)
    if resolved is None:
        return
    if view := schema.views.get(resolved):
        yield view.access
    elif node.objtype == ObjectType.OBJECT_SEQUENCE or resolved in schema.sequences:
        if sequence := schema.sequences.get(resolved):
            yield sequence.access
    elif table := schema.changed_table(name):
        yield table.access


def _alter_default_privileges(schema: Schema, node: ast.AlterDefaultPrivilegesStmt, *, certain: bool) -> None:
    action = node.action
    if action is None or (not action.is_grant and not certain):
        return
    schemas = frozenset(
        name for option in node.options or () if option.defname == "schemas" for name in names_of(option.arg)
    )
    whole, _ = privileges_of(action)
    kind = _KINDS.get(action.objtype or ObjectType.OBJECT_TABLE, "routines")
    schema.default_privileges.append(
        DefaultPrivileges(schemas, kind, whole, roles_of(action.grantees), bool(action.is_grant))
    )
