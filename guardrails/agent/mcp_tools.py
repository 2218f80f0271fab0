"""A call of an MCP tool -> the answer to it. The tool's own name decides: servers are called anything."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import NamedTuple

from guardrails.agent.catalogue.rows import DRAFT, PERSON, REVIEW
from guardrails.agent.contracts import PASS, Decision, Verdict


class ToolRow(NamedTuple):
    """A kind of MCP tool: names as patterns, in snake case; one may have more words before it."""

    names: tuple[str, ...]
    why: str
    instead: str
    verdict: Verdict = Verdict.DENY


TOOL_ROWS = (
    ToolRow(("apply_migration", "apply_migrations", "run_migration", "run_migrations", "execute_migration", "migrate_deploy", "migrate_reset", "migrate_dev", "migrate_resolve", "db_push", "db_reset",
             "complete_database_migration", "complete_query_tuning", "prepare_database_migration", "rollback_migration", "migrate_up", "migrate_down", "deploy_migration", "push_schema", "reset_database", "drop_database", "restore_database", "schema_apply", "migrate_apply"),
            "applies or undoes migrations on the database of its server", DRAFT),
    ToolRow(("merge_branch", "reset_branch", "rebase_branch", "delete_branch", "reset_from_parent", "restore_branch", "delete_project", "pause_project", "restore_project", "delete_database", "delete_instance", "delete_service",
             "service_delete", "project_delete", "volume_delete", "volume_update", "database_delete", "database_restore", "delete_cluster", "delete_volume", "restore_instance", "restore_backup", "promote_branch", "environment_delete", "truncate_table", "drop_table", "delete_table", "alter_table", "drop_column", "drop_schema",
             "delete_rows", "delete_records", "delete_role", "variable_set", "variable_delete", "variables_set", "update_storage_config", "update_project_settings", "create_deploy_request", "deploy_deploy_request", "update_secrets", "create_secret", "delete_secret", "update_secret", "deploy_config"),
            "changes or deletes a hosted database, or what it depends on", PERSON),
    ToolRow(("create_branch", "create_project", "deploy_edge_function", "confirm_cost", "create_database", "create_table", "add_column", "create_index", "insert_rows", "insert_row", "insert_records", "insert_data", "update_rows", "update_records", "update_row", "upsert_*", "import_*", "provision_*", "create_service", "link_project", "create_role", "create_user"),
            "makes or changes something on a hosted platform", PERSON, Verdict.ASK),
    ToolRow(("merge_pull_request", "run_workflow", "trigger_workflow", "dispatch_workflow", "actions_run_trigger", "approve_*", "submit_pending_pull_request_review", "merge_merge_request", "approve_merge_request", "rerun_*", "enable_auto_merge", "update_branch_protection", "create_workflow_dispatch", "pull_request_review_write"),
            "approves, merges or starts a pipeline in a person's place", REVIEW),
    ToolRow(("confirm_migration", "approve_migration", "request_approval"), "answers in a person's place", PERSON),
)  # fmt: skip

_SQL_TOOL = re.compile(
    r"(?:^|_)(?:sql|query|queries|execute|exec|psql|statement|statements|transaction|run_sql|raw|explain_analyze|pg_execute\w*)(?:_|$)|(?:^|_)(?:database|postgres\w*|pg|db)_(?:query|execute|write|run)"
)
_SQL_KEYS = (
    "sql",
    "query",
    "statement",
    "statements",
    "queries",
    "command",
    "sqls",
    "text",
    "script",
    "sql_statements",
    "sql_query",
    "raw_sql",
    "sqlQuery",
    "migration_sql",
)
_SERVER = re.compile(
    r"supabase|postgres|neon|(?:^|[^a-z])pg|sql|database|(?:^|[^a-z])db|prisma|timescale|crunchy|aurora|rds|cockroach|hasura|railway|render|planetscale|toolbox",
    re.IGNORECASE,
)
_LOOKS_LIKE_SQL = re.compile(
    r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:select|with|insert|update|delete|create|alter|drop|truncate|do|begin|grant|revoke|comment|copy|call|merge|vacuum|set|explain|table|values|refresh|reindex|lock|execute|prepare)\b",
    re.IGNORECASE | re.DOTALL,
)
_OWN = re.compile(r"pg[-_]guardrails")
_DEPLOYED = frozenset({"main", "master", "production", "prod", "staging"})


def judged(name: str, arguments: dict[str, object]) -> Decision:
    """Return the answer to the call of a tool by its full name, as in `mcp__supabase__apply_migration`."""
    if _OWN.search(name):
        return PASS
    server, tool = _parts(name)
    for row in TOOL_ROWS:
        if any(_is(tool, one) for one in row.names):
            return Decision(row.verdict, f"the MCP tool {_shown(name)}", row.why, "", row.instead)
    if any(label.lower() == "guard-change" for label in _texts(arguments.get("labels"))):
        why = "it sets the label by which an owner lets a change of the guard pass"
        return Decision(Verdict.DENY, f"the MCP tool {_shown(name)}", why, "", REVIEW)
    if "review" in tool and str(arguments.get("event", arguments.get("action"))).upper() == "APPROVE":
        return Decision(
            Verdict.DENY, f"the MCP tool {_shown(name)}", "it approves in a person's place", "", REVIEW
        )
    if tool.endswith(("create_or_update_file", "push_files", "delete_file", "commit_files")):
        branch = arguments.get("branch")
        if not isinstance(branch, str) or branch.removeprefix("refs/heads/").lower() in _DEPLOYED:
            return Decision(
                Verdict.DENY,
                f"the MCP tool {_shown(name)}",
                "it writes to a branch that is deployed",
                "",
                REVIEW,
            )
    if _SQL_TOOL.search(tool) or _SERVER.search(server):
        return _of_sql(name, arguments)
    return PASS


def _of_sql(name: str, arguments: dict[str, object]) -> Decision:
    texts = [text for key in _SQL_KEYS for text in _texts(arguments.get(key))]
    if not texts:
        texts = [
            text for value in arguments.values() for text in _texts(value) if _LOOKS_LIKE_SQL.match(text)
        ]
    if not texts:
        return PASS
    from guardrails.agent.sql import Effect, effect_of  # noqa: PLC0415  (loads PostgreSQL's parser)

    sqls = [text for text in texts if _LOOKS_LIKE_SQL.match(text)]
    server, tool = _parts(name)
    if not sqls and not (_SQL_TOOL.search(tool) and (_SERVER.search(server) or "sql" in tool)):
        return PASS
    effect = max(effect_of(text) for text in (sqls or texts))
    if effect is Effect.READS:
        return PASS
    why = {
        Effect.UNKNOWN: "its SQL can't be read, or calls a function that may do anything",
        Effect.WRITES: "its SQL changes the database of its server",
        Effect.DESTROYS: "its SQL destroys what the database of its server holds",
    }[effect]
    return Decision(Verdict.DENY, f"the MCP tool {_shown(name)}", why, "", f"read with SELECT, or {DRAFT}")


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for one in value for text in _texts(one)]
        case dict():
            return [text for one in value.values() for text in _texts(one)]
    return []


def _parts(name: str) -> tuple[str, str]:
    """Split a tool's full name into its server and the tool, in snake case."""
    server, sign, tool = name.rpartition("__")
    if not sign:
        server, sign, tool = (
            name.rpartition("/") if "/" in name else name.rpartition(":") if ":" in name else ("", "", name)
        )
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool).lower()
    return (server or name), re.sub(r"[^a-z0-9]+", "_", snake).strip("_")


def _is(tool: str, pattern: str) -> bool:
    return fnmatchcase(tool, pattern) or fnmatchcase(tool, f"*_{pattern}")


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:120]
