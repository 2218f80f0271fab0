"""The programs of others that try our server: versions.json pins them, a folder outside the project holds them.

Nothing is installed unless `make conformance` asks for it; tests that need them are skipped until then.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

VERSIONS = Path(__file__).with_name("versions.json")
PINS: dict[str, dict[str, str]] = json.loads(VERSIONS.read_text(encoding="utf-8"))


def folder() -> Path:
    """Return where they are, which depends on the versions."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    pins = hashlib.sha256(VERSIONS.read_bytes()).hexdigest()[:12]
    return cache / "pg-guardrails" / f"clients-{pins}"


def prepared() -> bool:
    """Tell whether they are there."""
    return (folder() / "ready").exists()


def prepare() -> None:
    """Install what is missing, with the npm that is on PATH and a Node of its own."""
    if prepared():
        return
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("error: npm is not on PATH; it installs the conformance suite and the clients")
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
    pins = dict(PINS["npm"])
    node_itself = f"node@{pins.pop('node')}"
    options = ["--prefix", str(place), "--no-audit", "--no-fund", "--save-exact", "--loglevel", "error"]
    subprocess.run([npm, "install", *options, node_itself], check=True)
    others = [f"{name}@{version}" for name, version in pins.items()]
    subprocess.run([npm, "install", *options, *others], env=environment(), check=True)
    venv.create(place / "python", with_pip=True)
    packages = [f"{name}=={version}" for name, version in PINS["pip"].items()]
    subprocess.run([python(), "-m", "pip", "install", "--quiet", *packages], check=True)
    (place / "ready").touch()


def environment() -> dict[str, str]:
    """Return the environment in which their programs find their Node first."""
    return {**os.environ, "PATH": f"{folder() / 'node_modules/node/bin'}{os.pathsep}{os.environ['PATH']}"}


def node() -> Path:
    return folder() / "node_modules/node/bin/node"


def program(name: str) -> Path:
    """Return an installed package's command."""
    return folder() / "node_modules/.bin" / name


def python() -> Path:
    """Return the Python that has the older SDK."""
    return folder() / "python/bin/python"
