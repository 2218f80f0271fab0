"""A secret in a migration is readable to everyone who ever had the repository.

Reported are the password of a role, of a user mapping and of a subscription, whatever they say; what a setting
(`app.jwt_secret`) or a secret of Vault is given whose name tells that it is one; and
anywhere in the text, in function bodies and comments too, what is a secret by its form: keys of
`service_role` and other signed tokens with a role, `sb_secret_…`, live keys of Stripe, keys of AWS,
GitHub, GitLab, Slack, Google, SendGrid and providers of models, private keys, connection strings
with a password. The report never shows the secret.

No secrets, and passed over: Supabase's `anon` and publishable keys, the demo keys of a local
Supabase, placeholders (`<your-key>`, `${KEY}`, `changeme`) in these forms, and connections to
localhost. A role's password is none of these: PostgreSQL takes it as it stands.

Source: <https://supabase.com/docs/guides/database/vault>,
<https://www.postgresql.org/docs/current/sql-createrole.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.constants import text_of
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.patterns import regex
from guardrails.lint.privileges import role_in_sql
from guardrails.lint.secrets import is_placeholder, password_in, secrets_in
from guardrails.lint.shapes import role_of, words_of
from guardrails.lint.spelling import written

_OPTIONS = frozenset(
    {"password", "passwd", "api_key", "apikey", "secret", "secret_access_key", "private_key"}
)
_KEPT = regex(
    r"(?:^|[._-])(?:secret|password|passwd|api[_-]?key|private[_-]?key|service[_-]?(?:role[_-]?)?key|secret[_-]?key"
    r"|access[_-]?token|auth[_-]?token|jwt[_-]secret|\w+_secret)$"
)
_VAULT = ("vault", "create_secret")
_CONNECTS = frozenset({"dblink", "dblink_connect", "dblink_connect_u", "dblink_exec", "dblink_send_query"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateRoleStmt(role=str(role), options=options):
            yield from _password(statement, options, f"role {written((role,))}")
        case ast.AlterRoleStmt(role=ast.RoleSpec() as spec, options=options):
            yield from _password(statement, options, f"role {role_in_sql(role_of(spec))}")
        case (
            ast.CreateUserMappingStmt(options=options)
            | ast.AlterUserMappingStmt(options=options)
            | ast.CreateForeignServerStmt(options=options)
            | ast.AlterForeignServerStmt(options=options)
        ):
            yield from _options(statement, options)
        case (
            ast.AlterDatabaseSetStmt(setstmt=ast.VariableSetStmt() as setting)
            | ast.AlterRoleSetStmt(setstmt=ast.VariableSetStmt() as setting)
        ):
            yield from _setting(statement, setting)
        case ast.VariableSetStmt() as setting:
            yield from _setting(statement, setting)
        case ast.FuncCall(funcname=funcname, args=(value, name, *_)) if names_of(funcname)[-2:] == _VAULT:
            word, called = text_of(_argument(value)), text_of(_argument(name)) or ""
            if word and _KEPT.search(called.lower()) and not is_placeholder(word):
                yield _problem(
                    f"the secret {written((called,))} of Vault",
                    statement.node.location or statement.start,
                    secret=word,
                )
        case ast.CreateSubscriptionStmt(conninfo=str(connection)) if password_in(connection):
            yield _problem(f"the password of subscription {statement.node.subname}", statement.start)
        case ast.FuncCall(funcname=funcname, args=tuple(arguments)) if names_of(funcname)[-1] in _CONNECTS:
            for argument in arguments:
                match argument:
                    case ast.A_Const(val=ast.String(sval=str(connection))) if password_in(connection):
                        yield _problem(
                            "the password of a connection", statement.node.location or statement.start
                        )


def _argument(node: object) -> object:
    return node.arg if isinstance(node, ast.NamedArgExpr) else node


def _setting(statement: Statement, setting: ast.VariableSetStmt) -> Iterator[Problem]:
    name, word = (setting.name or "").lower(), " ".join(words_of(setting) or ())
    if "." in name and _KEPT.search(name) and word and not is_placeholder(word):
        yield _problem(f"the setting {name}", statement.start, secret=word)


def check_text(text: str) -> Iterator[Problem]:
    for secret in secrets_in(text):
        yield _problem(secret.what, secret.start)


def _password(statement: Statement, options: tuple[ast.DefElem, ...] | None, whose: str) -> Iterator[Problem]:
    for option in options or ():
        match option:
            case ast.DefElem(defname="password", arg=ast.String(sval=str(word))) if word:
                yield _problem(
                    f"the password of {whose}",
                    _place(option, statement),
                    "Create the role without a password, and set it outside the migration, by hand or from a "
                    "secret store.",
                    word,
                )


def _options(statement: Statement, options: tuple[ast.DefElem, ...] | None) -> Iterator[Problem]:
    for option in options or ():
        match option:
            case ast.DefElem(defname=str(name), arg=ast.String(sval=str(word))):
                if name.lower() in _OPTIONS and not is_placeholder(word):
                    yield _problem(
                        f"the option {name} of a foreign server", _place(option, statement), secret=word
                    )


def _place(option: ast.DefElem, statement: Statement) -> int:
    location = option.location
    return location if isinstance(location, int) and location >= 0 else statement.start


def _problem(what: str, offset: int, suggestion: str | None = None, secret: str = "") -> Problem:
    message = f"{what} stands here for everyone who has the repository"
    return Problem(message, offset, suggestion, secret=secret)


RULE = Rule(
    code="SECRET_LITERAL",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Take it out, replace the secret at its issuer, and read the new one from Vault or the environment."
    ),
    nodes=(
        "CreateRoleStmt",
        "AlterRoleStmt",
        "CreateUserMappingStmt",
        "AlterUserMappingStmt",
        "CreateForeignServerStmt",
        "AlterForeignServerStmt",
        "CreateSubscriptionStmt",
        "AlterDatabaseSetStmt",
        "AlterRoleSetStmt",
        "VariableSetStmt",
        "FuncCall",
    ),
    check_text=check_text,
    bad=(
        "CREATE ROLE app LOGIN PASSWORD 'hunter2';",
        "ALTER USER app WITH ENCRYPTED PASSWORD 'changeme';",
        "CREATE USER MAPPING FOR app SERVER shop OPTIONS (user 'app', password 'hunter2');",
        (
            "SELECT net.http_post('https://example.org', headers => '{\"apikey\": \"sb_"
            "secret_N7UND0UgjKTVK-Uodkm0\"}');"
        ),
        (
            "CREATE FUNCTION call() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n"
            "PERFORM pay('sk_"
            "live_51H8aQz2eZvKYlo2C'); END $$;"
        ),
        "CREATE SUBSCRIPTION copy CONNECTION 'host=db.example.org password=hunter2' PUBLICATION all_tables;",
        "SELECT dblink_connect('postgres://app:hunter2@db.example.org/app');",
        "-- key: AKIAQQQQ7777ZZZZ1234\nSELECT 1;",
    ),
    good=(
        "CREATE ROLE app LOGIN;",
        "ALTER ROLE app PASSWORD NULL;",
        "CREATE USER MAPPING FOR app SERVER shop OPTIONS (user 'app', password '<password>');",
        "ALTER DATABASE app SET app.jwt_secret = '<your-secret>';",
        "ALTER DATABASE app SET app.settings.jwt_exp = '3600';",
        "SELECT vault.create_secret('http://kong:8000', 'project_url');",
        "SELECT 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg';",
        "SELECT vault.create_secret('${SERVICE_KEY}', 'service_key');",
        "SELECT 'postgres://postgres:postgres@localhost:5432/postgres';",
        "INSERT INTO members (email, password) VALUES ('a@example.org', crypt('x', gen_salt('bf')));",
    ),
    check=check,
)
