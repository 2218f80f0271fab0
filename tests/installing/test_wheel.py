"""The wheel that users install: it brings its templates, and sets a repository up from a fresh environment."""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_a_wheel_sets_a_repository_up(tmp_path: Path, repository: Callable[[str], Path]) -> None:
    root = repository("supabase")
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(tmp_path / "dist"),
    ]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "fresh", symlinks=True)
    site = next((tmp_path / "fresh/lib").glob("*/site-packages"))
    # The dependencies come from here, so that nothing is downloaded; a path file's own path files are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(tmp_path / "fresh/bin/python"),
        "--disable-pip-version-check",
    ]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True
    )
    program = tmp_path / "fresh/bin/pg-guardrails"

    done = subprocess.run(
        [program, "init", "--yes", "--for", "all"], cwd=root, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert (site / "commands/prompts/db-seed-dev.md").exists()
    for name in (
        "docs/constitution.md",
        ".github/workflows/deploy-production.yml",
        ".claude/commands/db-seed-dev.md",
    ):
        assert (root / name).stat().st_size > 500
