"""A Supabase project finds its platform in a database of ours, and any other project finds nothing of it."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from guardrails.config import load_config
from guardrails.lint.contracts import MigrationFile
from guardrails.project import find_project
from guardrails.shadow import platform as platform_module
from guardrails.shadow.engine import Server, connect, disposable_server
from guardrails.shadow.platform import Platform, platform_of
from guardrails.shadow.replay import replay

EXTENSIONS = Path(platform_module.__file__).parent / "sql" / "extension"
USER = "00000000-0000-0000-0000-000000000001"
CLAIMS = f'{{"sub": "{USER}", "role": "authenticated", "email": "a@example.com"}}'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture(scope="module")
def supabase(server: Server) -> str:
    return server.database(Platform.SUPABASE_CLOSED)


@pytest.fixture(scope="module")
def plain(server: Server) -> str:
    return server.database()


@pytest.fixture
def connection(supabase: str) -> Iterator[psycopg.Connection]:
    """A transaction on a database of the platform that is rolled back."""
    with connect(supabase) as opened:
        yield opened
        opened.rollback()


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def every(connection: psycopg.Connection, query: str) -> list[object]:
    return [row[0] for row in connection.execute(query.encode())]


@pytest.mark.parametrize(
    "role",
    [
        "anon", "authenticated", "service_role", "authenticator", "supabase_admin", "supabase_auth_admin",
        "supabase_storage_admin", "supabase_realtime_admin", "supabase_functions_admin", "dashboard_user",
        "supabase_replication_admin", "supabase_read_only_user", "supabase_etl_admin", "pgbouncer",
        "pgsodium_keyiduser", "pgsodium_keyholder", "pgsodium_keymaker",
    ],
)  # fmt: skip
def test_a_role_of_the_platform_is_there_and_nobody_logs_in_as_it(
    connection: psycopg.Connection, role: str
) -> None:
    query = f"SELECT ROW(rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication)::text FROM pg_roles WHERE rolname = '{role}'"

    assert one(connection, query) == "(f,f,f,f,f)"


def test_only_the_roles_that_bypass_policies_on_the_platform_do_here(connection: psycopg.Connection) -> None:
    found = every(connection, "SELECT rolname::text FROM pg_roles WHERE rolbypassrls AND NOT rolsuper")

    assert sorted(map(str, found)) == [
        "postgres", "service_role", "supabase_admin", "supabase_read_only_user",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_a_migration_may_become_a_role_of_the_api(connection: psycopg.Connection, role: str) -> None:
    connection.execute(f"SET ROLE {role}".encode())

    assert one(connection, "SELECT current_user::text") == role


@pytest.mark.parametrize(
    "role", ["supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "authenticator"]
)
def test_a_migration_can_not_become_the_platform(connection: psycopg.Connection, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied to set role"):
        connection.execute(f"SET ROLE {role}".encode())


FUNCTIONS = [
    "auth.uid()", "auth.jwt()", "auth.role()", "auth.email()",
    "storage.foldername('a/b/c.png')", "storage.filename('a/b/c.png')", "storage.extension('a/b/c.png')",
    "storage.operation()", "storage.get_size_by_bucket()", "storage.search('', 'b')",
    "realtime.topic()", "realtime.send('{}', 'e', 't')",
    "realtime.broadcast_changes('t', 'e', 'INSERT', 'a', 'public', ROW(1), NULL)",
    "vault.create_secret('s')", f"vault.update_secret('{USER}', 't')", "graphql_public.graphql()",
]  # fmt: skip
BY_TRIGGER = {
    "storage.update_updated_at_column", "storage.protect_delete", "storage.can_insert_object",
    "supabase_functions.http_request",
}  # fmt: skip


@pytest.mark.parametrize("call", FUNCTIONS)
def test_a_function_of_the_platform_runs(connection: psycopg.Connection, call: str) -> None:
    connection.execute(f"SELECT {call}".encode()).fetchall()


def test_every_function_of_the_platform_is_run_by_these_tests(connection: psycopg.Connection) -> None:
    found = every(
        connection,
        """SELECT pronamespace::regnamespace || '.' || proname FROM pg_proc WHERE pronamespace::regnamespace::text IN
           ('auth', 'storage', 'realtime', 'vault', 'graphql', 'graphql_public', 'supabase_functions')""",
    )

    assert set(found) == {call.partition("(")[0] for call in FUNCTIONS} | BY_TRIGGER


def test_the_functions_of_the_platform_answer_as_it_does(connection: psycopg.Connection) -> None:
    connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [CLAIMS])
    connection.execute("SELECT set_config('realtime.topic', 'room', true)")

    row = connection.execute(
        """SELECT auth.uid()::text, auth.role(), auth.email(), auth.jwt() ->> 'sub', storage.filename('a/b/c.png'),
           storage.foldername('a/b/c.png'), storage.extension('a/b/c.png'), realtime.topic()"""
    ).fetchone()

    assert row == (USER, "authenticated", "a@example.com", USER, "c.png", ["a", "b"], "png", "room")


def test_without_claims_nobody_is_signed_in(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT auth.uid(), auth.role(), auth.jwt(), realtime.topic()").fetchone()

    assert row == (None, None, None, None)


def test_a_bucket_holds_objects_that_search_finds(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO storage.buckets (id, name, public) VALUES ('b', 'b', true)")
    connection.execute("""INSERT INTO storage.objects (bucket_id, name, metadata)
        VALUES ('b', 'x/1.png', '{"size": 3}'), ('b', 'y/2.png', '{"size": 4}')""")
    connection.execute("UPDATE storage.objects SET updated_at = NULL WHERE name = 'x/1.png'")

    assert every(connection, "SELECT name FROM storage.search('x/', 'b')") == ["x/1.png"]
    assert every(connection, "SELECT size FROM storage.get_size_by_bucket()") == [7]
    assert every(connection, "SELECT path_tokens FROM storage.objects ORDER BY name LIMIT 1") == [
        ["x", "1.png"]
    ]
    assert one(connection, "SELECT count(*) FROM storage.objects WHERE updated_at IS NULL") == 0


def test_objects_are_not_deleted_by_sql(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Direct deletion"):
        connection.execute("DELETE FROM storage.objects")


def test_whether_an_object_may_be_inserted_is_told_by_an_error(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO storage.buckets (id, name) VALUES ('b', 'b')")

    with pytest.raises(psycopg.Error, match="ROLLBACK"):
        connection.execute("SELECT storage.can_insert_object('b', 'x', NULL, NULL)")


def test_a_change_is_broadcast_to_a_topic(connection: psycopg.Connection) -> None:
    connection.execute("""CREATE TABLE public.note (id int);
        CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          PERFORM realtime.broadcast_changes('notes', TG_OP, TG_OP, TG_TABLE_NAME, TG_TABLE_SCHEMA, NEW, OLD); RETURN NULL;
        END $$;
        CREATE TRIGGER tell AFTER INSERT ON public.note FOR EACH ROW EXECUTE FUNCTION public.tell();
        INSERT INTO public.note VALUES (7)""")

    row = connection.execute(
        "SELECT topic, event, payload -> 'record' ->> 'id' FROM realtime.messages"
    ).fetchone()
    assert row == ("notes", "INSERT", "7")


def test_a_secret_is_kept_by_the_functions_of_the_vault_alone(connection: psycopg.Connection) -> None:
    made = one(connection, "SELECT vault.create_secret('first', 'key')")
    connection.execute("SELECT vault.update_secret(%s, 'second')", [made])

    assert (
        one(connection, "SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'key'") == "second"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("INSERT INTO vault.secrets (secret) VALUES ('x')")


def test_a_webhook_lets_the_row_through(connection: psycopg.Connection) -> None:
    connection.execute("""CREATE TABLE public.note (id int);
        CREATE TRIGGER hook BEFORE INSERT ON public.note FOR EACH ROW
          EXECUTE FUNCTION supabase_functions.http_request('http://localhost', 'POST', '{}', '{}', '1000');
        INSERT INTO public.note VALUES (1)""")

    assert one(connection, "SELECT count(*) FROM public.note") == 1


ALLOWED = [
    "CREATE POLICY p ON storage.objects FOR SELECT USING (auth.uid() = owner)",
    "CREATE POLICY p ON storage.objects USING (true); ALTER POLICY p ON storage.objects USING (false); DROP POLICY p ON storage.objects",
    "CREATE POLICY p ON realtime.messages FOR SELECT TO authenticated USING (realtime.topic() = 'a')",
    "CREATE POLICY p ON storage.objects USING (true); COMMENT ON POLICY p ON storage.objects IS 'why'",
    "DROP POLICY IF EXISTS p ON storage.objects",
    """CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
       CREATE TRIGGER t AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.f();
       DROP TRIGGER t ON auth.users; DROP FUNCTION public.f()""",
    """CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
       CREATE TRIGGER t AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.f();
       DROP FUNCTION public.f() CASCADE""",
    "CREATE TABLE public.profile (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE)",
    "CREATE VIEW public.people AS SELECT id, email FROM auth.users",
    "GRANT SELECT ON auth.users TO authenticated",
    "GRANT ALL ON storage.objects TO authenticated",
    "INSERT INTO storage.buckets (id, name) VALUES ('new', 'new')",
    "CREATE TABLE public.a (id int); ALTER PUBLICATION supabase_realtime ADD TABLE public.a",
    "ALTER ROLE authenticator SET pgrst.db_schemas = 'public, api'",
    "CREATE ROLE reader; GRANT reader TO authenticated",
    "CREATE TABLE extensions.t (id int)",
    "CREATE TABLE public.a (id int); CREATE RULE r AS ON INSERT TO public.a DO INSTEAD NOTHING; DROP TABLE public.a",
    "CREATE TYPE public.mood AS ENUM ('a'); ALTER TYPE public.mood ADD VALUE 'b'; DROP TYPE public.mood",
]
REFUSED = [
    ("ALTER TABLE auth.users ADD COLUMN plan text", "must be owner of table users"),
    ("ALTER TABLE auth.users DROP COLUMN phone", "must be owner of table users"),
    ("ALTER TABLE auth.users DISABLE TRIGGER USER", "must be owner of table users"),
    ("ALTER TABLE auth.users DISABLE ROW LEVEL SECURITY", "must be owner of table users"),
    ("ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY", "must be owner of table objects"),
    ("ALTER TABLE storage.objects OWNER TO postgres", "must be owner of table objects|permission denied"),
    ("CREATE INDEX i ON storage.objects (owner)", "permission denied for schema storage"),
    ("CREATE INDEX i ON auth.users (email)", "permission denied for schema auth"),
    ("DROP TABLE auth.users CASCADE", "must be owner of table users"),
    ("DROP INDEX storage.bname", "must be owner of index bname"),
    ("DROP FUNCTION auth.uid() CASCADE", "must be owner of function uid"),
    ("DROP TYPE auth.factor_type CASCADE", "must be owner of type"),
    ("COMMENT ON TABLE auth.users IS 'people'", "must be owner of table users"),
    ("ALTER FUNCTION auth.uid() SET search_path = ''", "must be owner of function"),
    ("DO $$ BEGIN ALTER TABLE auth.users ADD COLUMN plan text; END $$", "must be owner of table users"),
    ("CREATE TABLE auth.plan (id int)", "permission denied for schema auth"),
    ("CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'", "permission denied for schema auth"),
    ("CREATE FUNCTION storage.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "permission denied for schema storage"),
    ("CREATE VIEW realtime.all_messages AS SELECT 1", "permission denied for schema realtime"),
    ("ALTER TABLE auth.users SET SCHEMA public", "must be owner of table users"),
    ("ALTER TABLE auth.users RENAME COLUMN phone TO telephone", "must be owner of table users"),
    ("ALTER TYPE auth.factor_type SET SCHEMA public", "must be owner of type"),
    ("CREATE TABLE public.person () INHERITS (auth.users)", "must be owner of table users"),
    ("CREATE TABLE public.old PARTITION OF realtime.messages FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')", "must be owner of table messages"),
    ("CREATE RULE r AS ON INSERT TO auth.users DO INSTEAD NOTHING", "must be owner of table users"),
    ("CREATE STATISTICS public.s ON id, email FROM auth.users", "must be owner of table users"),
    ("ALTER TRIGGER protect_objects_delete ON storage.objects RENAME TO t", "must be owner of table objects"),
    ("ALTER PUBLICATION supabase_realtime ADD TABLE auth.users", "must be owner of table users"),
    ("DROP SCHEMA storage CASCADE", "must be owner of schema storage"),
    ("ALTER EVENT TRIGGER guardrails_refuse_change DISABLE", "must be owner of event trigger"),
    ("SET event_triggers = off", "permission denied to set parameter"),
    ("GRANT supabase_auth_admin TO authenticated", "permission denied to grant role"),
    ("ALTER ROLE supabase_admin PASSWORD 'x'", "permission denied to alter role"),
    ("ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin GRANT ALL ON TABLES TO anon", "permission denied to change default privileges"),
]  # fmt: skip


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_the_platform_lets_a_migration_do_runs(connection: psycopg.Connection, sql: str) -> None:
    connection.execute(sql.encode())


@pytest.mark.parametrize(("sql", "message"), REFUSED)
def test_what_the_platform_refuses_a_migration_is_refused(
    connection: psycopg.Connection, sql: str, message: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=message):
        connection.execute(sql.encode())


def test_a_migration_that_alters_auth_users_is_told_by_a_replay(server: Server) -> None:
    file = MigrationFile(
        "supabase/migrations/1_x.sql", "1", "x", "ALTER TABLE auth.users ADD COLUMN plan text;"
    )

    replayed = replay(server.database(Platform.SUPABASE_CLOSED), [file])

    assert [skipped.message for skipped in replayed.skipped] == ["must be owner of table users"]


@pytest.mark.parametrize("schema", ["auth", "storage", "realtime", "vault"])
def test_nothing_of_the_platform_belongs_to_a_migration_or_a_superuser(
    connection: psycopg.Connection, schema: str
) -> None:
    owners = every(
        connection,
        f"""SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = '{schema}'::regnamespace
            UNION SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE pronamespace = '{schema}'::regnamespace""",
    )

    assert owners == ["supabase_admin" if schema == "vault" else f"supabase_{schema}_admin"]


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_the_api_does_not_read_the_users(connection: psycopg.Connection, role: str) -> None:
    connection.execute(f"SET ROLE {role}".encode())

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table users"):
        connection.execute("SELECT * FROM auth.users")


def test_policies_bind_the_api_and_not_the_service(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO storage.buckets (id, name) VALUES ('b', 'b')")
    seen = []
    for role in ("anon", "authenticated", "service_role"):
        connection.execute(f"SET ROLE {role}".encode())
        seen.append(one(connection, "SELECT count(*) FROM storage.buckets"))

    assert seen == [0, 0, 1]


MADE = """CREATE TABLE public.a (id bigserial PRIMARY KEY);
    CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"""
PRIVILEGES = """SELECT ARRAY[has_table_privilege('{role}', 'a', 'SELECT'), has_table_privilege('{role}', 'a', 'INSERT'),
    has_sequence_privilege('{role}', 'a_id_seq', 'USAGE'), has_table_privilege('{role}', 'a', 'TRUNCATE')]"""


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_a_new_table_reaches_nobody_by_default(connection: psycopg.Connection, role: str) -> None:
    connection.execute(MADE.encode())

    assert one(connection, PRIVILEGES.format(role=role)) == [False, False, False, True]


def test_a_new_table_reaches_the_api_where_new_tables_are_exposed(server: Server) -> None:
    with connect(server.database(Platform.SUPABASE)) as connection:
        connection.execute(MADE.encode())
        found = [
            one(connection, PRIVILEGES.format(role=role))
            for role in ("anon", "authenticated", "service_role")
        ]

    assert found == [[True, True, True, True]] * 3


def test_a_plain_project_finds_nothing_of_the_platform() -> None:
    with disposable_server() as running, connect(running.database()) as connection:
        roles = every(connection, "SELECT rolname::text FROM pg_roles WHERE rolname !~ '^(pg|guardrails)_'")
        schemas = every(
            connection, "SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'"
        )

        assert roles == ["postgres"]
        assert schemas == ["public"]
        assert one(connection, "SHOW search_path") == '"$user", public'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(["migrations/1_a.sql"], Platform.PLAIN, id="plain"),
        pytest.param(["supabase/migrations/1_a.sql"], Platform.SUPABASE_CLOSED, id="no config.toml"),
        pytest.param(["prisma/migrations/1_a/migration.sql", "supabase/config.toml"], Platform.SUPABASE_CLOSED, id="Prisma"),
    ],
)  # fmt: skip
def test_the_platform_follows_from_the_project(tmp_path: Path, files: list[str], expected: Platform) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("" if file.endswith("toml") else "SELECT 1;", encoding="utf-8")
    config = load_config(tmp_path)

    assert platform_of(find_project(tmp_path, config).tool, config) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Platform.SUPABASE_CLOSED),
        ("[api]\nauto_expose_new_tables = false\n", Platform.SUPABASE_CLOSED),
        ("[api]\nauto_expose_new_tables = true\n", Platform.SUPABASE),
        ('[api]\nauto_expose_new_tables = "true"\n', Platform.SUPABASE_CLOSED),
    ],
)
def test_whether_new_tables_are_exposed_follows_from_config_toml(
    tmp_path: Path, text: str, expected: Platform
) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "1_a.sql").write_text("SELECT 1;", encoding="utf-8")
    (tmp_path / "supabase" / "config.toml").write_text(text, encoding="utf-8")
    config = load_config(tmp_path)

    assert platform_of(find_project(tmp_path, config).tool, config) is expected


STAND_INS = {
    "uuid-ossp": ["uuid_nil()", "uuid_generate_v1()", "uuid_generate_v1mc()", "uuid_generate_v4()", "uuid_ns_dns()",
                  "uuid_ns_url()", "uuid_ns_oid()", "uuid_ns_x500()", "uuid_generate_v5(uuid_ns_dns(), 'a')",
                  "uuid_generate_v3(uuid_ns_dns(), 'a')"],
    "pgcrypto": ["gen_random_uuid()", "gen_random_bytes(20)", "digest('a', 'sha256')", "digest('a'::bytea, 'md5')",
                 "hmac('a', 'b', 'sha1')", "hmac('a'::bytea, 'b'::bytea, 'sha512')", "crypt('a', gen_salt('bf', 8))",
                 "gen_salt('bf')", "pgp_sym_decrypt(pgp_sym_encrypt('a', 'k'), 'k')",
                 "pgp_sym_decrypt_bytea(pgp_sym_encrypt_bytea('a', 'k'), 'k')",
                 "decrypt(encrypt('a', 'k', 'aes'), 'k', 'aes')", "dearmor(armor('a'))",
                 "decrypt_iv(encrypt_iv('a', 'k', 'i', 'aes'), 'k', 'i', 'aes')"],
    "pg_cron": ["cron.schedule('j', '* * * * *', 'SELECT 1')", "cron.schedule('* * * * *', 'SELECT 1')",
                "cron.schedule_in_database('d', '* * * * *', 'SELECT 1', 'postgres')",
                "cron.alter_job(1, active => false)", "cron.unschedule('j')", "cron.unschedule(2)"],
    "pg_net": ["net.http_get('http://localhost')", "net.http_post('http://localhost', '{}')",
               "net.http_delete('http://localhost')", "net.http_collect_response(1)"],
    "pgmq": ["pgmq.create('q')", "pgmq.create_unlogged('u')", "pgmq.create_non_partitioned('n')", "pgmq.list_queues()",
             "pgmq.send('q', '{}')", "pgmq.send('q', '{}', 0)", "pgmq.send('q', '{}', '{}'::jsonb)",
             "pgmq.send_batch('q', ARRAY['{}'::jsonb])", "pgmq.send_batch('q', ARRAY['{}'::jsonb], 0)",
             "pgmq.send_batch('q', ARRAY['{}'::jsonb], ARRAY['{}'::jsonb])",
             "pgmq.send_batch('q', ARRAY['{}'::jsonb], ARRAY['{}'::jsonb], now())",
             "pgmq.read('q', 30, 1)", "pgmq.read_with_poll('q', 30, 1)", "pgmq.set_vt('q', 1, 0)", "pgmq.pop('q')",
             "pgmq.delete('q', 1)", "pgmq.delete('q', ARRAY[2])", "pgmq.archive('q', 3)", "pgmq.archive('q', ARRAY[4])",
             "pgmq.metrics('q')", "pgmq.metrics_all()", "pgmq.purge_queue('q')", "pgmq.drop_queue('q')",
             "pgmq.format_table_name('A', 'q')", "pgmq.validate_queue_name('q')", "pgmq._make('m', false)"],
    "pgjwt": ["sign('{}', 'secret')", "verify('a.b.c', 'secret')", "url_decode(url_encode('abcd'))"],
    "pg_jsonschema": ["json_matches_schema('{}', '{}')", "jsonb_matches_schema('{}', '{}')",
                      "jsonschema_is_valid('{}')", "jsonschema_validation_errors('{}', '{}')"],
    "pg_graphql": [],
    "supabase_vault": ["vault.create_secret('s')", f"vault.update_secret('{USER}', 's')"],
    "pgsodium": ["create_key('k')", "randombytes_buf(20)", "crypto_aead_det_noncegen()",
                 f"crypto_aead_det_decrypt(crypto_aead_det_encrypt('a', 'b', '{USER}'), 'b', '{USER}')"],
    "http": ["http_get('http://localhost')", "http_get('http://localhost', '{}')", "http_head('http://localhost')",
             "http_post('http://localhost', 'a', 'text/plain')", "http_post('http://localhost', '{}')",
             "http_put('http://localhost', 'a', 'text/plain')", "http_patch('http://localhost', 'a', 'text/plain')",
             "http_delete('http://localhost')", "http_set_curlopt('a', 'b')", "http_reset_curlopt()", "urlencode('a')",
             "http(('GET', 'http://localhost', ARRAY[http_header('a', 'b')], NULL, NULL)::http_request)"],
    "hypopg": ["hypopg_create_index('CREATE INDEX ON a (b)')", "hypopg_drop_index(1)", "hypopg_reset()",
               "(SELECT count(*) FROM hypopg_list_indexes)"],
    "index_advisor": ["index_advisor('SELECT 1')"],
    "pg_tle": ["pgtle.install_extension('a', '1', 'b', 'SELECT 1')", "pgtle.install_update_path('a', '1', '2', '')",
               "pgtle.set_default_version('a', '1')", "pgtle.available_extensions()", "pgtle.uninstall_extension('a')",
               "pgtle.uninstall_extension_if_exists('a')"],
    "pgtap": ["plan(1)", "no_plan()", "ok(true)", "pass()", "fail()", "finish()"],
    "pg_hashids": ["id_encode(1234)", "id_decode_once(id_encode(1234))"],
    "pgaudit": [],
    "plpgsql_check": ["plpgsql_check_function('now()'::regprocedure)"],
}  # fmt: skip
NEEDED = {"index_advisor": " CASCADE"}
REAL = {
    "vector": ["'[1,2]'::vector"], "citext": ["'A'::citext = 'a'"], "pg_trgm": ["similarity('a', 'b')"],
    "unaccent": ["unaccent('a')"], "moddatetime": [], "pg_stat_statements": [], "btree_gist": [], "hstore": [],
    "ltree": [], "fuzzystrmatch": ["levenshtein('a', 'b')"], "earthdistance": ["earth()"], "tablefunc": [],
}  # fmt: skip


def test_every_stand_in_is_run_by_these_tests() -> None:
    assert {path.stem for path in EXTENSIONS.glob("*.control")} == set(STAND_INS)


@pytest.mark.parametrize("extension", STAND_INS)
def test_a_stand_in_is_documented(extension: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "supabase-platform.md").read_text(encoding="utf-8")

    rows = [line for line in text.splitlines() if extension in line.partition("|")[2].partition("|")[0]]
    assert len(rows) == 1


@pytest.mark.parametrize("extension", STAND_INS)
def test_a_stand_in_can_be_created_and_all_of_its_functions_run(plain: str, extension: str) -> None:
    with connect(plain) as connection:
        connection.execute(f'CREATE EXTENSION "{extension}"{NEEDED.get(extension, "")}'.encode())
        for call in STAND_INS[extension]:
            connection.execute(f"SELECT {call}".encode()).fetchall()
        functions = every(
            connection,
            f"""SELECT proname::text FROM pg_proc p
                JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
                JOIN pg_extension e ON e.oid = d.refobjid AND d.deptype = 'e' WHERE extname = '{extension}'""",
        )
        connection.rollback()

    calls = " ".join(STAND_INS[extension])
    assert [name for name in functions if f"{name}(" not in calls] == []


def test_a_stand_in_gives_no_right_that_a_migration_has_not() -> None:
    controls = [path.read_text(encoding="utf-8") for path in EXTENSIONS.glob("*.control")]

    assert all("superuser = false" in text and "trusted" not in text for text in controls)


@pytest.mark.parametrize("extension", REAL)
def test_an_extension_that_the_platform_allows_is_the_real_one(
    connection: psycopg.Connection, extension: str
) -> None:
    connection.execute(
        f'CREATE EXTENSION IF NOT EXISTS "{extension}" WITH SCHEMA extensions CASCADE'.encode()
    )
    for call in REAL[extension]:
        connection.execute(f"SELECT {call}".encode()).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE EXTENSION pg_cron WITH SCHEMA pg_catalog",
        "CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA extensions",
        "CREATE EXTENSION IF NOT EXISTS pg_net WITH SCHEMA extensions",
        "CREATE EXTENSION pgmq",
        "CREATE EXTENSION pgmq VERSION '1.4.4'",
        "CREATE EXTENSION IF NOT EXISTS supabase_vault WITH SCHEMA vault",
        "CREATE EXTENSION IF NOT EXISTS pg_graphql WITH SCHEMA graphql",
        "CREATE EXTENSION IF NOT EXISTS pgsodium WITH SCHEMA pgsodium",
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions',
        "CREATE EXTENSION http WITH SCHEMA extensions",
        "DROP EXTENSION IF EXISTS pg_net",
    ],
)
def test_an_extension_is_created_as_migrations_spell_it(connection: psycopg.Connection, sql: str) -> None:
    connection.execute(sql.encode())


@pytest.mark.parametrize("extension", ["dblink", "postgres_fdw", "file_fdw"])
def test_an_extension_that_reaches_outside_is_not_created(
    connection: psycopg.Connection, extension: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"CREATE EXTENSION {extension}".encode())


@pytest.mark.parametrize("algorithm", ["md5", "sha256", "sha512"])
def test_hashes_are_those_of_the_real_module(connection: psycopg.Connection, algorithm: str) -> None:
    row = connection.execute(
        "SELECT digest('a', %(a)s), hmac('a', 'key', %(a)s), hmac('a', repeat('k', 200), %(a)s)",
        {"a": algorithm},
    ).fetchone()

    keys = (b"key", b"k" * 200)
    assert row == (
        hashlib.new(algorithm, b"a").digest(),
        *(hmac.new(key, b"a", algorithm).digest() for key in keys),
    )


def test_a_queue_gives_a_message_to_one_reader_at_a_time(connection: psycopg.Connection) -> None:
    connection.execute("CREATE EXTENSION pgmq; SELECT pgmq.create('work')")
    connection.execute("""SELECT pgmq.send('work', '{"n": 1}')""")

    assert every(connection, "SELECT message ->> 'n' FROM pgmq.read('work', 60, 5)") == ["1"]
    assert every(connection, "SELECT msg_id FROM pgmq.read('work', 60, 5)") == []
    assert one(connection, "SELECT pgmq.archive('work', 1)") is True
    assert one(connection, "SELECT count(*) FROM pgmq.a_work") == 1


def test_a_job_is_kept_by_its_name_and_an_unknown_one_is_an_error(connection: psycopg.Connection) -> None:
    connection.execute("CREATE EXTENSION pg_cron")
    for schedule in ("0 0 * * *", "1 1 * * *"):
        connection.execute("SELECT cron.schedule('nightly', %s, 'SELECT 1')", [schedule])

    assert every(connection, "SELECT schedule FROM cron.job") == ["1 1 * * *"]
    with pytest.raises(psycopg.Error, match="could not find valid entry for job 'unknown'"):
        connection.execute("SELECT cron.unschedule('unknown')")


def test_a_request_is_kept_and_never_sent(connection: psycopg.Connection) -> None:
    connection.execute("""CREATE EXTENSION pg_net; SELECT net.http_post('http://localhost', '{"a": 1}')""")

    assert every(connection, "SELECT convert_from(body, 'UTF8') FROM net.http_request_queue") == ['{"a": 1}']
    assert one(connection, "SELECT count(*) FROM net._http_response") == 0


@pytest.mark.parametrize("schema", ["cron", "net", "pgmq"])
def test_rights_on_a_schema_of_the_platform_can_not_be_taken_from_oneself(
    connection: psycopg.Connection, schema: str
) -> None:
    extension = schema if schema == "pgmq" else f"pg_{schema}"
    connection.execute(f"CREATE EXTENSION {extension}".encode())
    connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM postgres".encode())
    connection.execute(f"REVOKE USAGE ON SCHEMA {schema} FROM postgres".encode())

    tables = connection.execute(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind = 'r' AND relnamespace = %s::regnamespace",
        [schema],
    ).fetchall()

    for (table,) in tables:
        assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() is not None


def test_triggers_and_foreign_keys_may_rest_while_rows_are_loaded(connection: psycopg.Connection) -> None:
    connection.execute("""
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a int REFERENCES a);
        SET LOCAL session_replication_role = replica;
        INSERT INTO b VALUES (1);
    """)

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner"):
        connection.execute("ALTER TABLE auth.users ADD COLUMN mine int")
