"""What `anon` is granted, everyone on the internet has: the role needs no login.

A table without row level security is then open to whoever has the public key. Reported is each
privilege on a table: as an error if row level security is not surely on at the end, as a warning if
it is. With row level security on, SELECT is fine, and so is a privilege for whose command a policy names
`anon` or everyone; what no policy is asked about is GRANT_BYPASSES_RLS's matter then.

Source: <https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Table
from guardrails.lint.platform import ANON
from guardrails.lint.privileges import READING, WRITING, granted, grantees, grants_on, in_words, targets
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt() as node if grants_on(node, ObjectType.OBJECT_TABLE):
            for _, role in grantees(node.grantees, {ANON}):
                for name in targets(node):
                    if statement.schema.resolve(name) not in statement.schema.sequences:
                        yield from _problems(statement, name, granted(node), role.location or statement.start)


def _problems(statement: Statement, name: Name, privileges: frozenset[str], offset: int) -> Iterator[Problem]:
    schema = statement.schema
    view = schema.view(name)
    if view is not None:
        if privileges <= READING:
            return  # what a view shows is VIEW_SECURITY_INVOKER's matter
        yield _problem(name, privileges, offset, Severity.WARNING)
        return
    table = schema.created_or_changed(name)
    if table is not None and table.temporary:
        return

    def at_the_end() -> Table | None:
        return table or schema.created_or_changed(name)  # a later statement may be the first to alter it

    def is_protected() -> bool:
        found = at_the_end()
        return found is not None and (found.dropped or (found.rls and not found.rls_in_doubt))

    def is_harmless() -> bool:
        return not is_protected() or all(_is_wanted(at_the_end(), one) for one in privileges & WRITING)

    if privileges <= READING and (table is None or not schema.tables.get(table.name)):
        severity = Severity.WARNING  # nothing known of the table
    else:
        severity = Severity.ERROR
    yield _problem(name, privileges, offset, severity)._replace(unless=is_protected)
    yield _problem(name, privileges, offset, Severity.WARNING)._replace(unless=is_harmless)


def _is_wanted(table: Table | None, privilege: str) -> bool:
    return (
        table is None
        or table.dropped
        or any(
            policy.command in {privilege, "all"} and policy.roles & {ANON, PUBLIC}
            for policy in table.policies
        )
    )


def _problem(name: Name, privileges: frozenset[str], offset: int, severity: Severity) -> Problem:
    shown = written(name)
    beyond = ", and TRUNCATE asks no policy" if "truncate" in privileges else ""
    return Problem(
        f"gives {in_words(privileges)} on {shown} to anon, which is everyone on the internet{beyond}",
        offset,
        f"Enable row level security on {shown}, grant anon SELECT at most, and name in a policy the rows it "
        "may see.",
        severity,
    )


RULE = Rule(
    code="GRANT_TO_ANON",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Enable row level security on the table, and grant anon SELECT at most.",
    nodes=("GrantStmt",),
    bad=(
        "GRANT ALL ON orders TO anon;",
        'GRANT SELECT, INSERT ON shop.orders TO authenticated, "anon";',
        "CREATE TABLE orders (id bigint);\nGRANT SELECT ON orders TO anon;",
        "GRANT UPDATE (note) ON orders TO anon;",
        (
            "CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n"
            "GRANT ALL ON orders TO anon;"
        ),
        (
            "DO $$ DECLARE name text; BEGIN FOREACH name IN ARRAY ARRAY['orders'] LOOP\n"
            "EXECUTE format('GRANT ALL ON %I TO anon', name); END LOOP; END $$;"
        ),
    ),
    good=(
        (
            "CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n"
            "GRANT SELECT ON orders TO anon;"
        ),
        (
            "CREATE TABLE orders (id bigint);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY ask ON orders FOR INSERT TO anon WITH CHECK (id > 0);\nGRANT INSERT ON orders TO anon;"
        ),
        "GRANT SELECT ON orders TO anon;\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
        'GRANT ALL ON orders TO "Anon";',
        "GRANT ALL ON orders TO service_role;",
        "REVOKE ALL ON orders FROM anon;",
        "GRANT EXECUTE ON FUNCTION greet() TO anon;",
    ),
    check=check,
)
