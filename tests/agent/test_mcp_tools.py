"""What the hook answers to the tools of MCP servers, whatever these are called."""

from pathlib import Path

import pytest

from tests.agent.support import answer

SQL = {
    "select * from users": "pass",
    "with a as (select 1) select * from a": "pass",
    "explain select 1": "pass",
    "show all": "pass",
    "-- drop table users\nselect 1": "pass",
    "insert into users values (1)": "deny",
    "with d as (delete from t returning *) select * from d": "deny",
    "select * into b from a": "deny",
    "create table a (id int)": "deny",
    "drop table users": "deny",
    "select 1; truncate users": "deny",
    "select dangerous()": "deny",
    "do $$ begin perform 1; end $$": "deny",
    "this is no sql": "deny",
    "explain analyze delete from t": "deny",
    "grant all on a to anon": "deny",
}


@pytest.mark.parametrize(("sql", "expected"), SQL.items())
@pytest.mark.parametrize(
    ("tool", "key"),
    [
        ("mcp__supabase__execute_sql", "query"),
        ("mcp__plugin_x_supabase__execute_sql", "query"),
        ("mcp__postgres__query", "sql"),
        ("mcp_neon_run_sql", "sql"),
        ("mcp__pg__pg_execute_query", "statement"),
    ],
)
def test_sql_is_read(tool: str, key: str, sql: str, expected: str, tmp_path: Path) -> None:
    assert answer(tool, {"project_id": "p", key: sql}, tmp_path) == expected


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("mcp__supabase__apply_migration", "deny"),
        ("mcp__claude_ai_Supabase__apply_migration", "deny"),
        ("mcp__anything__reset_branch", "deny"),
        ("mcp__supabase__delete_branch", "deny"),
        ("mcp__supabase__merge_branch", "deny"),
        ("mcp__neon__complete_database_migration", "deny"),
        ("mcp__prisma__migrate-reset", "deny"),
        ("mcp__Prisma-Local__migrate_dev", "deny"),
        ("mcp__github__merge_pull_request", "deny"),
        ("mcp__supabase__create_branch", "ask"),
        ("mcp__supabase__deploy_edge_function", "ask"),
        ("mcp__supabase__list_migrations", "pass"),
        ("mcp__supabase__list_branches", "pass"),
        ("mcp__supabase__get_advisors", "pass"),
        ("mcp__supabase__search_docs", "pass"),
        ("mcp__supabase__generate_typescript_types", "pass"),
        ("mcp__github__create_pull_request", "pass"),
        ("mcp__pg-guardrails__create_migration", "pass"),
        ("mcp__pg-guardrails__validate_migration", "pass"),
    ],
)
def test_a_tool_is_known_by_its_own_name(tool: str, expected: str, tmp_path: Path) -> None:
    assert answer(tool, {}, tmp_path) == expected


def test_a_file_on_a_deployed_branch_is_not_written_through_github(tmp_path: Path) -> None:
    assert answer("mcp__github__create_or_update_file", {"branch": "main"}, tmp_path) == "deny"
    assert answer("mcp__github__create_or_update_file", {"branch": "feat/x"}, tmp_path) == "pass"


def test_a_search_is_no_sql(tmp_path: Path) -> None:
    assert (
        answer(
            "mcp__supabase__search_docs",
            {"graphql_query": '{ searchDocs(query: "drop table") { nodes { title } } }'},
            tmp_path,
        )
        == "pass"
    )
    assert answer("mcp__jira__search_query", {"query": "status = Open"}, tmp_path) == "pass"
