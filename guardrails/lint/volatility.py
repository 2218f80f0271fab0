"""An expression -> the calls in it that give another value each time they are evaluated.

The built-in functions are those that `pg_proc.provolatile` calls volatile on PostgreSQL 18 and that return a value
worth storing, with the common ones of uuid-ossp, pgcrypto and the extensions for sortable identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Name
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.schema import Schema

_VOLATILE = frozenset({
    "clock_timestamp", "timeofday", "random", "random_normal", "setseed", "gen_random_uuid", "uuidv4", "uuidv7",
    "nextval", "setval", "currval", "lastval", "pg_backend_pid", "pg_sleep", "txid_current", "pg_current_xact_id",
    "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuid_generate_v7", "uuid_v7",
    "uuid_generate_v6", "gen_random_bytes", "gen_salt", "crypt", "pgp_sym_encrypt", "gen_ulid", "generate_ulid",
    "gen_monotonic_ulid", "nanoid", "query_to_xml",
})  # fmt: skip
_BUILT_IN_SCHEMAS = frozenset(
    {"pg_catalog", "auth", "extensions", "storage", "realtime", "vault", "graphql", "net"}
)


def volatile_calls(expression: ast.Node | None, schema: Schema) -> Iterator[tuple[Name, bool]]:
    """Yield the names of functions that are volatile, each with whether that is sure.

    It is not sure of a function in a schema of the project's own that no migration defines, nor of one in SQL,
    which PostgreSQL may put in place of its call and then judges by what is in it.
    """
    for node in walk(expression) if expression is not None else ():
        if isinstance(node, ast.FuncCall):
            name = names_of(node.funcname)
            known = schema.functions_named(name)
            if known:
                if any(function.volatility == "volatile" for function in known):
                    yield name, any(function.language != "sql" for function in known)
            elif name[-1] in _VOLATILE:
                yield name, True
            elif len(name) > 1 and name[-2] not in _BUILT_IN_SCHEMAS:
                yield name, False
