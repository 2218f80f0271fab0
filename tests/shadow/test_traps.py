"""What a hostile migration plants runs with no more rights than its own, whatever `verify` does, and ends nothing of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from commands.cli import main
from guardrails.shadow.engine import Begun, Prepared, Server, connect, disposable_server

CANARY = Path("/tmp/written-by-a-trap")
FIRST, SECOND, THIRD = (f"supabase/migrations/2026010{number}000000_x.sql" for number in (1, 2, 3))
BACK = "supabase/rollbacks/20260103000000_x.sql"

SPRING = f"""
CREATE TABLE public.trapped (who text, session text, super text, what text);
GRANT INSERT ON public.trapped TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
CREATE FUNCTION public.spring(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.trapped VALUES (current_user, session_user, pg_catalog.current_setting('is_superuser'), what);
  BEGIN
    EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {CANARY}''';
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  BEGIN
    EXECUTE 'ALTER ROLE postgres SUPERUSER';
    INSERT INTO public.trapped VALUES (current_user, session_user, 'gained', what);
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  RETURN true;
END $$;
"""
# Names and operators that our own questions use, found first by whoever looks them up without their schema.
SHADOWED = (
    SPRING
    + "".join(
        f"CREATE FUNCTION public.{head} LANGUAGE sql AS $$ SELECT public.spring('{number}'){cast} $$;\n"
        for number, (head, cast) in enumerate(
            [
                ("format(text, VARIADIC text[]) RETURNS text", "::text"),
                ("format(text, name, name) RETURNS text", "::text"),
                ("to_jsonb(anyelement) RETURNS jsonb", "::text::jsonb"),
                ("md5(text) RETURNS text", "::text"),
                ("count(anyelement) RETURNS bigint", "::int::bigint"),
                ("concat(oid, text, text) RETURNS text", "::text"),
                ("concat_ws(text, text, text) RETURNS text", "::text"),
                ("coalesce_(text) RETURNS text", "::text"),
                ("quote_ident(name) RETURNS text", "::text"),
                ("has_table_privilege(oid, text) RETURNS boolean", ""),
                ("has_schema_privilege(text, oid, text) RETURNS boolean", ""),
                ("pg_get_expr(pg_node_tree, oid) RETURNS text", "::text"),
                ("pg_get_viewdef(oid) RETURNS text", "::text"),
                ("pg_get_functiondef(oid) RETURNS text", "::text"),
                ("pg_backend_pid() RETURNS int", "::int"),
                ("pg_stat_get_xact_numscans(oid) RETURNS bigint", "::int::bigint"),
                ("pg_relation_filenode(oid) RETURNS oid", "::int::oid"),
                ("set_config(text, text, boolean) RETURNS text", "::text"),
                ("current_setting(text, boolean) RETURNS text", "::text"),
                ("equals(text, text) RETURNS boolean", ""),
                ("equals(name, name) RETURNS boolean", ""),
                ("equals(oid, oid) RETURNS boolean", ""),
                ("equals(name, text) RETURNS boolean", ""),
            ]
        )
    )
    + """
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.equals);
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.equals);
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.equals);
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.equals);
CREATE OPERATOR public.!~ (LEFTARG = name, RIGHTARG = text, FUNCTION = public.equals);
CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = public.equals);
CREATE VIEW public.pg_class AS SELECT c.*, public.spring('pg_class') FROM pg_catalog.pg_class c;
CREATE VIEW public.pg_namespace AS SELECT n.*, public.spring('pg_namespace') FROM pg_catalog.pg_namespace n;
CREATE VIEW public.pg_policy AS SELECT p.*, public.spring('pg_policy') FROM pg_catalog.pg_policy p;
CREATE VIEW public.pg_roles AS SELECT r.*, public.spring('pg_roles') FROM pg_catalog.pg_roles r;
CREATE VIEW public.pg_locks AS SELECT l.*, public.spring('pg_locks') FROM pg_catalog.pg_locks l;
DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$;
ALTER ROLE postgres SET search_path = public, pg_catalog;
"""
)
# Code in everything that runs by itself when rows are written, read, copied, dumped or compared.
ROWS = (
    SPRING
    + """
CREATE TYPE public.odd AS (a int);
CREATE FUNCTION public.odd_json(public.odd) RETURNS json LANGUAGE sql AS $$ SELECT to_json(public.spring('json')) $$;
CREATE CAST (public.odd AS json) WITH FUNCTION public.odd_json(public.odd);
CREATE DOMAIN public.careful AS text CHECK (public.spring('domain') OR value IS NULL);
CREATE FUNCTION public.fixed(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spring('index'); RETURN $1; END $$;
CREATE FUNCTION public.on_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spring(TG_OP || TG_WHEN); RETURN coalesce(NEW, OLD); END $$;
CREATE TABLE public.things (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES auth.users, name public.careful NOT NULL,
  odd public.odd, made boolean DEFAULT public.spring('default'), upper text GENERATED ALWAYS AS (public.fixed(name)) STORED,
  CHECK (public.spring('check') OR id IS NULL)
);
CREATE INDEX ON public.things (public.fixed(name));
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON public.things FOR EACH ROW EXECUTE FUNCTION public.on_row();
CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE ON public.things FOR EACH ROW EXECUTE FUNCTION public.on_row();
CREATE TRIGGER t AFTER TRUNCATE ON public.things FOR EACH STATEMENT EXECUTE FUNCTION public.on_row();
CREATE TRIGGER u AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.on_row();
CREATE RULE r AS ON INSERT TO public.things DO ALSO SELECT public.spring('rule');
ALTER TABLE public.things ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.things FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON public.things USING (public.spring('policy'));
GRANT ALL ON public.things TO anon, authenticated;
CREATE VIEW public.shown AS SELECT *, public.spring('view') AS seen FROM public.things;
CREATE MATERIALIZED VIEW public.kept AS SELECT id, public.spring('materialized') FROM public.things;
GRANT SELECT ON public.shown, public.kept TO anon, authenticated;
CREATE FUNCTION public.call(id uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$ SELECT public.spring('call') $$;
CREATE FUNCTION public.call_without() RETURNS boolean LANGUAGE sql AS $$ SELECT public.spring('call') $$;
INSERT INTO auth.users (id) VALUES ('10000000-0000-4000-8000-000000000000');
INSERT INTO public.things (user_id, name) VALUES ('10000000-0000-4000-8000-000000000000', 'a');
"""
)
# Every trusted extension runs its script as the superuser: into a schema in which everything is ours.
EXTENSIONS = (
    SHADOWED
    + """
CREATE TABLE public.tried (name text, said text);
DO $$
DECLARE
  one text;
BEGIN
  FOR one IN SELECT e.name FROM pg_catalog.pg_available_extensions e ORDER BY 1 LOOP
    BEGIN
      EXECUTE 'CREATE EXTENSION ' || pg_catalog.quote_ident(one) || ' SCHEMA public';
      INSERT INTO public.tried VALUES (one, 'made');
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO public.tried VALUES (one, SQLERRM);
    END;
  END LOOP;
END $$;
"""
)


@pytest.fixture
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


Verify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def seen() -> list[tuple[str, ...]]:
    """What sprang a trap in the databases that `verify` used."""
    return []


@pytest.fixture
def verify(
    server: Server,
    seen: list[tuple[str, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Verify:
    @contextmanager
    def prepared(
        platform: Any, _history: Any, fill: Callable[[Begun], str], _settings: Any
    ) -> Iterator[Prepared]:
        conninfo = server.database(platform)
        yield Prepared(server, conninfo, fill(Begun(server, conninfo, 0, "")), warm=False)
        look(conninfo)

    def look(conninfo: str) -> None:
        with connect(server.inspector(conninfo)) as inspecting:
            there = inspecting.execute("SELECT pg_catalog.to_regclass('public.trapped')").fetchone()
        if there != (None,):
            with connect(conninfo) as connection:
                query = b"SELECT DISTINCT who, session, super FROM public.trapped"
                found = connection.execute(query).fetchall()
                # The table's made-up rows are words. Whether they are is not asked of a planted operator.
                seen.extend(row for row in found if row[2] in {"on", "off", "gained"})

    def drop(one: Server, conninfo: str) -> None:
        look(conninfo)
        dropping(one, conninfo)

    def run(*sql: str, back: str = "") -> tuple[int, dict[str, Any]]:
        for name, text in zip((FIRST, SECOND, THIRD), sql, strict=False):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        (tmp_path / "supabase" / "config.toml").write_text("[api]\nauto_expose_new_tables = true\n")
        if back:
            (tmp_path / BACK).parent.mkdir()
            (tmp_path / BACK).write_text(back)
        code = main(["verify", "--format", "json"])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, report

    dropping = Server.drop
    monkeypatch.setattr(Server, "drop", drop)
    monkeypatch.setattr("commands.verify.prepared_server", prepared)
    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture(autouse=True)
def nothing_written() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists()


HARMLESS = {
    ("postgres", "postgres", "off"),
    ("anon", "postgres", "off"),
    ("authenticated", "postgres", "off"),
}


@pytest.mark.parametrize("planted", [pytest.param(SHADOWED, id="names"), pytest.param(ROWS, id="rows")])
def test_what_is_planted_runs_as_its_owner_at_most(
    verify: Verify, seen: list[tuple[str, ...]], planted: str
) -> None:
    code, report = verify(
        planted,
        "CREATE TABLE public.more (id uuid PRIMARY KEY, user_id uuid REFERENCES auth.users);",
        "ALTER TABLE public.more ADD COLUMN note text;",
        back="ALTER TABLE public.more DROP COLUMN note;",
    )

    assert report["files"], report
    assert code in {0, 1}
    assert seen if planted is ROWS else True
    assert set(seen) <= HARMLESS


def test_no_script_of_an_extension_runs_what_is_planted_as_superuser(
    verify: Verify, seen: list[tuple[str, ...]]
) -> None:
    _, report = verify(EXTENSIONS, "SELECT 1;")

    assert report["files"], report
    assert set(seen) <= HARMLESS


NAMES = r"""
CREATE TABLE public."a'; DROP TABLE public.b; --" ("x"" y" int PRIMARY KEY, "%s" text, "{}" text, "$1" int, "é\" text);
CREATE TABLE public.b (id int PRIMARY KEY);
COMMENT ON TABLE public.b IS '; DROP TABLE public.b; --''';
CREATE FUNCTION public."f'()""(;"("p'"" %" int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE public."t'"" %" AS ENUM ('it''s', '"', '%s', '\');
CREATE VIEW public."v%s{}" AS SELECT * FROM public."a'; DROP TABLE public.b; --";
ALTER TABLE public."a'; DROP TABLE public.b; --" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "p'""%" ON public."a'; DROP TABLE public.b; --" USING ("%s" = 'it''s %s {} $1');
CREATE ROLE "r'""%s";
GRANT SELECT ON public.b TO "r'""%s";
"""


def test_names_are_data_in_all_that_we_ask(verify: Verify) -> None:
    code, report = verify(NAMES, "ALTER TABLE public.b ADD note text;", "ALTER TABLE public.b DROP note;")

    (file,) = report["files"]
    assert code in {0, 1}
    assert [(one["action"], one["name"]) for one in file["schema"]] == [("removed", "public.b.note")]


# What a migration may do to its own database and login; whatever comes of it is a verdict.
SPOILED = [
    "ALTER ROLE postgres SET default_transaction_read_only = on",
    "ALTER ROLE postgres SET statement_timeout = 1",
    "ALTER ROLE postgres SET client_encoding = 'LATIN1'",
    "ALTER ROLE postgres SET role = 'anon'",
    "ALTER ROLE postgres SET bytea_output = 'escape'; ALTER ROLE postgres SET DateStyle = 'German'",
    "ALTER ROLE postgres SET search_path = nowhere",
    "ALTER ROLE postgres SET row_security = off",
    "SET client_encoding = 'SQL_ASCII'; ALTER TABLE public.a ADD n text; CREATE TABLE public.\"é\" (id int); ALTER TABLE public.\"é\" ADD x int",
    "SET client_encoding = 'EUC_TW'; ALTER TABLE public.a ADD n text",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET client_encoding = SQL_ASCII', current_database()); END $$",
    "ALTER ROLE postgres SET client_encoding = 'EUC_TW'",
    "SET idle_in_transaction_session_timeout = 1; SET transaction_timeout = 1; SELECT pg_sleep(0.1)",
    "DO $$ BEGIN RAISE 'x' USING ERRCODE = '57P01'; END $$",
    "ALTER ROLE postgres CONNECTION LIMIT 0",
    "ALTER ROLE postgres PASSWORD NULL",
    "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, postgres, guardrails_inspector', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO authenticated', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 1', current_database()); END $$",
    "DROP SCHEMA public CASCADE",
    "DROP OWNED BY postgres CASCADE",
    "DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 20000000); END $$",
    "LISTEN a; DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_notify('a', i || repeat('x', 5000)); END LOOP; END $$",
    "DO $$ BEGIN FOR i IN 1..5000 LOOP RAISE WARNING '%', repeat('x', 1000); END LOOP; END $$",
    "SELECT repeat('x', 1000000) FROM generate_series(1, 300)",
    "PREPARE p AS SELECT repeat('x', 1000000) FROM generate_series(1, 300); EXECUTE p",
    "CREATE FUNCTION public.big() RETURNS SETOF text LANGUAGE sql AS $$ SELECT repeat('x', 1000000) FROM generate_series(1, 300) $$",
    "CREATE VIEW public.big AS SELECT repeat('x', 1000000) AS x FROM generate_series(1, 300)",
    "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())",
    "SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity",
    "BEGIN; SAVEPOINT guardrails_statement; SAVEPOINT guardrails_look; ROLLBACK TO guardrails_statement",
    "CREATE OR REPLACE FUNCTION guardrails_platform.is_owner(oid) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
]  # fmt: skip


@pytest.mark.parametrize("sql", SPOILED)
def test_a_migration_that_spoils_its_own_database_gets_a_verdict_and_harms_no_other(
    sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / FIRST).write_text(
        "CREATE TABLE public.a (id uuid PRIMARY KEY, user_id uuid REFERENCES auth.users);"
    )
    (tmp_path / SECOND).write_text(f"{sql};\n")
    (tmp_path / "supabase" / "config.toml").write_text("[api]\nauto_expose_new_tables = true\n")
    monkeypatch.chdir(tmp_path)

    code = main(["verify", "--format", "json"])

    report = json.loads(capsys.readouterr().out)
    assert code in {0, 1, 2}
    assert report["verdict"] in {"proved", "with reservations", "refuted", "not proved"}
    assert len(json.dumps(report)) < 100_000


def test_the_memory_of_the_tool_does_not_grow_with_what_a_statement_gives(server: Server) -> None:
    import resource  # noqa: PLC0415

    from guardrails.lint.contracts import MigrationFile  # noqa: PLC0415
    from guardrails.shadow.running import run_file  # noqa: PLC0415

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sql = "SELECT repeat('x', 1000000) FROM generate_series(1, 1000); SELECT 1;"
    ran = run_file(server.database(), MigrationFile("1.sql", "1", "", sql))

    assert (ran.statements, ran.failures) == (2, ())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_the_templates_of_other_databases_stay_as_they_were(server: Server) -> None:
    with connect(server.database()) as connection, pytest.raises(psycopg.Error):
        connection.execute("ALTER ROLE guardrails_root NOLOGIN")
