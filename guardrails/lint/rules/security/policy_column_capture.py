"""A sub-select takes a column without a table for its own.

`members.team_id = team_id`, which is then always true, looks as if it compared the row with the
policy's table. It compares the inner row with itself, so that whoever finds one row inside sees every
row outside. So does `members.team_id = id` where the inner table has an `id` too; that is a warning
while its columns are not known.

Exempt are names that the inner table is known not to have, and those with the policy's table before
them.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.policies import (
    NODES,
    Draft,
    drafted,
    has_column,
    own_columns,
    place,
    source_name,
    sources_of,
)
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None:
        return
    for _, expression in draft.stated:
        for part in walk(expression):
            if isinstance(part, ast.SubLink) and isinstance(part.subselect, ast.SelectStmt):
                yield from _captured(part, part.subselect, draft)


def _captured(link: ast.SubLink, select: ast.SelectStmt, draft: Draft) -> Iterator[Problem]:
    sources = {source_name(source): source for source in sources_of(select)}
    for node in _of_this_query(select):
        sides = _compared_columns(node)
        if not all(sides):
            continue
        bare, full = sides
        column = bare[-1]
        if bare[-1] == full[-1] and (bare == full or len(bare) == 1) and full[-2:-1] in {(), *_keys(sources)}:
            severity = None
        elif (
            len(bare) == 1 and full[-2:-1] in _keys(sources) and (doubt := _doubt(link, bare, sources, draft))
        ):
            severity = doubt
        else:
            continue
        yield Problem(
            f"{draft.shown} compares {written(full)} with {written(bare)}, which belongs to the same table inside "
            f"the sub-select, not to {written(draft.table)}",
            place(node, draft.offset),
            f"Write {written((*draft.table[-1:], column))} for the column of the policy's table.",
            severity=severity,
        )


def _compared_columns(node: ast.Node) -> tuple[Name, Name]:
    """Return the two columns that an expression compares for equality, the shorter name first."""
    match node:
        case ast.A_Expr(
            kind=A_Expr_Kind.AEXPR_OP,
            name=operator,
            lexpr=ast.ColumnRef() as left,
            rexpr=ast.ColumnRef() as right,
        ) if names_of(operator)[-1:] == ("=",):
            pass
        case ast.A_Expr(
            kind=A_Expr_Kind.AEXPR_IN, lexpr=ast.ColumnRef() as left, rexpr=(ast.ColumnRef() as right,)
        ):
            pass
        case _:
            return (), ()
    shorter, longer = sorted((names_of(left.fields), names_of(right.fields)), key=len)
    return shorter, longer


def _keys(sources: dict[str | None, ast.Node]) -> set[Name]:
    return {(name,) for name in sources if name}


def _doubt(
    link: ast.SubLink, bare: Name, sources: dict[str | None, ast.Node], draft: Draft
) -> Severity | None:
    """Tell how sure it is that a column was meant for the policy's table and is taken by one inside."""
    table = draft.known_table
    if own_columns(link, draft, doubtful=False) or (table and table.whole and bare[0] not in table.columns):
        return None
    found = [has_column(source, bare[0], draft.schema) for source in sources.values()]
    if True in found:
        return Severity.ERROR if table and bare[0] in table.columns else Severity.WARNING
    return Severity.WARNING if bare == ("id",) and None in found else None


def _of_this_query(select: ast.SelectStmt) -> Iterator[ast.Node]:
    """Yield the nodes of a query, without those of queries inside it."""
    pending: list[object] = [getattr(select, field) for field in select]
    while pending:
        match pending.pop():
            case ast.SubLink(testexpr=test):
                pending.append(test)
            case ast.SelectStmt():
                continue
            case ast.Node() as node:
                yield node
                pending.extend(getattr(node, field) for field in node)
            case tuple() as several:
                pending.extend(several)


RULE = Rule(
    code="POLICY_COLUMN_CAPTURE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Write the policy's table before each of its columns that stands in a sub-select.",
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members WHERE members.team_id = team_id AND members.user_id = (SELECT auth.uid())));"
        ),
        (
            "CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE team_id = m.team_id AND m.user_id = auth.uid()));"
        ),
        (
            "CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = m.team_id AND m.user_id = auth.uid()));"
        ),
        (
            "CREATE TABLE teams (id bigint PRIMARY KEY);\nCREATE TABLE members (id bigint PRIMARY KEY, team_id bigint, user_id uuid);\nCREATE POLICY p ON teams FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = id AND m.user_id = auth.uid()));"
        ),
    ),
    good=(
        (
            "CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = posts.team_id AND m.user_id = auth.uid()));"
        ),
        (
            "CREATE POLICY p ON posts FOR SELECT TO authenticated USING (team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = auth.uid()));"
        ),
        (
            "CREATE TABLE teams (id bigint PRIMARY KEY);\nCREATE TABLE members (team_id bigint, user_id uuid);\nCREATE POLICY p ON teams FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = id AND m.user_id = auth.uid()));"
        ),
        (
            "CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m JOIN teams t ON t.id = m.team_id WHERE t.id = posts.team_id AND m.user_id = auth.uid()));"
        ),
    ),
    check=check,
)
