"""Nodes of the parser -> the parts of an object that they describe; nothing here knows a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast
from pglast.enums import BoolExprType, ConstrType, NullTestType, ObjectType, RoleSpecType, VariableSetKind

from guardrails.lint.contracts import Name
from guardrails.lint.objects import PUBLIC, Column, Index, Type
from guardrails.lint.parsing import names_of

DEFAULT_SEARCH_PATH = ("public",)
ROUTINES = frozenset({ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_PROCEDURE, ObjectType.OBJECT_ROUTINE})
TYPES = frozenset({ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN})
_SERIAL = frozenset({"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"})
_INPUT = frozenset("dibv")
_OFF = frozenset({"false", "off", "0", "no", "f", "n"})
_ALL = {
    ObjectType.OBJECT_TABLE: (
        "select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain",
    ),
    ObjectType.OBJECT_SEQUENCE: ("usage", "select", "update"),
    ObjectType.OBJECT_SCHEMA: ("create", "usage"),
    ObjectType.OBJECT_FUNCTION: ("execute",),
    ObjectType.OBJECT_PROCEDURE: ("execute",),
    ObjectType.OBJECT_ROUTINE: ("execute",),
    ObjectType.OBJECT_TYPE: ("usage",),
    ObjectType.OBJECT_DOMAIN: ("usage",),
    ObjectType.OBJECT_DATABASE: ("create", "connect", "temporary"),
}  # fmt: skip
"""What ALL PRIVILEGES stands for: <https://www.postgresql.org/docs/current/ddl-priv.html>."""


def type_of(node: ast.TypeName | None) -> Type | None:
    """Return a type as written, or None for one that only the server can resolve (`t.c%TYPE`)."""
    if node is None or not node.names or node.pct_type:
        return None
    modifiers = tuple(
        modifier.val.ival or 0
        for modifier in node.typmods or ()
        if isinstance(modifier, ast.A_Const) and isinstance(modifier.val, ast.Integer)
    )
    names = names_of(node.names)
    schema = names[-2] if len(names) > 1 and names[-2] != "pg_catalog" else None
    return Type(names[-1], modifiers, bool(node.arrayBounds), schema)


def column_of(node: ast.ColumnDef, *, new: bool) -> Column:
    """Return a column as its definition has it, constraints of the table aside."""
    kind = type_of(node.typeName)
    column = Column(node.colname or "", kind, new)
    if kind is not None and kind.name in _SERIAL and kind.schema is None:
        column.serial = column.not_null = True
    if node.collClause is not None:
        column.collation = names_of(node.collClause.collname)
    for constraint in node.constraints or ():
        match constraint.contype:
            case ConstrType.CONSTR_NOTNULL | ConstrType.CONSTR_PRIMARY:
                column.not_null = True
            case ConstrType.CONSTR_DEFAULT:
                column.default = constraint.raw_expr
            case ConstrType.CONSTR_IDENTITY:
                column.identity = constraint.generated_when
                column.not_null = True
            case ConstrType.CONSTR_GENERATED:
                column.generated = constraint.generated_kind
                column.expression = constraint.raw_expr
    return column


def index_of(node: ast.IndexStmt, *, new: bool) -> Index:
    """Return the index of a CREATE INDEX."""
    columns = tuple(element.name for element in node.indexParams or ())
    wants = _not_null(node.whereClause)
    return Index(
        node.idxname,
        columns,
        partial=wants is None,
        not_null=wants or frozenset(),
        unique=bool(node.unique),
        method=node.accessMethod or "btree",
        new=new,
        node=node,
    )


def not_null_of(expression: ast.Node | None) -> str | None:
    """Return the column that a CHECK says has a value, if it says that and nothing else."""
    wants = _not_null(expression) if expression is not None else None
    return next(iter(wants)) if wants is not None and len(wants) == 1 else None


def option_is_on(options: Iterable[ast.DefElem] | None, name: str) -> bool | None:
    """Return what the last option of this name says, None where it is not given; without a value it is on."""
    answer: bool | None = None
    for option in options or ():
        if (option.defname or "").lower() == name:
            match option.arg:
                case None:
                    answer = True
                case ast.String(sval=word):
                    answer = (word or "").lower() not in _OFF
                case ast.Integer(ival=number):
                    answer = bool(number)
                case ast.Boolean(boolval=flag):
                    answer = bool(flag)
                case ast.TypeName(names=names):
                    answer = names_of(names)[-1:] != ("off",)
                case _:
                    answer = False
    return answer


def role_of(node: ast.RoleSpec) -> str:
    """Return a role's name as the catalog has it, or the word that stands for the one who runs the statement."""
    match node.roletype:
        case RoleSpecType.ROLESPEC_PUBLIC:
            return PUBLIC
        case RoleSpecType.ROLESPEC_CSTRING:
            return node.rolename or ""
        case RoleSpecType.ROLESPEC_CURRENT_ROLE:
            return "current_role"
        case RoleSpecType.ROLESPEC_SESSION_USER:
            return "session_user"
    return "current_user"


def roles_of(nodes: Iterable[ast.RoleSpec] | None) -> frozenset[str]:
    return frozenset(role_of(node) for node in nodes or ())


def privileges_of(node: ast.GrantStmt) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the privileges on whole objects in lower case, and those on single columns with the column."""
    every = _ALL.get(node.objtype, ("all",))  # type: ignore[arg-type]  # the stubs leave it open
    if not node.privileges:
        return frozenset(every), frozenset()
    whole: set[str] = set()
    single: set[tuple[str, str]] = set()
    for privilege in node.privileges:
        names = every if privilege.priv_name is None else (privilege.priv_name.lower(),)
        columns = names_of(privilege.cols)
        if columns:
            single.update((name, column) for name in names for column in columns)
        else:
            whole.update(names)
    return frozenset(whole), frozenset(single)


def arguments_of(node: ast.CreateFunctionStmt) -> tuple[Name, ...]:
    """Return the types of a function's input arguments: they tell it from others of its name."""
    return tuple(
        _argument(parameter.argType) for parameter in node.parameters or () if parameter.mode.value in _INPUT
    )


def signature_of(node: object) -> tuple[Name, tuple[Name, ...] | None]:
    """Return a function's name and its argument types, None where only the name was given."""
    if isinstance(node, ast.ObjectWithArgs) and not node.args_unspecified:
        return names_of(node.objname), tuple(_argument(argument) for argument in node.objargs or ())
    return names_of(node), None


def _argument(node: ast.TypeName | None) -> Name:
    names = names_of(node)
    return (*names, "[]") if node is not None and node.arrayBounds else names


def search_path_of(node: ast.VariableSetStmt) -> tuple[str, ...] | None:
    """Return the schemas that a SET search_path names, without those that hold no tables of the user's.

    None when they are not constant.
    """
    if node.kind == VariableSetKind.VAR_SET_CURRENT:
        return None
    values = words_of(node)
    if not node.args:
        return DEFAULT_SEARCH_PATH  # RESET, or SET … TO DEFAULT
    return None if values is None else own_schemas(values)


def words_of(node: ast.VariableSetStmt) -> list[str] | None:
    """Return the constant words of a SET, None when one is not constant."""
    values: list[str] = []
    for argument in node.args or ():
        match argument:
            case ast.A_Const(val=ast.String(sval=value)):
                values.append(value or "")
            case _:
                return None
    return values


def own_schemas(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in {"", "$user", "pg_catalog", "pg_temp"})


def function_search_path(options: Iterable[ast.DefElem]) -> Iterator[tuple[str, ...] | None]:
    """Yield what each SET search_path among a function's options makes of it; None takes it away again.

    All schemas are kept as they stand, also `pg_temp` and `$user`; `''` is the empty tuple.
    """
    for option in options:
        match option:
            case ast.DefElem(defname="set", arg=ast.VariableSetStmt() as setting):
                if setting.kind == VariableSetKind.VAR_RESET_ALL:
                    yield None
                elif setting.name == "search_path":
                    if setting.kind in {VariableSetKind.VAR_RESET, VariableSetKind.VAR_SET_DEFAULT}:
                        yield None
                    elif setting.kind == VariableSetKind.VAR_SET_CURRENT:
                        yield DEFAULT_SEARCH_PATH
                    else:
                        yield tuple(word for word in words_of(setting) or () if word)


def _not_null(condition: ast.Node | None) -> frozenset[str] | None:
    """Return the columns that a condition wants to have a value, None if it wants anything else."""
    match condition:
        case None:
            return frozenset()
        case ast.NullTest(nulltesttype=NullTestType.IS_NOT_NULL, arg=ast.ColumnRef(fields=fields)):
            return frozenset(names_of(fields)[-1:])
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(parts)):
            found = [_not_null(part) for part in parts]
            return (
                frozenset().union(*(names for names in found if names is not None))
                if None not in found
                else None
            )
    return None
