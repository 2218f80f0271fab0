"""The words of `seed`, and how the configuration of a project decides what they write."""

import json
import re
from pathlib import Path

import pytest

from commands.cli import main
from guardrails.config import load_config
from tests.seeds.clusters import Cluster

SHOP = (
    "SET ROLE ada",
    "CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, nickname text NOT NULL)",
    "CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id uuid NOT NULL REFERENCES users, currency text NOT NULL)",
    "CREATE TABLE photos (id bigint PRIMARY KEY, owner_id uuid REFERENCES users)",
    "CREATE TABLE comments (id bigint PRIMARY KEY, kind text NOT NULL, subject_id bigint NOT NULL, post_id bigint, deleted_at timestamptz)",
    "CREATE TABLE audit_log (id bigint PRIMARY KEY, what text)",
)
CONFIGURATION = """
[seeds]
users = 6
organizations = 2
seed = 3
locales = { de_DE = 1, fr_FR = 1 }
excluded = ["audit_log"]

[seeds.rows]
posts = 11

[seeds.generators]
"users.nickname" = "faker:license_plate"

[seeds.fixed]
"posts.currency" = "EUR"
"comments.deleted_at" = { null = true }

[[seeds.references]]
from = "comments.subject_id"
to = "posts.id"
when = { kind = "post" }

[[seeds.references]]
from = "comments.subject_id"
to = "photos.id"
when = { kind = "photo" }
"""


@pytest.fixture
def shop(database: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    database.run(*SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database.dsn())
    return database


def test_the_configuration_decides_what_is_written(shop: Cluster, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(CONFIGURATION)

    assert main(["seed", "dev"]) == 0

    assert shop.rows("SELECT count(*) FROM users WHERE email <> 'system@example.com'") == [(6,)]
    assert shop.rows("SELECT count(*), min(currency), max(currency) FROM posts") == [(11, "EUR", "EUR")]
    assert shop.rows("SELECT count(*) FROM audit_log") == [(0,)]
    assert shop.rows("SELECT count(*) FROM comments WHERE deleted_at IS NOT NULL") == [(0,)]
    assert {kind for (kind,) in shop.rows("SELECT DISTINCT kind FROM comments")} <= {"post", "photo"}
    astray = (
        "SELECT count(*) FROM comments c WHERE (kind = 'post' AND subject_id NOT IN (SELECT id FROM posts))"
        " OR (kind = 'photo' AND subject_id NOT IN (SELECT id FROM photos))"
    )
    assert shop.rows(astray) == [(0,)]
    plates = [str(plate) for (plate,) in shop.rows("SELECT nickname FROM users WHERE nickname <> 'system'")]
    assert any(re.search(r"\d", plate) for plate in plates)


def test_the_command_line_goes_before_the_configuration(shop: Cluster, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(CONFIGURATION)

    assert main(["seed", "dev", "--users", "4", "--rows", "posts=2"]) == 0

    assert shop.rows("SELECT count(*) FROM users WHERE email <> 'system@example.com'") == [(4,)]
    assert shop.rows("SELECT count(*) FROM posts") == [(2,)]


def test_the_test_seed_keeps_to_its_own_numbers(shop: Cluster, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(CONFIGURATION)

    assert main(["seed", "test"]) == 0

    assert shop.rows("SELECT count(*) FROM users WHERE email <> 'system@example.com'") == [(10,)]
    assert shop.rows("SELECT min(currency) FROM posts") == [("EUR",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[seeds]\nexcluded = ["audit_lgo"]', "audit_lgo"),
        ("[seeds.rows]\npost = 3", "did you mean 'posts'"),
        ('[seeds.generators]\n"users.nickname" = "usrname"', "usrname"),
        ('[seeds]\nlocale = "de_DEU"', "de_DE"),
        ("[seeds]\nlocales = { xx_YY = 1 }", "xx_YY"),
        ('[seeds.fixed]\n"users.nick" = "x"', "users.nick"),
        ('[seeds.generators]\n"users.nick" = "username"', "users.nick"),
        (
            '[[seeds.references]]\nfrom = "comments.subject"\nto = "posts.id"',
            "the reference of comments names 'subject'",
        ),
        ('[[seeds.references]]\nfrom = "comments.subject_id"\nto = "post.id"', "post"),
        ('[seeds]\ntest_data = "nowhere.toml"', "nowhere.toml"),
    ],
)
def test_a_name_that_is_not_there_is_one_sentence(
    shop: Cluster, tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guardrails.toml").write_text(text)

    assert main(["seed", "dev" if "rows]" in text else "test"]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert shop.rows("SELECT count(*) FROM users") == [(0,)]


def test_a_plan_says_what_would_be_written_and_writes_nothing(
    shop: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seed", "plan", "--users", "5"]) == 0
    text = capsys.readouterr().out
    assert main(["seed", "plan", "--users", "5", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert text.splitlines()[0] == "the database of DATABASE_URL: nothing is written"
    assert "public.users: 5 new rows (a table of users)" in text
    assert {one["table"]: one["rows"] for one in told["tables"]}["public.users"] == 5
    assert shop.rows("SELECT count(*) FROM users") == [(0,)]


def test_a_start_of_the_configuration_is_added_and_changes_nothing_yet(
    shop: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guardrails.toml").write_text('profile = "strict"  # ours\n')

    assert main(["seed", "plan", "--write-config"]) == 0

    text = (tmp_path / "guardrails.toml").read_text()
    assert text.startswith('profile = "strict"  # ours\n\n')
    assert '# "public.posts" = 150  # about 3 for each row of public.users' in text
    assert '# from = "public.comments.post_id"\n# to = "public.posts.id"' in text
    seeds = load_config(tmp_path).seeds
    assert seeds is not None
    assert (seeds.users, seeds.rows, seeds.references) == (None, {}, ())
    capsys.readouterr()
    assert main(["seed", "plan", "--write-config"]) == 2
    assert "has [seeds] already" in capsys.readouterr().err
    assert (tmp_path / "guardrails.toml").read_text() == text
    assert shop.rows("SELECT count(*) FROM users") == [(0,)]


def test_every_line_of_a_start_can_be_taken_as_it_is(shop: Cluster, tmp_path: Path) -> None:
    assert main(["seed", "plan", "--write-config"]) == 0
    path = tmp_path / "guardrails.toml"
    lines = path.read_text().splitlines()[1:]
    kept = [re.sub(r"^# ", "", line) for line in lines if "audit_log" not in line and "orders" not in line]
    path.write_text("\n".join(line for line in kept if not line.startswith("test_data")) + "\n")

    assert main(["seed", "dev"]) == 0

    assert shop.rows("SELECT count(*) FROM posts") == [(150,)]


def test_a_start_is_not_written_into_pyproject(
    shop: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pg-guardrails]\nprofile = "strict"\n')

    assert main(["seed", "plan", "--write-config"]) == 2

    assert "write [tool.pg-guardrails.seeds] there by hand" in capsys.readouterr().err
    assert not (tmp_path / "guardrails.toml").exists()
    assert shop.port


def test_the_generators_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", "generators"]) == 0

    assert "  email " in capsys.readouterr().out


@pytest.mark.parametrize("word", ["dev", "test", "plan"])
def test_without_migrations_and_a_database_there_is_nothing_to_seed(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["seed", word]) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        f"error: {tmp_path} has no migrations yet, so there is nothing to seed; draft one first, or set "
        "DATABASE_URL to a development database\n"
    )


@pytest.mark.parametrize("word", ["dev", "test", "plan", "reset", "mark", "generators"])
def test_every_word_says_what_it_does(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["seed", "--help"])

    assert re.search(rf"^ +{word}\s+\S", capsys.readouterr().out, re.MULTILINE)
