"""A draft is completed, kept, asked about, and written once, where the project's tool looks for it."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.confirm import confirm
from commands.create import Draft, draft_migration, write_draft
from guardrails.approval.terminal import AGENT_MARKS
from guardrails.drafting.header import header
from guardrails.drafting.naming import file_name_of
from guardrails.drafting.tables import ColumnSpec, TableSpec
from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.parsing import parse

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AtATerminal = Callable[..., tuple[str, int]]
TABLE = "CREATE TABLE public.posts (id bigint PRIMARY KEY, author uuid REFERENCES auth.users (id));"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return tmp_path


def drafted(root: Path, sql: str = TABLE, description: str = "add posts") -> Draft:
    return draft_migration(root, description, "people write", sql=sql)


def files(root: Path) -> list[str]:
    return sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*.sql") if ".guardrails" not in path.parts
    )


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("Add orders", "add_orders"),
        ("../../x", "x"),
        ("../../../etc/passwd", "etc_passwd"),
        ("a/b\\c:d*e", "a_b_c_d_e"),
        ("  spaces \t and\nlines ", "spaces_and_lines"),
        ("🎉 party 🎉", "party"),
        ("🎉", "migration"),
        ("Größe ändern", "groe_andern"),
        ("2fa for users", "migration_2fa_for_users"),
        ("CON", "migration_con"),
        ("…", "migration"),
        ("word " * 60, "_".join(["word"] * 12)),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_description_becomes_a_safe_name(description: str, name: str) -> None:
    assert file_name_of(description) == name


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text())
def test_any_description_becomes_a_safe_name(description: str) -> None:
    name = file_name_of(description)

    assert 0 < len(name) <= 60
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
    assert not name[0].isdigit()


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_header_never_leaves_its_comment(description: str, purpose: str, dependencies: list[str]) -> None:
    script = parse(header(description, purpose, dependencies) + "SELECT 1;")

    assert len(script.statements) == 1
    assert script.faults == ()


def test_a_draft_is_completed_with_what_it_lacks(root: Path) -> None:
    draft = drafted(root)

    assert draft.added == (
        "row level security on public.posts",
        "a policy on public.posts that lets nobody in until you write the one you need",
        "an index for the foreign key public.posts (author)",
    )
    assert draft.result.valid
    assert [warning.code for warning in draft.result.warnings] == ["FK_AUTH_USERS_NO_ACTION"]
    assert TABLE in draft.sql


def test_a_complete_migration_is_left_as_it_is(root: Path) -> None:
    sql = (
        "CREATE TABLE public.a (id int PRIMARY KEY);\nALTER TABLE public.a ENABLE ROW LEVEL SECURITY;\n"
        'CREATE POLICY "all" ON public.a TO authenticated USING (true);'
    )

    draft = drafted(root, sql)

    assert draft.added == ()
    assert draft.sql.endswith(sql + "\n")


def test_a_plain_project_gets_no_policies_for_roles_it_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "00001_a.sql").write_text(
        "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"
    )

    draft = drafted(tmp_path, "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES c);")

    assert draft.added == ("an index for the foreign key public.b (a)",)


def test_the_moment_of_writing_is_in_the_name_and_the_header(root: Path) -> None:
    written = write_draft(root, drafted(root).id, at=NOON)

    assert written.path == "supabase/migrations/20260301120000_add_posts.sql"
    assert "\n-- Created: 2026-03-01T12:00:00Z\n" in (root / written.path).read_text()


def test_a_new_migration_sorts_after_one_from_the_future(root: Path) -> None:
    (root / "supabase/migrations/20991231235959_late.sql").write_text("SELECT 1;")

    written = write_draft(root, drafted(root).id, at=NOON)

    assert Path(written.path).name > "20991231235959_late.sql"


def test_two_drafts_in_one_second_get_two_names(root: Path) -> None:
    first = write_draft(root, drafted(root, description="one").id, at=NOON)
    second = write_draft(
        root, drafted(root, "CREATE TABLE public.b (id int PRIMARY KEY);", "two").id, at=NOON
    )

    assert first.path < second.path


def test_writing_twice_is_as_good_as_once(root: Path) -> None:
    draft = drafted(root)

    first = write_draft(root, draft.id, at=NOON)
    second = write_draft(root, draft.id)

    assert (first.already, second.already) == (False, True)
    assert second.path == first.path
    assert files(root) == [
        "supabase/migrations/20260301120000_add_posts.sql",
        "supabase/rollbacks/20260301120000_add_posts.sql",
    ]


def test_a_rollback_takes_back_in_reverse_order(root: Path) -> None:
    draft = drafted(root)

    assert draft.rollback.splitlines() == [
        "DROP INDEX public.idx_posts_author;",
        'DROP POLICY "no access yet" ON public.posts;',
        "ALTER TABLE public.posts DISABLE ROW LEVEL SECURITY;",
        "DROP TABLE public.posts;",
    ]


def test_a_rollback_says_what_can_not_be_undone(root: Path) -> None:
    draft = drafted(
        root, "UPDATE public.posts SET title = 'x' WHERE id = 1;\nALTER TABLE public.posts ADD COLUMN b int;"
    )

    assert draft.rollback.splitlines() == [
        "ALTER TABLE public.posts DROP COLUMN b;",
        "-- Can't be undone by a statement: UPDATE public.posts SET title = 'x' WHERE id = 1",
    ]


LAYOUTS = {
    "goose": (
        {"00007_a.sql": "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n"},
        ["00008_add_posts.sql"],
    ),
    "dbmate": (
        {"20250101000000_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"},
        ["20260301120000_add_posts.sql"],
    ),
    "golang-migrate": (
        {"000003_a.up.sql": "SELECT 1;", "000003_a.down.sql": "SELECT 2;"},
        ["000004_add_posts.down.sql", "000004_add_posts.up.sql"],
    ),
    "prisma": ({"20250101000000_a/migration.sql": "SELECT 1;"}, ["20260301120000_add_posts/migration.sql"]),
    "flyway": ({"V1__a.sql": "SELECT 1;", "V2__b.sql": "SELECT 1;"}, ["V3__add_posts.sql"]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_migration_is_written_as_the_projects_tool_expects_it(layout: str, tmp_path: Path) -> None:
    before, expected = LAYOUTS[layout]
    folder = tmp_path / ("prisma/migrations" if layout == "prisma" else "migrations")
    for name, text in before.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    written = write_draft(tmp_path, drafted(tmp_path, "CREATE TABLE b (id int PRIMARY KEY);").id, at=NOON)

    new = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.sql"))
    assert [name for name in new if name not in before] == expected
    assert "CREATE TABLE b" in (tmp_path / written.path).read_text()


def test_goose_and_dbmate_get_both_sections_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/00001_a.sql").write_text("-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n")

    written = write_draft(tmp_path, drafted(tmp_path, "CREATE TABLE b (id int PRIMARY KEY);").id)

    up, _, down = (tmp_path / written.path).read_text().partition("-- +goose Down")
    assert up.startswith("-- +goose Up\n")
    assert "CREATE TABLE b" in up
    assert "DROP TABLE b;" in down


def test_a_project_without_a_folder_gets_one(tmp_path: Path) -> None:
    (tmp_path / "supabase").mkdir()

    written = write_draft(tmp_path, drafted(tmp_path).id, at=NOON)

    assert written.path == "supabase/migrations/20260301120000_add_posts.sql"


def test_a_draft_with_errors_is_not_written(root: Path) -> None:
    draft = drafted(root, "DROP TABLE users;")

    with pytest.raises(GuardrailsError, match="DROP_TABLE"):
        write_draft(root, draft.id)
    assert files(root) == []


def test_a_draft_that_was_changed_is_not_written(root: Path) -> None:
    draft = drafted(root)
    path = root / ".guardrails" / "drafts" / f"{draft.id}.json"
    path.write_text(path.read_text().replace("public.posts", "public.users"))

    with pytest.raises(GuardrailsError, match="was changed"):
        write_draft(root, draft.id)


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"name": 1}'])
def test_a_torn_draft_is_a_sentence(root: Path, torn: str) -> None:
    draft = drafted(root)
    (root / ".guardrails" / "drafts" / f"{draft.id}.json").write_text(torn)

    with pytest.raises(GuardrailsError, match="can't be read"):
        write_draft(root, draft.id)


def test_drafts_stay_out_of_git(root: Path) -> None:
    drafted(root)

    assert (root / ".guardrails/drafts/.gitignore").read_text() == "*\n"


def test_a_folder_for_drafts_that_leads_elsewhere_is_refused(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (root / ".guardrails").symlink_to(tmp_path_factory.mktemp("elsewhere"))

    with pytest.raises(GuardrailsError, match="leads out of the project"):
        drafted(root)


@pytest.mark.parametrize(
    "column",
    [
        ColumnSpec("a", "text); DROP TABLE b; --"),
        ColumnSpec("a", "text, b int"),
        ColumnSpec("a", "nonsense type here"),
        ColumnSpec("a", ""),
        ColumnSpec("a", "int", default="1); DROP TABLE b; --"),
        ColumnSpec("a", "int", default="1, 2"),
        ColumnSpec("a", "int", check="a > 0) , CHECK (true"),
        ColumnSpec("a", "int", references="users"),
        ColumnSpec("a", "int", references="users.id; DROP TABLE b"),
        ColumnSpec("a\x1b[31m", "int"),
        ColumnSpec("", "int"),
    ],
)
def test_a_described_column_is_one_column_and_nothing_else(root: Path, column: ColumnSpec) -> None:
    try:
        draft = draft_migration(root, "x", "y", tables=[TableSpec("t", (column,))])
    except GuardrailsError:
        return
    assert [type(statement.node).__name__ for statement in parse(draft.sql).statements].count(
        "CreateStmt"
    ) == 1
    assert "DropStmt" not in {type(statement.node).__name__ for statement in parse(draft.sql).statements}


def test_names_are_quoted_where_they_need_it(root: Path) -> None:
    columns = (ColumnSpec("Order", "int"), ColumnSpec("user", "text"), ColumnSpec('a"b', "int"))

    draft = draft_migration(root, "x", "y", tables=[TableSpec("My Table", columns)])

    assert 'CREATE TABLE public."My Table" (' in draft.sql
    assert '"Order" int' in draft.sql
    assert '"user" text' in draft.sql
    assert '"a""b" int' in draft.sql


def test_a_dependency_must_be_there(root: Path) -> None:
    (root / "supabase/migrations/1_add_users.sql").write_text("SELECT 1;")

    with pytest.raises(GuardrailsError, match="did you mean 'add_users'"):
        draft_migration(root, "x", "y", sql="SELECT 1", dependencies=["add_user"])
    draft = draft_migration(root, "x", "y", sql="SELECT 1", dependencies=["add_users"])
    assert "-- Dependencies: add_users\n" in draft.sql


@pytest.mark.parametrize("mark", ["CLAUDECODE", "AI_AGENT", "CURSOR_AGENT", "CODEX_SANDBOX", "GEMINI_CLI"])
def test_an_assistant_is_not_asked_in_place_of_a_person(root: Path, mark: str) -> None:
    draft = drafted(root)

    with pytest.raises(GuardrailsError, match=f"{mark} .* pg-guardrails confirm {draft.id}"):
        confirm(root, draft.id, environ={mark: "1"}, asked=lambda *_: True)
    assert files(root) == []


@pytest.mark.parametrize(
    ("answer", "code", "count"),
    [
        ("y\n", 0, 1),
        ("YES\n", 0, 1),
        ("n\n", 1, 0),
        ("\n", 1, 0),
        ("yeah\n", 1, 0),
        ("\x04", 1, 0),
        ("\x03", 1, 0),
    ],
)
def test_only_a_typed_yes_writes(
    root: Path, answer: str, code: int, count: int, at_a_terminal: AtATerminal
) -> None:
    draft = drafted(root)

    shown, exit_code = at_a_terminal(root, ["confirm", draft.id], ("[y/N]", answer))

    assert "Write migration add_posts" in shown
    assert "ENABLE ROW LEVEL SECURITY" in shown
    assert exit_code == code
    assert len(list((root / "supabase/migrations").iterdir())) == count


def test_a_draft_can_not_move_the_cursor_of_whoever_reads_it(root: Path, at_a_terminal: AtATerminal) -> None:
    draft = drafted(root, "COMMENT ON TABLE posts IS '\x1b[2J\u202egone';")

    shown, _ = at_a_terminal(root, ["confirm", draft.id], ("[y/N]", "n\n"))

    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert "\\x1b[2J\\u202egone" in shown


def test_create_at_a_terminal_asks_and_writes(root: Path, at_a_terminal: AtATerminal) -> None:
    (root / "posts.txt").write_text(TABLE)

    shown, code = at_a_terminal(
        root, ["create", "add posts", "--purpose", "people write", "--sql", "posts.txt"], ("[y/N]", "y\n")
    )

    assert code == 0
    assert "added row level security on public.posts" in shown
    assert "Written: supabase/migrations/" in shown
    assert "It is not applied to any database." in shown


def test_what_is_written_is_not_asked_about_again(root: Path, at_a_terminal: AtATerminal) -> None:
    (root / "posts.txt").write_text(TABLE)
    create = ["create", "add posts", "--purpose", "people write", "--sql", "posts.txt"]
    written = write_draft(root, (draft := draft_migration(root, "add posts", "people write", sql=TABLE)).id)

    for words in (["confirm", draft.id], create):
        shown, code = at_a_terminal(root, words)

        assert code == 0
        assert f"Already written as {written.path}" in shown
        assert "[y/N]" not in shown
    assert len(list((root / "supabase/migrations").iterdir())) == 1


def test_without_a_terminal_the_command_for_the_person_is_named(root: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in AGENT_MARKS}
    draft = drafted(root)

    done = subprocess.run(
        [SCRIPT, "confirm", draft.id], cwd=root, env=environment, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert (
        done.stderr
        == f"error: there is no terminal to ask at; a person runs this in one: pg-guardrails confirm {draft.id}\n"
    )
