"""Syntax that the project's server does not know yet fails there.

The parser that reads migrations here is that of the newest release. What is newer than the project's
`postgres_version` is reported: forms of statements, and functions, unless the migrations define one of
that name themselves.

Source: <https://www.postgresql.org/docs/release/>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.contracts import Problem, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of, walk

_FUNCTIONS = {
    "any_value": 16, "array_sample": 16, "array_shuffle": 16, "date_add": 16, "date_subtract": 16,
    "erf": 16, "erfc": 16, "pg_input_is_valid": 16, "pg_input_error_info": 16, "random_normal": 16,
    "to_bin": 17, "to_oct": 17, "unicode_assigned": 17, "unicode_version": 17, "icu_unicode_version": 17,
    "uuid_extract_timestamp": 17, "uuid_extract_version": 17, "xmltext": 17, "pg_basetype": 17,
    "array_reverse": 18, "array_sort": 18, "casefold": 18, "crc32": 18, "crc32c": 18, "gamma": 18,
    "lgamma": 18, "uuidv4": 18, "uuidv7": 18,
}  # fmt: skip
_NODES = {
    "JsonIsPredicate": ("IS JSON", 16),
    "JsonObjectConstructor": ("JSON_OBJECT with keys and values", 16),
    "JsonArrayConstructor": ("JSON_ARRAY", 16),
    "JsonObjectAgg": ("JSON_OBJECTAGG", 16),
    "JsonArrayAgg": ("JSON_ARRAYAGG", 16),
    "JsonTable": ("JSON_TABLE", 17),
    "JsonFuncExpr": ("JSON_VALUE, JSON_QUERY and JSON_EXISTS", 17),
    "JsonParseExpr": ("JSON()", 17),
    "JsonScalarExpr": ("JSON_SCALAR", 17),
    "JsonSerializeExpr": ("JSON_SERIALIZE", 17),
}
_LOOKED_AT = frozenset({
    "Constraint", "FuncCall", "AlterTableCmd", "ATAlterConstraint", "MergeStmt", "MergeWhenClause", "ReturningOption",
    "RangeSubselect", "ColumnDef", "CopyStmt", "AccessPriv", *_NODES,
})  # fmt: skip
_WITHOUT = {
    "a virtual generated column": "Write GENERATED ALWAYS AS (…) STORED.",
    "uuidv7()": "Write gen_random_uuid().",
    "uuidv4()": "Write gen_random_uuid().",
}


def check(statement: Statement) -> Iterator[Problem]:
    if statement.nested:
        return
    version = statement.settings.postgres_version
    for node in walk(statement.node):
        if type(node).__name__ not in _LOOKED_AT:
            continue
        for what, since in _new_in(node, statement):
            if since > version:
                offset = getattr(node, "location", None)
                yield Problem(
                    f"{what} needs PostgreSQL {since}, and the server is {version}",
                    offset if isinstance(offset, int) and offset >= 0 else statement.start,
                    _WITHOUT.get(
                        what, f"Write it in a form that PostgreSQL {version} has, or upgrade first."
                    ),
                    will_fail=True,
                )


def _new_in(node: ast.Node, statement: Statement) -> Iterator[tuple[str, int]]:
    if (known := _NODES.get(type(node).__name__)) is not None:
        yield known
    match node:
        case ast.Constraint():
            yield from _constraint(node)
        case ast.FuncCall(funcname=funcname):
            name = names_of(funcname)
            known_here = name[:-1] in {(), ("pg_catalog",)} and name[-1] in _FUNCTIONS
            if known_here and not statement.schema.functions_named(name):
                yield f"{name[-1]}()", _FUNCTIONS[name[-1]]
        case ast.AlterTableCmd(subtype=AlterTableType.AT_SetExpression):
            yield "SET EXPRESSION", 17
        case ast.ATAlterConstraint(alterEnforceability=True):
            yield "a change of ENFORCED", 18
        case ast.MergeStmt():
            if node.returningClause is not None:
                yield "MERGE … RETURNING", 17
        case ast.MergeWhenClause(matchKind=kind) if kind is not None and "BY_SOURCE" in kind.name:
            yield "WHEN NOT MATCHED BY SOURCE", 17
        case ast.ReturningOption():
            yield "RETURNING WITH", 18
        case ast.RangeSubselect(alias=None):
            yield "a sub-select in FROM without a name", 16
        case ast.ColumnDef(storage_name=str(), typeName=ast.TypeName()):
            if isinstance(statement.node, ast.CreateStmt):
                yield "STORAGE in CREATE TABLE", 16
        case ast.CopyStmt(options=tuple(options)):
            yield from _copy(options)
        case ast.AccessPriv(priv_name="maintain"):
            yield "the privilege MAINTAIN", 17


def _constraint(node: ast.Constraint) -> Iterator[tuple[str, int]]:
    match node.contype:
        case ConstrType.CONSTR_GENERATED if node.generated_kind == "v":
            yield "a virtual generated column", 18
        case ConstrType.CONSTR_NOTNULL if node.keys:
            yield "NOT NULL as a constraint of the table", 18
        case ConstrType.CONSTR_ATTR_NOT_ENFORCED | ConstrType.CONSTR_ATTR_ENFORCED:
            yield "NOT ENFORCED", 18
        case ConstrType.CONSTR_CHECK | ConstrType.CONSTR_FOREIGN if node.is_enforced is False:
            yield "NOT ENFORCED", 18
    if node.without_overlaps:
        yield "WITHOUT OVERLAPS", 18
    if node.fk_with_period or node.pk_with_period:
        yield "a foreign key with PERIOD", 18


def _copy(options: tuple[ast.DefElem, ...]) -> Iterator[tuple[str, int]]:
    since = {"default": 16, "on_error": 17, "log_verbosity": 17, "reject_limit": 18}
    for option in options:
        if option.defname in since:
            yield f"COPY … {option.defname.upper()}", since[option.defname]


RULE = Rule(
    code="PG_VERSION_UNSUPPORTED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write it in a form that the server has, or upgrade first.",
    nodes=(
        "AlterTableStmt",
        "CopyStmt",
        "CreateStmt",
        "CreateTableAsStmt",
        "DeleteStmt",
        "GrantStmt",
        "IndexStmt",
        "InsertStmt",
        "MergeStmt",
        "SelectStmt",
        "UpdateStmt",
        "ViewStmt",
    ),
    settings=Settings(postgres_version=15),
    bad=(
        "CREATE TABLE g (id bigint PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL);",
        "CREATE TABLE g (id uuid PRIMARY KEY DEFAULT uuidv7());",
        "ALTER TABLE g ADD CONSTRAINT c NOT NULL a NOT VALID;",
        "ALTER TABLE g ADD CHECK (a > 0) NOT ENFORCED;",
        "ALTER TABLE g ALTER COLUMN b SET EXPRESSION AS (a * 2);",
        "MERGE INTO g USING h ON g.id = h.id WHEN MATCHED THEN DELETE RETURNING g.id;",
        "SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a int PATH '$.a')) AS j;",
        "SELECT count(*) FROM (SELECT 1);",
        "CREATE TABLE r (id int, at tsrange, PRIMARY KEY (id, at WITHOUT OVERLAPS));",
    ),
    good=(
        "CREATE TABLE g (id bigint PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a + 1) STORED);",
        "CREATE TABLE g (id uuid PRIMARY KEY DEFAULT gen_random_uuid());",
        (
            "CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';\n"
            "CREATE TABLE g (id uuid PRIMARY KEY DEFAULT uuidv7());"
        ),
        "CREATE VIEW v WITH (security_invoker = true) AS SELECT 1 AS one;",
        "CREATE UNIQUE INDEX ON g (a) NULLS NOT DISTINCT;",
    ),
    check=check,
)
