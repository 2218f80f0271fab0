"""A name that leads nowhere: no migration made this table, or this column of it.

Assistants write names that would be likely, and people mistype. The statement fails where it runs; under
`IF EXISTS` it passes and does nothing, which is worse. Names are looked up in what all migrations before
this statement made: tables, views and columns, through joins, sub-selects, CTEs and aliases, the values of
enums, and functions of triggers where the name is close to one that there is.

Nothing is said where the migrations don't show everything: about a schema in which some statement was
about a table that nobody created, about a table that was made from a query, about PostgreSQL's and
Supabase's own schemas, about what stands in a condition, and about variables of PL/pgSQL. Under
`IF EXISTS` only a name that never existed and that is close to an existing one is reported.

Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>,
<https://www.postgresql.org/docs/current/queries-table-expressions.html>
"""

from collections.abc import Iterable, Iterator, Sequence

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.references import MissingFunction, MissingValue, Unknown, unknown
from guardrails.lint.schema import Schema
from guardrails.lint.scopes import MissingColumn
from guardrails.lint.spelling import written

_CLOSE = 0.7
_MOST_SHOWN = 12


def check(statement: Statement) -> Iterator[Problem]:
    if statement.nested or not statement.certain or (statement.via or "").startswith("function"):
        return
    told: set[Name] = set()
    for found in unknown(statement):
        if found.missing.name not in told:
            told.add(found.missing.name)
            yield from _problem(found, statement.schema)


def _problem(found: Unknown, schema: Schema) -> Iterator[Problem]:
    missing = found.missing
    spelled = written(missing.name)
    match missing:
        case MissingColumn(name=name, among=among, relation=relation):
            near = _near(name[-1], among)
            where = f" in {written(relation)}" if relation else ""
            what, suggestion = f"there is no column {spelled}{where}", _instead(near, among)
        case MissingValue(name=(value,), among=among, enum=enum):
            near = next(iter(_close_to(value, among)), None)
            what = f"enum {written(enum)} has no value {_quoted(value)}"
            shown = ", ".join(map(_quoted, among[:_MOST_SHOWN]))
            suggestion = (
                f"Write {_quoted(near)}." if near else f"Add it first, or write one that is there: {shown}."
            )
        case MissingFunction(name=name, among=among):
            near = _near(name[-1], among)
            if near is None:
                return  # an extension may have made it
            what, suggestion = f"there is no function {spelled} for a trigger", f"Write {near}."
        case _:
            near = _near_relation(missing.name, schema)
            gone = schema.resolve(missing.name) in schema.ever
            what = f"there is no relation {spelled}" + (" any more" if gone else "")
            suggestion = (
                f"Write {near}." if near else "Create it in an earlier statement, or correct the name."
            )
    if not found.hidden:
        sure = not isinstance(missing, MissingFunction)
        yield Problem(what, missing.offset, suggestion, will_fail=sure)
    elif near:
        message = f"{what}, and IF EXISTS hides that: the statement does nothing"
        yield Problem(message, missing.offset, suggestion)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _near(name: str, among: Iterable[str]) -> str | None:
    close = _close_to(name, list(dict.fromkeys(among)))
    return written(close) if close else None


def _near_relation(name: Name, schema: Schema) -> str | None:
    known = (*schema.tables, *schema.views)
    if (elsewhere := next((one for one in known if one[1] == name[-1]), None)) is not None:
        return written(elsewhere)
    within = name[-2:-1] or schema.search_path or ()
    close = _close_to(name[-1], [one[1] for one in known if one[0] in within])
    return written((*name[:-1], close[0])) if close else None


def _instead(near: str | None, among: tuple[str, ...]) -> str:
    if near:
        return f"Write {near}."
    shown = ", ".join(written((name,)) for name in among[:_MOST_SHOWN])
    return f"Add the column in an earlier statement, or write one that is there: {shown}."


RULE = Rule(
    code="UNKNOWN_REFERENCE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Correct the name, or create what it names in an earlier statement.",
    nodes=(
        "AlterPolicyStmt",
        "AlterSeqStmt",
        "AlterTableStmt",
        "CommentStmt",
        "CopyStmt",
        "CreatePolicyStmt",
        "CreateSeqStmt",
        "CreateStmt",
        "CreateTableAsStmt",
        "CreateTrigStmt",
        "DeleteStmt",
        "DropStmt",
        "GrantStmt",
        "IndexStmt",
        "InsertStmt",
        "LockStmt",
        "MergeStmt",
        "RefreshMatViewStmt",
        "RenameStmt",
        "SelectStmt",
        "TruncateStmt",
        "UpdateStmt",
        "ViewStmt",
    ),
    bad=(
        "CREATE TABLE items (id bigint, order_id bigint);\nCREATE INDEX ON items (oder_id);",
        "CREATE TABLE items (id bigint);\nINSERT INTO items (id, nmae) VALUES (1, 'a');",
        "CREATE TABLE items (id bigint);\nUPDATE items i SET id = 2 WHERE i.idd = 1;",
        (
            "CREATE TABLE items (id bigint, owner uuid);\n"
            "CREATE POLICY own ON items USING ((SELECT auth.uid()) = owner_id);"
        ),
        "CREATE TABLE items (id bigint);\nCREATE VIEW all_items AS SELECT i.id, i.title FROM items i;",
        "CREATE TABLE items (id bigint, CHECK (total > 0));",
        "CREATE TABLE items (id bigint PRIMARY KEY);\nCREATE TABLE parts (item_id bigint REFERENCES items (uid));",
        "CREATE TABLE items (id bigint);\nALTER TABLE items ALTER COLUMN idd SET NOT NULL;",
        "CREATE TABLE items (id bigint, title text);\nALTER TABLE items DROP COLUMN IF EXISTS titel;",
        (
            "CREATE TABLE items (id bigint);\nCREATE TABLE parts (item_id bigint);\n"
            "SELECT 1 FROM items i JOIN parts p ON p.item = i.id;"
        ),
        "CREATE TABLE items (id bigint);\nCOMMENT ON COLUMN items.title IS 'what it is called';",
        "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE items (id bigint, m mood DEFAULT 'fine');",
        "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE a (m mood);\nINSERT INTO a (m) VALUES ('OK');",
        (
            "CREATE TABLE items (id bigint);\n"
            "CREATE TRIGGER t BEFORE UPDATE ON items FOR EACH ROW WHEN (new.title = 'a') EXECUTE FUNCTION f();"
        ),
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN note text;",
        "CREATE TABLE items (id bigint, total int);\nCREATE VIEW sums AS SELECT sum(total) AS t FROM items ORDER BY t;",
        "CREATE TABLE items (id bigint);\nALTER TABLE items ADD COLUMN a int, ADD CHECK (a > id);",
        (
            "CREATE TABLE items (id bigint);\n"
            "WITH picked AS (SELECT id AS item FROM items) SELECT item FROM picked p WHERE p.item > 1;"
        ),
        "CREATE TABLE items (id bigint);\nSELECT ctid, xmin, items, i FROM items, generate_series(1, 2) i;",
        "CREATE TABLE items (id bigint);\nINSERT INTO items VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id;",
        "CREATE TABLE items (id bigint);\nSELECT (SELECT max(o.placed) FROM orders o WHERE o.item = items.id) FROM items;",
        "CREATE TABLE copied AS SELECT * FROM orders;\nSELECT anything FROM copied;",
        (
            "CREATE TABLE items (id bigint);\n"
            "DO $$ DECLARE wanted bigint := 1; BEGIN DELETE FROM items WHERE id = wanted; END $$;"
        ),
        "CREATE TABLE items (id bigint);\nALTER TABLE items DROP COLUMN IF EXISTS legacy_code;",
        "CREATE TABLE items (id bigint, note text);\nALTER TABLE items DROP COLUMN note;\nALTER TABLE items DROP COLUMN IF EXISTS note;",
        "CREATE TYPE mood AS ENUM ('ok');\nALTER TYPE mood ADD VALUE 'fine';\nSELECT 'fine'::mood, 'x'::text;",
        "CREATE TABLE items (id bigint);\nSELECT j.a FROM items, jsonb_to_recordset('[]') AS j (a int, b text);",
    ),
    check=check,
)


def _close_to(name: str, among: Sequence[str]) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415

    return get_close_matches(name, among, 1, _CLOSE)
