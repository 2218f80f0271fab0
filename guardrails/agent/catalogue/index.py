"""All rows of the catalogue, by program, and what tells that a text is about databases at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent.catalogue.clients import CLIENTS, RESTORE, SQL
from guardrails.agent.catalogue.guards import GUARDS
from guardrails.agent.catalogue.platforms import PLATFORMS
from guardrails.agent.catalogue.rows import Row
from guardrails.agent.catalogue.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = (*PLATFORMS, *TOOLS, *CLIENTS, *GUARDS)


def _by_program(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        for program in row.programs:
            found.setdefault(program, []).append(row)
    return found


BY_PROGRAM = _by_program(ROWS)

CLIENT_PROGRAMS = frozenset(program for row in CLIENTS for program in row.programs)

PROGRAMS = tuple(
    dict.fromkeys((*BY_PROGRAM, *SQL.programs, *RESTORE.programs, "bash", "sh", "python", "node", "git"))
)

# A form that no other kind of program has: enough to recognise a tool under another name.
TELLING = tuple(
    row._replace(forms=forms)
    for row in (*PLATFORMS[:4], *TOOLS)
    if (
        forms := tuple(
            form
            for form in row.forms
            if re.match(
                r"(?:\.\.\.)?(?:db|migrate|migrations?\|?\w*|database|schema) \w|[\w|.]*(?:db|migrat\w*|schema|doctrine|ecto)[:.]\w",
                form,
            )
        )
    )
)

SUBJECT = re.compile(
    r"supabase|psql|pg_restore|prisma|drizzle|alembic|flyway|liquibase|dropdb|createdb|migrat|postgres|psycopg|asyncpg|pgcli|atlas|dbmate|goose|sqitch|knex|typeorm|sequelize|hasura|diesel|sqlx|artisan|doctrine|rails|ecto|manage\.py|\bdb\b.{1,20}\b(?:push|reset|drop)|\.sql\b|pg-guardrails",
    re.IGNORECASE | re.DOTALL,
)
