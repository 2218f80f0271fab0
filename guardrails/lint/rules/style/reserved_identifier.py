"""A name that must be quoted each time it is used is forgotten once.

So are reserved words (`order`, `user`) and names with capitals, blanks or other signs.

Exempt are temporary tables.

Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType
from pglast.keywords import RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS

from guardrails.lint.columns import declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.patterns import regex
from guardrails.lint.spelling import written

_RESERVED = frozenset(map(str, RESERVED_KEYWORDS | TYPE_FUNC_NAME_KEYWORDS))
_PLAIN = regex(r"[a-z_][a-z0-9_]*")


def check(statement: Statement) -> Iterator[Problem]:
    for kind, name, offset in _named(statement):
        if name in _RESERVED or not _PLAIN.fullmatch(name):
            why = "is a reserved word" if name in _RESERVED else "has more than small letters, digits and _"
            yield Problem(f"{kind} name {written((name,))} {why}: it must always be quoted", offset)


def _named(statement: Statement) -> Iterator[tuple[str, str, int]]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar(relname=str(name), location=offset) as relation):
            if relation.relpersistence != "t":
                yield "table", name, offset or statement.start
        case ast.RenameStmt(
            renameType=ObjectType.OBJECT_TABLE | ObjectType.OBJECT_COLUMN as renamed, newname=str(name)
        ):
            yield "table" if renamed == ObjectType.OBJECT_TABLE else "column", name, statement.start
    for column in declared(statement):
        if column.made:
            yield "column", column.name, column.node.location or column.offset


RULE = Rule(
    code="RESERVED_IDENTIFIER",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use small letters, digits and _, and no reserved word.",
    nodes=("CreateStmt", "AlterTableStmt", "RenameStmt"),
    bad=(
        'CREATE TABLE "order" (id bigint PRIMARY KEY);',
        'CREATE TABLE "Orders" (id bigint PRIMARY KEY);',
        'ALTER TABLE orders ADD COLUMN "placedAt" timestamptz;',
        'ALTER TABLE orders RENAME COLUMN client TO "user";',
    ),
    good=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, name text, value text, position int);",
        'CREATE TABLE "orders" ("id" bigint PRIMARY KEY);',
        "CREATE TABLE Orders (Id bigint PRIMARY KEY);",
        'CREATE TEMP TABLE "Orders" (id bigint);',
    ),
    check=check,
)
