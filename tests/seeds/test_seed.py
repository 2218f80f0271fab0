"""Rows come out real-looking, valid and the same each time; a failure leaves nothing behind."""

import time
from collections.abc import Iterator

import pytest

from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.engine import Server, connect, disposable_server
from guardrails.shadow.platform import Platform
from seeds.contracts import Progress, SeedConfig
from seeds.run import seed
from tests.seeds.databases import dump, made, rows, seeded

SAAS = """
CREATE TYPE plan AS ENUM ('free', 'pro', 'enterprise');
CREATE DOMAIN percentage AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, slug text NOT NULL UNIQUE,
  plan plan NOT NULL DEFAULT 'free', created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL UNIQUE, name text NOT NULL, bio text,
  avatar_url text, role text NOT NULL CHECK (role IN ('member', 'admin')), is_admin boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE memberships (
  user_id uuid NOT NULL REFERENCES users, organization_id uuid NOT NULL REFERENCES organizations,
  role text NOT NULL, PRIMARY KEY (user_id, organization_id)
);
CREATE TABLE projects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations,
  slug varchar(20) NOT NULL CHECK (slug = lower(slug)), title text NOT NULL CHECK (char_length(title) BETWEEN 3 AND 40),
  done percentage NOT NULL, budget numeric(8, 2) CHECK (budget >= 100), starts_on date NOT NULL, ends_on date NOT NULL,
  tags text[], settings jsonb NOT NULL, search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
  UNIQUE (organization_id, slug), CHECK (ends_on > starts_on)
);
CREATE TABLE "Order Items" (
  "Id" serial PRIMARY KEY, project_id bigint NOT NULL REFERENCES projects, parent integer REFERENCES "Order Items",
  "user" uuid REFERENCES users, kind text NOT NULL CHECK (kind = ANY (ARRAY['a', 'b']))
);
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


TABLES = ("organizations", "users", "memberships", "projects", '"Order Items"')


def test_every_table_of_a_saas_schema_is_filled(server: Server) -> None:
    conninfo = made(server, SAAS)

    result = seeded(conninfo, SeedConfig(user_count=40, organization_count=5))

    assert (result.success, result.errors, result.warnings) == (True, (), ())
    assert result.created["public.users"] == 40
    assert result.created["public.organizations"] == 5
    assert all(number > 0 for number in result.created.values())
    for table, number in result.created.items():
        schema, _, name = table.partition(".")
        ((there,),) = rows(conninfo, f'SELECT count(*) FROM {schema}."{name}"')
        assert there == number + (table == "public.users")  # the system user is not counted


def test_users_look_like_people_of_one_piece(server: Server) -> None:
    conninfo = made(server, SAAS)
    seeded(conninfo, SeedConfig(user_count=200))

    people = rows(conninfo, "SELECT email, name, created_at, updated_at FROM users WHERE name <> 'System'")

    assert len({email for email, *_ in people}) == 200
    for email, name, created_at, updated_at in people:
        first = str(name).split()[0].lower()
        assert str(email).startswith(first)
        assert str(email).rpartition("@")[2] in {"example.com", "example.org", "example.net"}
        assert created_at <= updated_at  # type: ignore[operator]


def test_the_locale_decides_whose_names_they_are(server: Server) -> None:
    conninfo = made(server, "CREATE TABLE users (id uuid PRIMARY KEY, name text, email text UNIQUE)")
    seeded(conninfo, SeedConfig(user_count=200, locale="de_DE"))

    text = " ".join(str(name) for (name,) in rows(conninfo, "SELECT name FROM users"))

    assert any(letter in text for letter in "äöüß")


def test_an_unknown_locale_is_refused_with_the_nearest(server: Server) -> None:
    conninfo = made(server, SAAS)

    with pytest.raises(GuardrailsError, match="de_DE"):
        seeded(conninfo, SeedConfig(locale="de_DEU"))


def test_the_test_seed_is_the_same_bytes_in_every_database(server: Server) -> None:
    one, other = made(server, SAAS), made(server, SAAS)

    first = seeded(one, SeedConfig(user_count=10, deterministic=True))
    second = seeded(other, SeedConfig(user_count=10, deterministic=True))

    assert first.success
    assert dump(one, TABLES) == dump(other, TABLES)
    assert first.test_users == second.test_users


def test_another_seed_makes_other_rows(server: Server) -> None:
    one, other = made(server, SAAS), made(server, SAAS)
    seeded(one, SeedConfig(user_count=10))
    seeded(other, SeedConfig(user_count=10, seed=1))

    assert dump(one, ("users",)) != dump(other, ("users",))


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("text", ["test-user-1", "test-user-2", "test-user-admin"]),
        ("integer", ["1", "2", "3"]),
        (
            "uuid",
            [
                "03514bc5-676c-5ce5-a9bf-a20e8f3d8bdd",
                "dde093e8-0fcf-5e63-b571-fe0250b16b18",
                "a14e8cc1-49f6-5332-b98c-86f8bff39a0b",
            ],
        ),
    ],
)
def test_users_that_tests_know_have_known_ids(server: Server, kind: str, ids: list[str]) -> None:
    schema = f"CREATE TABLE users (id {kind} PRIMARY KEY, email text UNIQUE, is_admin boolean NOT NULL)"
    conninfo = made(server, schema)

    result = seeded(conninfo, SeedConfig(user_count=5, deterministic=True))

    assert [user.id for user in result.test_users] == ids
    found = rows(
        conninfo,
        "SELECT id::text, email, is_admin FROM users WHERE email ~ '^(test1|test2|admin)@' ORDER BY 2",
    )
    assert sorted(found) == sorted(
        [
            (ids[0], "test1@example.com", False),
            (ids[1], "test2@example.com", False),
            (ids[2], "admin@example.com", True),
        ]
    )


def test_the_system_user_comes_first_and_once(server: Server) -> None:
    conninfo = made(server, SAAS)
    seeded(conninfo, SeedConfig(user_count=3))
    seeded(conninfo, SeedConfig(user_count=6))

    system = rows(conninfo, "SELECT id::text FROM users WHERE email = 'system@example.com'")

    assert system == [("00000000-0000-0000-0000-000000000000",)]


def test_a_second_run_tops_up_and_changes_nothing_else(server: Server) -> None:
    conninfo = made(server, SAAS)
    seeded(conninfo, SeedConfig(user_count=10))
    before = set(rows(conninfo, "SELECT u::text FROM users u"))

    again = seeded(conninfo, SeedConfig(user_count=10))
    more = seeded(conninfo, SeedConfig(user_count=15))

    assert again.created["public.users"] == 0
    assert more.created["public.users"] == 5
    assert before <= set(rows(conninfo, "SELECT u::text FROM users u"))


def test_counts_of_single_tables_are_followed(server: Server) -> None:
    conninfo = made(server, SAAS)

    result = seeded(conninfo, SeedConfig(user_count=5, counts={"projects": 77}))

    assert result.created["public.projects"] == 77


def test_a_count_for_a_table_that_is_not_there_names_the_nearest(server: Server) -> None:
    conninfo = made(server, SAAS)

    with pytest.raises(GuardrailsError, match="'projects'"):
        seeded(conninfo, SeedConfig(counts={"project": 1}))


def test_the_next_row_of_an_application_gets_the_next_number(server: Server) -> None:
    conninfo = made(server, SAAS)
    result = seeded(conninfo, SeedConfig(user_count=5))
    with connect(conninfo) as connection:
        row = connection.execute(
            """INSERT INTO projects (organization_id, slug, title, done, starts_on, ends_on, settings)
               SELECT id, 'mine', 'mine too', 1, now(), now() + interval '1 day', '{}' FROM organizations LIMIT 1 RETURNING id"""
        ).fetchone()

    assert row == (result.created["public.projects"] + 1,)


def test_rows_that_a_sign_up_trigger_makes_are_taken_into_account(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users, full_name text NOT NULL, avatar_url text);
        CREATE TABLE public.posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author uuid NOT NULL REFERENCES public.profiles);
        CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
          INSERT INTO public.profiles (id, full_name) VALUES (NEW.id, NEW.raw_user_meta_data ->> 'full_name');
          RETURN NEW;
        END $$;
        CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();""",
        Platform.SUPABASE,
    )

    result = seeded(conninfo, SeedConfig(user_count=10))

    assert result.success, result.errors
    assert rows(conninfo, "SELECT count(*), count(DISTINCT full_name) > 5 FROM public.profiles") == [
        (11, True)
    ]
    assert result.created["public.posts"] == 30


def test_a_notice_for_every_row_stops_nothing(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE users (id uuid PRIMARY KEY, email text UNIQUE);
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE NOTICE 'row %', repeat('x', 500); RETURN NEW; END $$;
        CREATE TRIGGER tell BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION tell();""",
    )

    assert seeded(conninfo, SeedConfig(user_count=5000)).success


def test_a_run_that_is_cancelled_leaves_nothing(server: Server) -> None:
    conninfo = made(server, SAAS)
    seen: list[Progress] = []
    with connect(conninfo, autocommit=True) as connection:
        result = seed(
            connection,
            SeedConfig(user_count=10_000),
            progress=seen.append,
            cancelled=lambda: any(one.rows >= 2000 for one in seen),
        )

    assert not result.success
    assert rows(conninfo, "SELECT count(*) FROM users") == [(0,)]
    assert max(one.rows for one in seen) < 10_000


def test_a_circle_with_an_empty_column_is_opened_there(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5))

    assert result.success
    assert min(result.created.values()) > 0


def test_a_partitioned_table_is_filled_through_its_top(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE events (id bigint, happened_at timestamptz NOT NULL, PRIMARY KEY (id, happened_at)) PARTITION BY RANGE (happened_at);
        CREATE TABLE events_all PARTITION OF events DEFAULT;""",
    )

    assert seeded(conninfo, SeedConfig(user_count=5)).created == {"public.events": 5}


def test_a_thousand_users_take_less_than_a_hundred_times_ten_users(server: Server) -> None:
    seeded(made(server, SAAS), SeedConfig(user_count=10))  # fills the pools
    began = time.perf_counter()
    few = seeded(made(server, SAAS), SeedConfig(user_count=10))
    middle = time.perf_counter()
    many = seeded(made(server, SAAS), SeedConfig(user_count=1000))
    end = time.perf_counter()

    assert few.success
    assert many.success
    assert end - middle < 100 * (middle - began)


@pytest.mark.parametrize("config", [{"user_count": -1}, {"user_count": 10_000_001}, {"counts": {"x": -5}}])
def test_counts_out_of_range_are_refused(config: dict[str, int]) -> None:
    with pytest.raises(GuardrailsError, match="must be from 0"):
        SeedConfig(**config)  # type: ignore[arg-type]


def test_a_table_without_insert_rights_is_left_out_with_its_reason(server: Server) -> None:
    conninfo = made(
        server, "CREATE TABLE users (id uuid PRIMARY KEY, email text); CREATE TABLE logs (id int PRIMARY KEY)"
    )
    with connect(conninfo, autocommit=True) as connection:
        connection.execute("ALTER TABLE logs ENABLE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE logs FORCE ROW LEVEL SECURITY")
        connection.execute("REVOKE INSERT ON logs FROM postgres")
        result = seed(connection, SeedConfig(user_count=2))

    assert result.created == {"public.users": 2}
    assert any("public.logs" in warning for warning in result.warnings)


def test_a_lost_connection_is_a_sentence(server: Server) -> None:
    conninfo = made(server, SAAS)
    with connect(conninfo, autocommit=True) as victim, connect(conninfo, autocommit=True) as other:
        pid = victim.info.backend_pid

        def cut(progress: Progress) -> None:
            if progress.rows:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))

        result = seed(victim, SeedConfig(user_count=5000), progress=cut)

    assert not result.success
    assert len(result.errors) == 1
    assert rows(conninfo, "SELECT count(*) FROM users") == [(0,)]
