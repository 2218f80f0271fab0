"""`seed reset` removes what seed runs wrote, nothing else, and only for a person at a terminal."""

import json
import os
import threading
from pathlib import Path

import pytest

from commands.cli import main
from commands.reset import Removed, reset
from guardrails.lint.contracts import GuardrailsError
from tests.conftest import AtATerminal
from tests.seeds.clusters import Cluster

SHOP = (
    "SET ROLE ada",
    "CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL UNIQUE, name text)",
    "CREATE TABLE profiles (user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE, bio text)",
    """CREATE TABLE posts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      parent_id bigint REFERENCES posts, title text NOT NULL)""",
    "CREATE TABLE visits (user_id uuid REFERENCES users ON DELETE RESTRICT, path text)",
    """CREATE FUNCTION add_profile() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO profiles (user_id) VALUES (NEW.id); RETURN NEW; END $$""",
    "CREATE TRIGGER add_profile AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION add_profile()",
)


@pytest.fixture
def shop(database: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A database with a schema of its own and no rows, named in the environment."""
    database.run(*SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database.dsn())
    return database


def seeded(*words: str) -> None:
    assert main(["seed", "dev", "--users", "8", *words]) == 0


def counts(cluster: Cluster) -> dict[str, int]:
    tables = ("users", "profiles", "posts", "visits")
    query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)
    return {str(table): int(str(number)) for table, number in cluster.rows(query)}


def removed(root: Path, answer: str = "app") -> Removed | None:
    return reset(root, environ={"DATABASE_URL": os.environ["DATABASE_URL"]}, answered=lambda *_: answer)


def test_a_person_sees_the_counts_and_types_the_name_and_all_rows_go(
    shop: Cluster, tmp_path: Path, at_a_terminal: AtATerminal
) -> None:
    seeded()
    seeded("--users", "12")
    before = counts(shop)
    assert min(before.values()) > 0

    shown, code = at_a_terminal(tmp_path, ["seed", "reset"], ("type the database's name:", "app\n"))

    assert code == 0
    assert "2 recorded runs" in shown
    assert f"public.posts     {before['posts']:>9,} rows to remove" in shown
    assert counts(shop) == {"users": 0, "profiles": 0, "posts": 0, "visits": 0}
    _, again = at_a_terminal(tmp_path, ["seed", "reset"])
    assert again == 2


def test_any_other_answer_is_a_no(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    before = counts(shop)

    assert removed(tmp_path, "y") is None
    assert counts(shop) == before


def test_no_assistant_resets(shop: Cluster, tmp_path: Path, at_a_terminal: AtATerminal) -> None:
    seeded()
    before = counts(shop)

    _, as_agent = at_a_terminal(tmp_path, ["seed", "reset"], ("name:", "app\n"), marks={"CLAUDECODE": "1"})
    _, as_pipe = at_a_terminal(tmp_path, ["seed", "reset"], ("name:", "app\n"), fed=True)

    assert (as_agent, as_pipe) == (2, 2)
    assert counts(shop) == before


def test_rows_of_a_persons_own_stay_and_so_does_what_they_need(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "INSERT INTO users (id, email, name) VALUES ('00000000-0000-0000-0000-00000000000a', 'me@example.com', 'Me')",
        "INSERT INTO visits SELECT id, '/mine' FROM users WHERE email NOT IN ('me@example.com', 'system@example.com')"
        " ORDER BY email LIMIT 1",
    )

    done = removed(tmp_path)

    assert done is not None
    assert counts(shop) == {"users": 2, "profiles": 1, "posts": 0, "visits": 1}
    assert shop.rows("SELECT path FROM visits") == [("/mine",)]
    assert "public.users: 1 needed by other rows of public.visits" in done.left
    shop.run("DELETE FROM visits")
    assert removed(tmp_path) is not None
    assert shop.rows("SELECT email FROM users") == [("me@example.com",)]


def test_a_row_that_somebody_changed_stays_is_named_and_keeps_its_parents(
    shop: Cluster, tmp_path: Path
) -> None:
    seeded()
    ((post, parent, author),) = shop.rows(
        "UPDATE posts SET title = 'Mine now' WHERE id = (SELECT max(id) FROM posts WHERE parent_id IS NOT NULL)"
        " RETURNING id, parent_id, author_id"
    )

    done = removed(tmp_path)

    assert done is not None
    assert f"public.posts: 1 changed since: {post}" in done.left
    left = {row[0] for row in shop.rows("SELECT id FROM posts")}
    assert {post, parent} <= left
    assert author in {row[0] for row in shop.rows("SELECT id FROM users")}


def test_rows_that_were_there_stay_even_if_a_trigger_of_the_run_changed_them(
    shop: Cluster, tmp_path: Path
) -> None:
    shop.run(
        "CREATE TABLE totals (id int PRIMARY KEY, users int)",
        "ALTER TABLE totals OWNER TO ada",
        "INSERT INTO totals VALUES (1, 0)",
        "CREATE FUNCTION count_users() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN UPDATE totals SET users = users + 1; RETURN NULL; END $$",
        "CREATE TRIGGER count_users AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION count_users()",
        "INSERT INTO users (email, name) VALUES ('me@example.com', 'Me')",
    )
    seeded("--rows", "totals=3")

    assert removed(tmp_path) is not None

    assert shop.rows("SELECT id, users > 1 FROM totals") == [(1, True)]
    assert shop.rows("SELECT email FROM users") == [("me@example.com",)]


def test_what_another_session_wrote_during_a_run_is_not_taken_for_the_runs(
    shop: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = threading.Event()

    def write(*_: object) -> None:
        if not written.is_set():
            written.set()
            shop.run("INSERT INTO visits (path) VALUES ('/theirs')")

    monkeypatch.setattr("commands.shell.seeding._progress", write)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    seeded("--rows", "visits=5")

    assert removed(tmp_path) is not None

    assert written.is_set()
    assert shop.rows("SELECT path FROM visits") == [("/theirs",)]


def test_a_run_on_another_database_is_not_taken_back_here(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "DROP DATABASE IF EXISTS copy", "CREATE DATABASE copy TEMPLATE app OWNER ada", database="postgres"
    )

    with pytest.raises(GuardrailsError, match="no seed run is recorded for copy"):
        reset(tmp_path, environ={"DATABASE_URL": shop.dsn("copy")}, answered=lambda *_: "copy")


def test_a_trigger_that_keeps_rows_stops_all_of_it(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER keep BEFORE DELETE ON posts FOR EACH ROW EXECUTE FUNCTION keep()",
    )
    before = counts(shop)

    with pytest.raises(GuardrailsError, match=r"a trigger keeps rows of public\.posts"):
        removed(tmp_path)

    assert counts(shop) == before


def test_a_trigger_that_removes_rows_of_others_stops_all_of_it(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "INSERT INTO visits (path) VALUES ('/mine')",
        "CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM visits; RETURN OLD; END $$",
        "CREATE TRIGGER sweep AFTER DELETE ON posts FOR EACH ROW EXECUTE FUNCTION sweep()",
    )

    with pytest.raises(GuardrailsError, match=r"public\.visits"):
        removed(tmp_path)

    assert shop.rows("SELECT count(*) FROM visits WHERE path = '/mine'") == [(1,)]


def test_a_circle_of_tables_and_partitions_go_too(shop: Cluster, tmp_path: Path) -> None:
    shop.run(
        "SET ROLE ada",
        "CREATE TABLE teams (id int PRIMARY KEY, lead_id int NOT NULL)",
        "CREATE TABLE members (id int PRIMARY KEY, team_id int NOT NULL REFERENCES teams)",
        "ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES members",
        "CREATE TABLE events (id bigint, kind int NOT NULL, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1)",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2)",
    )
    seeded()
    query = (
        "SELECT (SELECT count(*) FROM teams), (SELECT count(*) FROM members), (SELECT count(*) FROM events)"
    )
    ((teams, members, events),) = shop.rows(query)
    assert min(int(str(number)) for number in (teams, members, events)) > 0

    assert removed(tmp_path) is not None

    assert shop.rows(query) == [(0, 0, 0)]


def test_a_table_that_was_rewritten_since_is_left_alone(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "ALTER TABLE posts ALTER COLUMN title TYPE varchar(400)", "ALTER TABLE posts ALTER COLUMN id TYPE int"
    )
    before = counts(shop)["posts"]

    done = removed(tmp_path)

    assert done is not None
    assert counts(shop)["posts"] == before
    assert any(words.startswith(f"public.posts: {before} changed since") for words in done.left)


def test_a_row_that_a_reference_of_the_configuration_needs_stays(shop: Cluster, tmp_path: Path) -> None:
    shop.run(
        "CREATE TABLE notes (id int PRIMARY KEY, kind text, subject bigint)", "ALTER TABLE notes OWNER TO ada"
    )
    (tmp_path / "guardrails.toml").write_text(
        '[seeds]\nexcluded = ["notes"]\n[[seeds.references]]\nfrom = "notes.subject"\nto = "posts.id"\nwhen = { kind = "post" }\n'
    )
    seeded()
    shop.run("INSERT INTO notes VALUES (1, 'post', 1), (2, 'photo', 2)")

    done = removed(tmp_path)

    assert done is not None
    assert "public.posts: 1 needed by other rows of public.notes" in done.left
    assert (1,) in shop.rows("SELECT id FROM posts")
    assert (2,) not in shop.rows("SELECT id FROM posts")


def test_rows_without_a_key_that_a_trigger_of_a_later_run_changed_stay(shop: Cluster, tmp_path: Path) -> None:
    shop.run(
        "INSERT INTO visits (path) VALUES ('/mine')",
        "CREATE FUNCTION renew() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN UPDATE visits SET path = path || '!' WHERE path LIKE '/mine%'; RETURN NULL; END $$",
        "CREATE TRIGGER renew AFTER INSERT ON posts FOR EACH STATEMENT EXECUTE FUNCTION renew()",
    )
    seeded()

    assert removed(tmp_path) is not None

    assert shop.rows("SELECT count(*) FROM visits WHERE path LIKE '/mine%'") == [(1,)]


def test_a_server_that_counts_its_transactions_a_second_time_is_refused(
    shop: Cluster, tmp_path: Path
) -> None:
    """As after a disk was put back: here a row of a person's is given the number of a recorded run."""
    seeded()
    ((mine, number),) = shop.rows(
        "INSERT INTO posts (author_id, title) SELECT id, 'Mine' FROM users LIMIT 1 RETURNING id, xmin::text"
    )
    path = tmp_path / ".guardrails/seeds/runs.jsonl"
    run = json.loads(path.read_text())
    (posts,) = [one for one in run["wrote"] if one["place"]["relation"] == "posts"]
    posts["transactions"].append(int(str(number)))
    path.write_text(json.dumps(run) + "\n")

    with pytest.raises(GuardrailsError, match=r"public\.posts that a run did not write"):
        removed(tmp_path)

    assert (mine,) in shop.rows("SELECT id FROM posts")


def test_a_key_that_is_a_moment_is_the_same_whatever_the_session_says(shop: Cluster, tmp_path: Path) -> None:
    shop.run(
        "CREATE TABLE days (at timestamptz PRIMARY KEY, note text)", "ALTER TABLE days OWNER TO ada",
        "ALTER ROLE ada SET timezone = 'Asia/Tokyo'", "ALTER ROLE ada SET datestyle = 'German'",
    )  # fmt: skip
    try:
        seeded()
        shop.run("UPDATE days SET note = 'Mine' WHERE at = (SELECT max(at) FROM days)")
        done = removed(tmp_path)
    finally:
        shop.run("ALTER ROLE ada RESET ALL")

    assert done is not None
    assert any(words.startswith("public.days: 1 changed since") for words in done.left)
    assert shop.rows("SELECT count(*) FROM days") == [(1,)]


def test_another_primary_key_is_a_sentence(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "ALTER TABLE posts DROP CONSTRAINT posts_pkey CASCADE",
        "ALTER TABLE posts ADD PRIMARY KEY (id, author_id)",
    )

    with pytest.raises(GuardrailsError, match=r"public\.posts has another primary key"):
        removed(tmp_path)


def test_what_a_trigger_says_against_it_is_a_sentence(shop: Cluster, tmp_path: Path) -> None:
    seeded()
    shop.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not these'; END $$",
        "CREATE TRIGGER refuse BEFORE DELETE ON posts FOR EACH ROW EXECUTE FUNCTION refuse()",
    )

    with pytest.raises(GuardrailsError, match="the database refused: not these; nothing was removed"):
        removed(tmp_path)


def test_the_record_stays_out_of_git_and_names_no_password(shop: Cluster, tmp_path: Path) -> None:
    seeded()

    text = (tmp_path / ".guardrails/seeds/runs.jsonl").read_text()
    assert (tmp_path / ".guardrails/seeds/.gitignore").read_text() == "*\n"
    assert "planted-secret" not in text
    assert f'"database":"{shop.rows("SELECT current_database()")[0][0]}"' in text


@pytest.mark.parametrize(
    "torn", ["{", "[]\n", '{"at": 1}\n', '{"at":"x","identity":{"a":1},"transaction":1,"wrote":[]}\n']
)
def test_a_torn_record_is_a_sentence_and_removes_nothing(shop: Cluster, tmp_path: Path, torn: str) -> None:
    seeded()
    before = counts(shop)
    (tmp_path / ".guardrails/seeds/runs.jsonl").write_text(torn)

    with pytest.raises(GuardrailsError, match=r"runs\.jsonl can't be read"):
        removed(tmp_path)

    assert counts(shop) == before


def test_a_record_that_can_not_be_written_is_a_warning(
    shop: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".guardrails").write_text("a file in the way")

    seeded()

    assert "seed reset can't take this run back" in capsys.readouterr().err
    assert counts(shop)["users"] > 0
