"""A foreign key to `auth.users` without ON DELETE keeps users undeletable.

Without ON DELETE, deleting a user in the dashboard or through the API fails as long as a row points
there. Say CASCADE if the row belongs to the user, SET NULL if it outlives them.

`RESTRICT` written out is taken for what is meant.

Source: <https://supabase.com/docs/guides/database/postgres/cascade-deletes>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.platform import owned_by_platform
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case (
            ast.Constraint(
                contype=ConstrType.CONSTR_FOREIGN, pktable=ast.RangeVar() as relation, fk_del_action="a"
            ) as node
        ):
            target = statement.schema.resolve(name_of(relation))
            if target == ("auth", "users") and owned_by_platform("auth", statement):
                yield Problem(
                    f"a user with a row here can't be deleted: the key to {written(target)} has no ON DELETE",
                    relation.location or statement.start,
                    unless=lambda: _is_gone(statement, node),
                )


def _is_gone(statement: Statement, node: ast.Constraint) -> bool:
    made = statement.schema.key_made_by(node)
    return statement.runs and (made is None or made[1].dropped or made[0].dropped)


RULE = Rule(
    code="FK_AUTH_USERS_NO_ACTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write ON DELETE CASCADE if the row belongs to the user, ON DELETE SET NULL if it outlives them.",
    nodes=("Constraint",),
    bad=(
        "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id));",
        'ALTER TABLE notes ADD CONSTRAINT owned FOREIGN KEY (owner) REFERENCES "auth".users NOT VALID;',
        "CREATE TABLE notes (owner uuid REFERENCES auth.users ON DELETE NO ACTION);",
    ),
    good=(
        "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE);",
        "CREATE TABLE notes (owner uuid REFERENCES auth.users (id) ON DELETE SET NULL);",
        "CREATE TABLE notes (owner uuid REFERENCES auth.users (id) ON DELETE RESTRICT);",
        "CREATE TABLE notes (owner uuid REFERENCES members (id));",
    ),
    check=check,
)
