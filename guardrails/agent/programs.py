"""A program in another language -> whether it may reach a database, or start what does.

Code is not run and not understood: its text is searched for drivers and for the words of a shell, so
what hides them is not seen.
"""

from __future__ import annotations

import re

from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Verdict

_DRIVER = re.compile(
    r"psycopg[23]?\b|asyncpg|pg8000|sqlalchemy|aiopg|psycopg_pool|peewee|records\.Database|postgrest|supabase|['\"](?:npm:)?(?:pg|postgres|(?:jsr:|https://deno\.land/x/)(?:@db/)?(?:postgres|postgresjs)|pg-promise|@prisma/client|knex|typeorm|sequelize|drizzle-orm|slonik|@neondatabase/serverless|kysely)(?:@[^'\"]*)?(?:/[^'\"]*)?['\"]"
    r"|PG\.connect|PG::Connection|Sequel\.connect|ActiveRecord|DBI->connect|dbi:Pg|PDO\(|pg_(?:p)?connect|jdbc:postgresql|Postgrex|Ecto|DriverManager|Npgsql|libpq|django\.db|django\.setup|/rest/v1/|/graphql/v1|api\.supabase\.com|postgres(?:ql)?://|DATABASE_URL|\bsql\b[^;\n]*['\"]bun['\"]|\bBun\.(?:sql|SQL)\b",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"subprocess|child_process|os\.(?:system|popen|exec|spawn)|pty\.spawn|execSync|execFile|spawn(?:Sync)?\b|popen|Open3|Kernel\.|\bsystem\s*[( \"']|\bexec\s*[( \"']|%x|shell_exec|passthru|proc_open|Deno\.Command|Bun\.\$|\bexeca\b|`|ProcessBuilder|Runtime\.getRuntime",
    re.IGNORECASE,
)
_TOOLS = re.compile(
    r"\b(?:supabase|psql|pg_restore|dropdb|createdb|prisma|alembic|drizzle-kit|flyway|liquibase|dbmate|goose|sqitch|knex|typeorm|sequelize|artisan|manage\.py|rails|rake|hasura|atlas|sqlx|diesel|neonctl|heroku|pg-guardrails)\b"
    r"|db[:'\",\s]+(?:push|reset|migrate|drop)|migrat",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:create|alter|drop|truncate)\s+(?:table|index|schema|database|policy|role|view|type|extension|function|materialized|column|constraint|\w+\s*;)"
    r"|\btruncate\b|\bdelete\s+from\b|\binsert\s+into\b|\bupdate\s+\S+\s+set\b|\bdrop_all\b|\bcreate_all\b|\.sync\(|command\.(?:upgrade|downgrade|stamp)|call_command\(|run_migrations|runMigrations|migrate\.(?:latest|up|down|rollback)|\bmigrate\(|db\.drop|deleteMany|executeRaw|\$queryRawUnsafe|\.rpc\(",
    re.IGNORECASE,
)
_GUARDS = re.compile(
    r"\.claude/(?:settings|hooks)|\.mcp\.json|\.git/hooks|\.guardrails|CODEOWNERS|\.github/workflows|\.codex/|disableAllHooks"
)
_WRITES = re.compile(
    r"open\([^)]{0,200}['\"][wax]|write|unlink|remove|rename|rmtree|copy|truncate|dump|chmod", re.IGNORECASE
)
_HIDES = re.compile(
    r"base64|b64decode|atob\(|fromCharCode|\bexec\(|\beval\(|unhexlify|marshal\.loads|codecs\.decode",
    re.IGNORECASE,
)


def judged(language: str, text: str, file: str) -> Decision:
    """Return the answer to running a program; `file` is its path, "" where the command itself holds it."""
    if _GUARDS.search(text) and _WRITES.search(text) and not file:
        return _asked(language, file, "it names a file that guards this repository, and writes")
    reaches, changes = _DRIVER.search(text), _CHANGES.search(text)
    if file:
        # A program of the project may well talk to its database; only what changes one is of interest.
        if reaches and changes:
            return _asked(language, file, f"it connects to a database and holds `{_shown(changes[0])}`")
        if _STARTS.search(text) and (found := _applying(text)):
            return _asked(language, file, f"it starts other programs and names `{_shown(found)}`")
        return PASS
    if reaches:
        return _asked(language, file, f"it reaches a database (`{_shown(reaches[0])}`)")
    if _STARTS.search(text) and (tool := _TOOLS.search(text)):
        return _asked(language, file, f"it starts other programs and names `{_shown(tool[0])}`")
    if UNKNOWN in text and (tool := _TOOLS.search(text)):
        return _asked(
            language, file, f"a part of it only shows when it runs, and it names `{_shown(tool[0])}`"
        )
    if _HIDES.search(text) and _STARTS.search(text):
        return _asked(language, file, "it decodes something and runs it")
    return PASS


def _applying(text: str) -> str | None:
    found = re.search(
        r"supabase['\",\s]+(?:db|migration)['\",\s]+(?:push|reset|up)|prisma['\",\s]+(?:migrate['\",\s]+(?:deploy|reset)|db['\",\s]+push)|drizzle-kit['\",\s]+(?:push|migrate)|alembic['\",\s]+(?:upgrade|downgrade)|\b(?:psql|dropdb|pg_restore)['\",\s]+-",
        text,
    )
    return found[0] if found else None


def _asked(language: str, file: str, why: str) -> Decision:
    what = f"the program {_shown(file)}" if file else f"a program for {language} in the command"
    return Decision(
        Verdict.ASK,
        what,
        why,
        "",
        "read with SELECT through psql, or draft the change with create_migration",
        certain=False,
    )


def _shown(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:80]
