"""Passwords, tokens or card numbers where clients read without policies.

Told by the column's name. Reported is a column that a migration adds to a table of an exposed schema
whose row level security is off at the end. Names that say what is kept is a hash, a date or a count
(`password_changed_at`, `token_count`) are fine. A warning where no migration ever enabled row level
security, since clients may not reach that database at all.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0023_sensitive_columns_exposed>
"""

from collections.abc import Iterator
from functools import partial

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.patterns import regex
from guardrails.lint.platform import clients_reach, exposed
from guardrails.lint.privileges import out_of_reach
from guardrails.lint.spelling import written

_SENSITIVE = regex(
    r"(?:^|_)(?:"
    r"passwords?|passwd|passphrase|pwd|secrets?|client_secret|api_?keys?|private_?keys?|secret_?keys?"
    r"|(?:access|refresh|auth|bearer|session|oauth|id|api|bot|service)_?tokens?|jwt"
    r"|otp|totp|mfa|two_factor|recovery_codes?|backup_codes?|security_answers?"
    r"|ssn|social_security(?:_number)?|tax_id|national_id|passport(?:_number)?|drivers?_licen[cs]e(?:_number)?"
    r"|credit_card(?:_number)?|card_number|cvv|cvc|iban|bank_account(?:_number)?|routing_number"
    r"|account_number|medical_record(?:_number)?|health_record|biometrics?|fingerprint"
    r")(?:_(?:hash(?:ed)?|enc(?:rypted)?|value|text|code))?$"
)
_HUMPS = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS_TYPES = frozenset({"bool", "timestamp", "timestamptz", "date", "int2", "int4", "int8", "interval"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=elements):
            if relation.relpersistence == "t":
                return
            for element in elements or ():
                if isinstance(element, ast.ColumnDef):
                    yield from _column(
                        statement, element, name_of(relation), lambda: statement.schema.made_by(relation)
                    )
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=commands):
            known = statement.schema.table(name_of(relation))
            for command in commands or ():
                if command.subtype == AlterTableType.AT_AddColumn and isinstance(command.def_, ast.ColumnDef):
                    yield from _column(statement, command.def_, name_of(relation), lambda: known)


def _column(statement: Statement, column: ast.ColumnDef, table: Name, found: object) -> Iterator[Problem]:
    assert callable(found)
    name = column.colname or ""
    if not _SENSITIVE.search(_HUMPS.sub("_", name).lower()) or _is_harmless(column):
        return

    def is_hidden(severity: Severity) -> bool:
        known: Table | None = found()
        return (
            known is None
            or known.dropped
            or known.temporary
            or known.rls
            or name not in known.columns
            or not clients_reach(statement)
            or not exposed(known.name, statement.settings)
            or out_of_reach(known.access)
            or (severity is Severity.ERROR) != statement.schema.uses_rls
        )

    for severity in Severity:
        yield Problem(
            f"every client reads column {written((name,))} of {written(table)}: the table has no row level "
            "security",
            column.location or statement.start,
            f"Add: ALTER TABLE {written(table)} ENABLE ROW LEVEL SECURITY; or keep the column in a private "
            "schema.",
            severity,
            partial(is_hidden, severity),
        )


def _is_harmless(column: ast.ColumnDef) -> bool:
    names = names_of(column.typeName)
    return bool(names) and names[-1] in _HARMLESS_TYPES and "number" not in (column.colname or "")


RULE = Rule(
    code="SENSITIVE_COLUMN_EXPOSED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Enable row level security on the table, or keep the column in a private schema.",
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        "CREATE TABLE accounts (id bigint PRIMARY KEY, password text);",
        'CREATE TABLE accounts (id bigint PRIMARY KEY, "apiKey" text);',
        "CREATE TABLE accounts (id bigint PRIMARY KEY);\nALTER TABLE accounts ADD COLUMN refresh_token text;",
    ),
    good=(
        (
            "CREATE TABLE accounts (id bigint PRIMARY KEY, password text);\n"
            "ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;"
        ),
        "CREATE TABLE private.accounts (id bigint PRIMARY KEY, password text);",
        "CREATE TABLE accounts (id bigint PRIMARY KEY, password_changed_at timestamptz, otp boolean);",
        "CREATE TABLE runs (id bigint PRIMARY KEY, prompt_tokens int);",
        (
            "CREATE TABLE accounts (id bigint PRIMARY KEY, password text);\n"
            "REVOKE ALL ON accounts FROM anon, authenticated;"
        ),
    ),
    check=check,
)
