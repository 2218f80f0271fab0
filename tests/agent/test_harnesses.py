"""Each harness asks in its own form, and gets the answer in it."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from commands.cli import main
from commands.entry import main as start
from commands.hook import HARNESSES, hook
from tests.agent.support import before

PUSH = "supabase db push"
LOCAL = "supabase db reset"


def asked(harness: str, command: str, **more: object) -> dict[str, object]:
    """Return the input by which a harness announces a shell command."""
    match harness:
        case "cursor":
            return {
                "hook_event_name": "beforeShellExecution",
                "command": command,
                "cwd": "/tmp",
                "sandbox": False,
                **more,
            }
        case "copilot":
            return {
                "timestamp": 1,
                "cwd": "/tmp",
                "toolName": "bash",
                "toolArgs": json.dumps({"command": command}),
                **more,
            }
        case "gemini":
            return {
                "hook_event_name": "BeforeTool",
                "tool_name": "run_shell_command",
                "tool_input": {"command": command},
                "cwd": "/tmp",
                **more,
            }
        case "vscode":
            return {
                "hook_event_name": "PreToolUse",
                "tool_name": "run_in_terminal",
                "tool_input": {"command": command},
                "cwd": "/tmp",
                **more,
            }
    return {
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "cwd": "/tmp",
        **more,
    }


def said(harness: str, data: object) -> object:
    answer = hook(harness, json.dumps(data).encode(), {})
    assert answer.exit_code == 0
    return json.loads(answer.stdout) if answer.stdout else None


def word(harness: str, data: object) -> object:
    """Return the word of refusal, however deep a harness wants it."""
    found = said(harness, data)
    if not isinstance(found, dict):
        return None
    inner = found.get("hookSpecificOutput", found)
    return next(
        (inner[key] for key in ("permissionDecision", "permission", "decision") if key in inner), None
    )


@pytest.mark.parametrize(
    ("harness", "deny", "ask", "nothing"),
    [("claude", "deny", "ask", None), ("vscode", "deny", "ask", None), ("codex", "deny", "deny", {}), ("cursor", "deny", "deny", {"permission": "allow"}), ("copilot", "deny", "deny", {}), ("gemini", "deny", "deny", {})],
)  # fmt: skip
def test_a_harness_gets_the_answers_that_it_understands(
    harness: str, deny: str, ask: str, nothing: object
) -> None:
    assert word(harness, asked(harness, PUSH)) == deny
    assert word(harness, asked(harness, LOCAL)) == ask
    assert said(harness, asked(harness, "ls")) == nothing


@pytest.mark.parametrize("harness", [name for name in HARNESSES if name != "cursor"])
def test_no_answer_skips_the_prompt_of_the_harness(harness: str) -> None:
    assert "allow" not in json.dumps(said(harness, asked(harness, "ls")))


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_refusal_says_what_was_seen_why_how_a_person_does_it_and_what_to_do_instead(harness: str) -> None:
    text = json.dumps(said(harness, asked(harness, f"cd x && npx {PUSH} --linked")))

    for part in (
        PUSH,
        "it applies every migration",
        "create_migration",
        "pg-guardrails verify",
        f"cd x && npx {PUSH} --linked",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("data", "key"),
    [(b"", "empty"), (b"{", "cut off"), (b"[]", "no object"), (b"\xff\xfe", "no UTF-8"), (b"{}", "no event"), (b'{"hook_event_name": 1}', "event is no text"), (b"[" * 100_000, "nested"), (b" " * (4 * 1024 * 1024 + 1), "huge")],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
@pytest.mark.parametrize("harness", HARNESSES)
def test_input_that_can_not_be_read_blocks(harness: str, data: bytes, key: str) -> None:
    answer = hook(harness, data, {})

    assert key
    if harness in {"cursor", "copilot"}:
        assert answer.exit_code == 0
        assert "deny" in answer.stdout
    else:
        assert answer.exit_code == 2
        assert "pg-guardrails" in answer.stderr
        assert not answer.stdout


@pytest.mark.parametrize(
    "given",
    [
        {"tool_name": "Bash", "tool_input": {}},
        {"tool_name": "Bash", "tool_input": {"command": 5}},
        {"tool_name": "Bash", "tool_input": []},
        {"tool_name": "", "tool_input": {"command": "ls"}},
        {"tool_input": {"command": "ls"}},
    ],
)
def test_a_call_that_can_not_be_read_blocks(given: dict[str, object]) -> None:
    assert hook("claude", json.dumps({"hook_event_name": "PreToolUse", **given}).encode(), {}).exit_code == 2


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_problem_of_its_own_blocks(harness: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("commands.hook.decide", broken)
    answer = hook(harness, json.dumps(asked(harness, "ls")).encode(), {})

    assert answer.exit_code == 2 or "deny" in answer.stdout
    assert "secret" not in answer.stdout + answer.stderr
    assert "RuntimeError" in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "event", ["SessionStart", "Stop", "UserPromptSubmit", "Notification", "SomethingNew"]
)
def test_events_that_are_no_tools_pass(event: str) -> None:
    assert said("claude", {"hook_event_name": event, "cwd": "/tmp"}) is None


def test_settings_do_not_change_while_claude_runs() -> None:
    assert (
        word("claude", {"hook_event_name": "ConfigChange", "source": "local_settings", "cwd": "/tmp"})
        == "block"
    )
    assert word("claude", {"hook_event_name": "ConfigChange", "source": "skills", "cwd": "/tmp"}) is None


@pytest.mark.parametrize(
    "tool",
    [
        "PowerShell",
        "Monitor",
        "bash",
        "run_in_terminal",
        "run_shell_command",
        "shell",
        "execute_command",
        "local_shell",
        "unheard_of",
    ],
)
def test_a_shell_is_known_whatever_a_harness_calls_it(tool: str, tmp_path: Path) -> None:
    answer = hook("claude", before(tool, {"command": PUSH}, tmp_path), {})

    assert '"deny"' in answer.stdout


def test_the_other_tools_of_a_shell_hold_no_command(tmp_path: Path) -> None:
    for tool, given in (
        ("BashOutput", {"bash_id": "1"}),
        ("KillShell", {"shell_id": "1"}),
        ("Task", {"prompt": PUSH}),
        ("TodoWrite", {"todos": []}),
    ):
        assert hook("claude", before(tool, given, tmp_path), {}) == ("", "", 0)


def test_a_task_of_vscode_is_read() -> None:
    task = {"label": "a", "type": "shell", "command": "supabase", "args": ["db", "push"]}
    data = {
        "hook_event_name": "PreToolUse",
        "tool_name": "create_and_run_task",
        "tool_input": {"task": task, "workspaceFolder": "/tmp"},
    }

    assert word("vscode", data) == "deny"


def test_a_command_in_words_is_read() -> None:
    data = {
        "hook_event_name": "PreToolUse",
        "tool_name": "shell",
        "tool_input": {"command": ["bash", "-lc", PUSH]},
        "cwd": "/tmp",
    }

    assert word("codex", data) == "deny"


@pytest.mark.parametrize(
    "line",
    [
        "*** Update File: .claude/settings.json",
        "*** Add File: .mcp.json",
        "*** Delete File: .codex/hooks.json",
        "*** Update File: a\n*** Move to: .git/hooks/pre-push",
    ],
)
def test_a_patch_of_codex_is_read(line: str) -> None:
    patch = f"*** Begin Patch\n{line}\n@@\n-a\n+b\n*** End Patch"
    data = {
        "hook_event_name": "PreToolUse",
        "tool_name": "apply_patch",
        "tool_input": {"command": patch},
        "cwd": "/tmp",
    }

    assert word("codex", data) == "deny"
    harmless = data | {"tool_input": {"command": "*** Begin Patch\n*** Update File: src/a.py\n*** End Patch"}}
    assert word("codex", harmless) is None


def test_cursor_tells_the_command_of_a_server_from_that_of_a_shell() -> None:
    call = {
        "hook_event_name": "beforeMCPExecution",
        "tool_name": "apply_migration",
        "tool_input": '{"query": "drop table a"}',
        "command": "npx server",
        "cwd": "/tmp",
    }

    assert word("cursor", call) == "deny"
    assert word("cursor", call | {"tool_name": "list_tables", "tool_input": "{}"}) == "allow"
    assert word("cursor", call | {"tool_name": "execute_sql"}) == "deny"
    assert (
        word("cursor", {"hook_event_name": "beforeReadFile", "file_path": "/tmp/.env", "content": ""})
        == "deny"
    )
    assert (
        word(
            "cursor",
            {
                "hook_event_name": "preToolUse",
                "tool_name": "Write",
                "tool_input": {"file_path": "/tmp/.cursor/hooks.json"},
                "cwd": "/tmp",
            },
        )
        == "deny"
    )


@pytest.mark.parametrize(
    ("harness", "data"),
    [
        ("vscode", {"hook_event_name": "PreToolUse", "tool_name": "replace_string_in_file", "tool_input": {"filePath": "/x/.mcp.json"}}),
        ("vscode", {"hook_event_name": "PreToolUse", "tool_name": "editFiles", "tool_input": {"files": ["/x/.github/workflows/a.yml"]}}),
        ("vscode", {"hook_event_name": "PreToolUse", "tool_name": "multi_replace_string_in_file", "tool_input": {"replacements": [{"filePath": "/x/.mcp.json"}]}}),
        ("gemini", {"hook_event_name": "BeforeTool", "tool_name": "write_file", "tool_input": {"file_path": "/x/.gemini/settings.json"}}),
        ("gemini", {"hook_event_name": "BeforeTool", "tool_name": "mcp_supabase_apply_migration", "tool_input": {}}),
        ("copilot", {"toolName": "edit", "toolArgs": '{"path": "/x/.github/hooks/a.json"}'}),
        ("copilot", {"toolName": "create", "toolArgs": {"path": "/x/.mcp.json"}}),
        ("codex", {"hook_event_name": "PreToolUse", "tool_name": "mcp__supabase__apply_migration", "tool_input": {}}),
    ],
)  # fmt: skip
def test_the_tools_of_a_harness_are_read(harness: str, data: dict[str, object]) -> None:
    assert word(harness, data) == "deny"


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("supabase-apply_migration", {"query": "select 1"}, "deny"),
        ("my-supabase-execute_sql", {"query": "drop table users"}, "deny"),
        ("my-supabase-execute_sql", {"query": "select 1"}, None),
        ("filesystem-write_file", {"path": "/x/.mcp.json"}, "deny"),
        ("pg-guardrails-create_migration", {"sql": "create table a (id int)"}, None),
        ("github-mcp-server-list_issues", {}, None),
    ],
)
def test_copilot_calls_the_tool_of_a_server_by_a_hyphen(
    tool: str, arguments: dict[str, str], expected: str | None
) -> None:
    assert word("copilot", {"toolName": tool, "toolArgs": arguments, "cwd": "/tmp"}) == expected


@pytest.mark.parametrize("harness", HARNESSES)
def test_findings_on_a_migration_reach_the_assistant(harness: str, tmp_path: Path) -> None:
    path = tmp_path / "supabase/migrations/20260101000000_a.sql"
    path.parent.mkdir(parents=True)
    path.write_text("drop table users;")
    given = {"file_path": str(path), "path": str(path)}
    data: dict[str, object]
    match harness:
        case "cursor":
            data = {"hook_event_name": "afterFileEdit", "file_path": str(path), "edits": []}
        case "copilot":
            data = {
                "toolName": "create",
                "toolArgs": json.dumps(given),
                "toolResult": {"resultType": "success"},
                "cwd": str(tmp_path),
            }
        case "gemini":
            data = {
                "hook_event_name": "AfterTool",
                "tool_name": "write_file",
                "tool_input": given,
                "tool_response": {},
                "cwd": str(tmp_path),
            }
        case _:
            data = {
                "hook_event_name": "PostToolUse",
                "tool_name": "create_file",
                "tool_input": given,
                "tool_response": {},
                "cwd": str(tmp_path),
            }

    assert "DROP_TABLE" in json.dumps(said(harness, data))


def test_the_command_line_answers(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(asked("claude", PUSH)).encode()))
    )

    code = main(["hook", "claude"])
    sys.stdout.flush()

    assert code == 0
    assert b'"deny"' in capfdbinary.readouterr().out


@pytest.mark.parametrize("harness", HARNESSES)
def test_an_answer_that_takes_too_long_blocks(
    harness: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def endless(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr("commands.hook.decide", endless)
    monkeypatch.setattr("commands.shell.hook.DEADLINE_S", 0.05)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(asked(harness, "ls")).encode())))

    code = main(["hook", harness])
    sys.stdout.flush()
    said_by_it = capfdbinary.readouterr()

    assert code == 2 or b"deny" in said_by_it.out
    assert b"too long" in said_by_it.out + said_by_it.err


@pytest.mark.parametrize(
    "words", [["hook"], ["hook", "emacs"], ["hook", "claude", "more"], ["hook", "claude", "--help"]]
)
def test_a_harness_that_is_not_known_blocks(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: pg-guardrails hook" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_a_hook_that_is_asked_for_help_gives_it(
    word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["pg-guardrails", "hook", word])

    assert start() == 0

    shown = capsys.readouterr()
    assert "usage: pg-guardrails hook" in shown.out
    assert shown.err == ""


def test_a_hook_imports_nothing_that_takes_long() -> None:
    """Each of these would cost more than all the rest of a hook; SQL alone needs the parser of PostgreSQL."""
    heavy = (
        "mcp",
        "pydantic",
        "faker",
        "psycopg",
        "pglast",
        "argparse",
        "dataclasses",
        "pathlib",
        "subprocess",
        "importlib.resources",
    )
    program = (
        "import io, json, sys; sys.argv = ['pg-guardrails', 'hook', 'claude'];"
        f"sys.stdin = io.TextIOWrapper(io.BytesIO({json.dumps(asked('claude', 'git status && npm test')).encode()!r}));"
        "from commands.entry import main; code = main();"
        f"print([name for name in {heavy!r} if name in sys.modules], code)"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[] 0", ran.stdout
