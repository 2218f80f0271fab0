"""Schemas as people have them are filled completely, and what the rows say fits together."""

from collections.abc import Iterator

import pytest

from guardrails.shadow.engine import Server, disposable_server
from seeds.contracts import Reference, SeedConfig
from tests.seeds.databases import SCHEMAS, made, rows, seeded, violated


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture(scope="module")
def tenants(server: Server) -> str:
    conninfo = made(server, SCHEMAS["tenants"])
    result = seeded(conninfo, SeedConfig(user_count=60, organization_count=8))
    assert result.success, result.errors
    return conninfo


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_table_gets_rows_that_meet_every_constraint(server: Server, name: str) -> None:
    conninfo = made(server, SCHEMAS[name])

    result = seeded(conninfo, SeedConfig(user_count=40))

    assert result.success, result.errors
    tables = rows(
        conninfo, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '_2024_'"
    )
    assert (len(result.created), min(result.created.values()) > 0) == (tables[0][0], True), result.warnings
    assert violated(conninfo) == []


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(
            """SELECT FROM posts p WHERE NOT EXISTS (SELECT FROM memberships m
               WHERE m.organization_id = p.organization_id AND m.user_id = p.author_id)""",
            id="authors are members of the organization of their posts",
        ),
        pytest.param(
            """SELECT FROM comments c LEFT JOIN posts p ON p.id = c.post_id LEFT JOIN tasks t ON t.id = c.task_id
               WHERE c.organization_id <> coalesce(p.organization_id, t.organization_id)""",
            id="a comment is of the organization of what it is about",
        ),
        pytest.param(
            "SELECT FROM tasks t JOIN tasks p ON p.id = t.parent_id WHERE p.organization_id <> t.organization_id",
            id="a task below another is of the same organization",
        ),
        pytest.param(
            "SELECT FROM memberships GROUP BY organization_id HAVING count(*) FILTER (WHERE role = 'owner') > 1",
            id="an organization has one owner at most",
        ),
    ],
)
def test_rows_of_one_tenant_keep_to_themselves(tenants: str, query: str) -> None:
    assert rows(tenants, f"SELECT EXISTS ({query})") == [(False,)]


def test_some_parents_have_many_rows_and_some_have_none(tenants: str) -> None:
    counts = [
        number
        for (number,) in rows(
            tenants, "SELECT count(a.id) FROM users u LEFT JOIN addresses a ON a.user_id = u.id GROUP BY u.id"
        )
    ]

    assert min(counts) == 0  # type: ignore[type-var]
    assert max(counts) >= 6  # type: ignore[type-var, operator]


def test_positions_count_up_within_their_project(tenants: str) -> None:
    found = rows(
        tenants,
        "SELECT count(*) - count(DISTINCT position), max(position) - min(position) + 1 - count(*) FROM tasks GROUP BY project_id",
    )

    assert found
    assert set(found) == {(0, 0)}


def test_a_profile_is_of_one_piece_with_its_user(tenants: str) -> None:
    found = rows(
        tenants,
        "SELECT p.handle, u.email FROM profiles p JOIN users u ON u.id = p.user_id WHERE u.email !~ '^system'",
    )

    assert found
    for handle, email in found:
        assert str(handle)[:3].lower() == str(email)[:3].lower()


def test_a_row_is_not_older_than_those_that_it_points_at(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE users (id uuid PRIMARY KEY, created_at timestamptz NOT NULL);
        CREATE TABLE posts (id int PRIMARY KEY, user_id uuid NOT NULL REFERENCES users, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
        CREATE TABLE comments (id int PRIMARY KEY, post_id int NOT NULL REFERENCES posts, user_id uuid REFERENCES users, created_at timestamptz NOT NULL);""",
    )

    seeded(conninfo, SeedConfig(user_count=100))

    assert rows(
        conninfo,
        """SELECT count(*) FILTER (WHERE p.created_at < u.created_at OR p.updated_at < p.created_at OR c.created_at < p.created_at
             OR c.created_at < w.created_at), count(*) > 500
           FROM comments c JOIN posts p ON p.id = c.post_id JOIN users u ON u.id = p.user_id LEFT JOIN users w ON w.id = c.user_id""",
    ) == [(0, True)]


def test_tables_that_need_each_other_are_filled_in_one_statement(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;""",
    )

    result = seeded(conninfo, SeedConfig(user_count=5))

    assert result.success
    assert min(result.created.values()) > 0
    assert violated(conninfo) == []


def test_a_generated_column_of_a_key_decides_whom_it_may_point_at(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE names (name text, is_group boolean NOT NULL, PRIMARY KEY (name), UNIQUE (name, is_group));
        CREATE TABLE groups (id int PRIMARY KEY, name text NOT NULL UNIQUE, is_group boolean GENERATED ALWAYS AS (true) STORED,
          FOREIGN KEY (name, is_group) REFERENCES names (name, is_group));""",
    )

    result = seeded(conninfo, SeedConfig(user_count=20))

    assert result.success
    assert result.created["public.groups"] > 0
    assert violated(conninfo) == []


def test_a_column_that_points_at_several_tables_follows_its_kind(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE videos (id int PRIMARY KEY);
        CREATE TABLE likes (id int PRIMARY KEY, kind text NOT NULL, target_id int NOT NULL);""",
    )
    references = tuple(
        Reference("likes", ("target_id",), table, ("id",), {"kind": kind})
        for table, kind in (("posts", "post"), ("videos", "video"))
    )

    result = seeded(
        conninfo,
        SeedConfig(user_count=9, counts={"posts": 4, "videos": 6, "likes": 50}, references=references),
    )

    assert result.success, result.errors
    assert rows(
        conninfo,
        """SELECT count(*), count(DISTINCT kind), count(*) FILTER (WHERE EXISTS (SELECT FROM posts p WHERE p.id = target_id AND kind = 'post')
           OR EXISTS (SELECT FROM videos v WHERE v.id = target_id AND kind = 'video')) FROM likes""",
    ) == [(50, 2, 50)]


def test_capacity_is_known_before_anything_is_loaded(server: Server) -> None:
    conninfo = made(
        server,
        """CREATE TYPE size AS ENUM ('s', 'm', 'l'); CREATE TABLE shirts (id int PRIMARY KEY);
        CREATE TABLE variants (shirt_id int NOT NULL REFERENCES shirts, size size NOT NULL, PRIMARY KEY (shirt_id, size));""",
    )

    result = seeded(conninfo, SeedConfig(user_count=4, counts={"shirts": 4, "variants": 50}))

    assert result.created["public.variants"] == 12
    assert any(
        "12 rows instead of 50" in warning and "no more combinations" in warning
        for warning in result.warnings
    )
