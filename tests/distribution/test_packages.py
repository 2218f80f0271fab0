"""The packages that users install: what is in them, and that they work where the checkout is not."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

CHECKOUT = Path(__file__).parents[2]
PACKAGES = {"commands", "guardrails", "mcp_server", "seeds"}
PREFIX = "pg_guardrails-"


def built(source: Path, target: str, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (package,) = into.iterdir()
    return package


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(CHECKOUT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of an environment into which only the wheel was installed."""
    fresh = tmp_path_factory.mktemp("fresh")
    venv.create(fresh, symlinks=True)
    site = next((fresh / "lib").glob("*/site-packages"))
    # The dependencies come from here, so that nothing is downloaded; a path file's own path files are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(fresh / "bin/python"), "--disable-pip-version-check"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return fresh / "bin/pg-guardrails"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    (root / "supabase/migrations").mkdir(parents=True)
    (root / "supabase/migrations/20260101000000_a.sql").write_text("DROP TABLE users;\n")
    return root


def run(program: Path, root: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    outside["HOME"] = str(root.parent)
    return subprocess.run(
        [program, *arguments], cwd=root, env=outside, input=stdin, capture_output=True, text=True, check=False
    )


def test_a_wheel_holds_the_four_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in names if not name.startswith(PREFIX)} == PACKAGES
    assert {"commands/prompts/db-seed-dev.md", "commands/documents/constitution.md"} <= set(names)
    assert any(name.startswith("guardrails/shadow/sql/supabase/") for name in names)
    assert any(name.startswith("guardrails/installing/templates/") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".jsonl"))]


def test_a_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = built(CHECKOUT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as source:
        source.extractall(tmp_path / "source", filter="data")
    (unpacked,) = (tmp_path / "source").iterdir()

    rebuilt = built(unpacked, "wheel", tmp_path / "rebuilt")

    assert rebuilt.name == wheel.name
    assert zipfile.ZipFile(rebuilt).namelist() == zipfile.ZipFile(wheel).namelist()
    assert not (unpacked / ".venv").exists()


def test_an_installed_program_validates(program: Path, project: Path) -> None:
    done = run(program, project, "validate", "--format", "json")

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["files"][0]["errors"][0]["code"] == "DROP_TABLE"


def test_an_installed_program_answers_a_hook(program: Path, project: Path) -> None:
    asked = {
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "supabase db push"},
        "cwd": str(project),
    }

    done = run(program, project, "hook", "claude", stdin=json.dumps(asked))

    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_an_installed_program_sets_a_repository_up(program: Path, project: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(project)], check=True)

    done = run(program, project, "init", "--yes", "--for", "all")

    assert done.returncode == 0, done.stderr
    for name in (
        "docs/constitution.md", ".github/workflows/deploy-production.yml", ".claude/commands/db-seed-dev.md",
    ):  # fmt: skip
        assert (project / name).stat().st_size > 500


def test_an_installed_program_shows_its_main_job(program: Path, project: Path) -> None:
    done = run(program, project, "demo")

    assert done.returncode == 0, done.stderr
    assert "Nothing was applied to a database of yours" in done.stdout


def test_the_main_job_works_from_an_archive_that_is_never_unpacked(wheel: Path, project: Path) -> None:
    paths = os.pathsep.join((str(wheel), sysconfig.get_path("purelib")))
    start = "import commands, sys; from commands.cli import main; print(commands.__file__); sys.exit(main(['demo']))"

    # Without the site module the editable installation of the checkout is not found.
    done = subprocess.run(
        [sys.executable, "-S", "-c", start],
        cwd=project, env={"PYTHONPATH": paths, "PATH": os.environ["PATH"], "HOME": str(project.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(wheel))
    assert "Nothing was applied to a database of yours" in done.stdout


@asynccontextmanager
async def client_of(parameters: StdioServerParameters) -> AsyncIterator[Client]:
    async with Client(stdio_client(parameters)) as client:
        yield client


def test_an_installed_program_serves_prompts_and_resources(program: Path, project: Path) -> None:
    async def look() -> tuple[set[str], str]:
        parameters = StdioServerParameters(command=str(program), args=["mcp"], cwd=project)
        async with client_of(parameters) as client:
            prompts = {prompt.name for prompt in (await client.list_prompts()).prompts}
            document = await client.read_resource("guardrails://constitution")
            return prompts, getattr(document.contents[0], "text", "")

    prompts, constitution = anyio.run(look)

    assert "db-create-migration" in prompts
    assert "Database safety" in constitution


def test_the_bundle_for_desktop_hosts_starts_the_server(project: Path) -> None:
    async def tools() -> set[str]:
        parameters = StdioServerParameters(
            command=sys.executable,
            args=[str(CHECKOUT / "plugin/mcpb/server.py")],
            env={"GUARDRAILS_ROOT": str(project), "GUARDRAILS_DATABASE_URL": ""},
        )
        async with client_of(parameters) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    assert "create_migration" in anyio.run(tools)


def test_the_plugin_starts_the_installed_program_else_its_own_version_else_fails(
    program: Path, project: Path
) -> None:
    starter = CHECKOUT / "plugin/pg-guardrails/bin/pg-guardrails"
    version = json.loads((CHECKOUT / "server.json").read_text())["version"]
    tools = project.parent / "tools"
    tools.mkdir()
    (tools / "uvx").write_text('#!/bin/sh\necho "uvx $*"\n')
    (tools / "uvx").chmod(0o755)

    def answer(*folders: Path) -> tuple[int, str]:
        paths = os.pathsep.join((*map(str, folders), "/usr/bin", "/bin"))
        done = subprocess.run(
            [starter, "--version"], env={"PATH": paths}, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    assert answer(program.parent, tools) == (0, f"pg-guardrails {version}\n")
    assert answer(tools) == (0, f"uvx pg-guardrails@{version} --version\n")
    assert answer()[0] != 0
