"""A version of an extension that is written down fits one server.

A managed platform offers the versions that it has built; another server, a branch or a restore that lacks
this one refuses the statement. An update may change functions that indexes and views are built on.

Source: <https://www.postgresql.org/docs/current/sql-alterextension.html>,
<https://www.postgresql.org/docs/current/sql-createextension.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterExtensionStmt(extname=str(name)):
            yield Problem(
                f"updates extension {written((name,))}: another server may not have this version",
                statement.start,
                f"Leave the update of {written((name,))} to the platform.",
            )
        case ast.CreateExtensionStmt(extname=str(name), options=tuple(options)):
            for option in options:
                if option.defname == "new_version":
                    yield Problem(
                        f"pins the version of extension {written((name,))}: another server may not have it",
                        option.location or statement.start,
                        f"Write CREATE EXTENSION {written((name,))} without VERSION.",
                    )


RULE = Rule(
    code="EXTENSION_VERSION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Let the platform pick the version.",
    nodes=("AlterExtensionStmt", "CreateExtensionStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER EXTENSION postgis UPDATE TO '3.4';",
        "ALTER EXTENSION postgis UPDATE;",
        "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions VERSION '0.7.0';",
    ),
    good=(
        "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions;",
        "ALTER EXTENSION vector SET SCHEMA extensions;",
        "COMMENT ON EXTENSION vector IS 'version 0.7.0';",
    ),
    check=check,
)
