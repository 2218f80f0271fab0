"""`approve`: a person sees what they say yes to, types its hash, and nobody else gets that far."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands.approve import approve
from commands.cli import main
from guardrails.approval import ancestors
from guardrails.approval.terminal import AGENT_MARKS
from guardrails.lint.contracts import GuardrailsError

NEW = "supabase/migrations/20260102000000_bio.sql"
RECORD = "supabase/approvals/20260102000000_bio.json"
BIO = "ALTER TABLE public.users ADD COLUMN bio text;\n"
DROP = "DROP TABLE public.users;\n"
HASH = hashlib.sha256(BIO.encode()).hexdigest()
SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
Repo = Any
AtATerminal = Callable[..., tuple[str, int]]


def test_a_person_who_types_the_hash_approves(repo: Repo, at_a_terminal: AtATerminal) -> None:
    repo.write(NEW, BIO)

    shown, code = at_a_terminal(repo.root, ["approve", NEW], ("exactly these bytes", f"{HASH[:8]}\n"))

    assert code == 0, shown
    assert "ADD COLUMN bio text" in shown
    assert "✓ Validation passed" in shown
    assert "shadow     proved (rollback: there is none to try)" in shown
    assert "Commit the record with the migration. It is not applied to any database." in shown
    record = json.loads((repo.root / RECORD).read_text())
    assert (record["migration"], record["sha256"]) == (NEW, HASH)
    assert (record["approver"], record["method"], record["decision"]) == (
        "ada@example.com",
        "tty",
        "approved",
    )
    assert (record["environments"], record["acknowledged"]) == (["production"], [])
    repo.commit()
    assert repo.check().passed


@pytest.mark.parametrize("typed", ["\n", "y\n", "yes\n", f"{HASH[:7]}\n", "\x04", "\x03"])
def test_anything_but_the_hash_is_a_no(repo: Repo, at_a_terminal: AtATerminal, typed: str) -> None:
    repo.write(NEW, BIO)

    shown, code = at_a_terminal(repo.root, ["approve", NEW, "--no-verify"], ("exactly these bytes", typed))

    assert code == 1, shown
    assert "Not approved." in shown
    assert not (repo.root / RECORD).exists()


def test_an_error_is_accepted_by_typing_its_code(repo: Repo, at_a_terminal: AtATerminal) -> None:
    repo.write(NEW, DROP)
    typed = hashlib.sha256(DROP.encode()).hexdigest()[:8]

    shown, code = at_a_terminal(
        repo.root,
        ["approve", NEW, "--no-verify"],
        ("To accept that, type", "DROP_TABLE\n"),
        ("exactly these bytes", f"{typed}\n"),
    )

    assert code == 0, shown
    assert "error DROP_TABLE" in shown
    assert json.loads((repo.root / RECORD).read_text())["acknowledged"] == ["DROP_TABLE"]


def test_an_error_that_is_not_accepted_ends_it(repo: Repo, at_a_terminal: AtATerminal) -> None:
    repo.write(NEW, DROP)

    shown, code = at_a_terminal(repo.root, ["approve", NEW, "--no-verify"], ("To accept that, type", "yes\n"))

    assert code == 1, shown
    assert "exactly these bytes" not in shown
    assert not (repo.root / RECORD).exists()


def test_an_assistant_is_refused_at_a_terminal_too(repo: Repo, at_a_terminal: AtATerminal) -> None:
    repo.write(NEW, BIO)

    shown, code = at_a_terminal(repo.root, ["approve", NEW, "--no-verify"], marks={"CLAUDECODE": "1"})

    assert code == 2
    assert (
        f"error: CLAUDECODE is set, so this is an assistant's shell; a person runs this in a terminal of their own: pg-guardrails approve {NEW}"
        in shown
    )
    assert "ADD COLUMN" not in shown
    assert not (repo.root / RECORD).exists()


def test_a_process_of_an_assistant_is_refused(repo: Repo, tmp_path: Path) -> None:
    """With every mark taken out of the environment, the process above still has its name."""
    repo.write(NEW, BIO)
    agent = tmp_path / "claude"
    agent.symlink_to(sys.executable)
    environment = {name: value for name, value in os.environ.items() if name not in AGENT_MARKS}
    code = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"

    done = subprocess.run(
        [agent, "-c", code, SCRIPT, "approve", NEW, "--no-verify"],
        cwd=repo.root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("error: claude started it, so this is an assistant's shell")


@pytest.mark.parametrize(
    ("command", "agent"),
    [
        ("/usr/local/bin/claude --resume", "claude"),
        ("node /usr/lib/node_modules/@anthropic-ai/claude-code/cli.js", "claude-code"),
        ("node /usr/lib/node_modules/@google/gemini-cli/dist/index.js", "gemini-cli"),
        ("/usr/bin/node /usr/local/bin/codex exec", "codex"),
        ("cursor-agent -f", "cursor-agent"),
        ("bash -l", None),
        ("vim claude", None),
        ("/bin/bash /home/claude/build.sh", None),
        ("/home/codex/bin/zsh", None),
        ("node /home/ada/app/server.js", None),
    ],
)
def test_an_assistant_is_known_by_its_program_not_by_an_argument(
    monkeypatch: pytest.MonkeyPatch, command: str, agent: str | None
) -> None:
    monkeypatch.setattr(ancestors, "_ancestors", lambda: iter([command.split(" ")]))

    assert ancestors.agent_above() == agent


def test_standard_input_that_is_fed_is_refused_at_a_terminal(repo: Repo, at_a_terminal: AtATerminal) -> None:
    repo.write(NEW, BIO)

    shown, code = at_a_terminal(
        repo.root, ["approve", NEW, "--no-verify"], ("exactly these bytes", f"{HASH[:8]}\n"), fed=True
    )

    assert code == 2
    assert (
        f"error: there is no terminal to ask at; a person runs this in one: pg-guardrails approve {NEW}"
        in shown
    )
    assert not (repo.root / RECORD).exists()


def written(repo: Repo, path: str, text: str = "SELECT 1;\n") -> str:
    repo.write(path, text)
    return path


def linked(repo: Repo) -> str:
    repo.write("other.sql", BIO)
    (repo.root / NEW).symlink_to("../../other.sql")
    return NEW


def in_linked_folder(repo: Repo) -> str:
    repo.write("elsewhere/migration.sql", BIO)
    repo.write("prisma/migrations/1_a/migration.sql", BIO)
    (repo.root / "prisma/migrations/2_b").symlink_to("../../elsewhere")
    return "prisma/migrations/2_b/migration.sql"


def with_record(repo: Repo) -> str:
    repo.write(RECORD, "{}")
    return written(repo, NEW)


def unstaged(repo: Repo) -> str:
    written(repo, NEW)
    repo.git("add", NEW)
    return written(repo, NEW, BIO)


REFUSED: dict[str, tuple[Callable[[Repo], str], str]] = {
    "a file that is not there": (lambda _: "supabase/migrations/1_x.sql", "there is no file"),
    "a link": (linked, "is reached by a link"),
    "a file in a linked folder": (in_linked_folder, "is reached by a link"),
    "no migration": (lambda repo: written(repo, "notes/a.sql"), "is no migration of the project"),
    "a file that would not run": (lambda repo: written(repo, "supabase/migrations/x.sql"), "no migration that would run"),
    "an unreadable record": (with_record, "mend or remove that file"),
    "changes that git lacks": (unstaged, "run git add"),
    "broken SQL": (lambda repo: written(repo, NEW, "CREATE TALBE x;"), "PARSE_ERROR, which nobody can accept"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_approved_is_a_sentence(repo: Repo, case: str) -> None:
    make, said = REFUSED[case]
    path = make(repo)

    with pytest.raises(GuardrailsError, match=said) as refused:
        approve(repo.root, repo.root / path, environ={}, answered=lambda *_: "")

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"acknowledge": ["DROP_TABLE"]}, "has no error 'DROP_TABLE' to acknowledge: it has no errors"),
        ({"environments": ["pro duction"]}, "can't name an environment"),
        ({"approver": "-Oopt"}, "can't name an approver"),
        ({"expires_in_days": 0}, "can't last 0 days"),
        ({"key": Path("nowhere")}, "there is no key"),
    ],
)
def test_a_wrong_argument_is_a_sentence(repo: Repo, given: dict[str, Any], said: str) -> None:
    repo.write(NEW, BIO)

    with pytest.raises(GuardrailsError, match=said):
        approve(repo.root, repo.root / NEW, environ={}, answered=lambda *_: HASH[:8], **given)


def test_a_file_that_changes_while_it_is_read_is_not_approved(repo: Repo) -> None:
    repo.write(NEW, BIO)

    def swapped(*_: str) -> str:
        repo.write(NEW, DROP)
        return HASH[:8]

    with pytest.raises(GuardrailsError, match="changed while it was shown"):
        approve(repo.root, repo.root / NEW, environ={}, answered=swapped)

    assert not (repo.root / RECORD).exists()


def test_what_is_shown_is_what_git_stores(repo: Repo) -> None:
    """A clean filter may turn one text into another: the person sees, and approves, the other."""
    repo.on_main(".gitattributes", "*.sql filter=swap\n")
    repo.git("config", "filter.swap.clean", "sed -e s/bio/other/")
    repo.write(NEW, BIO)
    asked: list[str] = []

    def typed(text: str, question: str, _command: str) -> str:
        asked.append(text)
        return question.removesuffix(":").rpartition(" ")[2]

    approved = approve(repo.root, repo.root / NEW, environ={}, answered=typed)

    assert approved is not None
    assert approved.sha256 == hashlib.sha256(BIO.replace("bio", "other").encode()).hexdigest()
    assert "ADD COLUMN other text" in asked[0]
    repo.commit()
    assert repo.check().passed


def test_a_verdict_of_a_shadow_database_is_shown(repo: Repo) -> None:
    repo.write(NEW, BIO)
    asked: list[str] = []

    approve(
        repo.root, repo.root / NEW, environ={}, answered=lambda text, *_: asked.append(text) or "",
        verified=lambda path: f"{path.name} applies and rolls back",
    )  # fmt: skip

    assert "20260102000000_bio.sql applies and rolls back" in asked[0]


def test_a_doubtful_mark_is_said_and_no_more(repo: Repo) -> None:
    repo.write(NEW, BIO)
    asked: list[str] = []

    approve(
        repo.root,
        repo.root / NEW,
        environ={"REPL_ID": "1"},
        answered=lambda text, *_: asked.append(text) or "",
    )

    assert "REPL_ID is set: if an assistant typed this command, say no." in asked[0]


def test_an_approval_leaves_no_objects_in_git(repo: Repo) -> None:
    repo.write(NEW, BIO)
    before = repo.git("count-objects", "-v")

    repo.approve(staged=False)

    assert repo.git("count-objects", "-v") == before


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:secret@GitHub.com/acme/app.git", "github.com/acme/app"),
        ("git@github.com:acme/app.git", "github.com/acme/app"),
        ("ssh://git@git.example.com:22/acme/app", "git.example.com:22/acme/app"),
        ("/srv/git/app.git", None),
        ("file:///srv/git/app.git", None),
    ],
)
def test_the_record_names_the_repository_without_its_password(
    repo: Repo, url: str, shown: str | None
) -> None:
    repo.git("remote", "add", "origin", url)
    repo.write(NEW, BIO)
    repo.approve()

    assert json.loads((repo.root / RECORD).read_text())["repository"] == shown


def test_a_ledger_that_leads_elsewhere_is_refused(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (repo.root / "supabase/approvals").symlink_to(tmp_path / "outside")
    repo.write(NEW, BIO)

    with pytest.raises(GuardrailsError, match="leads out of the repository"):
        repo.approve()

    assert list((tmp_path / "outside").iterdir()) == []


def test_validate_lets_pass_what_the_approval_of_these_bytes_names(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(NEW, DROP)
    assert main(["validate"]) == 1
    repo.approve(codes=["DROP_TABLE"])

    assert main(["validate"]) == 0
    assert main(["validate", NEW]) == 0
    assert "allowed DROP_TABLE: approved" in capsys.readouterr().out

    repo.write(NEW, f"{DROP}-- more\n")

    assert main(["validate"]) == 1
    assert main(["validate", NEW]) == 1


def test_validate_of_a_windows_checkout_knows_the_approval(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write(NEW, DROP.replace("\n", "\r\n"))
    repo.approve(codes=["DROP_TABLE"])

    assert main(["validate", NEW]) == 0


@pytest.mark.parametrize(
    "values", [{"expires_at": "2020-01-01T00:00:00Z"}, {"migration": "other.sql"}, {"version": 9}]
)
def test_validate_believes_no_other_record(repo: Repo, values: dict[str, object]) -> None:
    repo.write(NEW, DROP)
    repo.approve(codes=["DROP_TABLE"])
    record = json.loads((repo.root / RECORD).read_text())
    repo.write(RECORD, json.dumps(record | values))

    assert main(["validate"]) == 1


def test_the_list_says_what_is_approved(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(NEW, DROP)
    repo.approve(codes=["DROP_TABLE"])
    capsys.readouterr()

    assert main(["approvals", "list"]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert first == "unapproved supabase/migrations/20260101000000_users.sql (nobody approved it)"
    assert second.startswith(f"approved   {NEW} by ada@example.com on 20")
    assert second.endswith(" for production accepting DROP_TABLE")


def test_the_list_for_programs_holds_the_records(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(NEW, BIO)
    repo.approve()
    repo.write(NEW, BIO + BIO)

    assert main(["approvals", "list", "--format", "json"]) == 0

    _, listed = json.loads(capsys.readouterr().out)["migrations"]
    assert (listed["path"], listed["standing"], listed["record_path"]) == (NEW, "changed", RECORD)
    assert listed["record"]["sha256"] == HASH
    assert listed["problem"] == "was changed after ada@example.com approved it"
