"""`init` and `uninstall` in repositories of several kinds."""

import json
import os
import stat
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.cli import main
from commands.init import PARTS
from tests.installing.conftest import KINDS, PRE_COMMIT, SETTINGS, snapshot

Make = Callable[[str], Path]


def document(path: Path) -> dict[str, object]:
    value = json.loads(path.read_text(encoding="utf-8-sig"))
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    "parts", [[], ["--for", "all"], ["--for", "cursor,codex"]], ids=["in use", "all", "named"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_second_run_changes_nothing_and_uninstall_gives_every_byte_back(
    kind: str, parts: list[str], repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository(kind)
    before = snapshot(root)

    assert main(["init", "--yes", *parts]) == 0
    installed = snapshot(root)
    assert main(["init", "--yes", *parts]) == 0
    again = snapshot(root)
    assert main(["uninstall", "--yes"]) == 0

    assert installed != before
    assert again == installed
    assert "nothing to write" in capsys.readouterr().out
    assert snapshot(root) == before


def test_an_empty_repository_gets_claude_code_github_and_pre_commit(repository: Make) -> None:
    root = repository("empty")

    assert main(["init", "--yes"]) == 0

    assert {name for name, held in snapshot(root).items() if held != "folder"} == {
        ".claude/commands/db-create-migration.md",
        ".claude/commands/db-seed-dev.md",
        ".claude/commands/db-validate-migration.md",
        ".claude/settings.json",
        ".gitattributes",
        ".github/workflows/validate.yml",
        ".gitignore",
        ".guardrails/installed.json",
        ".mcp.json",
        ".pre-commit-config.yaml",
        "CLAUDE.md",
        "docs/constitution.md",
        "guardrails.toml",
    }


def test_every_hook_of_claude_code_blocks_when_it_fails(repository: Make) -> None:
    root = repository("empty")

    assert main(["init", "--yes"]) == 0

    hooks = document(root / ".claude/settings.json")["hooks"]
    assert isinstance(hooks, dict)
    assert set(hooks) == {"PreToolUse", "PostToolUse", "ConfigChange"}
    for groups in hooks.values():
        assert all(hook["onFailure"] == "block" for group in groups for hook in group["hooks"])
    assert "mcp__.*" in hooks["PreToolUse"][0]["matcher"]


@pytest.mark.parametrize("program", [None, "exit 1", "exit 2", "kill -9 $$"])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("claude", ".claude/settings.json"),
        ("codex", ".codex/hooks.json"),
        ("gemini", ".gemini/settings.json"),
    ],
)
def test_a_hook_whose_program_is_missing_or_breaks_says_no_with_a_reason(
    name: str, file: str, program: str | None, repository: Make, tmp_path: Path
) -> None:
    root = repository("empty")
    assert main(["init", "--yes", "--for", name]) == 0
    if program is not None:
        (tmp_path / "pg-guardrails").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "pg-guardrails").chmod(0o755)
    hooks = document(root / file)["hooks"]
    assert isinstance(hooks, dict)

    for command in [
        hook["command"] for groups in hooks.values() for group in groups for hook in group["hooks"]
    ]:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": str(tmp_path)},
            input="{}",
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stdout) == (2, "")
        assert "pg-guardrails refused, or is missing" in done.stderr


def test_copilot_gets_the_server_and_hears_of_what_it_wrote(repository: Make) -> None:
    root = repository("empty")

    assert main(["init", "--yes", "--for", "copilot"]) == 0

    assert set(document(root / ".github/hooks/pg-guardrails.json")["hooks"]) == {"preToolUse", "postToolUse"}
    assert document(root / ".mcp.json")["mcpServers"]["pg-guardrails"]["args"] == ["mcp"]


def test_what_stands_in_settings_keeps_its_order_and_layout(repository: Make) -> None:
    root = repository("supabase")

    assert main(["init", "--yes"]) == 0

    text = (root / ".claude/settings.json").read_text()
    settings = json.loads(text)
    assert list(settings) == ["model", "hooks", "permissions"]
    assert settings["hooks"]["PreToolUse"][0]["matcher"] == "Bash"
    assert settings["permissions"]["deny"][0] == "Read(./.env)"
    assert '"hooks": [ { "type": "command", "command": "./mine.sh" } ]\n         },\n         {' in text
    assert not text.endswith("\n")
    assert text.startswith(SETTINGS[: SETTINGS.index("         }")])
    assert (
        '"permissions": { "allow": ["Bash(ls:*)"], "deny": ["Read(./.env)", "mcp__*__apply_migration", '
        in text
    )


def test_line_ends_and_byte_order_marks_stay_as_they_are(repository: Make) -> None:
    root = repository("windows")

    assert main(["init", "--yes"]) == 0

    settings = (root / ".claude/settings.json").read_bytes()
    assert settings.count(b"\n") == settings.count(b"\r\n") > 30
    assert (root / "AGENTS.md").read_bytes().startswith(b"\xef\xbb\xbf# Rules\r\n")
    assert b"supabase/migrations/**/*.sql -text" in (root / ".gitattributes").read_bytes()


def test_comments_of_yaml_and_toml_stay(repository: Make) -> None:
    root = repository("supabase")

    assert main(["init", "--yes", "--for", "pre-commit"]) == 0

    text = (root / ".pre-commit-config.yaml").read_text()
    repos = yaml.safe_load(text)["repos"]
    assert [hook["id"] for repo in repos for hook in repo["hooks"]] == ["pg-guardrails-validate", "fmt"]
    assert all(line in text for line in PRE_COMMIT.splitlines())
    assert yaml.safe_load(text)["ci"] == {"autofix_prs": False}


def test_a_server_is_added_to_codex_behind_what_stands_there(repository: Make) -> None:
    root = repository("monorepo")

    assert main(["init", "--yes", "--for", "codex"]) == 0

    text = (root / ".codex/config.toml").read_text()
    assert text.startswith('model = "x" # ours\n[mcp_servers.other]\ncommand = "y"\n')
    assert tomllib.loads(text)["mcp_servers"]["pg-guardrails"] == {
        "command": "pg-guardrails",
        "args": ["mcp"],
    }


def test_a_monorepo_is_set_up_at_its_top_from_any_folder(
    repository: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository("monorepo")
    monkeypatch.chdir(root / "packages/web")

    assert main(["init", "--yes"]) == 0

    assert (root / ".claude/settings.json").exists()
    assert (root / ".gitlab/pg-guardrails.yml").exists()
    assert not (root / ".github").exists()
    assert "packages/db/supabase/migrations/**/*.sql text eol=lf" in (root / ".gitattributes").read_text()
    assert 'migrations = "packages/db/supabase/migrations"' in (root / "guardrails.toml").read_text()
    assert main(["validate"]) == 0
    assert "MISSING_RLS" in capsys.readouterr().out


def test_workflows_name_the_folder_that_supabase_works_in(repository: Make) -> None:
    root = repository("monorepo")

    assert main(["init", "--yes", "--for", "github"]) == 0

    workflow = (root / ".github/workflows/deploy-production.yml").read_text()
    assert 'SUPABASE_WORKDIR: "packages/db"' in workflow
    assert '- "packages/db/supabase/migrations/**"' in workflow
    assert main(["init", "--yes", "--for", "claude"]) == 0
    assert "Edit(/packages/db/supabase/approvals/**)" in (root / ".claude/settings.json").read_text()
    assert "@" not in "".join(line for line in workflow.splitlines() if "uses:" not in line)


def test_a_folder_without_git_is_set_up_too(repository: Callable[..., Path]) -> None:
    root = repository("supabase", git=False)
    before = snapshot(root)

    assert main(["init", "--yes"]) == 0
    assert main(["uninstall", "--yes"]) == 0

    assert snapshot(root) == before


def test_links_inside_the_repository_are_followed_once(repository: Make) -> None:
    root = repository("linked")

    assert main(["init", "--yes", "--for", "claude,codex"]) == 0

    assert (root / "agents/claude/settings.json").exists()
    assert (root / "CLAUDE.md").is_symlink()
    assert (root / "AGENTS.md").read_text().count("pg-guardrails: begin") == 1


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a comma too many": (
        lambda root: (root / ".claude/settings.json").write_text('{"model": "x",}'),
        "broken JSON",
    ),
    "a list for an object": (
        lambda root: (root / ".mcp.json").write_text('{"mcpServers": []}'),
        "not an object",
    ),
    "broken TOML": (lambda root: (root / ".codex/config.toml").write_text("model = "), "broken TOML"),
    "broken YAML": (lambda root: (root / ".pre-commit-config.yaml").write_text("repos: [\n"), "broken YAML"),
    "a binary file": (lambda root: (root / "AGENTS.md").write_bytes(b"\xff\xfe\0"), "AGENTS.md"),
    "a read-only file": (lambda root: (root / "AGENTS.md").chmod(0o444), "read-only"),
    "a folder in the way": (lambda root: (root / "GEMINI.md").mkdir(), "is a folder"),
    "a file in the way": (lambda root: (root / "docs").write_text("x"), "is a file"),
    "a link that leads out": (lambda root: (root / "GEMINI.md").symlink_to("/tmp/elsewhere.md"), "leads out"),
    "a folder that leads out": (lambda root: (root / ".gemini").symlink_to("/tmp"), "leads out"),
    "a link into git's own folder": (
        lambda root: (root / "GEMINI.md").symlink_to(".git/config"),
        "leads into .git",
    ),
    "a record that leads out": (
        lambda root: (
            (root / ".guardrails").mkdir()
            or (root / ".guardrails/installed.json").write_text(
                '{"version": 1, "parts": [], "files": [], "folders": ["../x"]}'
            )
        ),
        "no path in the repository",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_in_one_sentence_and_nothing_is_written(
    fault: str, repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository("supabase")
    (root / ".codex").mkdir()
    make, said = FAULTS[fault]
    make(root)
    before = snapshot(root)

    assert main(["init", "--yes", "--for", "all"]) == 2

    output, error = capsys.readouterr()
    assert output == ""
    assert said in error
    assert error.count("\n") == 1
    assert snapshot(root) == before


def test_all_faults_are_said_at_once(repository: Make, capsys: pytest.CaptureFixture[str]) -> None:
    root = repository("supabase")
    (root / ".claude/settings.json").write_text("{,}")
    (root / ".mcp.json").write_text("[]")

    assert main(["init", "--yes"]) == 2

    error = capsys.readouterr().err
    assert ".claude/settings.json is broken JSON, line 1" in error
    assert ".mcp.json holds no JSON object" in error


def test_a_folder_that_can_not_be_made_halfway_leaves_nothing_behind(
    repository: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository("supabase")
    before = snapshot(root)
    replace = Path.replace

    def full(self: Path, target: str | os.PathLike[str]) -> Path:
        if Path(target).name == "validate.yml":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)

    assert main(["init", "--yes"]) == 2

    assert (
        "validate.yml can't be written: no space left on device; everything is as it was"
        in capsys.readouterr().err
    )
    assert snapshot(root) == before


def test_the_rights_of_a_file_stay(repository: Make) -> None:
    root = repository("supabase")
    (root / ".mcp.json").chmod(0o600)

    assert main(["init", "--yes"]) == 0

    assert stat.S_IMODE((root / ".mcp.json").stat().st_mode) == 0o600


def test_a_dry_run_shows_what_is_added_and_none_of_the_users_own_values(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository("supabase")
    before = snapshot(root)

    assert main(["init", "--dry-run"]) == 0

    output = capsys.readouterr().out
    assert "change  .mcp.json" in output
    assert '"pg-guardrails"' in output
    assert "s3cret" not in output
    assert snapshot(root) == before


def test_without_a_terminal_and_without_yes_nothing_is_written(
    repository: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository("empty")
    monkeypatch.setattr("guardrails.approval.terminal._TERMINAL", "/nonexistent")

    assert main(["init"]) == 2

    assert "pg-guardrails init --yes" in capsys.readouterr().err
    assert snapshot(root) == {}


def test_the_way_out_without_a_terminal_keeps_what_was_asked(
    repository: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository("empty")
    monkeypatch.setattr("guardrails.approval.terminal._TERMINAL", "/nonexistent")

    assert main(["init", "--for", "claude, codex", "--for", "github", "--runner", "uvx"]) == 2

    assert "pg-guardrails init --for claude,codex,github --runner uvx --yes" in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["n", "", "yes please"])
def test_anything_but_yes_at_the_terminal_writes_nothing(
    answer: str, repository: Make, at_a_terminal: Callable[..., tuple[str, int]]
) -> None:
    root = repository("empty")

    shown, code = at_a_terminal(root, ["init"], ("[y/N]", f"{answer}\n"))

    assert "Write 13 files?" in shown
    assert code == 1
    assert snapshot(root) == {}


def test_a_person_says_yes_to_writing_and_to_taking_out(
    repository: Make, at_a_terminal: Callable[..., tuple[str, int]]
) -> None:
    root = repository("supabase")
    before = snapshot(root)

    assert at_a_terminal(root, ["init"], ("[y/N]", "y\n"))[1] == 0
    assert snapshot(root) != before
    assert at_a_terminal(root, ["uninstall"], ("[y/N]", "n\n"))[1] == 1
    assert snapshot(root) != before
    assert at_a_terminal(root, ["uninstall"], ("[y/N]", "yes\n"))[1] == 0
    assert snapshot(root) == before


def test_the_home_folder_is_no_repository(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(environment)

    assert main(["init", "--yes"]) == 2

    assert "home folder" in capsys.readouterr().err
    assert snapshot(environment) == {}


def test_a_bare_repository_gets_no_files(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = environment / "app.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    before = snapshot(bare)
    monkeypatch.chdir(bare)

    assert main(["init", "--yes"]) == 2

    assert "bare git repository" in capsys.readouterr().err
    assert snapshot(bare) == before


def test_an_unknown_part_lists_the_known(repository: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert repository("empty")

    assert main(["init", "--for", "emacs"]) == 2

    error = capsys.readouterr().err
    assert [part for part in PARTS if part not in error] == []


def test_workflows_of_the_users_own_stay(repository: Make, capsys: pytest.CaptureFixture[str]) -> None:
    root = repository("supabase")
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/validate.yml").write_text("name: mine\n")

    assert main(["init", "--yes"]) == 0

    assert (root / ".github/workflows/validate.yml").read_text() == "name: mine\n"
    assert "validate.yml is there already and is not ours" in capsys.readouterr().out


def test_a_constitution_of_the_users_own_gets_our_sections(repository: Make) -> None:
    root = repository("empty")
    (root / "docs").mkdir()
    (root / "docs/constitution.md").write_text("# Ours\n\n## Kindness\n")

    assert main(["init", "--yes"]) == 0

    text = (root / "docs/constitution.md").read_text()
    assert text.startswith("# Ours\n\n## Kindness\n\n<!-- pg-guardrails: begin -->\n## Database safety\n")


def test_a_harness_can_start_the_program_with_uvx(repository: Make) -> None:
    root = repository("empty")

    assert main(["init", "--yes", "--for", "claude,cursor,codex", "--runner", "uvx"]) == 0

    server = document(root / ".mcp.json")["mcpServers"]
    assert isinstance(server, dict)
    assert server["pg-guardrails"]["command"] == "uvx"
    assert "uvx pg-guardrails@" in (root / ".cursor/hooks.json").read_text()
    assert (
        tomllib.loads((root / ".codex/config.toml").read_text())["mcp_servers"]["pg-guardrails"]["command"]
        == "uvx"
    )


def test_uninstall_leaves_what_was_added_since(repository: Make, capsys: pytest.CaptureFixture[str]) -> None:
    root = repository("supabase")
    before = snapshot(root)
    assert main(["init", "--yes", "--for", "all"]) == 0
    settings = json.loads((root / ".claude/settings.json").read_text())
    settings["hooks"]["PreToolUse"].append({"matcher": "Read", "hooks": []})
    (root / ".claude/settings.json").write_text(json.dumps(settings, indent=4))
    for name in ("AGENTS.md", ".gitignore", ".codex/config.toml"):
        (root / name).write_text((root / name).read_text() + "# added since\n")
    (root / "CLAUDE.md").write_text("# Mine\n" + (root / "CLAUDE.md").read_text())
    (root / ".claude/commands/db-seed-dev.md").write_text("mine now\n")

    assert main(["uninstall", "--yes"]) == 0

    after = snapshot(root)
    output = capsys.readouterr().out
    assert json.loads(after[".claude/settings.json"]) == {
        **json.loads(SETTINGS),
        "hooks": {
            "PreToolUse": [*json.loads(SETTINGS)["hooks"]["PreToolUse"], {"matcher": "Read", "hooks": []}]
        },
    }
    assert after["AGENTS.md"] == b"# Rules\n\nBe kind.\n# added since\n"
    assert after[".gitignore"] == b"node_modules\n.env\n# added since\n"
    assert after[".codex/config.toml"] == b"# added since\n"
    assert after["CLAUDE.md"] == b"# Mine\n"
    assert after[".claude/commands/db-seed-dev.md"] == b"mine now\n"
    assert "db-seed-dev.md was changed since, so it stays" in output
    assert ".claude/settings.json was changed since; only our part of it is taken out" in output
    assert after[".mcp.json"] == before[".mcp.json"]


def test_a_hook_that_was_changed_is_put_right_and_a_server_that_was_changed_stays(repository: Make) -> None:
    root = repository("empty")
    assert main(["init", "--yes"]) == 0
    settings = root / ".claude/settings.json"
    ours = settings.read_text()
    settings.write_text(ours.replace('"onFailure": "block"', '"onFailure": "continue"'))
    (root / ".mcp.json").write_text('{"mcpServers": {"pg-guardrails": {"command": "/opt/x"}, "other": {}}}')

    assert main(["init", "--yes"]) == 0

    assert json.loads(settings.read_text()) == json.loads(ours)
    assert document(root / ".mcp.json") == {
        "mcpServers": {"pg-guardrails": {"command": "/opt/x"}, "other": {}}
    }


def test_uninstall_without_an_installation_says_so(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository("empty")

    assert main(["uninstall", "--yes"]) == 2

    assert "init wrote nothing here" in capsys.readouterr().err


def test_an_assistant_is_refused_to_uninstall(
    repository: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository("empty")
    assert main(["init", "--yes"]) == 0
    installed = snapshot(root)
    monkeypatch.setenv("CLAUDECODE", "1")

    assert main(["uninstall", "--yes"]) == 2

    assert "CLAUDECODE" in capsys.readouterr().err
    assert snapshot(root) == installed


def test_a_newer_version_brings_its_files_up_to_date_and_uninstall_still_gives_the_bytes_back(
    repository: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository("supabase")
    before = snapshot(root)
    assert main(["init", "--yes", "--for", "all"]) == 0
    monkeypatch.setattr("commands.init.version", lambda _name: "9.9.9")
    assert main(["init", "--yes", "--for", "all", "--runner", "uvx"]) == 0

    assert "pg-guardrails==9.9.9" in (root / ".github/workflows/validate.yml").read_text()
    assert (root / ".claude/settings.json").read_text().count(" hook claude || ") == 3
    assert main(["uninstall", "--yes"]) == 0
    assert snapshot(root) == before


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=80)
JSON = st.dictionaries(
    st.sampled_from(["mcpServers", "hooks", "permissions", "version", "é"]),
    st.dictionaries(st.sampled_from(["a", "PreToolUse", "deny"]), st.lists(st.text(max_size=4), max_size=2)),
    max_size=3,
)


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=25,
)
@given(
    TEXTS,
    TEXTS,
    JSON,
    st.sampled_from([None, 1, "\t"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_installing_and_taking_out_is_no_change_whatever_stood_there(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    lines: str,
    table: dict[str, object],
    indent: int | str | None,
    mark: bytes,
    newline: bytes,
) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / ".git").mkdir()
    (root / ".claude").mkdir()
    text = json.dumps(table, indent=indent, ensure_ascii=False).encode().replace(b"\n", newline)
    for name in (".mcp.json", ".claude/settings.json"):
        (root / name).write_bytes(mark + text)
    (root / "CLAUDE.md").write_bytes(mark + words.encode())
    (root / ".gitignore").write_bytes(lines.encode())
    monkeypatch.chdir(root)
    before = snapshot(root)

    if main(["init", "--yes"]) == 0:
        assert snapshot(root) != before
        assert main(["init", "--yes"]) == 0
        assert main(["uninstall", "--yes"]) == 0

    assert snapshot(root) == before
