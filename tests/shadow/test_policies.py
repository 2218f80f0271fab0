"""Fifty correct policies are proved, and each of them is refuted when it is weakened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

import pytest

from guardrails.lint.contracts import MigrationFile
from guardrails.shadow.engine import Platform, connect, disposable_server
from guardrails.shadow.isolation.contracts import Isolation, Verdict
from guardrails.shadow.isolation.prove import prove
from guardrails.shadow.replay import replay

ME = "(SELECT auth.uid())"
BASE = f"""
CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE members (
  team_id uuid NOT NULL REFERENCES teams, user_id uuid NOT NULL REFERENCES auth.users, PRIMARY KEY (team_id, user_id)
);
CREATE TABLE projects (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), team_id uuid NOT NULL REFERENCES teams);
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON members FOR SELECT TO authenticated USING (user_id = {ME});
CREATE FUNCTION my_teams() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ SELECT team_id FROM public.members WHERE user_id = {ME} $$;
CREATE FUNCTION is_member(team uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ SELECT EXISTS (SELECT FROM public.members WHERE user_id = {ME} AND team_id = team) $$;
CREATE FUNCTION is_of_project(project uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ BEGIN RETURN EXISTS (SELECT FROM public.projects p JOIN public.members m USING (team_id)
    WHERE p.id = project AND m.user_id = {ME}); END $$;
"""
USER = "user_id uuid NOT NULL REFERENCES auth.users"
TEAM = "team_id uuid NOT NULL REFERENCES teams"
PROJECT = "project_id uuid NOT NULL REFERENCES projects"
# The column that says whose a row is, and a condition that holds for the caller's own rows.
SHAPES = (
    (USER, f"user_id = {ME}"),
    ("user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE", "auth.uid() = user_id"),
    ("owner_id uuid NOT NULL REFERENCES auth.users", f"{ME} IS NOT NULL AND {ME} = owner_id"),
    ("created_by uuid NOT NULL DEFAULT auth.uid() REFERENCES auth.users", "created_by = auth.uid()"),
    ("author uuid NOT NULL REFERENCES auth.users, kind text NOT NULL CHECK (kind IN ('a', 'b'))", "author = auth.uid() AND kind IN ('a', 'b')"),
    ("owner text NOT NULL", f"owner = {ME}::text"),
    ("email text NOT NULL", "email = (auth.jwt() ->> 'email')"),
    ("tenant_id uuid NOT NULL", "tenant_id = (auth.jwt() -> 'app_metadata' ->> 'tenant_id')::uuid"),
    ("org_id text NOT NULL", "org_id = (SELECT auth.jwt() -> 'app_metadata' ->> 'org_id')"),
    (TEAM, "team_id IN (SELECT my_teams())"),
    (TEAM, "is_member(team_id)"),
    (TEAM, f"EXISTS (SELECT FROM members m WHERE m.team_id = {{table}}.team_id AND m.user_id = {ME})"),
    (TEAM, f"team_id = ANY (ARRAY(SELECT m.team_id FROM members m WHERE m.user_id = {ME}))"),
    (f"{TEAM}, {USER}", f"user_id = {ME} AND team_id IN (SELECT my_teams())"),
    (PROJECT, "is_of_project(project_id)"),
    (PROJECT, "(SELECT is_of_project({table}.project_id))"),
)  # fmt: skip
COMMANDS = ("select", "insert", "update", "delete")
WEAK = ("true", "auth.uid() IS NOT NULL", "auth.role() = 'authenticated'", "body IS NOT NULL OR body IS NULL")
NUMBER = 50


@dataclass(frozen=True)
class Case:
    """A table with four correct policies, and a weaker one in the place of one of them."""

    table: str
    command: str
    migration: str
    weakening: str


def cases() -> Iterator[Case]:
    pairs = ((shape, command) for command in COMMANDS for shape in SHAPES)
    for number, ((column, condition), command) in enumerate(islice(cycle(pairs), NUMBER)):
        table = f"things_{number}"
        own = condition.replace("{table}", table)
        policies = "".join(policy(table, one, own, own) for one in COMMANDS)
        weak = WEAK[number % len(WEAK)]
        # What an update may reach, in every second case what it may make of it.
        using, check = (own, weak) if command == "update" and number % 2 else (weak, own)
        yield Case(
            table,
            command,
            f"CREATE TABLE {table} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), {column}, body text);"
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;{policies}",
            f"DROP POLICY p_{command} ON {table};" + policy(table, command, using, weak if command == "insert" else check),
        )  # fmt: skip


def policy(table: str, command: str, using: str, check: str) -> str:
    parts = {
        "select": f"USING ({using})",
        "insert": f"WITH CHECK ({check})",
        "update": f"USING ({using}) WITH CHECK ({check})",
        "delete": f"USING ({using})",
    }
    return f"CREATE POLICY p_{command} ON {table} FOR {command} TO authenticated {parts[command]};"


CASES = tuple(cases())


@pytest.fixture(scope="module")
def proofs() -> Iterator[tuple[Isolation, Isolation]]:
    """The proof of all fifty as they should be, and of all fifty weakened: each in its own table."""
    with disposable_server() as server:
        database = server.database(Platform.SUPABASE)
        found = []
        for sql in ([BASE, *(case.migration for case in CASES)], [case.weakening for case in CASES]):
            files = [MigrationFile(f"{number}.sql", str(number), "", text) for number, text in enumerate(sql)]
            assert replay(database, files).skipped == ()
            found.append(prove(lambda: connect(database)))
        yield found[0], found[1]


def of_users(found: Isolation, case: Case) -> set[Verdict]:
    return {
        cell.verdict
        for cell in found.cells
        if (cell.name, cell.command) == (f"public.{case.table}", case.command) and cell.role != "anon"
    }


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one.table} {one.command}") for one in CASES])
def test_a_correct_policy_is_proved_and_the_weakened_one_refuted(
    proofs: tuple[Isolation, Isolation], case: Case
) -> None:
    correct, weakened = proofs

    assert of_users(correct, case) == {Verdict.PROVED}
    assert of_users(weakened, case) == {Verdict.REFUTED}


def test_they_are_fifty_different_ones_and_nothing_else_is_refuted(
    proofs: tuple[Isolation, Isolation],
) -> None:
    texts = {case.migration.replace(case.table, "things") + case.command for case in CASES}

    assert len(CASES) == NUMBER
    assert len(texts) >= len(SHAPES) * len(COMMANDS) - 14
    assert proofs[0].refuted == ()
    assert {cell.name for cell in proofs[1].refuted} == {f"public.{case.table}" for case in CASES}
