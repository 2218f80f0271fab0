"""What a migration makes in Supabase's own schemas is refused or lost.

Since April 2025 the role of migrations may not create, alter or drop in `auth`, `storage`, `realtime`,
`vault` and the like; where it still works, an upgrade of the platform meets it. Writing rows of
`auth` or of the migrations' records is an error: it goes past everything that Auth does itself.

Exempt are policies and triggers on their tables, rows of `storage.buckets`, foreign keys to them, and
a schema of that name that the migrations created themselves.

Source: <https://github.com/orgs/supabase/discussions/34270>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.platform import owned_by_platform
from guardrails.lint.spelling import places, written

_RELATIONS = frozenset({
    ObjectType.OBJECT_FOREIGN_TABLE,
    ObjectType.OBJECT_INDEX,
    ObjectType.OBJECT_MATVIEW,
    ObjectType.OBJECT_SEQUENCE,
    ObjectType.OBJECT_TABLE,
    ObjectType.OBJECT_VIEW,
})  # fmt: skip
_CODE = frozenset({
    ObjectType.OBJECT_FUNCTION,
    ObjectType.OBJECT_PROCEDURE,
    ObjectType.OBJECT_ROUTINE,
    ObjectType.OBJECT_TYPE,
})  # fmt: skip
_RECORDS = ("supabase_migrations", "schema_migrations")
_LET_BE = frozenset({AlterTableType.AT_EnableTrig, AlterTableType.AT_EnableRowSecurity})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case (
            ast.CreateStmt(relation=relation)
            | ast.ViewStmt(view=relation)
            | ast.CreateSeqStmt(sequence=relation)
            | ast.AlterObjectSchemaStmt(relation=ast.RangeVar() as relation)
        ):
            yield from _refused(statement, name_of(relation), relation.location if relation else None)
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation)):
            yield from _refused(statement, name_of(relation), relation.location)
        case (
            ast.IndexStmt(relation=ast.RangeVar() as relation)
            | ast.RenameStmt(relation=ast.RangeVar() as relation)
        ):
            yield from _refused(statement, name_of(relation), relation.location)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=commands):
            if not all(command.subtype in _LET_BE for command in commands or ()):
                yield from _refused(statement, name_of(relation), relation.location)
        case ast.CreateFunctionStmt(funcname=funcname):
            yield from _refused(statement, names_of(funcname), None)
        case ast.CreateEnumStmt(typeName=typename):
            yield from _refused(statement, names_of(typename), None)
        case ast.DropStmt(objects=tuple(objects), removeType=kind) if kind in _RELATIONS | _CODE:
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                yield from _refused(statement, name, offset)
        case (
            ast.InsertStmt(relation=ast.RangeVar() as relation)
            | ast.UpdateStmt(relation=ast.RangeVar() as relation)
            | ast.DeleteStmt(relation=ast.RangeVar() as relation)
        ):
            yield from _written(statement, relation)


def _refused(statement: Statement, name: Name, offset: int | None) -> Iterator[Problem]:
    schema = _platform_schema(statement, name)
    if schema is not None:
        yield Problem(
            f"{written(name)} stands in {schema}, a schema that Supabase manages: it refuses this, or an upgrade "
            "undoes it",
            statement.start if offset is None else offset,
        )


def _written(statement: Statement, relation: ast.RangeVar) -> Iterator[Problem]:
    name = name_of(relation)
    resolved = statement.schema.resolve(name)
    if resolved is None or not owned_by_platform(resolved[0], statement):
        return
    if resolved[0] == "auth" or resolved == _RECORDS:
        yield Problem(
            f"writes rows of {written(name)} by hand, which belong to Supabase itself",
            relation.location or statement.start,
            (
                "Make and change users through the Auth API."
                if resolved[0] == "auth"
                else "Leave the records of migrations to the tool: supabase migration repair."
            ),
            Severity.ERROR,
        )


def _platform_schema(statement: Statement, name: Name) -> str | None:
    """Return the managed schema that an object stands in; an unqualified one follows the search path."""
    schema = name[-2] if len(name) > 1 else statement.schema.first_schema if name else ""
    return schema if owned_by_platform(schema, statement) else None


RULE = Rule(
    code="MANAGED_SCHEMA_DDL",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Put it into a schema of your own; tie it to the platform's tables by a foreign key or a trigger.",
    nodes=(
        "CreateStmt",
        "ViewStmt",
        "CreateSeqStmt",
        "AlterObjectSchemaStmt",
        "CreateTableAsStmt",
        "IndexStmt",
        "RenameStmt",
        "AlterTableStmt",
        "CreateFunctionStmt",
        "CreateEnumStmt",
        "DropStmt",
        "InsertStmt",
        "UpdateStmt",
        "DeleteStmt",
    ),
    bad=(
        "ALTER TABLE auth.users ADD COLUMN plan text;",
        'CREATE INDEX users_email ON "auth"."users" (email);',
        "CREATE FUNCTION auth.tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';",
        "SET search_path = storage;\nCREATE TABLE notes (id bigint);",
        "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'a@example.org');",
        "DELETE FROM supabase_migrations.schema_migrations WHERE version = '1';",
        "DROP FUNCTION auth.tenant();",
    ),
    good=(
        "CREATE POLICY read ON storage.objects FOR SELECT TO authenticated USING (bucket_id = 'a');",
        "CREATE TRIGGER joined AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.enrol();",
        "INSERT INTO storage.buckets (id, name) VALUES ('docs', 'docs');",
        "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE);",
        "ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;",
        "CREATE SCHEMA auth;\nCREATE TABLE auth.sessions (id bigint PRIMARY KEY);",
        "CREATE TABLE shop.users (id bigint);",
    ),
    check=check,
)
