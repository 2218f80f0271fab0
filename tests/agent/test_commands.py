"""What the hook answers to commands: of the catalogue, through all that may stand around them, and of others."""

import json
from pathlib import Path

import pytest

from commands.hook import hook
from tests.agent.support import before, run

CASES = [json.loads(line) for line in (Path(__file__).parent / "commands.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case["command"][:60].encode("unicode_escape").decode()
)
def test_a_command_is_answered_as_labelled(case: dict[str, str], tmp_path: Path) -> None:
    assert run(case["command"], tmp_path) == case["answer"]


WRAPPED = (
    "{}", "cd x && {}", "( {} )", "{{ {}; }}", "time {}", "nohup {} &", "sudo -u deploy {}", "env A=1 B=2 {}", "timeout -s KILL 5 {}",
    "bash -c '{}'", "sh -lc 'cd x; {}'", "eval '{}'", "echo '{}' | bash", "bash <<'E'\n{}\nE", "bash <<< '{}'", "echo $({})", "echo `{}`",
    "x='{}'; $x", "x='{}'; eval \"$x\"", "f() {{ {}; }}; f", "alias a='{}'; a", "trap '{}' EXIT", "if true; then {}; fi", "for i in 1 2; do {}; done",
    "while {}; do :; done", "case a in a) {};; esac", "! {}", "{} | tee log", "echo '{}' > s.sh; sh s.sh", "find . -exec {} \\;", "ssh host '{}'",
    "kubectl exec pod -- {}", "docker run --rm -e A=b image {}", "docker compose exec -T web {}", "npx dotenv -e .env.x -- {}", "doppler run -- {}", "watch -n 5 '{}'",
    "nice -n 5 ionice -c3 {}", "xargs -I% {} < list", "git -c alias.x='!{}' x", "diff <({}) b", "[[ -f a ]] && {}", "a || b ; {}", "coproc {}",
)  # fmt: skip


@pytest.mark.parametrize("around", WRAPPED)
@pytest.mark.parametrize(
    "command", ["prisma migrate deploy", "alembic downgrade base", "drizzle-kit push --force"]
)
def test_a_command_is_refused_whatever_stands_around_it(around: str, command: str, tmp_path: Path) -> None:
    assert run(around.format(command), tmp_path) == "deny"


@pytest.mark.parametrize("around", WRAPPED)
def test_what_stands_around_a_harmless_command_is_no_reason(around: str, tmp_path: Path) -> None:
    if "list" in around or ".env.x" in around:
        pytest.skip("it reads a file that can't be seen")

    assert run(around.format("prisma migrate status"), tmp_path) == "pass"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("dbmate up", "deny"),
        ("dbmate --url postgres://u@localhost:5432/db up", "ask"),
        ("dbmate --url postgres://u@db.example.com/db up", "deny"),
        ('dbmate --url "$DATABASE_URL" up', "deny"),
        ("DATABASE_URL=postgres://u@127.0.0.1/db dbmate up", "ask"),
        ("export DATABASE_URL=postgres://u@[::1]:5432/db; dbmate up", "ask"),
        ("DATABASE_URL=postgres://localhost@db.example.com/db dbmate up", "deny"),
        ("DATABASE_URL='postgres://u:p@localhost/db?host=db.example.com' dbmate up", "deny"),
        ("DATABASE_URL=postgres://u@localhost.example.com/db dbmate up", "deny"),
        ("ssh prod 'DATABASE_URL=postgres://u@localhost/db dbmate up'", "deny"),
    ],
)
def test_the_target_that_is_spelled_out_decides(command: str, expected: str, tmp_path: Path) -> None:
    assert run(command, tmp_path) == expected


def test_a_server_that_the_environment_names_counts(tmp_path: Path) -> None:
    assert run("psql -c 'drop table t'", tmp_path) == "ask"
    assert run("psql -c 'drop table t'", tmp_path, {"PGHOST": "db.example.com"}) == "deny"


def test_tests_against_a_database_of_another_machine_are_asked_about(tmp_path: Path) -> None:
    assert run("pytest -q", tmp_path) == "pass"
    assert run("pytest -q", tmp_path, {"DATABASE_URL": "postgres://u@db.example.com/x"}) == "ask"
    assert run("DATABASE_URL=postgres://u@db.example.com/x npm test", tmp_path) == "ask"


def test_sql_in_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "read.sql").write_text("-- drop table t\nselect 'drop table t';")
    (tmp_path / "write.sql").write_text("select 1;\ndrop table t;")

    assert run("psql -h localhost -f read.sql", tmp_path) == "pass"
    assert run("psql -h localhost < read.sql", tmp_path) == "pass"
    assert run("psql -h localhost -f write.sql", tmp_path) == "ask"
    assert run("cat write.sql | psql -h db.example.com", tmp_path) == "deny"


def test_a_text_that_never_ends_is_asked_about(tmp_path: Path) -> None:
    assert run("bash -c " * 40 + "x", tmp_path) in {"ask", "pass"}
    assert run("eval " * 5000 + "supabase db push", tmp_path) in {"ask", "deny"}
    assert run("(" * 3000 + "supabase db push" + ")" * 3000, tmp_path) in {"ask", "deny"}


def test_what_bash_would_refuse_but_names_a_command_is_asked_about(tmp_path: Path) -> None:
    assert run("supabase db push 'unclosed", tmp_path) in {"ask", "deny"}


@pytest.mark.parametrize(
    "command",
    [
        "x=" + "a" * 5000 + "; " + "x=$x$x; " * 40 + "echo $x",
        "a=(1 2); " + 'a=("${a[@]}" "${a[@]}"); ' * 40 + 'echo "${a[@]}"',
        "echo " + "{a,b}" * 40,
        "x=" + "a" * 9000 + "; echo ${x##*a*a*a*a*b}",
        "; ".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}" for n in range(30)) + "; f0",
        "echo {1..1000000000}",
        "****a****b***c*** --x",
    ],
    ids=["doubling", "arrays", "braces", "patterns", "calls", "range", "glob"],
)
def test_a_text_that_would_grow_without_end_is_answered(command: str, tmp_path: Path) -> None:
    assert run(command, tmp_path) in {"pass", "ask"}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("goose up", "it applies migrations"),
        ("goose -dir m down", "it undoes migrations"),
        ("goose down-to 3", "it undoes migrations"),
        ("goose reset", "it undoes every migration"),
        ("goose redo", "it undoes the last migration"),
        ("dbmate rollback", "it undoes migrations"),
        ("dbmate drop", "it drops or empties a whole database"),
        ("migrate -path m -database x drop -f", "it drops or empties a whole database"),
        ("sql-migrate down", "it undoes migrations"),
    ],
)
def test_a_refusal_says_whether_migrations_are_applied_or_undone(
    command: str, why: str, tmp_path: Path
) -> None:
    said = hook("claude", before("Bash", {"command": command}, tmp_path), {})

    assert f": {why}" in said.stdout
