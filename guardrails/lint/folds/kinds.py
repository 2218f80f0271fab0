"""Types, domains, sequences, extensions, publications, roles and schemas -> what the schema knows of them."""

from __future__ import annotations

from pglast import ast
from pglast.enums import AlterPublicationAction, ConstrType

from guardrails.lint.contracts import Name
from guardrails.lint.objects import Check, Domain, Enum, Publication, Sequence
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lint.schema import Schema


def apply(schema: Schema, node: ast.Node, *, certain: bool) -> None:
    match node:
        case ast.CreateEnumStmt():
            name = schema.own_name(names_of(node.typeName))
            schema.enums[name] = schema.fresh(Enum(name, list(names_of(node.vals)), new=False), new=certain)
        case ast.AlterEnumStmt():
            _alter_enum(schema, node)
        case ast.CreateDomainStmt():
            _create_domain(schema, node, certain=certain)
        case ast.AlterDomainStmt():
            _alter_domain(schema, node, certain=certain)
        case ast.CompositeTypeStmt(typevar=ast.RangeVar() as relation):
            schema.types.add(schema.own_name(name_of(relation)))
        case ast.CreateRangeStmt(typeName=names) | ast.DefineStmt(defnames=names):
            schema.types.add(schema.own_name(names_of(names)))
        case ast.CreateSeqStmt(sequence=ast.RangeVar() as relation):
            name = schema.own_name(name_of(relation))
            if not (node.if_not_exists and name in schema.sequences):
                sequence = Sequence(name, new=False, access=schema.starting_access("sequences", name[0]))
                schema.sequences[name] = schema.fresh(sequence, new=certain and not node.if_not_exists)
            _own(schema, name, node.options or ())
        case ast.AlterSeqStmt(sequence=ast.RangeVar() as relation):
            _own(schema, schema.resolve(name_of(relation)), node.options or ())
        case ast.CreateExtensionStmt(extname=str(extension)):
            options = {option.defname: option.arg for option in node.options or ()}
            place = options.get("schema")
            schema.extensions[extension] = place.sval if isinstance(place, ast.String) else None
        case ast.CreatePublicationStmt(pubname=str(publication)):
            made = Publication(publication, set(), bool(node.for_all_tables), new=False)
            made.tables.update(_published(schema, node.pubobjects or ()))
            schema.publications[publication] = schema.fresh(made, new=certain)
        case ast.AlterPublicationStmt(pubname=str(publication)):
            _alter_publication(schema, publication, node)
        case ast.CreateRoleStmt(role=str(role)):
            schema.roles.add(role)
        case ast.CreateEventTrigStmt(trigname=str(trigger)):
            schema.event_triggers.add(trigger)
        case ast.CreateSchemaStmt(schemaname=str(name)):
            schema.schemas.add(name)
            if certain and not node.if_not_exists:
                schema.new_schemas.add(name)


def _alter_enum(schema: Schema, node: ast.AlterEnumStmt) -> None:
    enum = schema.enum(names_of(node.typeName))
    if enum is None or node.newVal is None:
        return
    if node.oldVal is not None:
        enum.values = [node.newVal if value == node.oldVal else value for value in enum.values]
    elif node.newVal not in enum.values:
        near = node.newValNeighbor
        place = (
            enum.values.index(near) + bool(node.newValIsAfter) if near in enum.values else len(enum.values)
        )
        enum.values.insert(place, node.newVal)
        schema.remember_added_value(enum, node.newVal)


def _create_domain(schema: Schema, node: ast.CreateDomainStmt, *, certain: bool) -> None:
    name = schema.own_name(names_of(node.domainname))
    domain = Domain(name, type_of(node.typeName), [], not_null=False, new=False)
    for constraint in node.constraints or ():
        _constrain(domain, constraint)
    schema.domains[name] = schema.fresh(domain, new=certain)


def _constrain(domain: Domain, constraint: ast.Constraint) -> None:
    if constraint.contype == ConstrType.CONSTR_NOTNULL:
        domain.not_null = True
    elif constraint.contype == ConstrType.CONSTR_CHECK:
        validated = not constraint.skip_validation
        domain.checks.append(Check(constraint.conname, constraint.raw_expr, validated, node=constraint))


def _alter_domain(schema: Schema, node: ast.AlterDomainStmt, *, certain: bool) -> None:
    domain = schema.domain(names_of(node.typeName))
    if domain is None:
        return
    match node.subtype:
        case "C" if isinstance(node.def_, ast.Constraint):
            _constrain(domain, node.def_)
        case "O":
            domain.not_null = True
        case "N":
            domain.not_null = False
        case "X" if certain:
            domain.checks = [check for check in domain.checks if check.name != node.name]


def _own(schema: Schema, name: Name | None, options: tuple[ast.DefElem, ...]) -> None:
    sequence = schema.sequences.get(name) if name else None
    for option in options:
        owner = names_of(option.arg) if option.defname == "owned_by" else ()
        if sequence is not None and len(owner) > 1 and (table := schema.resolve(owner[:-1])):
            sequence.owner = (table, owner[-1])


def _published(schema: Schema, objects: tuple[ast.PublicationObjSpec, ...]) -> set[Name]:
    names = (schema.resolve(name_of(part.pubtable.relation)) for part in objects if part.pubtable)
    return {name for name in names if name}


def _alter_publication(schema: Schema, name: str, node: ast.AlterPublicationStmt) -> None:
    known = schema.publications.setdefault(name, Publication(name, set(), all_tables=False, new=False))
    tables = _published(schema, node.pubobjects or ())
    match node.action:
        case AlterPublicationAction.AP_AddObjects:
            known.tables |= tables
        case AlterPublicationAction.AP_SetObjects:
            known.tables = tables
        case AlterPublicationAction.AP_DropObjects:
            known.tables -= tables
