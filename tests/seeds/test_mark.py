"""Only a person at a terminal marks a database as one that may be lost, and seeding keeps to it."""

from pathlib import Path

import pytest

from commands.cli import main
from commands.mark import mark
from guardrails.lint.contracts import GuardrailsError
from tests.conftest import AtATerminal
from tests.seeds.clusters import Cluster

PEOPLE = (
    "CREATE TABLE people (id serial PRIMARY KEY, email text UNIQUE)",
    "INSERT INTO people (email) VALUES ('ann@gmail.com'), ('bob@acme.io'), ('carl@firma.de')",
    "ALTER TABLE people OWNER TO ada",
)


@pytest.fixture
def refused(database: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A database that is refused without a mark, named in the environment."""
    database.run(*PEOPLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database.dsn())
    return database


def comment(cluster: Cluster) -> object:
    ((found,),) = cluster.rows(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app'"
    )
    return found


def test_a_refusal_says_what_was_seen_and_how_to_mark(
    refused: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seed", "dev"]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"error: app at 127.0.0.1:{refused.port} is not surely a development database: public.people holds e-mail "
        "addresses that look like people's; if it may be lost, a person marks it with `pg-guardrails seed mark` in a "
        "terminal; nothing was written"
    )


def test_a_person_marks_by_typing_the_name_and_may_take_it_back(
    refused: Cluster, tmp_path: Path, at_a_terminal: AtATerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, code = at_a_terminal(tmp_path, ["seed", "mark"], ("type its name:", "app\n"))

    assert code == 0
    assert f"app at 127.0.0.1:{refused.port}" in shown
    assert "doubtful: public.people holds" in shown
    assert "planted-secret" not in shown
    assert main(["seed", "dev", "--users", "3"]) == 0
    assert "✓" in capsys.readouterr().out
    shown, code = at_a_terminal(tmp_path, ["seed", "mark", "--remove"])
    assert (code, "No longer marked" in shown) == (0, True)
    assert comment(refused) is None
    assert main(["seed", "dev", "--users", "3"]) == 2


def test_rows_are_counted_where_statistics_are_missing(
    refused: Cluster, tmp_path: Path, at_a_terminal: AtATerminal
) -> None:
    shown, _ = at_a_terminal(tmp_path, ["seed", "mark"], ("type its name:", "no\n"))
    refused.run("INSERT INTO people (email) SELECT n || '@acme.io' FROM generate_series(1, 4000) n")
    of_many, _ = at_a_terminal(tmp_path, ["seed", "mark"], ("type its name:", "no\n"))
    refused.run("ANALYZE people")
    of_analysed, _ = at_a_terminal(tmp_path, ["seed", "mark"], ("type its name:", "no\n"))

    assert "about 3 rows" in shown
    assert "at least 1,000 rows" in of_many
    assert "about 4,003 rows" in of_analysed


@pytest.mark.parametrize("typed", ["y\n", "\n", "APP\n", "postgres\n"])
def test_any_other_answer_is_a_no(
    refused: Cluster, tmp_path: Path, at_a_terminal: AtATerminal, typed: str
) -> None:
    shown, code = at_a_terminal(tmp_path, ["seed", "mark"], ("type its name:", typed))

    assert (code, "Not marked." in shown) == (1, True)
    assert comment(refused) is None


def test_what_no_person_answers_marks_nothing(
    refused: Cluster, tmp_path: Path, at_a_terminal: AtATerminal
) -> None:
    _, as_agent = at_a_terminal(tmp_path, ["seed", "mark"], ("name:", "app\n"), marks={"CLAUDECODE": "1"})
    _, as_pipe = at_a_terminal(tmp_path, ["seed", "mark"], ("name:", "app\n"), fed=True)

    assert (as_agent, as_pipe) == (2, 2)
    assert comment(refused) is None


def test_a_database_that_is_certainly_live_can_not_be_marked(
    refused: Cluster, tmp_path: Path, at_a_terminal: AtATerminal
) -> None:
    refused.run("CREATE ROLE rdsadmin")
    try:
        shown, code = at_a_terminal(tmp_path, ["seed", "mark"], ("type its name:", "app\n"))
    finally:
        refused.run("DROP ROLE rdsadmin")

    assert (code, "rdsadmin" in shown) == (2, True)
    assert comment(refused) is None


def test_a_login_that_may_not_comment_is_told_so(refused: Cluster, tmp_path: Path) -> None:
    refused.run("CREATE ROLE guest LOGIN", "GRANT SELECT ON people TO guest")
    try:
        with pytest.raises(GuardrailsError, match="may not comment on app; connect as its owner"):
            mark(tmp_path, environ={"DATABASE_URL": refused.dsn(user="guest")}, answered=lambda *_: "app")
    finally:
        refused.run("REVOKE ALL ON people FROM guest", "DROP ROLE guest")


def test_without_a_dsn_there_is_nothing_to_mark(tmp_path: Path) -> None:
    with pytest.raises(GuardrailsError, match="set GUARDRAILS_DATABASE_URL or DATABASE_URL"):
        mark(tmp_path, environ={}, answered=lambda *_: "app")


def test_no_word_of_the_configuration_takes_the_place_of_a_mark(refused: Cluster, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(
        "[seeds]\nhosts = ['localhost', 'app', 'db']\nexcluded = ['people']\n"
    )

    assert main(["seed", "dev"]) == 2
    assert refused.rows("SELECT count(*) FROM people") == [(3,)]
