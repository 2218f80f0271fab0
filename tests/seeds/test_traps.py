"""What PostgreSQL does that a seed must not stumble over, and ends that leave everything as it was."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import psycopg
import pytest

from guardrails.shadow.engine import Server, connect, disposable_server
from guardrails.shadow.platform import Platform
from seeds.contracts import Progress, SeedConfig
from seeds.introspect import introspect
from seeds.plan import plan
from seeds.plan_report import document
from seeds.run import seed
from tests.seeds.clusters import OWNER, Cluster, Servers
from tests.seeds.databases import made, rows, seeded, violated

USERS = "CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, name text);"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


def test_a_virtual_column_that_can_not_be_read_leaves_its_table_out(server: Server) -> None:
    conninfo = made(
        server,
        f"""{USERS} CREATE TABLE prices (id int PRIMARY KEY, amount int NOT NULL,
            share int GENERATED ALWAYS AS (amount / (amount - amount)) VIRTUAL);""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5))

    assert result.success
    assert result.created == {"public.users": 5}
    assert any("public.prices" in warning and "division by zero" in warning for warning in result.warnings)


def test_row_level_security_is_never_switched_off(server: Server) -> None:
    conninfo = made(
        server, f"{USERS} CREATE TABLE logs (id int PRIMARY KEY); ALTER TABLE logs ENABLE ROW LEVEL SECURITY;"
    )
    with connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE ROLE someone; GRANT ALL ON users, logs TO someone; GRANT USAGE, CREATE ON SCHEMA public TO someone"
        )
        connection.execute("GRANT someone TO CURRENT_USER")
        connection.execute("SET ROLE someone")
        result = seed(connection, SeedConfig(user_count=2))

    assert result.created == {"public.users": 2}
    assert any(
        "public.logs: row level security" in warning and "BYPASSRLS" in warning for warning in result.warnings
    )


def test_a_trigger_that_refuses_leaves_its_table_and_those_that_need_it_out(server: Server) -> None:
    conninfo = made(
        server,
        f"""{USERS} CREATE TABLE posts (id int PRIMARY KEY, user_id uuid REFERENCES users);
        CREATE TABLE comments (id int PRIMARY KEY, post_id int NOT NULL REFERENCES posts, body text);
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not here'; END $$;
        CREATE TRIGGER no BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION no();""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5))

    assert result.success
    assert result.created == {"public.users": 5}
    assert any(
        "public.posts: a trigger (no) refused a row: not here" in warning for warning in result.warnings
    )
    assert any("public.comments: it needs rows of public.posts" in warning for warning in result.warnings)


def test_a_constraint_that_no_row_meets_is_named_with_what_was_tried(server: Server) -> None:
    conninfo = made(
        server,
        f"""{USERS} CREATE TABLE posts (id int PRIMARY KEY, body text NOT NULL,
            CONSTRAINT never CHECK (md5(body) = body));""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5))

    assert result.success
    (warning,) = result.warnings
    assert "public.posts: no row meets constraint never" in warning
    assert "body = " in warning


def test_rows_that_a_constraint_turns_away_are_replaced(server: Server) -> None:
    conninfo = made(
        server,
        f"""{USERS} CREATE TABLE pairs (id int PRIMARY KEY, above int REFERENCES pairs,
            CONSTRAINT odd CHECK (hashint4(id) % 3 = 0));""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5, counts={"pairs": 300}))

    assert result.created["public.pairs"] == 300
    assert violated(conninfo) == []


def test_a_failed_run_moves_no_sequence(server: Server) -> None:
    conninfo = made(server, "CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE)")

    with connect(conninfo, autocommit=True) as connection:
        stopped = seed(connection, SeedConfig(user_count=20), cancelled=lambda: True)
    result = seeded(conninfo, SeedConfig(user_count=3, deterministic=True))

    assert not stopped.success
    assert [user.id for user in result.test_users] == ["1", "2", "3"]
    assert rows(conninfo, "SELECT nextval('users_id_seq')") == [(4,)]


def test_what_is_checked_only_at_the_end_still_leaves_one_table_out(server: Server) -> None:
    conninfo = made(
        server,
        f"""{USERS} CREATE TABLE orders (id int PRIMARY KEY, user_id uuid REFERENCES users);
        CREATE FUNCTION has_lines() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'order % is empty', NEW.id; END $$;
        CREATE CONSTRAINT TRIGGER has_lines AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION has_lines();""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5))

    assert result.created == {"public.users": 5}
    assert any("public.orders" in warning and "is empty" in warning for warning in result.warnings)


def test_a_plan_says_that_supabase_wants_its_columns_so(server: Server) -> None:
    conninfo = made(
        server,
        "CREATE TABLE public.posts (id int PRIMARY KEY, author uuid NOT NULL REFERENCES auth.users, kind text)",
        Platform.SUPABASE,
    )
    with connect(conninfo) as connection:
        config = SeedConfig(user_count=4, fixed={"posts.kind": "note"})
        told = document(plan(introspect(connection), config))

    why = {
        f"{table['table']}.{column['column']}": column["why"]
        for table in told["tables"]
        for column in table["columns"]
    }
    assert why["auth.users.encrypted_password"] == "as Supabase Auth writes it"
    assert why["auth.users.email_confirmed_at"] == "as Supabase Auth writes it"
    assert why["auth.identities.identity_data"] == "as Supabase Auth writes it"
    assert why["public.posts.kind"] == "configuration says so"
    assert "a key" not in why.values()


def test_seeded_users_of_supabase_can_sign_in(server: Server) -> None:
    conninfo = made(
        server,
        "CREATE TABLE public.posts (id int PRIMARY KEY, author uuid NOT NULL REFERENCES auth.users)",
        Platform.SUPABASE,
    )

    result = seeded(conninfo, SeedConfig(user_count=4))

    assert result.success, result.warnings
    assert rows(
        conninfo,
        """SELECT count(*) FROM auth.users u JOIN auth.identities i ON i.user_id = u.id
           WHERE u.encrypted_password = '$2a$10$seedseedseedseedseedsesnWNwSMAMQCVOZNNKTelNU1DPDvTL4W'
             AND u.email_confirmed_at IS NOT NULL AND u.aud = 'authenticated' AND i.provider = 'email'
             AND i.provider_id = u.id::text AND i.email = lower(u.email) AND i.identity_data ->> 'sub' = u.id::text
             AND concat(u.confirmation_token, u.recovery_token, u.email_change_token_new, u.email_change, u.phone_change) = ''
             AND num_nulls(u.confirmation_token, u.recovery_token, u.email_change_token_new, u.email_change) = 0""",
    ) == [(4,)]


def test_a_run_is_stopped_while_the_database_is_busy(server: Server) -> None:
    conninfo = made(
        server,
        f"""{USERS} CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION slow();""",
    )
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()
    with connect(conninfo, autocommit=True) as connection:
        result = seed(connection, SeedConfig(user_count=5), cancelled=stop.is_set)

    assert result.errors == ("the run was stopped; the database is as it was",)
    assert time.monotonic() - began < 10
    assert rows(conninfo, "SELECT count(*) FROM users") == [(0,)]


PROGRAM = """
import sys, psycopg
from seeds.contracts import SeedConfig
from seeds.run import seed
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    seed(connection, SeedConfig(user_count=1_000_000), progress=lambda one: print(one.rows, flush=True))
"""


def test_a_process_that_is_killed_leaves_nothing(server: Server) -> None:
    conninfo = made(server, USERS)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, conninfo], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) > 4000:
                break
        process.send_signal(signal.SIGKILL)
    while rows(
        conninfo,
        "SELECT count(*) > 1 FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'",
    ) == [(True,)]:
        time.sleep(0.05)

    assert rows(conninfo, "SELECT count(*) FROM users") == [(0,)]
    assert seeded(conninfo, SeedConfig(user_count=5)).created == {"public.users": 5}


def test_a_server_that_crashes_is_a_sentence_and_leaves_nothing(servers: Servers) -> None:
    cluster = servers.start("crashing")
    cluster.run(f"CREATE ROLE {OWNER} LOGIN", f"CREATE DATABASE app OWNER {OWNER}", database="postgres")
    with closing(psycopg.connect(cluster.dsn(), autocommit=True)) as connection:
        connection.execute(USERS)
        backend = connection.info.backend_pid

        def crash(progress: Progress) -> None:
            if progress.rows > 4000:
                with suppress(ProcessLookupError):
                    os.kill(backend, signal.SIGKILL)

        result = seed(connection, SeedConfig(user_count=500_000), progress=crash)

    assert not result.success
    assert len(result.errors) == 1
    assert _when_it_is_back(cluster, "SELECT count(*) FROM users") == [(0,)]


def _when_it_is_back(cluster: Cluster, query: str) -> list[tuple[object, ...]]:
    while True:
        try:
            return cluster.rows(query)
        except psycopg.OperationalError:
            threading.Event().wait(0.05)
