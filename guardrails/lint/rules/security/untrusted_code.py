"""Code in an untrusted language runs on the server, and no privilege holds it.

C, `internal`, `plpython3u`, `plperlu`, `pltclu` and shells read files, open connections and start
programs; no privilege of PostgreSQL holds them back. So do the extensions that bring them, and those
that read the server's files. `dblink` and `postgres_fdw` reach other servers: a warning.

Source: <https://www.postgresql.org/docs/current/sql-createlanguage.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of, place_of
from guardrails.lint.routines import option
from guardrails.lint.spelling import written

_UNTRUSTED = frozenset({
    "c",
    "internal",
    "plperlu",
    "plpython2u",
    "plpython3u",
    "plpythonu",
    "plr",
    "plsh",
    "pltclu",
})  # fmt: skip
_REACHES_FILES = frozenset({"adminpack", "file_fdw", "pg_execute_server_program"})
_REACHES_SERVERS = frozenset({"dblink"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateFunctionStmt(funcname=name, options=options):
            yield from _in_language(statement, options, f"function {written(names_of(name))}")
        case ast.DoStmt(args=options):
            yield from _in_language(statement, options, "this block")
        case ast.LoadStmt(filename=str(library)):
            yield _problem(statement, "load", f"loads the library {library!r}")
        case ast.CreatePLangStmt(plname=str(language)):
            yield _problem(statement, language, f"adds the language {written((language,))}")
        case ast.CreateExtensionStmt(extname=str(extension)):
            if extension in _UNTRUSTED | _REACHES_FILES or extension.endswith(("_plpython3u", "_plperlu")):
                yield _problem(statement, extension, f"adds the extension {written((extension,))}")
            elif extension in _REACHES_SERVERS:
                yield Problem(
                    f"adds the extension {extension}, which opens connections to other servers",
                    place_of(statement.text, extension, statement.start, statement.end),
                    "Move data between servers outside the database, where it is seen who does it.",
                    Severity.WARNING,
                )


def _in_language(
    statement: Statement, options: tuple[ast.DefElem, ...] | None, what: str
) -> Iterator[Problem]:
    language = option(options, "language")
    if isinstance(language, str) and language.lower() in _UNTRUSTED:
        yield _problem(statement, language.lower(), f"{what} is written in {written((language.lower(),))}")


def _problem(statement: Statement, word: str, what: str) -> Problem:
    return Problem(
        f"{what}: such code runs on the server itself and no privilege holds it back",
        place_of(statement.text, word, statement.start, statement.end),
    )


RULE = Rule(
    code="UNTRUSTED_CODE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Write it in SQL or PL/pgSQL, or do it outside the database.",
    nodes=("CreateFunctionStmt", "DoStmt", "LoadStmt", "CreatePLangStmt", "CreateExtensionStmt"),
    bad=(
        "CREATE FUNCTION run() RETURNS int LANGUAGE plpython3u AS 'return 1';",
        "CREATE FUNCTION run() RETURNS int AS 'lib', 'run' LANGUAGE C;",
        "CREATE EXTENSION IF NOT EXISTS plperlu;",
        "CREATE LANGUAGE pltclu;",
        "DO LANGUAGE plpython3u 'import os';",
        "CREATE EXTENSION file_fdw;",
        "CREATE EXTENSION dblink;",
        "LOAD 'plpython3u';",
    ),
    good=(
        "CREATE FUNCTION run() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE EXTENSION plpgsql;",
        "CREATE FUNCTION run() RETURNS int LANGUAGE plv8 AS 'return 1';",
        "CREATE EXTENSION pg_trgm;",
    ),
    check=check,
)
