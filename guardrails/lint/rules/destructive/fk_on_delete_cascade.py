"""`ON DELETE CASCADE` deletes rows of a table that the DELETE does not name.

Whoever deletes one parent deletes all its children, and theirs, without seeing it: also through an API,
since PostgreSQL's own deletes are not asked for any policy of row level security on the child.

For a table of its own making a migration may well want that (the items of an order), so by default only
foreign keys on tables that were there before are reported: their rows become deletable now. The strict
profile reports each one. Exempt is a key that takes the place of one that cascaded already.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK>,
<https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Profile, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.parts import Condition, constraints
from guardrails.lint.spelling import written

_CASCADE = "c"


def check(statement: Statement) -> Iterator[Problem]:
    strict = statement.settings.profile is Profile.STRICT
    for key in constraints(statement, ConstrType.CONSTR_FOREIGN):
        if key.node.fk_del_action == _CASCADE and (strict or not _is_ordinary(statement, key)):
            parent, child = written(name_of(key.node.pktable)), written(key.table)
            yield Problem(
                f"deleting a row of {parent} deletes every row of {child} that refers to it",
                key.offset,
                f"Say ON DELETE RESTRICT on {child}, or SET NULL where a row may stand without its {parent}.",
            )


def _is_ordinary(statement: Statement, key: Condition) -> bool:
    schema = statement.schema
    if key.creates or schema.is_new(key.table):
        return True
    if key.column is not None:  # a new column refers to nothing yet
        return True
    table = schema.created_or_changed(key.table)
    if table is not None and any(  # CREATE TABLE IF NOT EXISTS of this file, of which nobody saw another
        isinstance(node, ast.CreateStmt) and node.relation is table.relation
        for node in statement.session.before
    ):
        return True
    return table is not None and any(
        old.on_delete == _CASCADE and old.columns == key.columns for old in table.foreign_keys
    )


RULE = Rule(
    code="FK_ON_DELETE_CASCADE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Say ON DELETE RESTRICT, or SET NULL where a row may stand without its parent.",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE;",
        (
            "ALTER TABLE items DROP CONSTRAINT fk,\n"
            "  ADD CONSTRAINT fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE NOT VALID;"
        ),
    ),
    good=(
        "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT;",
        "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON UPDATE CASCADE;",
        "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders ON DELETE CASCADE);",
        "ALTER TABLE items ADD COLUMN order_id bigint REFERENCES orders (id) ON DELETE CASCADE;",
        (
            "CREATE TABLE IF NOT EXISTS items (id bigint PRIMARY KEY, order_id bigint);\n"
            "DO $$ BEGIN ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE;\n"
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        ),
    ),
    check=check,
)
