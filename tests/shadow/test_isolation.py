"""Correct policies are proved, each weakened one is refuted, and what shows nothing stays unproved."""

import json
from collections.abc import Iterator
from itertools import product

import pytest

from guardrails.lint.contracts import MigrationFile
from guardrails.shadow.engine import Platform, Server, connect, disposable_server
from guardrails.shadow.isolation.contracts import Cell, Isolation, IsolationSettings, Verdict
from guardrails.shadow.isolation.prove import prove
from guardrails.shadow.isolation.report import as_data, render_markdown, render_text, summary
from guardrails.shadow.replay import replay

ME = "(SELECT auth.uid())"

OWNER = f"""
CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth.users,
  status text NOT NULL CHECK (status IN ('draft', 'done')),
  body text
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON notes FOR SELECT TO authenticated USING (user_id = {ME});
CREATE POLICY i ON notes FOR INSERT TO authenticated WITH CHECK (user_id = {ME});
CREATE POLICY u ON notes FOR UPDATE TO authenticated USING (user_id = {ME}) WITH CHECK (user_id = {ME});
CREATE POLICY d ON notes FOR DELETE TO authenticated USING (user_id = {ME});
"""

TEAMS = f"""
CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TYPE member_role AS ENUM ('viewer', 'owner');
CREATE TABLE team_members (
  team_id uuid NOT NULL REFERENCES teams,
  user_id uuid NOT NULL REFERENCES auth.users,
  role member_role NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE TABLE documents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL REFERENCES teams,
  title text NOT NULL
);
CREATE FUNCTION my_teams() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ SELECT team_id FROM public.team_members WHERE user_id = {ME} AND role = 'owner' $$;
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE team_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON teams FOR SELECT TO authenticated USING (id IN (SELECT my_teams()));
CREATE POLICY s ON team_members FOR SELECT TO authenticated USING (team_id IN (SELECT my_teams()));
CREATE POLICY s ON documents FOR SELECT TO authenticated USING (team_id IN (SELECT my_teams()));
CREATE POLICY i ON documents FOR INSERT TO authenticated WITH CHECK (team_id IN (SELECT my_teams()));
CREATE POLICY u ON documents FOR UPDATE TO authenticated
  USING (team_id IN (SELECT my_teams())) WITH CHECK (team_id IN (SELECT my_teams()));
CREATE POLICY d ON documents FOR DELETE TO authenticated USING (team_id IN (SELECT my_teams()));
"""

_OF_MY_ORGANISATION = (
    "EXISTS (SELECT 1 FROM projects p JOIN members m ON m.org_id = p.org_id"
    f" WHERE p.id = tasks.project_id AND m.user_id = {ME})"
)

ORGANISATIONS = f"""
CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug text NOT NULL UNIQUE);
CREATE TABLE members (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  org_id uuid NOT NULL REFERENCES organizations,
  user_id uuid NOT NULL REFERENCES auth.users,
  UNIQUE (org_id, user_id)
);
CREATE TABLE projects (id serial PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations, name text);
CREATE TABLE tasks (
  id bigserial PRIMARY KEY, project_id int NOT NULL REFERENCES projects ON DELETE CASCADE, title text
);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON members FOR SELECT TO authenticated USING (user_id = {ME});
CREATE POLICY s ON organizations FOR SELECT TO authenticated
  USING (EXISTS (SELECT 1 FROM members m WHERE m.org_id = organizations.id AND m.user_id = {ME}));
CREATE POLICY s ON projects FOR SELECT TO authenticated
  USING (org_id IN (SELECT org_id FROM members WHERE user_id = {ME}));
CREATE POLICY s ON tasks FOR SELECT TO authenticated USING ({_OF_MY_ORGANISATION});
CREATE POLICY i ON tasks FOR INSERT TO authenticated WITH CHECK ({_OF_MY_ORGANISATION});
CREATE POLICY u ON tasks FOR UPDATE TO authenticated
  USING ({_OF_MY_ORGANISATION}) WITH CHECK ({_OF_MY_ORGANISATION});
CREATE POLICY d ON tasks FOR DELETE TO authenticated USING ({_OF_MY_ORGANISATION});
"""

_MY_FOLDER = f"bucket_id = 'docs' AND (storage.foldername(name))[1] = {ME}::text"

FOLDERS = f"""
INSERT INTO storage.buckets (id, name) VALUES ('docs', 'docs');
CREATE POLICY s ON storage.objects FOR SELECT TO authenticated USING ({_MY_FOLDER});
CREATE POLICY i ON storage.objects FOR INSERT TO authenticated WITH CHECK ({_MY_FOLDER});
CREATE POLICY u ON storage.objects FOR UPDATE TO authenticated USING ({_MY_FOLDER}) WITH CHECK ({_MY_FOLDER});
CREATE POLICY d ON storage.objects FOR DELETE TO authenticated USING ({_MY_FOLDER});
"""

PROFILES = f"""
CREATE TABLE profiles (
  id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE,
  username text UNIQUE CHECK (char_length(username) >= 3)
);
CREATE FUNCTION on_sign_up() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO public.profiles (id, username) VALUES (NEW.id, NEW.raw_user_meta_data ->> 'username');
  RETURN NEW;
END $$;
CREATE TRIGGER on_sign_up AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION on_sign_up();
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON profiles FOR SELECT USING (id = {ME});
CREATE POLICY i ON profiles FOR INSERT WITH CHECK (id = {ME});
CREATE POLICY u ON profiles FOR UPDATE USING (id = {ME}) WITH CHECK (id = {ME});
CREATE POLICY d ON profiles FOR DELETE USING (id = {ME});
"""

EVENTS = f"""
CREATE TABLE events (
  id uuid NOT NULL DEFAULT gen_random_uuid(), user_id uuid NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2050-01-01');
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events_old ENABLE ROW LEVEL SECURITY;
CREATE POLICY a ON events TO authenticated USING (user_id = {ME}) WITH CHECK (user_id = {ME});
"""

CLAIMS = """
CREATE TABLE invoices (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, amount int NOT NULL);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY a ON invoices TO authenticated
  USING (tenant_id = (auth.jwt() -> 'app_metadata' ->> 'tenant_id')::uuid)
  WITH CHECK (tenant_id = (auth.jwt() -> 'app_metadata' ->> 'tenant_id')::uuid);
"""

COMPOSITE = f"""
CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE members (
  organization_id uuid NOT NULL REFERENCES organizations, user_id uuid NOT NULL REFERENCES auth.users,
  PRIMARY KEY (organization_id, user_id)
);
CREATE TABLE projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid NOT NULL REFERENCES organizations,
  UNIQUE (organization_id, id)
);
CREATE TABLE jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid NOT NULL, project_id uuid NOT NULL, title text,
  FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);
CREATE FUNCTION my_organizations() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ SELECT organization_id FROM public.members WHERE user_id = {ME} $$;
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON members FOR SELECT TO authenticated USING (user_id = {ME});
CREATE POLICY a ON projects TO authenticated USING (organization_id IN (SELECT my_organizations()));
CREATE POLICY a ON jobs TO authenticated USING (organization_id IN (SELECT my_organizations()));
"""

SAFE = {
    "public.jobs": COMPOSITE,
    "public.notes": OWNER,
    "public.documents": TEAMS,
    "public.tasks": ORGANISATIONS,
    "storage.objects": FOLDERS,
    "public.profiles": PROFILES,
    "public.events": EVENTS,
    "public.invoices": CLAIMS,
}


# One database serves every test: making one for each costs more than the proofs.
_EMPTY = """
DO $$
DECLARE
  doomed text;
BEGIN
  FOR doomed IN
    SELECT format('DROP POLICY %I ON storage.objects', polname) FROM pg_policy
      WHERE polrelid = 'storage.objects'::regclass
    UNION ALL SELECT format('DROP OPERATOR %s CASCADE', oid::regoperator) FROM pg_operator
      WHERE oprnamespace = 'public'::regnamespace
    UNION ALL SELECT format('DROP FUNCTION %s CASCADE', oid::regprocedure) FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace
  LOOP
    EXECUTE doomed;
  END LOOP;
  FOR doomed IN
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', doomed);
  END LOOP;
  DROP TYPE IF EXISTS public.member_role;
  PERFORM set_config('storage.allow_delete_query', 'true', true);
  DELETE FROM storage.buckets;
END $$;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture(scope="module")
def made(server: Server) -> str:
    return server.database(Platform.SUPABASE)


@pytest.fixture
def supabase(made: str) -> Iterator[str]:
    yield made
    with connect(made) as connection:
        connection.execute(_EMPTY.encode())


def proof(database: str, sql: str, *, shared: frozenset[str] = frozenset()) -> Isolation:
    replayed = replay(database, [MigrationFile("supabase/migrations/1_x.sql", "1", "x", sql)])
    assert replayed.skipped == ()
    return prove(lambda: connect(database), IsolationSettings(shared=shared))


def cells(found: Isolation, name: str, role: str = "", command: str = "") -> list[Cell]:
    return [
        cell
        for cell in found.cells
        if cell.name == name and role in {"", cell.role} and command in {"", cell.command}
    ]


def verdicts(found: Isolation, name: str, role: str = "", command: str = "") -> set[Verdict]:
    return {cell.verdict for cell in cells(found, name, role, command)}


@pytest.mark.parametrize("name", SAFE)
def test_a_correct_table_is_proved_for_every_role_and_command(supabase: str, name: str) -> None:
    found = proof(supabase, SAFE[name])

    assert [cell for cell in cells(found, name) if cell.verdict is not Verdict.PROVED] == []
    assert len(cells(found, name)) == 12
    assert not found.refuted
    assert name in {column.table for column in found.tenancy}


def weakened() -> Iterator[object]:
    """Every policy of a correct table, made too wide in one place."""
    commands = {"s": "select", "i": "insert", "u": "update", "d": "delete"}
    wide = {"true": "true", "signed in": "auth.uid() IS NOT NULL"}
    tables = ("public.notes", "public.documents", "public.tasks", "storage.objects", "public.profiles")
    for name, policy, (form, condition) in product(tables, commands, wide.items()):
        if form == "signed in" and name not in {"public.documents", "storage.objects"}:
            continue
        if policy != "i":
            weakening = f"ALTER POLICY {policy} ON {name} USING ({condition});"
            yield pytest.param(name, weakening, commands[policy], id=f"{name} {policy} using {form}")
        if policy in "iu":
            weakening = f"ALTER POLICY {policy} ON {name} WITH CHECK ({condition});"
            yield pytest.param(name, weakening, commands[policy], id=f"{name} {policy} check {form}")


@pytest.mark.parametrize(("name", "weakening", "command"), list(weakened()))
def test_a_policy_that_is_too_wide_is_refuted(supabase: str, name: str, weakening: str, command: str) -> None:
    found = proof(supabase, SAFE[name] + weakening)

    refuted = [cell for cell in found.refuted if cell.name == name and cell.command == command]
    assert {"user A", "user B"} <= {cell.role for cell in refuted}
    assert all(cell.row and cell.statement for cell in refuted)


OTHERS = {
    "row-level security off": ("public.notes", "ALTER TABLE notes DISABLE ROW LEVEL SECURITY;", "anon", "select"),
    "row-level security off, a write": (
        "public.notes", "ALTER TABLE notes DISABLE ROW LEVEL SECURITY;", "anon", "delete",
    ),
    "off in a table of a team": (
        "public.documents", "ALTER TABLE documents DISABLE ROW LEVEL SECURITY;", "user A", "insert",
    ),
    "off in the members": (
        "public.team_members", "ALTER TABLE team_members DISABLE ROW LEVEL SECURITY;", "user A", "insert",
    ),
    "a composite key that no policy asks about": (
        "public.jobs", "CREATE POLICY x ON jobs FOR UPDATE TO authenticated USING (true);", "user A", "update",
    ),
    "a composite key, and rows of anybody": (
        "public.jobs", "CREATE POLICY x ON jobs FOR INSERT TO authenticated WITH CHECK (title IS NOT NULL);", "user A", "insert",
    ),
    "a policy for anon": ("public.notes", "CREATE POLICY x ON notes FOR SELECT TO anon USING (true);", "anon", "select"),
    "a policy for everyone": ("public.tasks", "CREATE POLICY x ON tasks USING (true);", "anon", "update"),
    "a second policy that widens": (
        "public.tasks", "CREATE POLICY x ON tasks FOR DELETE TO authenticated USING (title IS NOT NULL);", "user B", "delete",
    ),
    "anon may insert": (
        "public.notes", "CREATE POLICY x ON notes FOR INSERT TO anon WITH CHECK (true);", "anon", "insert",
    ),
    "a function that lets anyone in": (
        "public.documents",
        (
        "CREATE OR REPLACE FUNCTION my_teams() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER"
        " SET search_path = '' AS $$ SELECT team_id FROM public.team_members $$;"
        ),
        "user A",
        "select",
    ),
    "a tenant conjunct that is missing": (
        "storage.objects", "ALTER POLICY s ON storage.objects USING (bucket_id = 'docs');", "user A", "select",
    ),
    "a parent that is not asked for": (
        "public.tasks",
        "ALTER POLICY i ON tasks WITH CHECK (EXISTS (SELECT 1 FROM members m WHERE m.user_id = auth.uid()));",
        "user A",
        "insert",
    ),
    "a claim the user may write": (
        "public.invoices", "CREATE POLICY x ON invoices USING (amount > 0);", "user A", "select",
    ),
    "a null that falls through": (
        "public.notes",
        (
        "CREATE FUNCTION is_other(u uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$"
        " BEGIN IF u <> auth.uid() THEN RETURN false; END IF; RETURN true; END $$;"
        " CREATE POLICY x ON notes FOR SELECT USING (is_other(user_id));"
        ),
        "anon",
        "select",
    ),
    "an open partition": ("public.events_old", "ALTER TABLE events_old DISABLE ROW LEVEL SECURITY;", "anon", "select"),
    "an open partition, a write": (
        "public.events_old", "ALTER TABLE events_old DISABLE ROW LEVEL SECURITY;", "user A", "update",
    ),
    "a view with its owner's rights": ("public.v", "CREATE VIEW v AS SELECT * FROM notes;", "anon", "select"),
    "a write through such a view": ("public.v", "CREATE VIEW v AS SELECT * FROM notes;", "user A", "delete"),
    "a view that hides the owner": ("public.v", "CREATE VIEW v AS SELECT id, body FROM notes;", "user A", "select"),
    "a view that shows the caller beside others' words": (
        "public.v", "CREATE VIEW v AS SELECT auth.uid() AS me, body FROM notes;", "user A", "select",
    ),
    "a view that nests rows": (
        "public.v", "CREATE VIEW v AS SELECT jsonb_agg(to_jsonb(n)) AS all_of_them FROM notes n;", "anon", "select",
    ),
    "a materialized view": ("public.m", "CREATE MATERIALIZED VIEW m AS SELECT * FROM notes;", "anon", "select"),
    "a function with its owner's rights": (
        "public.f",
        "CREATE FUNCTION f() RETURNS SETOF notes LANGUAGE sql SECURITY DEFINER AS $$ SELECT * FROM public.notes $$;",
        "anon",
        "call",
    ),
    "a function that returns json": (
        "public.f",
        (
        "CREATE FUNCTION f() RETURNS json LANGUAGE sql SECURITY DEFINER AS"
        " $$ SELECT json_agg(n) FROM public.notes n $$;"
        ),
        "user B",
        "call",
    ),
    "a function that deletes": (
        "public.f",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM public.notes WHERE true $$;",
        "anon",
        "call",
    ),
    "an argument with a default": (
        "public.f",
        (
        "CREATE FUNCTION f(most int DEFAULT 10) RETURNS SETOF uuid LANGUAGE sql SECURITY DEFINER AS"
        " $$ SELECT user_id FROM public.notes LIMIT most $$;"
        ),
        "anon",
        "call",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_another_way_round_the_policies_is_refuted(supabase: str, case: str) -> None:
    name, weakening, role, command = OTHERS[case]
    pattern = {"public.team_members": TEAMS, "public.events_old": EVENTS, **SAFE}.get(name, OWNER)

    found = proof(supabase, pattern + weakening)

    assert verdicts(found, name, role, command) == {Verdict.REFUTED}


MEMBERS_OF_A_PLAN = (
    OWNER + "ALTER POLICY s ON notes USING (user_id = auth.uid() AND auth.jwt() ->> 'plan' = 'gold');"
)


def test_a_policy_that_hides_the_own_row_as_well_proves_nothing(supabase: str) -> None:
    found = proof(supabase, MEMBERS_OF_A_PLAN)

    [cell] = cells(found, "public.notes", "user A", "select")
    assert cell.verdict is Verdict.UNPROVED
    assert "hid the own row as well" in cell.reason


def test_a_table_that_can_not_be_filled_is_unproved_and_says_why(supabase: str) -> None:
    found = proof(supabase, OWNER + "ALTER TABLE notes ADD CONSTRAINT never CHECK (status <> status);")

    assert verdicts(found, "public.notes", "user A") == {Verdict.UNPROVED}
    [cell] = cells(found, "public.notes", "user A", "select")
    assert "could not be filled" in cell.reason
    assert "never" in cell.reason


def test_an_error_that_only_looks_like_a_refusal_proves_nothing(supabase: str) -> None:
    found = proof(
        supabase,
        OWNER
        + """
        CREATE FUNCTION pretend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.user_id <> auth.uid() THEN
            RAISE 'new row violates row-level security policy' USING ERRCODE = '42501';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER pretend BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION pretend();
        ALTER POLICY i ON notes WITH CHECK (true);
        """,
    )

    [cell] = cells(found, "public.notes", "user A", "insert")
    assert cell.verdict is Verdict.UNPROVED


def test_a_refusal_inside_a_trigger_proves_nothing(supabase: str) -> None:
    found = proof(
        supabase,
        OWNER
        + """
        CREATE TABLE journal (user_id uuid NOT NULL);
        ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
        CREATE POLICY i ON journal FOR INSERT WITH CHECK (user_id = auth.uid());
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.journal VALUES (NEW.user_id); RETURN NEW; END $$;
        CREATE TRIGGER note BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION note();
        ALTER POLICY i ON notes WITH CHECK (true);
        """,
    )

    [cell] = cells(found, "public.notes", "user A", "insert")
    assert cell.verdict is Verdict.UNPROVED


def test_settings_of_the_database_change_no_verdict(supabase: str) -> None:
    settings = (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET row_security = {}', current_database());"
        " EXECUTE format('ALTER DATABASE %I SET session_replication_role = {}', current_database()); END $$;"
    )
    try:
        found = proof(
            supabase, OWNER + settings.format("off", "replica") + "ALTER POLICY s ON notes USING (true);"
        )
    finally:
        with connect(supabase) as connection:
            connection.execute(settings.format("on", "origin").encode())

    assert verdicts(found, "public.notes", "user A", "select") == {Verdict.REFUTED}
    assert verdicts(found, "public.notes", "user A", "delete") == {Verdict.PROVED}


def test_operators_and_functions_of_the_project_change_no_verdict(supabase: str) -> None:
    found = proof(
        supabase,
        OWNER
        + """
        CREATE FUNCTION never(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT false $$;
        CREATE OPERATOR = (FUNCTION = never, LEFTARG = text, RIGHTARG = text);
        CREATE FUNCTION record_out(notes) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
        CREATE FUNCTION set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
        ALTER POLICY d ON notes USING (true);
        """,
    )

    assert verdicts(found, "public.notes", "user B", "delete") == {Verdict.REFUTED}
    assert verdicts(found, "public.notes", "user B", "update") == {Verdict.PROVED}


def test_a_function_that_will_not_stop_ends_the_trials_and_what_is_left_is_unproved(
    supabase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("_CANCEL_SECONDS", 1), ("_TERMINATE_SECONDS", 0.5), ("_LOOK_SECONDS", 0.1)):
        monkeypatch.setattr(f"guardrails.shadow.isolation.session.{name}", seconds)
    found = proof(
        supabase,
        OWNER
        + """
        CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
          LOOP
            BEGIN PERFORM pg_sleep(1); EXCEPTION WHEN query_canceled THEN NULL; END;
          END LOOP;
        END $$;
        CREATE FUNCTION g() RETURNS SETOF notes LANGUAGE sql AS $$ SELECT * FROM public.notes $$;
        """,
    )

    assert verdicts(found, "public.notes") == {Verdict.PROVED}
    assert verdicts(found, "public.f") == verdicts(found, "public.g") == {Verdict.UNPROVED}
    assert len(cells(found, "public.g")) == 3
    assert any("would not stop" in note for note in found.notes)


def test_trials_that_take_too_long_altogether_end_and_what_is_left_is_unproved(
    supabase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guardrails.shadow.isolation.session.ALL_SECONDS", 1.5)
    slow = "".join(
        f"CREATE FUNCTION f{number}() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep(0.7) $$;"
        for number in range(20)
    )

    found = proof(supabase, OWNER + slow)

    assert len(cells(found, "public.f19")) == 3
    assert verdicts(found, "public.f19") == {Verdict.UNPROVED}
    assert any("took longer than 1.5 seconds" in note for note in found.notes)


COUNTRIES = """
CREATE TABLE countries (code text PRIMARY KEY, name text);
ALTER TABLE countries ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON countries FOR SELECT USING (true);
"""


def test_a_table_without_a_tenant_is_unproved_until_it_is_declared_as_shared(supabase: str) -> None:
    found = proof(supabase, COUNTRIES)

    [cell] = cells(found, "public.countries", "anon", "select")
    assert cell.verdict is Verdict.UNPROVED
    assert "[isolation] shared" in cell.reason


def test_a_shared_table_may_be_read_by_all_and_written_by_none(supabase: str) -> None:
    shared = frozenset({"public.countries", "public.gone"})

    found = proof(
        supabase, COUNTRIES + "CREATE POLICY u ON countries FOR UPDATE USING (true);", shared=shared
    )

    assert verdicts(found, "public.countries", command="select") == {Verdict.PROVED}
    assert verdicts(found, "public.countries", command="delete") == {Verdict.PROVED}
    assert verdicts(found, "public.countries", command="update") == {Verdict.REFUTED}
    assert found.notes == ("public.gone is declared as shared, but there is no such table, view or function",)


def test_a_tenant_table_that_is_declared_as_shared_is_no_leak(supabase: str) -> None:
    sql = OWNER + "ALTER POLICY s ON notes USING (true); CREATE VIEW v AS SELECT * FROM notes;"

    found = proof(supabase, sql, shared=frozenset({"public.notes"}))

    assert verdicts(found, "public.notes", command="select") == {Verdict.PROVED}
    assert Verdict.REFUTED not in verdicts(found, "public.v", command="select")


def test_a_view_with_the_rights_of_its_caller_is_proved(supabase: str) -> None:
    found = proof(supabase, OWNER + "CREATE VIEW v WITH (security_invoker) AS SELECT * FROM notes;")

    assert verdicts(found, "public.v") == {Verdict.PROVED}


def test_a_view_that_only_counts_is_unproved(supabase: str) -> None:
    found = proof(supabase, OWNER + "CREATE VIEW v AS SELECT count(*) FROM notes;")

    assert verdicts(found, "public.v") == {Verdict.UNPROVED}


def test_a_view_that_counts_beside_the_caller_is_unproved(supabase: str) -> None:
    sql = "CREATE VIEW v AS SELECT auth.uid() AS me FROM notes UNION ALL SELECT NULL;"

    found = proof(supabase, OWNER + sql)

    assert verdicts(found, "public.v") == {Verdict.UNPROVED}


def test_columns_that_do_not_tell_the_rows_apart_prove_nothing(supabase: str) -> None:
    grants = "REVOKE ALL ON notes FROM authenticated; GRANT SELECT (status) ON notes TO authenticated;"

    found = proof(supabase, OWNER + grants)
    wide = proof(supabase, "ALTER POLICY s ON notes USING (true);")

    assert verdicts(found, "public.notes", "user A", "select") == {Verdict.UNPROVED}
    assert verdicts(wide, "public.notes", "user A", "select") == {Verdict.REFUTED}


def test_a_new_organisation_belongs_to_nobody_yet(supabase: str) -> None:
    found = proof(supabase, TEAMS + "CREATE POLICY i ON teams FOR INSERT TO authenticated WITH CHECK (true);")

    assert verdicts(found, "public.teams", "user A", "insert") == {Verdict.UNPROVED}
    assert not found.refuted


def test_a_row_of_an_organisation_for_all_is_nobody_s_alone(supabase: str) -> None:
    everybody = """
        INSERT INTO teams (id, name) VALUES ('c0000000-0000-4000-8000-000000000000', 'everybody');
        CREATE FUNCTION join_all() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
          INSERT INTO public.team_members VALUES ('c0000000-0000-4000-8000-000000000000', NEW.id, 'owner');
          RETURN NEW;
        END $$;
        CREATE TRIGGER join_all AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION join_all();
    """

    found = proof(supabase, TEAMS + everybody)

    assert not found.refuted
    assert verdicts(found, "public.documents") == {Verdict.PROVED}


def test_a_row_that_a_trigger_changes_stays_whose_it_was(supabase: str) -> None:
    latest = """
        ALTER TABLE notes ADD COLUMN latest boolean NOT NULL DEFAULT true;
        CREATE FUNCTION only_one() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS
          $$ BEGIN UPDATE public.notes SET latest = false; RETURN NEW; END $$;
        CREATE TRIGGER only_one BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION only_one();
    """

    found = proof(supabase, OWNER + latest)

    assert verdicts(found, "public.notes", command="select") == {Verdict.PROVED}
    assert not found.refuted


def test_an_identity_column_keeps_no_update_from_being_tried(supabase: str) -> None:
    found = proof(
        supabase,
        f"""
        CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users);
        ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY a ON orders TO authenticated USING (user_id = {ME});
        REVOKE UPDATE ON orders FROM anon, authenticated;
        """,
    )

    assert verdicts(found, "public.orders") == {Verdict.PROVED}


def test_many_rows_of_the_migrations_own_change_no_verdict(supabase: str) -> None:
    many = """
        ALTER TABLE notes ALTER user_id DROP NOT NULL;
        INSERT INTO notes (status, body) SELECT 'done', 'x' FROM generate_series(1, 3000);
    """

    found = proof(supabase, OWNER + many)
    wide = proof(supabase, "ALTER POLICY s ON notes USING (true);")

    assert verdicts(found, "public.notes") == {Verdict.PROVED}
    assert {cell.command for cell in wide.refuted} == {"select"}


def test_what_gives_more_than_can_be_looked_at_is_unproved(supabase: str) -> None:
    sql = "CREATE VIEW v AS SELECT repeat('x', 1000000) AS x FROM notes, generate_series(1, 1000);"

    found = proof(supabase, OWNER + sql)

    [cell] = cells(found, "public.v", "user A", "select")
    assert (cell.verdict, "more than can be looked at" in cell.reason) == (Verdict.UNPROVED, True)


def test_whom_a_message_is_for_is_no_leak(supabase: str) -> None:
    found = proof(
        supabase,
        """
        CREATE TABLE messages (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          sender_id uuid NOT NULL REFERENCES auth.users,
          recipient_id uuid NOT NULL REFERENCES auth.users
        );
        ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
        CREATE POLICY s ON messages FOR SELECT USING (auth.uid() IN (sender_id, recipient_id));
        CREATE POLICY i ON messages FOR INSERT WITH CHECK (auth.uid() = sender_id);
        """,
    )

    assert not found.refuted
    assert verdicts(found, "public.messages", command="insert") == {Verdict.PROVED}


def test_a_sign_up_trigger_that_fails_is_told(supabase: str) -> None:
    found = proof(
        supabase,
        PROFILES.replace("(id, username) VALUES", "(id, nickname) VALUES"),
    )

    assert any("nickname" in note and note.startswith("no user could be written") for note in found.notes)
    assert verdicts(found, "public.profiles", "user A") == {Verdict.UNPROVED}


def test_nothing_to_try_is_said(supabase: str) -> None:
    found = proof(supabase, "CREATE SCHEMA IF NOT EXISTS hidden;")

    assert found.cells == ()
    assert "nothing to try" in found.notes[0]


def test_the_database_is_left_as_it_was(supabase: str) -> None:
    proof(supabase, TEAMS + PROFILES)

    with connect(supabase) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM auth.users) + (SELECT count(*) FROM public.documents),"
            " (SELECT count(*) FROM pg_trigger WHERE tgname LIKE '!%')"
        ).fetchone()

    assert left == (0, 0)


DEFINER = "LANGUAGE sql SECURITY DEFINER SET search_path = '' AS"
CALLS = {
    "a row by its id": (
        TEAMS,
        f"CREATE FUNCTION f(document_id uuid) RETURNS SETOF documents {DEFINER} $$ SELECT * FROM public.documents d WHERE d.id = $1 $$;",
        "f(uuid)", "user A", "reads",
    ),
    "anon, a row by its id": (
        TEAMS,
        f"CREATE FUNCTION f(id uuid) RETURNS SETOF documents {DEFINER} $$ SELECT * FROM public.documents d WHERE d.id = $1 $$;",
        "f(uuid)", "anon", "reads",
    ),
    "rows of a team, as a nameless argument": (
        TEAMS,
        f"CREATE FUNCTION f(uuid) RETURNS json {DEFINER} $$ SELECT json_agg(d) FROM public.documents d WHERE team_id = $1 $$;",
        "f(uuid)", "user A", "reads",
    ),
    "one argument is checked, the other is not": (
        TEAMS,
        (f"CREATE FUNCTION f(p_team_id uuid, p_document_id uuid) RETURNS SETOF documents {DEFINER} $$ SELECT * FROM public.documents "
        "WHERE id = p_document_id AND p_team_id IN (SELECT public.my_teams()) $$;"),
        "f(uuid, uuid)", "user B", "reads",
    ),
    "a caller that says who it is": (
        OWNER,
        f"CREATE FUNCTION f(_user_id uuid) RETURNS SETOF notes {DEFINER} $$ SELECT * FROM public.notes WHERE user_id = _user_id $$;",
        "f(uuid)", "user A", "reads",
    ),
    "an identity that is only the default": (
        OWNER,
        f"CREATE FUNCTION f(user_id uuid DEFAULT auth.uid()) RETURNS SETOF notes {DEFINER} $$ SELECT * FROM public.notes n WHERE n.user_id = $1 $$;",
        "f", "user A", "reads",
    ),
    "a search": (
        OWNER,
        f"CREATE FUNCTION f(words text) RETURNS SETOF notes {DEFINER} $$ SELECT * FROM public.notes WHERE body ILIKE '%' || words || '%' $$;",
        "f(text)", "user A", "reads",
    ),
    "one foreign argument among many": (
        TEAMS,
        (f"CREATE FUNCTION f(document_id uuid, a text, b text, c text, d text, e text, g text, h text) RETURNS SETOF documents {DEFINER} "
        "$$ SELECT * FROM public.documents d WHERE d.id = $1 $$;"),
        "f(uuid, text, text, text, text, text, text, text)", "user A", "reads",
    ),
    "a deletion by id": (
        TEAMS,
        ("CREATE FUNCTION f(doc uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$ "
        "BEGIN DELETE FROM public.documents d WHERE d.id = doc; IF NOT FOUND THEN RAISE 'nothing'; END IF; END $$;"),
        "f(uuid)", "user A", "writes to",
    ),
    "a row put into another team": (
        TEAMS,
        f"CREATE FUNCTION f(team_id uuid, title text) RETURNS void {DEFINER} $$ INSERT INTO public.documents (team_id, title) VALUES ($1, $2) $$;",
        "f(uuid, text)", "user A", "puts a row by its team_id beside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_a_function_that_takes_what_it_is_given_is_refuted(supabase: str, case: str) -> None:
    pattern, sql, name, role, how = CALLS[case]

    found = proof(supabase, pattern + sql)

    (cell,) = cells(found, f"public.{name}", role)
    assert (cell.verdict, how in cell.reason) == (Verdict.REFUTED, True), cell
    assert cell.statement.startswith("SELECT ")
    assert cell.row


GUARDED = {
    "as its caller": (
        TEAMS, "CREATE FUNCTION f(id uuid) RETURNS SETOF documents LANGUAGE sql AS $$ SELECT * FROM public.documents d WHERE d.id = $1 $$;",
    ),
    "asks whose it is": (
        TEAMS,
        (f"CREATE FUNCTION f(document_id uuid) RETURNS SETOF documents {DEFINER} $$ SELECT * FROM public.documents "
        "WHERE id = document_id AND team_id IN (SELECT public.my_teams()) $$;"),
    ),
    "raises": (
        TEAMS,
        ("CREATE FUNCTION f(team_id uuid) RETURNS SETOF documents LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$ BEGIN "
        "IF $1 NOT IN (SELECT public.my_teams()) THEN RAISE 'not yours'; END IF; "
        "RETURN QUERY SELECT * FROM public.documents d WHERE d.team_id = $1; END $$;"),
    ),
    "a search of one's own": (
        OWNER, "CREATE FUNCTION f(q text) RETURNS SETOF notes LANGUAGE sql AS $$ SELECT * FROM public.notes WHERE body ILIKE '%' || q || '%' $$;",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GUARDED)
def test_a_function_that_asks_whose_the_row_is_is_proved(supabase: str, case: str) -> None:
    pattern, sql = GUARDED[case]

    found = proof(supabase, pattern + sql)

    [name] = {cell.name for cell in found.cells if cell.name.startswith("public.f")}
    assert verdicts(found, name) == {Verdict.PROVED}


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE FUNCTION f(id uuid) RETURNS uuid LANGUAGE sql AS 'SELECT $1';", "nothing in its result"),
        ("CREATE FUNCTION f(id uuid) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.notes';", "tells no tenant"),
        ("CREATE FUNCTION f(box box) RETURNS SETOF notes LANGUAGE sql AS 'SELECT * FROM public.notes';", "can be made up"),
        ("CREATE FUNCTION f(id uuid) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;", "not today"),
    ],
)  # fmt: skip
def test_a_function_whose_answer_shows_nothing_is_unproved(supabase: str, sql: str, why: str) -> None:
    found = proof(supabase, OWNER + sql)

    [cell] = [cell for cell in found.cells if cell.name.startswith("public.f(") and cell.role == "user A"]
    assert cell.verdict is Verdict.UNPROVED
    assert why in cell.reason


def test_functions_of_one_name_are_told_apart_and_may_be_declared_as_shared(supabase: str) -> None:
    sql = (
        f"CREATE FUNCTION f(id uuid) RETURNS SETOF documents {DEFINER} $$ SELECT * FROM public.documents d WHERE d.id = $1 $$;"
        "CREATE FUNCTION f(id text) RETURNS text LANGUAGE sql AS 'SELECT $1';"
    )
    open_ = proof(supabase, TEAMS + sql)
    shared = proof(supabase, "SELECT 1;", shared=frozenset({"public.f"}))

    assert {cell.name for cell in open_.refuted} == {"public.f(uuid)"}
    assert not shared.refuted


def test_a_function_that_nobody_may_call_is_closed(supabase: str) -> None:
    sql = (
        f"CREATE FUNCTION f(id uuid) RETURNS SETOF notes {DEFINER} $$ SELECT * FROM public.notes $$;"
        "REVOKE ALL ON FUNCTION f FROM PUBLIC, anon, authenticated;"
    )

    found = proof(supabase, OWNER + sql)

    assert verdicts(found, "public.f(uuid)") == {Verdict.PROVED}


VIEWS = {
    "with its owner's rights": ("CREATE VIEW v AS SELECT id, team_id, title FROM documents;", Verdict.REFUTED),
    "with its caller's": (
        "CREATE VIEW v WITH (security_invoker) AS SELECT id, team_id, title FROM documents;", Verdict.PROVED,
    ),
    "with a check option, but taken over by a known key": (
        "CREATE VIEW v AS SELECT id, team_id, title FROM documents WHERE team_id IN (SELECT my_teams()) WITH CHECK OPTION;",
        Verdict.REFUTED,
    ),
    "with a check option": (
        "CREATE VIEW v AS SELECT team_id, title FROM documents WHERE team_id IN (SELECT my_teams()) WITH CHECK OPTION;",
        Verdict.PROVED,
    ),
    "that asks only when it is read": (
        "CREATE VIEW v AS SELECT id, team_id, title FROM documents WHERE team_id IN (SELECT my_teams());", Verdict.REFUTED,
    ),
    "with other names": ("CREATE VIEW v AS SELECT id, team_id AS team, title FROM documents;", Verdict.UNPROVED),
}  # fmt: skip


@pytest.mark.parametrize("case", VIEWS)
def test_rows_that_go_in_through_a_view_are_tried(supabase: str, case: str) -> None:
    sql, expected = VIEWS[case]

    found = proof(supabase, TEAMS + sql)

    assert verdicts(found, "public.v", "user A", "insert") == {expected}


def test_a_view_without_security_invoker_is_named_as_the_cause(supabase: str) -> None:
    found = proof(supabase, OWNER + "CREATE VIEW v AS SELECT * FROM notes;")

    [cell] = cells(found, "public.v", "user A", "select")
    assert cell.reason == "user A reads a row of tenant B: the view has no security_invoker"


def test_a_column_that_a_client_may_not_write_can_not_name_another_tenant(supabase: str) -> None:
    sql = """
        ALTER TABLE notes ALTER user_id SET DEFAULT auth.uid();
        REVOKE INSERT ON notes FROM authenticated;
        GRANT INSERT (status, body) ON notes TO authenticated;
        ALTER POLICY i ON notes WITH CHECK (true);
    """

    found = proof(supabase, OWNER + sql)

    [cell] = cells(found, "public.notes", "user A", "insert")
    assert (cell.verdict, "no column that it may write" in cell.reason) == (Verdict.UNPROVED, True)


def test_a_foreign_key_into_a_table_that_nobody_may_see_is_no_own_row(supabase: str) -> None:
    found = proof(supabase, ORGANISATIONS + "ALTER POLICY i ON tasks WITH CHECK (project_id IS NOT NULL);")

    assert verdicts(found, "public.tasks", "user A", "insert") == {Verdict.REFUTED}


def test_who_may_listen_to_a_topic_is_unproved(supabase: str) -> None:
    found = proof(supabase, OWNER + "CREATE POLICY everybody ON realtime.messages FOR SELECT USING (true);")
    with connect(supabase) as connection:
        connection.execute("DROP POLICY everybody ON realtime.messages")

    assert verdicts(found, "realtime.messages") == {Verdict.UNPROVED}


def test_a_database_without_users_is_not_applicable(server: Server) -> None:
    found = proof(server.database(Platform.PLAIN), "CREATE TABLE notes (id int PRIMARY KEY, user_id int);")

    assert not found.applicable
    assert "no signed-in users" in found.reason
    assert found.cells == ()
    assert "not applicable" in render_text(found)
    assert "not applicable" in render_markdown(found)
    assert as_data(found)["applicable"] is False


def test_a_table_of_users_of_the_project_s_own_will_do(server: Server) -> None:
    me = "(current_setting('request.jwt.claims', true)::json ->> 'sub')::int"

    found = proof(
        server.database(Platform.PLAIN),
        f"""
        CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE);
        CREATE TABLE notes (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users, body text);
        GRANT USAGE ON SCHEMA public TO anon, authenticated;
        GRANT SELECT, DELETE ON notes TO authenticated;
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY s ON notes FOR SELECT USING (user_id = {me});
        CREATE POLICY d ON notes FOR DELETE USING (true);
        """,
    )

    assert verdicts(found, "public.notes", "user A", "select") == {Verdict.PROVED}
    assert verdicts(found, "public.notes", "user A", "delete") == {Verdict.REFUTED}
    assert verdicts(found, "public.notes", "anon") == {Verdict.PROVED}


def test_a_refuted_cell_is_shown_with_its_row_and_statement(supabase: str) -> None:
    found = proof(supabase, OWNER + "ALTER POLICY d ON notes USING (true);")

    [cell] = cells(found, "public.notes", "user A", "delete")
    assert cell.statement == 'DELETE FROM "public"."notes"'
    assert cell.row.startswith("id = ")
    text = render_text(found)
    assert "✗ public.notes: user A deletes a row of tenant B; the same as user B\n" in text
    assert 'user A: DELETE FROM "public"."notes"' in text
    assert text.endswith(f"isolation: {summary(found)}\n")
    assert "| public.notes | delete | ✓ proved | ✗ refuted | ✗ refuted |" in render_markdown(found)
    data = as_data(found)
    assert data["counts"] == {"proved": 10, "refuted": 2, "unproved": 0}
    assert json.loads(json.dumps(data)) == data


def test_what_a_migration_opened_is_told_from_what_was_open_before(supabase: str) -> None:
    before = proof(supabase, OWNER + "ALTER POLICY d ON notes USING (true);")

    after = proof(supabase, "ALTER POLICY s ON notes USING (true);")

    opened = after.refuted_beyond(before)
    assert {(cell.name, cell.command) for cell in opened} == {("public.notes", "select")}


def test_names_of_the_project_reach_no_terminal_and_no_markup(supabase: str) -> None:
    found = proof(supabase, 'CREATE TABLE "a\x1b[31m|b" (id int PRIMARY KEY, user_id uuid);')

    assert found.refuted
    for text in (render_text(found), render_markdown(found)):
        assert "\x1b" not in text
    assert "31m\\|b" in render_markdown(found)


_ROLES_IN_ORGANISATIONS = """
CREATE TABLE orgs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TYPE member_role AS ENUM ('owner', 'admin', 'member');
CREATE TABLE memberships (
  org_id uuid NOT NULL REFERENCES orgs,
  user_id uuid NOT NULL REFERENCES auth.users,
  role member_role NOT NULL,
  PRIMARY KEY (org_id, user_id)
);
CREATE TABLE posts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id uuid NOT NULL REFERENCES orgs, body text);
ALTER TABLE orgs ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON memberships FOR SELECT USING (user_id = (SELECT auth.uid()));
CREATE FUNCTION has_role(wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ SELECT EXISTS (SELECT FROM public.memberships WHERE user_id = (SELECT auth.uid()) AND role::text = wanted) $$;
CREATE FUNCTION my_role() RETURNS member_role LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS
  $$ BEGIN RETURN (SELECT m.role FROM public.memberships m WHERE m.user_id = auth.uid() LIMIT 1); END $$;
"""
_IN_ANY_ORGANISATION = (
    "EXISTS (SELECT 1 FROM public.memberships m WHERE m.user_id = (SELECT auth.uid()) AND m.role = '{role}')"
)


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
@pytest.mark.parametrize("condition", [_IN_ANY_ORGANISATION, "has_role('{role}')", "my_role() = '{role}'"])
def test_a_role_in_any_organisation_that_opens_every_organisation_is_refuted(
    supabase: str, condition: str, role: str
) -> None:
    policy = f"CREATE POLICY r ON posts FOR SELECT USING ({condition.format(role=role)});"
    found = proof(supabase, _ROLES_IN_ORGANISATIONS + policy)

    assert verdicts(found, "public.posts", "user A", "select") == {Verdict.REFUTED}


def test_a_role_that_no_row_of_the_client_has_proves_nothing(supabase: str) -> None:
    policies = "".join(
        f"CREATE POLICY {role} ON posts FOR SELECT USING (org_id IN (SELECT m.org_id FROM public.memberships m"
        f" WHERE m.user_id = (SELECT auth.uid()) AND m.role = '{role}'));"
        for role in ("admin", "member")
    )
    found = proof(supabase, _ROLES_IN_ORGANISATIONS + policies)

    [cell] = cells(found, "public.posts", "user A", "select")
    assert cell.verdict is Verdict.UNPROVED
    assert cell.reason == "memberships.role = 'member' was never true for a client"


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [(f"user_id = {ME}", Verdict.UNPROVED), ("true", Verdict.REFUTED)],
)
def test_a_shared_table_lets_its_users_change_their_own_rows_alone(
    supabase: str, policy: str, verdict: Verdict
) -> None:
    found = proof(
        supabase,
        OWNER + f"ALTER POLICY s ON notes USING (true); ALTER POLICY u ON notes USING ({policy});",
        shared=frozenset({"public.notes"}),
    )

    assert verdicts(found, "public.notes", "user A", "update") == {verdict}
    assert verdicts(found, "public.notes", "user B", "update") == {verdict}
