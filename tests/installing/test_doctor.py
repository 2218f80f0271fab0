"""`doctor`: what is off in a repository, and what an assistant could reach, without a value of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from commands.cli import main

Make = Callable[[str], Path]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def ready(repository: Make, capsys: Capture) -> Path:
    """A Supabase repository in which everything was installed."""
    root = repository("supabase")
    assert main(["init", "--yes", "--for", "all"]) == 0
    capsys.readouterr()
    return root


def doctor(capsys: Capture, *arguments: str) -> dict[str, list[str]]:
    """Return what is said, as `message → fix`, by status."""
    code = main(["doctor", "--format", "json", *arguments])
    report = json.loads(capsys.readouterr().out)
    found: dict[str, list[str]] = {"ok": [], "warning": [], "off": [], "unknown": []}
    for check in report["checks"]:
        found[check["status"]].append(f"{check['message']} → {check['fix']}")
    assert report["healthy"] == (code == 0) == (not found["off"])
    return found


def program(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_repository_that_was_just_set_up_has_nothing_off(ready: Path, capsys: Capture) -> None:
    assert ready

    found = doctor(capsys)

    assert found["off"] == found["warning"] == []
    assert [line.partition(":")[0] for line in found["ok"]][:6] == [
        "Claude Code", "Codex", "Cursor", "VS Code", "Copilot", "Gemini CLI",
    ]  # fmt: skip


def test_it_fits_on_a_screen_and_every_line_that_is_off_says_what_to_do(ready: Path, capsys: Capture) -> None:
    (ready / ".env").write_text("DATABASE_URL=postgres://a:b@db.example.com/x\n")
    (ready / ".claude/settings.json").write_text("{,}")

    assert main(["doctor"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert lines[-1] == "✗ 2 things are off"
    assert all("→" in lines[number + 1] for number, line in enumerate(lines[:-1]) if " ✗ " in line)


def test_without_an_installation_everything_that_is_missing_is_named(
    repository: Make, capsys: Capture
) -> None:
    assert repository("supabase")

    found = doctor(capsys)

    assert any(
        "Claude Code: no hook of ours" in line and "init --for claude" in line for line in found["off"]
    )
    assert any("Cursor: no hook of ours" in line for line in found["off"])
    assert any("init did not run here" in line for line in found["off"])
    assert not any("Gemini" in line for line in found["off"])


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "one comma too many": (
        lambda root: change(root / ".claude/settings.json", '"opus",', '"opus",,'),
        ".claude/settings.json is broken JSON",
    ),
    "a hook that does not block": (
        lambda root: change(
            root / ".claude/settings.json", '"onFailure": "block"', '"onFailure": "continue"'
        ),
        "a hook that fails lets the command run",
    ),
    "a mistyped key": (
        lambda root: change(root / ".claude/settings.json", "onFailure", "onFailur"),
        "a hook that fails lets the command run",
    ),
    "a hook of Cursor's that does not block": (
        lambda root: change(root / ".cursor/hooks.json", '"failClosed": true', '"failClosed": false'),
        "Cursor: a hook that fails lets the command run",
    ),
    "another program": (
        lambda root: change(root / ".gemini/settings.json", "pg-guardrails hook gemini", "true"),
        "Gemini CLI: no hook of ours",
    ),
    "a hook that says yes when it fails": (
        lambda root: change(
            root / ".codex/hooks.json",
            "|| { echo 'pg-guardrails refused, or is missing' >&2; exit 2; }",
            "|| true",
        ),
        "Codex: no hook of ours",
    ),
    "hooks turned off": (
        lambda root: (root / ".claude/settings.local.json").write_text('{"disableAllHooks": true}'),
        ".claude/settings.local.json turns all hooks off",
    ),
    "broken local settings": (
        lambda root: (root / ".claude/settings.local.json").write_text('{"a": 1,}'),
        ".claude/settings.local.json is broken JSON",
    ),
    "a rule taken out": (
        lambda root: change(root / ".claude/settings.json", '"mcp__*__apply_migration", ', ""),
        "not as init writes it: .claude/settings.json",
    ),
    "a file deleted": (lambda root: (root / ".mcp.json").unlink(), "missing: .mcp.json"),
    "a reference to nothing": (
        lambda root: (root / "docs/constitution.md").write_text("# Other\n"),
        "riskPolicyRef docs/constitution.md#database-safety: docs/constitution.md has no heading for it",
    ),
    "a reference to no file": (
        lambda root: (root / "docs/constitution.md").unlink(),
        "there is no file docs/constitution.md",
    ),
    "front matter that is none": (
        lambda root: (root / ".claude/commands/x.md").write_text("---\na: [\n---\n"),
        "x.md: its front matter can't be read",
    ),
    "a command that may do everything": (
        lambda root: (root / ".claude/commands/x.md").write_text(
            '---\nallowed-tools: ["Bash(supabase:*)"]\n---\n'
        ),
        "allowed-tools lets Bash(supabase:*) run unasked",
    ),
    "a key that is missing": (
        lambda root: (
            (root / "p.json").write_text('{"a": {}}')
            and (root / ".claude/commands/x.md").write_text("---\nriskPolicyRef: p.json#a.b\n---\n")
        ),
        "the file has no key b",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_off_is_found(fault: str, ready: Path, capsys: Capture) -> None:
    make, said = FAULTS[fault]
    make(ready)

    found = doctor(capsys)

    assert any(said in line for line in found["off"]), found


@pytest.mark.parametrize(
    ("tools", "is_off"),
    [
        ("Bash", True),
        ("Bash(*)", True),
        ("Bash(npx supabase:*)", True),
        ("Bash(supabase db:*)", True),
        ("Bash(psql:*)", True),
        ("mcp__supabase__apply_migration", True),
        ("Bash(supabase db push)", True),
        ("Bash(supabase db diff:*)", False),
        ("Bash(supabase migration list)", False),
        ("Bash(git:*)", False),
        ("Bash(pg-guardrails validate:*)", False),
        ("Read, mcp__pg-guardrails__validate_migration", False),
    ],
)
def test_what_a_command_may_run_unasked_is_judged(
    tools: str, is_off: bool, ready: Path, capsys: Capture
) -> None:
    (ready / ".claude/commands/x.md").write_text(f"---\nallowed-tools: {tools}\n---\n")

    assert any("run unasked" in line for line in doctor(capsys)["off"]) == is_off


def test_a_program_that_is_not_on_the_path_is_off(
    ready: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    assert any("pg-guardrails is not on PATH" in line for line in doctor(capsys)["off"])


def test_every_installed_hook_denies_a_made_up_push(ready: Path, capsys: Capture) -> None:
    assert ready

    found = doctor(capsys, "--selftest")

    assert found["off"] == []
    assert len([line for line in found["ok"] if "denies a made-up" in line]) == 6


HOOKS = {
    "lets it through": "cat > /dev/null; echo '{}'",
    "says nothing": "cat > /dev/null",
    "fails": "exit 1",
    "says no JSON": "echo no",
    "answers another harness": """cat > /dev/null; echo '{"hookSpecificOutput": {"permissionDecision": "allow"}, "permission": "allow"}'""",
}


@pytest.mark.parametrize("kind", HOOKS)
def test_a_hook_that_does_not_deny_is_found_by_the_selftest(
    kind: str, ready: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ready
    program(tmp_path / "bin", "pg-guardrails", HOOKS[kind], monkeypatch)

    off = doctor(capsys, "--selftest")["off"]

    assert len([line for line in off if "its hook" in line]) == 6


def test_a_command_of_a_repository_that_is_not_ours_is_never_started(
    ready: Path, capsys: Capture, tmp_path: Path
) -> None:
    mark = tmp_path / "started"
    change(
        ready / ".cursor/hooks.json", "pg-guardrails hook cursor", f"touch {mark}; pg-guardrails hook cursor"
    )

    doctor(capsys, "--selftest")

    assert not mark.exists()


SECRET = "s3cret-value"
FAR = f"postgresql://u:{SECRET}@db.abcdef.example.com:5432/postgres"
CREDENTIALS: dict[str, tuple[str, str, str, str]] = {
    "a database's address": (".env", f"DATABASE_URL={FAR}", "off", "DATABASE_URL in .env"),
    "one in a server's arguments": (
        ".cursor/mcp.json",
        f'{{"mcpServers": {{"pg": {{"command": "npx", "args": ["-y", "{FAR}"]}}}}}}',
        "off",
        "the server pg is given a database on another machine",
    ),
    "one in an assistant's settings": (
        ".claude/settings.local.json",
        f'{{"env": {{"DATABASE_URL": "{FAR}"}}}}',
        "off",
        "DATABASE_URL in .claude/settings.local.json",
    ),
    "a password in the name of a file": (
        f".env.u:{SECRET}@db",
        f"DATABASE_URL={FAR}",
        "off",
        "DATABASE_URL in .env.u:…@db",
    ),
    "one in quotes": ("web/.env.production", f'export DB="{FAR}"', "off", "DB in web/.env.production"),
    "one with a driver": (".env", f"A={FAR.replace('postgresql', 'postgresql+asyncpg')}", "off", "A in .env"),
    "a host that looks like this machine": (
        ".env",
        f"A=postgres://u:{SECRET}@127.0.0.1.example.com/x",
        "off",
        "A in .env",
    ),
    "one of Java": (".env", f"A=jdbc:{FAR}", "off", "A in .env"),
    "words of libpq": (".env", f"A='host=db.example.com dbname=x password={SECRET}'", "off", "A in .env"),
    "a host in the query": (".env", f"A=postgres://u:{SECRET}@/x?host=db.example.com", "off", "A in .env"),
    "one of several hosts": (
        ".env",
        f"A=postgres://u:{SECRET}@localhost,db.example.com/x",
        "off",
        "A in .env",
    ),
    "a token of Supabase": (".env.local", f"SUPABASE_ACCESS_TOKEN={SECRET}", "off", "SUPABASE_ACCESS_TOKEN"),
    "a service key": (
        "supabase/.env",
        f"SUPABASE_SERVICE_ROLE_KEY={SECRET}",
        "off",
        "SUPABASE_SERVICE_ROLE_KEY",
    ),
    "a host without a domain": (".env", f"A=postgres://u:{SECRET}@db:5432/x", "warning", "can't be told"),
    "a token of GitHub": (".env", f"GH_TOKEN={SECRET}", "warning", "GH_TOKEN in .env"),
    "a server that may write": (
        ".cursor/mcp.json",
        json.dumps(
            {
                "mcpServers": {
                    "sb": {"url": f"https://mcp.supabase.com/mcp?project_ref={SECRET}&read_only-true"}
                }
            }
        ),
        "off",
        "the server sb may write",
    ),
    "a local server that may write": (
        ".vscode/mcp.json",
        json.dumps(
            {"servers": {"sb": {"command": "npx", "args": ["-y", "@supabase/mcp-server-supabase", SECRET]}}}
        ),
        "off",
        "the server sb may write",
    ),
    "a linked project": ("supabase/.temp/project-ref", SECRET, "warning", "linked"),
}


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_credential_in_the_repository_is_named_and_not_shown(
    kind: str, ready: Path, capsys: Capture
) -> None:
    name, text, status, said = CREDENTIALS[kind]
    (ready / name).parent.mkdir(parents=True, exist_ok=True)
    (ready / name).write_text(text + "\n")

    found = doctor(capsys)

    assert any(said in line for line in found[status]), found
    assert SECRET not in str(found)


HARMLESS: dict[str, tuple[str, str]] = {
    "a database on this machine": (".env", "DATABASE_URL=postgres://u:p@localhost:54322/postgres"),
    "an address of this machine": (".env", "A=postgres://u:p@[::1]:5432/x\nB=postgres://u:p@127.0.0.1/x"),
    "words of libpq": (".env", "A='host=localhost dbname=x password=p'"),
    "a socket": (".env", "DATABASE_URL=postgres:///x?host=/var/run/postgresql"),
    "an example": (".env.example", f"DATABASE_URL={FAR}"),
    "a place to fill in": (".env", "A=postgresql://postgres:[YOUR-PASSWORD]@db.example.com/postgres"),
    "a comment": (".env", f"# DATABASE_URL={FAR}"),
    "a key of every local Supabase": (
        ".env",
        "SUPABASE_SERVICE_ROLE_KEY=eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6InNlcnZpY2Vfcm9sZSJ9.x",
    ),
    "a server that only reads": (
        ".cursor/mcp.json",
        '{"mcpServers": {"sb": {"url": "https://mcp.supabase.com/mcp?read_only=true"}}}',
    ),
    "what was installed": ("node_modules/x/.env", f"DATABASE_URL={FAR}"),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_opens_nothing_elsewhere_is_no_finding(kind: str, ready: Path, capsys: Capture) -> None:
    name, text = HARMLESS[kind]
    (ready / name).parent.mkdir(parents=True, exist_ok=True)
    (ready / name).write_text(text + "\n")

    found = doctor(capsys)

    assert any("no credential" in line for line in found["ok"])
    assert found["warning"] == []


AT_HOME: dict[str, tuple[str, str, str, str]] = {
    "psql's passwords": (
        ".pgpass",
        f"db.example.com:5432:*:u:{SECRET}\nlocalhost:*:*:u:p\n",
        "off",
        "holds 1 password",
    ),
    "psql's services": (
        ".pg_service.conf",
        f"[prod]\nhost=db.example.com\npassword={SECRET}\n",
        "off",
        "names 1 database",
    ),
    "Supabase's token": (".supabase/access-token", SECRET, "off", "~/.supabase/access-token"),
    "GitHub's login": (
        ".config/gh/hosts.yml",
        f"github.com:\n  oauth_token: {SECRET}\n",
        "warning",
        "~/.config/gh/hosts.yml",
    ),
    "git's passwords": (
        ".git-credentials",
        f"https://u:{SECRET}@github.com",
        "warning",
        "~/.git-credentials",
    ),
}


@pytest.mark.parametrize("kind", AT_HOME)
def test_a_credential_at_home_is_named_and_not_shown(
    kind: str, ready: Path, environment: Path, capsys: Capture
) -> None:
    assert ready
    name, text, status, said = AT_HOME[kind]
    (environment / name).parent.mkdir(parents=True, exist_ok=True)
    (environment / name).write_text(text)

    found = doctor(capsys)

    assert any(said in line for line in found[status]), found
    assert SECRET not in str(found)


def test_a_credential_in_the_environment_is_named_and_not_shown(
    ready: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready
    monkeypatch.setenv("PROD_DB", FAR)

    found = doctor(capsys)

    assert any("PROD_DB in the environment" in line for line in found["off"])
    assert SECRET not in str(found)


ENVIRONMENTS = {
    "no reviewers": (
        "echo '{\"protection_rules\": []}'",
        "off",
        "environment production: nobody has to review",
    ),
    "not there": (
        "echo 'gh: Not Found (HTTP 404)' >&2; exit 1",
        "off",
        "environment production: it is not there",
    ),
    "not logged in": (
        "echo 'run gh auth login' >&2; exit 4",
        "unknown",
        "environment production: not checked",
    ),
    "no JSON": ("echo no", "unknown", "environment production: not checked"),
    "self-review": (
        """echo '{"protection_rules": [{"type": "required_reviewers"}]}'""",
        "warning",
        "who pushes may approve it too",
    ),
    "a way around": (
        """echo '{"can_admins_bypass": true, "protection_rules": [{"type": "required_reviewers", "prevent_self_review": true}]}'""",
        "warning",
        "administrators may pass",
    ),
    "protected": (
        """echo '{"protection_rules": [{"type": "required_reviewers", "prevent_self_review": true}]}'""",
        "ok",
        "environment production: waits for a reviewer",
    ),
}


@pytest.mark.parametrize("kind", ENVIRONMENTS)
def test_environments_are_looked_at_through_gh(
    kind: str, ready: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ready
    script, status, said = ENVIRONMENTS[kind]
    program(tmp_path / "bin", "gh", script, monkeypatch)

    assert any(said in line for line in doctor(capsys)[status])


def test_without_gh_or_offline_environments_are_not_checked(
    ready: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ready
    assert any("gh is not here" in line for line in doctor(capsys)["unknown"])
    program(tmp_path / "bin", "gh", f"touch {tmp_path / 'dialled'}", monkeypatch)

    assert any("it was not to be asked" in line for line in doctor(capsys, "--offline")["unknown"])
    assert not (tmp_path / "dialled").exists()
