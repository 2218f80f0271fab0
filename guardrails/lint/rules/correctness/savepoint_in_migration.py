"""A savepoint in a migration lets it go on after something failed.

What was rolled back to it is missing from then on, while the tool notes that the migration ran. A migration
that fails as a whole can be mended and run again. `EXCEPTION WHEN OTHERS` in a DO block is such a savepoint:
it is reported where nothing in it raises the error again. A handler that names what it expects
(`duplicate_object`) is fine.

Source: <https://www.postgresql.org/docs/current/sql-savepoint.html>,
<https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import TransactionStmtKind

from guardrails.lint.bodies import passes_over_errors
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.TransactionStmt(kind=TransactionStmtKind.TRANS_STMT_SAVEPOINT, savepoint_name=str(name)):
            yield Problem(
                f"with the savepoint {written((name,))} the migration can go on after a part of it failed",
                statement.start,
            )
        case ast.DoStmt() as block if passes_over_errors(block):
            yield Problem(
                "EXCEPTION WHEN OTHERS passes over whatever failed, and the migration counts as done",
                statement.start,
                "Name the error that is expected, as in EXCEPTION WHEN duplicate_object THEN NULL;, or leave it out.",
            )


RULE = Rule(
    code="SAVEPOINT_IN_MIGRATION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Remove it, and let the migration fail as a whole.",
    nodes=("TransactionStmt", "DoStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "BEGIN;\nSAVEPOINT before_it;\nCOMMIT;",
        'BEGIN;\nCREATE TABLE a (id int);\nSAVEPOINT "S";\nROLLBACK TO "S";\nCOMMIT;',
        "DO $$ BEGIN CREATE TABLE a (id int); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
        (
            "DO $$ BEGIN IF true THEN BEGIN CREATE TABLE a (id int); EXCEPTION WHEN OTHERS THEN "
            "RAISE NOTICE '%', sqlerrm; END; END IF; END $$;"
        ),
    ),
    good=(
        "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;",
        "CREATE TABLE savepoint (id int);",
        "DO $$ BEGIN CREATE TYPE a AS ENUM (); EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
        "DO $$ BEGIN CREATE TABLE a (id int); EXCEPTION WHEN OTHERS THEN RAISE; END $$;",
        "DO $$ BEGIN CREATE TABLE a (id int); EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION 'no'; END $$;",
        "BEGIN;\nCOMMIT AND CHAIN;\nCOMMIT;",
    ),
    check=check,
)
