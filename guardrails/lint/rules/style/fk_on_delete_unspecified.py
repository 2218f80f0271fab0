"""A foreign key that doesn't say what a delete does leaves readers to guess.

Then it is NO ACTION: the delete is refused. Written out, it is a decision.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, scan, walk
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for part in walk(statement.node):
        match part:
            case ast.Constraint(contype=ConstrType.CONSTR_FOREIGN, fk_del_action="a", pktable=target):
                offset = part.location or statement.start
                if not _is_written_out(statement.text, offset, statement.end):
                    yield Problem(
                        f"the foreign key to {written(name_of(target))} doesn't say what happens when its row is "
                        "deleted",
                        offset,
                    )


def _is_written_out(text: str, start: int, end: int) -> bool:
    """Tell whether ON DELETE stands between here and the end of this item of the list."""
    depth, previous = 0, ""
    for token in scan(text[start:end]):
        depth += (token.name == "ASCII_40") - (token.name == "ASCII_41")
        if depth < 0 or (depth == 0 and token.name == "ASCII_44"):
            return False
        if (previous, token.name) == ("ON", "DELETE_P"):
            return True
        previous = token.name
    return False


RULE = Rule(
    code="FK_ON_DELETE_UNSPECIFIED",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Add ON DELETE RESTRICT, SET NULL or CASCADE, or write ON DELETE NO ACTION.",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "CREATE TABLE items (order_id bigint REFERENCES orders (id), note text);",
        "CREATE TABLE items (a bigint REFERENCES orders, b bigint REFERENCES orders ON DELETE CASCADE);",
        (
            "ALTER TABLE items ADD CONSTRAINT fk FOREIGN KEY (order_id) REFERENCES orders (id) ON UPDATE CASCADE;"
        ),
    ),
    good=(
        "CREATE TABLE items (order_id bigint REFERENCES orders (id) ON DELETE NO ACTION);",
        "CREATE TABLE items (order_id bigint REFERENCES orders (id) ON DELETE RESTRICT);",
        (
            "ALTER TABLE items ADD FOREIGN KEY (a, b) REFERENCES orders (a, b) ON UPDATE CASCADE ON DELETE NO ACTION;"
        ),
        "CREATE TABLE items (id bigint PRIMARY KEY);",
    ),
    check=check,
)
