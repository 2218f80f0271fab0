"""Named rows of a project's own file are in every test seed, with known ids and references by name."""

from pathlib import Path

import pytest

from commands.cli import main
from commands.seed import seed_test
from guardrails.lint.contracts import GuardrailsError
from tests.seeds.clusters import Cluster

BLOG = (
    "SET ROLE ada",
    "CREATE TYPE state AS ENUM ('draft', 'published')",
    "CREATE DOMAIN slug AS text CHECK (VALUE ~ '^[a-z0-9-]+$')",
    "CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, name text, joined date)",
    "CREATE TABLE profiles (user_id uuid PRIMARY KEY REFERENCES users, bio text NOT NULL)",
    "CREATE TABLE teams (id int PRIMARY KEY, slug slug NOT NULL UNIQUE, owner_id uuid NOT NULL REFERENCES users)",
    "CREATE TABLE memberships (team_id int REFERENCES teams, user_id uuid REFERENCES users, PRIMARY KEY (team_id, user_id))",
    """CREATE TABLE posts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id uuid NOT NULL REFERENCES users,
      answers_id bigint REFERENCES posts, title varchar(20) NOT NULL, state state NOT NULL, price numeric(6, 2),
      tags text[], extra jsonb, words int GENERATED ALWAYS AS (length(title)) STORED, seen boolean NOT NULL,
      CONSTRAINT price_is_fair CHECK (price > 0))""",
    "CREATE SCHEMA billing",
    "CREATE TABLE billing.plans (code text PRIMARY KEY, label text NOT NULL)",
)
DATA = """
[users.vera]
email = "vera@shop.test"
joined = 2024-02-29

[users.test-user-2]
name = "Second of his name"

[profiles.vera-profile]
user = "vera"
bio = "Paints."

[teams.red]
slug = "red"
owner = "test-user-admin"

[memberships.vera-in-red]
team = "red"
user_id = "vera"

[posts.answer]
author_id = "vera"
answers = "question"
title = "Yes"
state = "draft"
tags = ["a", "b,c"]
seen = true

[posts.question]
author = "test-user-1"
title = "Is it?"
state = "published"
price = 3.5
extra = { deep = [1, 2] }
seen = false

[billing.plans.gold]
label = "Gold"
"""


@pytest.fixture
def blog(database: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    database.run(*BLOG)
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    (tmp_path / "db" / "migrations" / "001_a.sql").write_text("SELECT 1;")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database.dsn())
    return database


def write(root: Path, text: str) -> None:
    path = root / "db" / "seeds" / "test-data.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_named_rows_are_written_first_with_known_ids_and_references_by_name(
    blog: Cluster, tmp_path: Path
) -> None:
    write(tmp_path, DATA)

    seeded = seed_test(tmp_path)

    assert seeded.result.errors == ()
    known = {(row.table, row.name): row.id for row in seeded.result.test_users}
    vera = known["public.users", "vera"]
    assert known["public.users", "test-user-1"] == "03514bc5-676c-5ce5-a9bf-a20e8f3d8bdd"
    assert known["public.posts", "answer"] == "1"
    assert known["public.posts", "question"] == "2"
    assert known["billing.plans", "gold"] == "gold"
    assert blog.rows(f"SELECT email, joined::text FROM users WHERE id = '{vera}'") == [
        ("vera@shop.test", "2024-02-29")
    ]
    assert blog.rows("SELECT name FROM users WHERE email = 'test2@example.com'") == [("Second of his name",)]
    assert blog.rows(f"SELECT bio FROM profiles WHERE user_id = '{vera}'") == [("Paints.",)]
    assert blog.rows(
        "SELECT t.slug, u.email FROM teams t JOIN users u ON u.id = owner_id WHERE t.id = 1"
    ) == [("red", "admin@example.com")]
    assert blog.rows(f"SELECT team_id FROM memberships WHERE user_id = '{vera}' AND team_id = 1") == [(1,)]
    assert blog.rows("SELECT answers_id, title, state::text, tags, seen FROM posts WHERE id = 1") == [
        (2, "Yes", "draft", ["a", "b,c"], True)
    ]
    assert blog.rows("SELECT price::text, extra->'deep'->>1 FROM posts WHERE id = 2") == [("3.50", "2")]


def test_the_rest_is_drawn_and_all_of_it_is_the_same_every_time(blog: Cluster, tmp_path: Path) -> None:
    write(tmp_path, DATA)
    tables = ("users", "profiles", "teams", "memberships", "posts", "billing.plans")

    def everything() -> list[list[tuple[object, ...]]]:
        assert seed_test(tmp_path).result.success
        return [blog.rows(f"SELECT t::text FROM {table} t ORDER BY 1") for table in tables]

    first = everything()
    blog.run(f"TRUNCATE {', '.join(tables)}")

    assert everything() == first
    assert all(len(rows) > 1 for rows in first)


def test_the_command_lists_the_known_ids(
    blog: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, DATA)

    assert main(["seed", "test"]) == 0

    out = capsys.readouterr().out
    assert "public.posts answer: 1" in out
    assert "public.users test-user-admin: a14e8cc1-49f6-5332-b98c-86f8bff39a0b admin@example.com" in out
    assert blog.rows("SELECT count(*) > 0 FROM posts") == [(True,)]


def test_the_file_may_stand_elsewhere(blog: Cluster, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(
        'migrations = "db/migrations"\n[seeds]\ntest_data = "rows.toml"\n'
    )
    (tmp_path / "rows.toml").write_text('[users.vera]\nemail = "vera@shop.test"\n')

    assert seed_test(tmp_path).result.success

    assert blog.rows("SELECT count(*) FROM users WHERE email = 'vera@shop.test'") == [(1,)]


def test_realistic_rows_are_not_told_by_the_file(blog: Cluster, tmp_path: Path) -> None:
    write(tmp_path, DATA)

    assert main(["seed", "dev", "--users", "4"]) == 0

    assert blog.rows("SELECT count(*) FROM users WHERE email = 'vera@shop.test'") == [(0,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[users", "it can't be read as TOML"),
        ("users = 3", "'users' is no table"),
        ("[users]\nname = 'x'", "public.users has 'name' without a row's name: write [users.some-name] above it"),
        ("[user.a]\nname = 'x'", "there is no table 'user'; did you mean 'users'?"),
        ("[billing.plan.a]\nlabel = 'x'", "there is no table 'billing.plan'; did you mean 'billing.plans'?"),
        ("[users.a]\nnmae = 'x'", "public.users.a: there is no column 'nmae' in public.users; did you mean 'name'?"),
        ("[posts.a]\nwords = 3", "public.posts.a: words is always computed by the database; leave it out"),
        ("[posts.a]\nauthor = 'test-user-3'", "author names 'test-user-3', which is no row of public.users here; did you mean"),
        ("[posts.a]\nauthor_id = '03514bc5-676c-5ce5-a9bf-000000000000'", "which is no row of public.users here"),
        ("[posts.a]\nstate = 'open'", "public.posts.a: state can't be 'open'; it is one of draft, published"),
        ("[posts.a]\nprice = 'cheap'", "public.posts.a: price can't be 'cheap': invalid input syntax for type numeric"),
        ("[posts.a]\nprice = -1", "public.posts.a does not meet price_is_fair: CHECK"),
        ("[posts.a]\nprice = 123456789", "public.posts.a: price can't be '123456789': numeric field overflow"),
        ("[posts.a]\ntitle = 'a title of more than twenty'", "title holds 20 characters at most, and this has 27"),
        ("[posts.a]\ntitle = { null = true }", "public.posts.a: title may not be NULL"),
        ("[teams.a]\nslug = 'Not A Slug'", "public.teams.a: slug can't be 'Not A Slug': value for domain"),
        ("[users.a]\nemail = 'x@y.test'\n[users.b]\nemail = 'x@y.test'", "public.users: a and b have the same email"),
        ("[users.a]\njoined = 'soon'", "public.users.a: joined can't be 'soon': invalid input syntax for type date"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    blog: Cluster, tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path, text)

    with pytest.raises(GuardrailsError) as caught:
        seed_test(tmp_path)

    assert str(caught.value).startswith("db/seeds/test-data.toml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert blog.rows("SELECT count(*) FROM users") == [(0,)]
