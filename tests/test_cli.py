"""The command line as a person, a script or CI meets it."""

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from commands.cli import main
from commands.seed import DSN_NAMES
from guardrails.approval.terminal import AGENT_MARKS
from guardrails.lint.rules import RULES

SCRIPT = Path(sys.executable).with_name("pg-guardrails")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(data)))


def test_a_dangerous_migration_fails_and_the_last_line_counts(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "supabase/migrations/1_drop.sql").write_text("DROP TABLE users;\nTRUNCATE posts;\n")

    assert main(["validate"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("supabase/migrations/1_drop.sql:1:12: error DROP_TABLE: ")
    assert lines[1:3] == ["  1 | DROP TABLE users;", "    |            ^"]
    assert lines[-1] == "✗ Validation failed: 2 errors in 1 file"


def test_a_safe_migration_passes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "supabase/migrations/1_add.sql").write_text("ALTER TABLE users ADD COLUMN bio text;\n")

    assert main(["validate"]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "✓ Validation passed"


def test_json_is_the_only_thing_on_standard_output(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    give(monkeypatch, b"CREATE TABLE posts (id uuid PRIMARY KEY);")

    assert main(["validate", "-", "--format", "json"]) == 0

    report = json.loads(capsys.readouterr().out)
    (file,) = report["files"]
    assert (report["valid"], file["path"], file["errors"], file["allowed"]) == (True, "<stdin>", [], [])
    assert set(file["warnings"][0]) >= {"code", "message", "line", "column", "suggestion"}


def test_a_file_is_judged_after_the_history_before_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "supabase/migrations/1_users.sql").write_text(
        "CREATE TABLE users (id int PRIMARY KEY, name varchar(20));\nALTER TABLE users ENABLE ROW LEVEL SECURITY;\n"
    )
    later = project / "supabase/migrations/2_wider.sql"
    later.write_text("ALTER TABLE users ALTER COLUMN name TYPE text;\n")

    assert main(["validate", str(later)]) == 0

    assert (
        capsys.readouterr().out == "✓ Validation passed\n"
    )  # varchar to text is safe, and the type is known


def test_row_level_security_in_a_later_file_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "supabase/migrations/1_a.sql").write_text("CREATE TABLE a (id int PRIMARY KEY);\n")
    (project / "supabase/migrations/2_b.sql").write_text("ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n")

    assert main(["validate"]) == 0

    assert "MISSING_RLS" not in capsys.readouterr().out


def test_a_project_without_migrations_is_fine_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["validate"]) == 0

    told = capsys.readouterr()
    assert "has no migrations yet" in told.err
    assert told.out == ""


def test_numbered_files_elsewhere_are_named_to_who_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (
        "store/2_b.sql",
        "notes/1_a.txt",
        "node_modules/x/1_a.sql",
        "a/b/c/1_deep.sql",
        "app/store/1_a.sql",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("SELECT 1;", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    assert main(["validate"]) == 0

    told = capsys.readouterr().err
    assert 'found store/2_b.sql: set migrations = "store" in guardrails.toml' in told
    assert "found app/store/1_a.sql" in told
    assert "node_modules" not in told
    assert "1_deep" not in told


def test_an_option_that_is_none_gets_the_usage_of_its_command_and_the_nearest_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["validate", "--chnged"])

    told = capsys.readouterr().err
    assert ending.value.code == 2
    assert told.startswith("usage: pg-guardrails validate ")
    assert "unrecognized arguments: --chnged; did you mean --changed?" in told


BAD = {
    "a missing path": (["validate", "nowhere.sql"], "nowhere.sql"),
    "an empty folder": (["validate", "empty"], "empty"),
    "a count that is none": (["seed", "dev", "--rows", "posts"], "TABLE=N"),
    "a negative count": (["seed", "dev", "--users", "-3"], "user_count"),
    "a locale that is none": (["seed", "dev", "--locale", "xx_YY"], "xx_YY"),
    "a rule that is none": (["rules", "DROP_TABEL"], "DROP_TABLE"),
    "a draft that is none": (["confirm", "0123456789ab"], "no draft"),
    "an id that is none": (["confirm", "../../etc/passwd"], "no id of a draft"),
    "nothing to draft": (["create", "x", "--purpose", "y"], "nothing to draft"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    mistake: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*AGENT_MARKS, *DSN_NAMES):
        monkeypatch.delenv(name, raising=False)
    (project / "empty").mkdir()
    arguments, said = BAD[mistake]

    assert main(arguments) == 2

    output, error = capsys.readouterr()
    assert output == ""
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert said in error


NASTY = {
    "NUL bytes": (b"SELECT 1;\0 DROP TABLE a;", "NUL"),
    "another encoding": ("SELECT 'café';".encode("latin-1"), "UTF-8"),
    "UTF-16": ("DROP TABLE a;".encode("utf-16"), "UTF-16"),
    "deep nesting": (b"select " + b"(" * 100_000 + b"1" + b")" * 100_000, "too deeply"),
    "a long chain": (b"select 1" + b"+1" * 60_000, "too deeply"),
    "psql's lines": (b"\\restrict abc\nSELECT 1;\n", "command of psql"),
    "psql's data": (b"COPY t FROM stdin;\n1\tx\n\\.\n", "data for psql"),
    "a template": (b"ALTER TABLE {{ .x }} ADD COLUMN a int;", "placeholder"),
    "an open quotation": (b"DO $$ BEGIN DROP TABLE a;", "unterminated"),
    "a syntax error": (b"ALTER TABEL x;", "syntax error"),
    "50 MB": (b"-- x\n" * 10_000_000, "larger than"),
}


@pytest.mark.parametrize("name", NASTY)
def test_text_that_can_not_be_read_never_passes(
    name: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    data, said = NASTY[name]
    give(monkeypatch, data)

    assert main(["validate", "-"]) in {1, 2}

    output, error = capsys.readouterr()
    assert said in output + error
    assert "Traceback" not in output + error


def test_what_follows_data_for_psql_is_still_checked(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    give(monkeypatch, b"COPY t FROM stdin;\n1\tx\n\\.\nDROP TABLE t;\n")

    assert main(["validate", "-"]) == 1

    assert "<stdin>:4:12: error DROP_TABLE" in capsys.readouterr().out


@pytest.mark.parametrize("escape", ["\x1b[31mred", "\u202edesrever", "\x9b31m"])
def test_a_name_can_not_move_the_cursor(
    escape: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    give(monkeypatch, f'DROP TABLE "{escape}";'.encode())

    assert main(["validate", "-"]) == 1

    assert escape not in capsys.readouterr().out


def test_an_unreadable_file_in_a_folder_does_not_pass_and_hides_no_other(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "supabase/migrations/1_bad.sql").write_bytes(b"SELECT '\xff';")
    (project / "supabase/migrations/2_drop.sql").write_text("DROP TABLE users;")

    assert main(["validate"]) == 1

    output = capsys.readouterr().out
    assert "error PARSE_ERROR" in output
    assert "error DROP_TABLE" in output


@pytest.mark.parametrize(
    ("configuration", "asked"),
    [
        ("", ["3_c.sql"]),
        ("rollbacks = true\n", ["0_z.sql", "1_a.sql", "3_c.sql"]),
        ("rollbacks = false\n", []),
    ],
)
def test_a_rollback_is_asked_of_what_comes_after_the_first_one(
    configuration: str, asked: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(("0_z", "1_a", "2_b", "3_c")):
        added = f"ALTER TABLE posts ADD COLUMN c{number} int;\n"
        (project / f"supabase/migrations/{name}.sql").write_text(added)
    (project / "supabase/rollbacks").mkdir()
    (project / "supabase/rollbacks/2_b.sql").write_text("ALTER TABLE posts DROP COLUMN c2;\n")
    (project / "guardrails.toml").write_text(configuration)

    assert main(["validate", "--format", "json"]) == 0

    files = json.loads(capsys.readouterr().out)["files"]
    missing = [
        Path(file["path"]).name
        for file in files
        if "MISSING_ROLLBACK" in {warning["code"] for warning in file["warnings"]}
    ]
    assert missing == asked


@pytest.mark.parametrize("profile", ["recommended", "strict"])
def test_a_stricter_profile_asks_for_a_rollback(
    profile: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    give(monkeypatch, b"ALTER TABLE a ADD COLUMN b int;")

    assert main(["validate", "-", "--profile", profile]) == 0

    assert ("MISSING_ROLLBACK" in capsys.readouterr().out) == (profile == "strict")


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    assert "DROP_TABLE " in capsys.readouterr().out
    assert main(["rules", "drop_table"]) == 0
    assert capsys.readouterr().out.startswith("# DROP_TABLE\n")


HEAVY = frozenset(
    {"mcp", "mcp_types", "pydantic", "faker", "psycopg", "asyncio", "yaml", "tree_sitter", "multiprocessing"}
)
UNUSED = frozenset({
    "argparse", "dataclasses", "difflib", "gettext", "hashlib", "inspect", "json", "logging", "pkgutil", "queue", "shutil",
    "socket", "subprocess", "tempfile", "tomllib", "typing", "pglast.enums.parsenodes", "pglast.printers", "pglast.stream",
})  # fmt: skip


def modules_of(start: str, *arguments: str) -> frozenset[str]:
    """Return the modules that a process has when it ends, which takes the command's arguments."""
    script = f"import sys\nsys.argv[0] = 'pg-guardrails'\n{start}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return frozenset(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [[], ["--profile", "strict"]])
def test_a_cold_validate_imports_none_of_the_heavy_packages(tmp_path: Path, arguments: list[str]) -> None:
    file = tmp_path / "1_a.sql"
    file.write_text("DROP TABLE users;")

    assert not HEAVY & modules_of(
        "from commands.entry import main; main()", "validate", str(file), *arguments
    )


def test_a_plain_validate_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    file = tmp_path / "1_a.sql"
    file.write_text("DROP TABLE users;")

    assert not UNUSED & modules_of("from commands.entry import main; main()", "validate", str(file))


@pytest.mark.parametrize(
    "words",
    [
        ["migrations"],
        ["migrations", "--format", "json"],
        ["--format", "github", "migrations"],
        ["--verbose", "migrations"],
        ["--format", "yaml", "migrations"],
        ["--nonsense"],
        ["missing.sql"],
        [],
        ["--", "migrations"],
    ],
)
def test_the_short_way_in_says_what_the_long_one_says(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1_a.sql").write_text("DROP TABLE users;")
    said = [
        subprocess.run(
            [sys.executable, "-I", "-c", f"import sys\nsys.argv[0] = 'pg-guardrails'\n{start}", "validate", *words],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )
        for start in ("from commands.entry import start; start()", "from commands.cli import main; sys.exit(main())")
    ]  # fmt: skip

    assert said[0].returncode == said[1].returncode
    assert said[0].stdout == said[1].stdout
    assert said[0].stderr == said[1].stderr


def test_seeding_without_a_dsn_fills_a_database_of_our_own(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (project / "supabase/migrations/1_a.sql").write_text(
        "CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users, full_name text);"
    )

    assert main(["seed", "dev", "--users", "7", "--format", "json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert (report["success"], report["kept"]) == (True, False)
    assert report["created"] == {"auth.users": 7, "public.profiles": 7, "auth.identities": 7}


def test_seeding_another_machine_is_refused_without_showing_the_password(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:hunter2@db.abc.supabase.co:5432/postgres")

    assert main(["seed", "dev"]) == 2

    error = capsys.readouterr().err
    assert "db.abc.supabase.co is a hosted database" in error
    assert "hunter2" not in error


def test_the_demo_shows_the_main_job(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"

    done = subprocess.run([SCRIPT, "demo", "--svg", picture], capture_output=True, text=True, check=True)

    for words in (
        "HIDDEN_DESTRUCTIVE",
        "Write migration add_orders",
        "✓ written: supabase/migrations/",
        "every constraint held",
    ):
        assert words in done.stdout
    assert picture.read_text().startswith("<svg ")


def test_a_closed_pipe_is_no_crash(tmp_path: Path) -> None:
    file = tmp_path / "1_a.sql"
    file.write_text("DROP TABLE users;\n" * 5000)

    with subprocess.Popen([SCRIPT, "validate", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        error = run.stderr.read()

    assert b"Traceback" not in error


def test_a_batch_of_files_is_judged_each_after_its_history(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project / "supabase/migrations"
    (folder / "1_a.sql").write_text("CREATE TABLE a (id int PRIMARY KEY, name varchar(20));\n")
    (folder / "2_b.sql").write_text("ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n")
    (folder / "3_c.sql").write_text("ALTER TABLE a ALTER COLUMN name TYPE text;\n")
    (folder / "4_d.sql").write_text("DROP TABLE a;\n")
    other = project / "other.sql"
    other.write_text("ALTER TABLE a ALTER COLUMN name TYPE text;\n")

    named = [str(folder / "3_c.sql"), "other.sql", "supabase/migrations/1_a.sql", str(folder / "3_c.sql")]
    assert main(["validate", "--format", "json", *named]) == 0

    files = json.loads(capsys.readouterr().out)["files"]
    assert {file["path"]: [finding["code"] for finding in file["warnings"]] for file in files} == {
        "supabase/migrations/3_c.sql": [],  # the type is known from 1_a, and the table from 4_d is still there
        "other.sql": ["TYPE_CHANGE"],
        "supabase/migrations/1_a.sql": [],  # 2_b, between the two, enables row level security
    }
    assert [file["path"] for file in files][:2] == ["supabase/migrations/3_c.sql", "other.sql"]


def test_what_runs_after_the_named_files_does_not_count_for_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "supabase/migrations/1_a.sql").write_text("CREATE TABLE a (id int PRIMARY KEY);\n")
    (project / "supabase/migrations/2_b.sql").write_text("ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n")

    assert main(["validate", "supabase/migrations/1_a.sql"]) == 0

    assert "MISSING_RLS" in capsys.readouterr().out


def test_files_of_several_projects_are_judged_each_by_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = []
    for name, configuration in (("strict", 'profile = "strict"\n'), ("lax", '[rules]\nDROP_TABLE = "off"\n')):
        folder = tmp_path / name / "migrations"
        folder.mkdir(parents=True)
        (tmp_path / name / "guardrails.toml").write_text(configuration)
        (folder / "1_a.sql").write_text("DROP TABLE a;\n")
        names.append(f"{name}/migrations/1_a.sql")
    monkeypatch.chdir(tmp_path)

    assert main(["validate", "--format", "json", *names]) == 1

    files = json.loads(capsys.readouterr().out)["files"]
    assert [(file["path"], file["valid"]) for file in files] == [(names[0], False), (names[1], True)]


@pytest.mark.parametrize("arguments", [["-", "a.sql"], ["-", "--changed"]])
def test_standard_input_stands_alone(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", *arguments]) == 2

    assert "- is standard input alone" in capsys.readouterr().err


def test_the_list_of_rules_is_narrowed_and_has_a_form_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "--format", "json"]) == 0
    everything = json.loads(capsys.readouterr().out)
    assert main(["rules", "--format", "json", "--profile", "recommended", "--family", "security"]) == 0
    some = json.loads(capsys.readouterr().out)
    assert main(["rules", "drop-table", "--format", "json"]) == 0
    one = json.loads(capsys.readouterr().out)

    assert {rule["code"] for rule in everything} == set(RULES)
    assert {"MISSING_RLS", "RLS_DISABLED"} <= {rule["code"] for rule in some}
    assert {(rule["family"], rule["profile"]) for rule in some} == {("security", "recommended")}
    assert (one["code"], one["severity"], one["family"]) == ("DROP_TABLE", "error", "destructive")


def test_a_family_that_is_none_lists_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--family", "safety"]) == 2

    assert "the families are destructive, security, locking" in capsys.readouterr().err
