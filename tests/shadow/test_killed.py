"""A tool that is killed, at whatever moment, leaves no process, no lock and no data behind the next run."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrails.shadow.engine import Platform, connect, disposable_server

CACHE = Path("pg-guardrails", "shadow")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes as Linux shows them")

TOOL = """
import functools, importlib, os, signal, sys
from commands.cli import main
import commands.verify, guardrails.shadow.report.text
module, name, when, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
owner = importlib.import_module(module)
*classes, name = name.split(".")
for one in classes:
    owner = getattr(owner, one)
original = getattr(owner, name)

def here():
    global count
    count -= 1
    if count == 0:
        os.kill(os.getpid(), signal.SIGKILL)

@functools.wraps(original)
def watched(*arguments, **named):
    if when == "before":
        here()
    result = original(*arguments, **named)
    if when == "after":
        here()
    return result

setattr(owner, name, watched)
for other in list(sys.modules.values()):
    if getattr(other, name, None) is original:
        setattr(other, name, watched)
sys.exit(main(["verify"]))
"""

SHADOW = "guardrails.shadow"
# When the tool dies: before or after a function of its own, and the how manyth time it is called.
INIT = [
    ("a folder was made", "tempfile", "mkdtemp", "after", 1),
    ("the folder is locked", f"{SHADOW}.engine", "_own_folder", "after", 1),
    ("the cluster is being made", f"{SHADOW}.server", "_spawn", "after", 1),
    ("a server starts", f"{SHADOW}.server", "_spawn", "after", 2),
    ("the platform is being set up", f"{SHADOW}.server", "Server.make_template", "before", 2),
    ("the empty cluster is half kept", "tempfile", "mkstemp", "after", 1),
    ("the empty cluster was kept", f"{SHADOW}.cache", "tidy", "after", 1),
]
LATER = [
    ("a kept cluster is half laid out", "os", "mkdir", "after", 5),
    ("the server of the history starts", f"{SHADOW}.server", "_spawn", "after", 1),
    ("the history runs", f"{SHADOW}.running", "_Run._one", "before", 1),
    ("the server is asked to stop", f"{SHADOW}.server", "Server.stop", "before", 1),
    ("the history is half kept", "tempfile", "mkstemp", "after", 1),
    ("a database was copied", f"{SHADOW}.server", "Server.copy", "after", 1),
    ("made-up rows are being written", "seeds.run", "seed", "before", 1),
    ("the migration runs", f"{SHADOW}.trace", "Tracer.ran", "before", 1),
    ("the catalog was read", f"{SHADOW}.snapshot", "take_snapshot", "after", 2),
    ("tenants get rows", f"{SHADOW}.isolation.seeding", "Seeder.seed", "before", 1),
    ("tenants are tried", f"{SHADOW}.isolation.probes", "table_cells", "before", 1),
    ("the rollback runs", f"{SHADOW}.proof", "_Proof._undone", "before", 1),
    ("the server ends", f"{SHADOW}.server", "Server.end", "before", 3),
    ("the report is written", f"{SHADOW}.report.text", "render", "before", 1),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    migrations, rollbacks = folder / "supabase" / "migrations", folder / "supabase" / "rollbacks"
    for place in (migrations, rollbacks):
        place.mkdir(parents=True)
    (migrations / "20260101000000_a.sql").write_text(
        "CREATE TABLE public.notes (id uuid PRIMARY KEY, user_id uuid REFERENCES auth.users (id));"
    )
    (migrations / "20260102000000_b.sql").write_text("ALTER TABLE public.notes ADD body text;")
    (rollbacks / "20260102000000_b.sql").write_text("ALTER TABLE public.notes DROP body;")
    return folder


@pytest.fixture(scope="module")
def empty_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is kept of an empty cluster of the project's platform."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        with disposable_server(platform=Platform.SUPABASE_CLOSED):
            pass
    (entry,) = (one for one in (folder / CACHE).iterdir() if one.name != "lock")
    return entry


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for everything temporary, which the account of a server started by root may enter."""
    room = Path(
        tempfile.mkdtemp(prefix="killed-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp")
    )
    room.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(room))
    monkeypatch.setenv("XDG_CACHE_HOME", str(room / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(room))
    yield room
    shutil.rmtree(room)


def processes_in(folder: Path) -> set[int]:
    """Processes that work in a folder, or name it in their command."""
    found = set()
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and (
                os.fsencode(folder) in (process / "cmdline").read_bytes()
                or str((process / "cwd").readlink()).startswith(str(folder))
            ):
                found.add(int(process.name))
    return found


def wait_for(processes: set[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            ending = os.pidfd_open(process)
            assert select.select([ending], [], [], 30)[0], f"{process} does not end"
            os.close(ending)


@pytest.mark.parametrize("moment", [pytest.param(moment, id=name) for name, *moment in INIT])
def test_a_tool_killed_while_it_makes_a_cluster_leaves_nothing_behind_the_next_run(
    room: Path, project: Path, moment: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_nothing_behind(room, project, moment, monkeypatch)


@pytest.mark.parametrize("moment", [pytest.param(moment, id=name) for name, *moment in LATER])
def test_a_tool_killed_while_it_verifies_leaves_nothing_behind_the_next_run(
    room: Path, empty_cluster: Path, project: Path, moment: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (room / "cache" / CACHE).mkdir(mode=0o700, parents=True)
    shutil.copy(empty_cluster, room / "cache" / CACHE)

    expect_nothing_behind(room, project, moment, monkeypatch)


def expect_nothing_behind(
    room: Path, project: Path, moment: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    killed = subprocess.run(
        [sys.executable, "-c", TOOL, *map(str, moment)],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = processes_in(room)

    with (
        disposable_server(platform=Platform.SUPABASE_CLOSED) as server,
        connect(server.database(Platform.SUPABASE_CLOSED)) as connection,
    ):
        assert connection.execute("SELECT to_regclass('public.notes')").fetchone() == (None,)

    wait_for(left)
    assert processes_in(room) == set()
    assert [path.name for path in room.iterdir()] == ["cache"]
    assert [path for path in (room / "cache" / CACHE).iterdir() if path.name.startswith("unfinished")] == []
