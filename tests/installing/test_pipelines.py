"""The workflows that `init` installs, and those of this repository: valid, pinned, and closed where it matters."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from commands.cli import main

BIN = Path(sys.executable).parent
CHECKOUT = Path(__file__).parents[2]
NAMES = ("validate.yml", "deploy-staging.yml", "deploy-production.yml")


@pytest.fixture
def workflows(repository: Callable[[str], Path]) -> Path:
    root = repository("supabase")
    assert main(["init", "--yes", "--for", "all"]) == 0
    return root / ".github/workflows"


def texts(workflows: Path) -> dict[str, str]:
    own = {path.name: path.read_text() for path in (CHECKOUT / ".github/workflows").iterdir()}
    action = {"action.yml": (CHECKOUT / "action.yml").read_text()}
    return {path.name: path.read_text() for path in workflows.iterdir()} | own | action


def steps(document: dict[str, dict[str, object]]) -> Iterator[dict[str, str]]:
    for job in (*document.get("jobs", {}).values(), document.get("runs")):
        if isinstance(job, dict):
            yield from job["steps"]


def script(workflow: Path, name: str) -> str:
    return next(
        step["run"] for step in steps(yaml.safe_load(workflow.read_text())) if step["name"].startswith(name)
    )


def test_the_auditors_and_the_schemas_find_nothing(workflows: Path) -> None:
    root = workflows.parent.parent
    for command in (
        [
            "zizmor",
            "--offline",
            "--quiet",
            str(root),
            str(CHECKOUT / "action.yml"),
            str(CHECKOUT / ".pre-commit-hooks.yaml"),
        ],
        ["actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *map(str, workflows.iterdir())],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, workflows.iterdir())],
        ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(root / ".gitlab/pg-guardrails.yml")],
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions", str(CHECKOUT / "action.yml")],
    ):
        done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_a_commit_and_names_its_version(workflows: Path) -> None:
    used = re.findall(r"uses: (.*)", "\n".join(texts(workflows).values()))

    assert len(used) > 8
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_no_script_has_an_expression_in_it(workflows: Path) -> None:
    for text in texts(workflows).values():
        scripts = [step["run"] for step in steps(yaml.safe_load(text)) if "run" in step]

        assert scripts
        assert [one for one in scripts if "${{" in one] == []


def test_no_workflow_has_rights_that_its_jobs_do_not_name(workflows: Path) -> None:
    for name, text in texts(workflows).items():
        document = yaml.safe_load(text)
        if name != "action.yml":
            assert document["permissions"] == {}
            assert all("contents" in job["permissions"] for job in document["jobs"].values())
            assert all(job["timeout-minutes"] for job in document["jobs"].values())


def test_nothing_runs_with_secrets_for_a_pull_request_or_at_an_assistants_word(workflows: Path) -> None:
    for name, text in texts(workflows).items():
        triggers = set(yaml.safe_load(text).get(True, {}))  # YAML 1.1 reads the key `on` as true

        assert triggers <= {"push", "pull_request"}
        assert "pull_request" not in triggers or "secrets." not in text, name


def test_the_production_job_waits_for_the_checks_and_for_its_environment(workflows: Path) -> None:
    for branch, name in (("develop", "staging"), ("main", "production")):
        document = yaml.safe_load((workflows / f"deploy-{name}.yml").read_text())

        assert document[True]["push"]["branches"] == [branch]
        assert document["concurrency"]["cancel-in-progress"] is False
        assert (document["jobs"][name]["needs"], document["jobs"][name]["environment"]) == ("validate", name)
        checks = " ".join(step.get("run", "") for step in document["jobs"]["validate"]["steps"])
        assert 'pg-guardrails validate --changed "$BASE"' in checks
        assert 'pg-guardrails approvals check --base "$BASE"' in checks
        assert "secrets" not in str(document["jobs"]["validate"])


def run(text: str, folder: Path, gh: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, with a `gh` that says what is given."""
    program = folder / "bin/gh"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{gh}\n")
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "REPOSITORY": "o/r",
        **variables,
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("gh", "said"),
    [
        ("exit 1", "does not exist"),
        ("echo false", "no required reviewers"),
        ("echo", "no required reviewers"),
        ("echo true", None),
    ],
)
def test_production_is_refused_without_reviewers(gh: str, said: str | None, workflows: Path) -> None:
    done = run(script(workflows / "deploy-production.yml", "Refuse an environment"), workflows.parent, gh)

    assert (done.returncode == 0) == (said is None)
    assert (said or "") in done.stdout


@pytest.mark.parametrize("name", ["staging", "production"])
def test_all_since_the_last_deployment_is_looked_at_again(name: str, workflows: Path) -> None:
    root = workflows.parent.parent
    git = [
        "git",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "a",
    ]
    subprocess.run(git, cwd=root, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
    text = script(workflows / f"deploy-{name}.yml", "Find the last commit")
    out = root / "out"
    for gh, before, found in (
        (f"echo {head}", "0" * 40, head),
        ("exit 0", head, head),
        ("exit 0", "0" * 40, None),
        ("exit 1", head, None),
    ):
        out.write_text("")
        done = run(text, root, gh, BEFORE=before, GITHUB_ENV=str(out))

        assert (done.returncode == 0) == (found is not None), done.stderr
        assert out.read_text() == (f"BASE={found}\n" if found else "")


def test_the_hook_for_pre_commit_takes_migrations_only() -> None:
    (hook,) = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text())

    files = re.compile(hook["files"])
    assert files.search("supabase/migrations/1_a.sql")
    assert files.search("db/migration/V1__a.sql")
    assert not files.search("docs/a.sql")
