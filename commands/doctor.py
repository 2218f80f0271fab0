"""Look at a repository that `init` set up: what holds, what does not, and what an assistant could reach from here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from commands.init import find_top, in_use, plan_init
from guardrails.installing.checks import Check, Status
from guardrails.installing.credentials import examine_credentials
from guardrails.installing.health import AREA as INSTALLED
from guardrails.installing.health import Hook, examine_harnesses, hooks_of
from guardrails.installing.record import read_record
from guardrails.installing.references import examine_commands
from guardrails.installing.setup import PROGRAM, Runner
from guardrails.lint.contracts import GuardrailsError

MARKS: Mapping[Status, str] = {Status.OK: "✓", Status.WARNING: "!", Status.OFF: "✗", Status.UNKNOWN: "?"}

_ENVIRONMENTS = ("staging", "production")
_PATIENCE_S = 60
_RUNNERS = {"uvx": Runner.UVX, "pipx": Runner.PIPX}


@dataclass(frozen=True)
class Examination:
    """What was found; healthy as long as nothing is off."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        return all(check.status is not Status.OFF for check in self.checks)


def examine(
    start: Path, environ: Mapping[str, str], *, selftest: bool = False, offline: bool = False
) -> Examination:
    """Look at the repository around a folder.

    Args:
        start: a folder in it.
        environ: the environment that an assistant would have.
        selftest: start each installed hook and ask it about a made-up command.
        offline: don't let `gh` ask GitHub.

    Raises:
        GuardrailsError: this is no repository, or its record can't be read.
    """
    root, home = find_top(start), Path(environ.get("HOME") or Path.home())
    hooks = hooks_of(root)
    return Examination(
        (
            *examine_harnesses(root, home, in_use(root)),
            *_against_init(start, root, hooks),
            *_hooks(root, environ, hooks, selftest=selftest),
            *examine_commands(root),
            *_environments(root, environ, offline=offline),
            *examine_credentials(root, environ, home),
        )
    )


def _against_init(start: Path, root: Path, hooks: tuple[Hook, ...]) -> Iterator[Check]:
    """Say which files are no longer as `init` would leave them."""
    record = read_record(root)
    if record is None:
        yield Check(
            INSTALLED, Status.OFF, "init did not run here, or its record is gone", "pg-guardrails init"
        )
        return
    gone = [file.path for file in record.files if not (root / file.path).exists()]
    if gone:
        yield Check(INSTALLED, Status.OFF, f"missing: {', '.join(gone[:5])}", "pg-guardrails init")
        return
    runner = next((_RUNNERS.get(hook.words[0], Runner.INSTALLED) for hook in hooks), Runner.INSTALLED)
    try:
        changes = plan_init(start, record.parts, runner).plan.changes
    except GuardrailsError:
        return
    if behind := [change.path for change in changes[:-1]]:
        yield Check(
            INSTALLED, Status.OFF, f"not as init writes it: {', '.join(behind[:5])}", "pg-guardrails init"
        )


def _hooks(
    root: Path, environ: Mapping[str, str], hooks: tuple[Hook, ...], *, selftest: bool
) -> Iterator[Check]:
    for program in dict.fromkeys(hook.words[0] for hook in hooks):
        if which(program, path=environ.get("PATH", "")) is None:
            yield Check(
                "hooks",
                Status.OFF,
                f"{program} is not on PATH, so no hook can start",
                f"uv tool install {PROGRAM}" if program == PROGRAM else f"install {program}",
            )
    if not selftest:
        if hooks:
            yield Check(
                "hooks",
                Status.UNKNOWN,
                "whether they answer was not tried",
                "pg-guardrails doctor --selftest",
            )
        return
    for hook in hooks:
        if (found := which(hook.words[0], path=environ.get("PATH", ""))) is not None:
            yield _asked(root, environ, hook, found)


def _asked(root: Path, environ: Mapping[str, str], hook: Hook, program: str) -> Check:
    """Ask a hook, as its harness would, about a command that would change a database."""
    title = hook.harness.title
    mend = f"see what it says: echo '{{}}' | {' '.join(hook.words)}"
    try:
        done = subprocess.run(
            [program, *hook.words[1:]],
            input=json.dumps(hook.harness.question(str(root))),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=root,
            env=dict(environ),
            timeout=_PATIENCE_S,
            check=False,
        )
        answer = json.loads(done.stdout or "null")
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return Check("hooks", Status.OFF, f"{title}: its hook gave no answer that can be read", mend)
    if not hook.harness.denied(answer):
        return Check("hooks", Status.OFF, f"{title}: its hook let a made-up `supabase db push` through", mend)
    return Check("hooks", Status.OK, f"{title}: denies a made-up `supabase db push`", hook.harness.hint or "")


def _environments(root: Path, environ: Mapping[str, str], *, offline: bool) -> Iterator[Check]:
    names = [name for name in _ENVIRONMENTS if (root / f".github/workflows/deploy-{name}.yml").exists()]
    if not names:
        return
    program = None if offline else which("gh", path=environ.get("PATH", ""))
    if program is None:
        why = "it was not to be asked" if offline else "gh is not here"
        yield Check(
            "github",
            Status.UNKNOWN,
            f"environments {' and '.join(names)}: not checked, {why}",
            "look in Settings → Environments, or install gh and log in",
        )
        return
    for name in names:
        yield _environment(root, environ, program, name)


def _environment(root: Path, environ: Mapping[str, str], program: str, name: str) -> Check:
    where = "Settings → Environments"
    try:
        done = subprocess.run(
            [program, "api", f"repos/{{owner}}/{{repo}}/environments/{name}"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=root,
            env={**environ, "GH_PROMPT_DISABLED": "1"},
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Check(
            "github", Status.UNKNOWN, f"environment {name}: not checked, gh gave no answer", "gh auth status"
        )
    if done.returncode:
        if "404" in done.stderr:
            return Check(
                "github",
                Status.OFF,
                f"environment {name}: it is not there, or you may not see it",
                f"{where}: make it",
            )
        return Check(
            "github",
            Status.UNKNOWN,
            f"environment {name}: not checked, gh is not logged in or can't reach GitHub",
            "gh auth status",
        )
    try:
        answer = json.loads(done.stdout)
        rules = [rule for rule in answer["protection_rules"] if rule["type"] == "required_reviewers"]
    except (ValueError, KeyError, TypeError):
        return Check(
            "github",
            Status.UNKNOWN,
            f"environment {name}: not checked, gh's answer can't be read",
            "gh --version",
        )
    if name == "staging" and not rules:
        return Check("github", Status.OK, f"environment {name}: is there, without reviewers")
    if not rules:
        return Check(
            "github",
            Status.OFF,
            f"environment {name}: nobody has to review",
            f"{where} → {name}: required reviewers",
        )
    if not all(rule.get("prevent_self_review") for rule in rules):
        return Check(
            "github",
            Status.WARNING,
            f"environment {name}: who pushes may approve it too",
            f"{where} → {name}: prevent self-review",
        )
    if answer.get("can_admins_bypass"):
        return Check(
            "github",
            Status.WARNING,
            f"environment {name}: administrators may pass its reviewers",
            f"{where} → {name}: no bypass",
        )
    return Check("github", Status.OK, f"environment {name}: waits for a reviewer")
