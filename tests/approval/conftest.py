"""A real git repository of a project, with a base branch and a change that waits."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.approvals import Checked, check_approvals
from commands.approve import Approved, approve
from guardrails.approval.terminal import AGENT_MARKS

FIRST = "supabase/migrations/20260101000000_users.sql"
NEW = "supabase/migrations/20260102000000_bio.sql"
USERS = "CREATE TABLE public.users (id bigint PRIMARY KEY);\nALTER TABLE public.users ENABLE ROW LEVEL SECURITY;\n"
BIO = "ALTER TABLE public.users ADD COLUMN bio text;\n"


@dataclass(frozen=True)
class Repo:
    """A repository whose branch `main` holds one migration, and whose branch `change` is checked out."""

    root: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "A change")

    def on_main(self, path: str, text: str | bytes) -> None:
        """Put a file on the base branch, and go on from there."""
        self.git("checkout", "-q", "main")
        self.write(path, text)
        self.commit()
        self.git("checkout", "-q", "change")
        self.git("merge", "-q", "--ff-only", "main")

    def approve(
        self, path: str = NEW, *, codes: Sequence[str] = (), staged: bool = True, **given: object
    ) -> Approved:
        """Approve as a person does who types what they are asked to type."""

        def typed(_text: str, question: str, _command: str) -> str:
            return question.removesuffix(":").rpartition(" ")[2]

        if staged:
            self.git("add", "-A")
        done = approve(
            self.root, self.root / path, acknowledge=codes, environ={}, answered=typed, **given  # type: ignore[arg-type]
        )  # fmt: skip
        assert done is not None
        return done

    def add_approved(self, path: str = NEW, text: str = BIO, **given: object) -> None:
        self.write(path, text)
        self.approve(path, **given)  # type: ignore[arg-type]
        self.commit()

    def check(self, base: str = "main", **given: object) -> Checked:
        return check_approvals(self.root, base, **given)  # type: ignore[arg-type]

    def kinds(self, **given: object) -> list[tuple[str, str]]:
        return [(one.path, one.kind) for one in self.check(**given).refusals]  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nobody_above(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be an assistant; the test of that descends from one on purpose."""
    for name in AGENT_MARKS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("guardrails.approval.terminal.agent_above", lambda: None)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    root = tmp_path / "app"
    root.mkdir()
    made = Repo(root)
    made.git("init", "-q", "-b", "main")
    made.git("config", "user.email", "ada@example.com")
    made.git("config", "user.name", "Ada")
    made.write(FIRST, USERS)
    made.commit()
    made.git("checkout", "-q", "-b", "change")
    monkeypatch.chdir(root)
    return made


MakeKey = Callable[[str], Path]


@pytest.fixture
def make_key(tmp_path: Path) -> MakeKey:
    """Make an SSH key without a passphrase, and return its file."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is missing")

    def make(name: str) -> Path:
        path = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    return make
