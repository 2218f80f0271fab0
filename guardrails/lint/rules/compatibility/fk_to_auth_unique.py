"""A foreign key into `auth` past its primary keys blocks upgrades of Auth.

Supabase promises the primary keys of its tables and nothing else; a unique index that a foreign key
uses can't be changed any more.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0021_fkey_to_auth_unique>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.platform import owned_by_platform
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case (
            ast.Constraint(
                contype=ConstrType.CONSTR_FOREIGN,
                pktable=ast.RangeVar() as relation,
                pk_attrs=tuple(attributes),
            ) as node
        ):
            target = statement.schema.resolve(name_of(relation))
            columns = names_of(attributes)
            if target is None or target[0] != "auth" or columns == ("id",):
                return
            if owned_by_platform("auth", statement):
                yield Problem(
                    f"references {written(target)} ({', '.join(written((column,)) for column in columns)}), which "
                    "is not its primary key: it blocks upgrades of Auth",
                    relation.location or statement.start,
                    f"Reference {written(target)} (id), and keep a copy of the other column if it is needed.",
                    unless=lambda: _is_gone(statement, node),
                )


def _is_gone(statement: Statement, node: ast.Constraint) -> bool:
    made = statement.schema.key_made_by(node)
    return statement.runs and (made is None or made[1].dropped or made[0].dropped)


RULE = Rule(
    code="FK_TO_AUTH_UNIQUE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Reference the primary key, auth.users (id).",
    nodes=("Constraint",),
    bad=(
        "CREATE TABLE profiles (id bigint PRIMARY KEY, email text REFERENCES auth.users (email));",
        "ALTER TABLE profiles ADD FOREIGN KEY (phone) REFERENCES auth.users (phone) ON DELETE CASCADE;",
    ),
    good=(
        "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE);",
        "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE);",
        "CREATE TABLE profiles (id bigint PRIMARY KEY, email text REFERENCES members (email));",
        "CREATE SCHEMA auth;\nCREATE TABLE profiles (id bigint PRIMARY KEY, email text REFERENCES auth.users (email));",
    ),
    check=check,
)
