"""A folder -> what its git repository holds at another commit. Reads only, and runs nothing of the repository's.

The working tree is never compared by git itself, since that runs the filters that a repository names.
No object is fetched: a clone that leaves some out says so.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from guardrails.files import escape, show
from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.values import dataclass

_SECONDS = 120
_GUARDED = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never"),
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_USUAL_BASES = ("refs/remotes/origin/HEAD", "origin/main", "origin/master", "main", "master")
_REGULAR = frozenset({"100644", "100755"})


@dataclass(frozen=True)
class Base:
    """Where a branch left another one.

    Attributes:
        ref: the other one, as a person would write it.
        commit: the newest commit that both have.
        tip: the other one's newest.
    """

    ref: str
    commit: str
    tip: str


@dataclass(frozen=True)
class Entry:
    """A regular file of a commit, by its path from the top with `/`."""

    path: str
    object: str
    size: int


@dataclass(frozen=True)
class Repository:
    """A git repository with a working tree; `top` is the folder of that."""

    top: Path

    def merge_base(self, ref: str | None = None) -> Base:
        """Return where HEAD left `ref`; None: the remote's main branch, else the one here.

        Raises:
            GuardrailsError: there is no such commit, or none that both have.
        """
        if self._commit("HEAD") is None:
            raise GuardrailsError("this repository has no commit yet, so nothing can be new against one")
        name, commit = self._base(ref)
        if found := self._tried("merge-base", "--end-of-options", "HEAD", commit):
            return Base(name, found.split()[0], commit)
        shown = escape(name)
        if self._tried("rev-parse", "--is-shallow-repository") == "true":
            raise GuardrailsError(
                f"this shallow clone has no commit that HEAD and {shown} share: "
                "deepen it with git fetch --unshallow (actions/checkout: fetch-depth: 0)"
            )
        raise GuardrailsError(f"HEAD and {shown} share no commit: name the branch that this one left")

    def holds(self, commit: str, path: str) -> bool:
        """Tell whether a commit has a file or a folder, by its path from the top with `/`."""
        return self._tried("cat-file", "-e", f"{commit}:{path}") is not None

    def entries(self, commit: str) -> Iterator[Entry]:
        """Yield the regular files of a commit; links and submodules are left out."""
        listed = self._run("ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", commit)
        for line in listed.split(b"\0"):
            described, _, path = line.partition(b"\t")
            mode, _, name, size = described.decode().split() if path else ("", "", "", "")
            if mode in _REGULAR:
                yield Entry(os.fsdecode(path), name, int(size))

    def contents(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """Yield files with their bytes, as they are stored: no filter is run.

        Raises:
            GuardrailsError: an object is not in this clone.
        """
        asked = list(entries)
        names = "".join(f"{entry.object}\n" for entry in asked).encode()
        rest = memoryview(self._run("cat-file", "--batch", given=names) if asked else b"")
        for entry in asked:
            head, _, _ = bytes(rest[:200]).partition(b"\n")
            if not head.endswith(str(entry.size).encode()):
                raise GuardrailsError(
                    f"{escape(entry.path)} of another commit is not in this clone: fetch it without a filter"
                )
            start = len(head) + 1
            yield entry, bytes(rest[start : start + entry.size])
            rest = rest[start + entry.size + 1 :]

    def _base(self, ref: str | None) -> tuple[str, str]:
        if ref is not None:
            commit = self._commit(ref)
            if commit is None:
                raise GuardrailsError(
                    f"git knows no commit {escape(ref)!r}: name a branch or a commit that is here, "
                    "or fetch it first"
                )
            return ref, commit
        for usual in _USUAL_BASES:
            if (commit := self._commit(usual)) is not None:
                return self._called(usual), commit
        raise GuardrailsError(
            "there is neither origin/HEAD nor a branch main or master to compare with: "
            "name one, as in --changed=origin/develop, and fetch it first"
        )

    def _called(self, ref: str) -> str:
        """Return the branch that a remote's HEAD stands for."""
        if not ref.endswith("/HEAD"):
            return ref
        return self._tried("rev-parse", "--abbrev-ref", ref) or ref

    def _commit(self, ref: str) -> str | None:
        if not ref or "\0" in ref:
            return None
        return (
            self._tried("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") or None
        )

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        done = _git(self.top, arguments, given)
        if done.returncode:
            raise GuardrailsError(f"git {arguments[0]} failed: {_said(done.stderr)}")
        return done.stdout

    def _tried(self, *arguments: str) -> str | None:
        done = _git(self.top, arguments, b"")
        return None if done.returncode else done.stdout.decode(errors="backslashreplace").strip()


def repository_at(folder: Path) -> Repository:
    """Return the repository whose working tree a folder is in.

    Raises:
        GuardrailsError: it is in none, git refuses it, or is not installed.
    """
    done = _git(folder, ("rev-parse", "--show-toplevel"), b"")
    if done.returncode == 0 and done.stdout.strip():
        return Repository(Path(os.path.realpath(os.fsdecode(done.stdout.removesuffix(b"\n")))))
    shown = show(folder, folder.parent)
    if b"dubious ownership" in done.stderr:
        raise GuardrailsError(
            f"git refuses the repository around {shown}, which belongs to somebody else: "
            "git config --global --add safe.directory names it as yours"
        )
    raise GuardrailsError(f"{shown} is in no git working tree, so nothing can be new against another commit")


def object_name(path: Path, like: str) -> str | None:
    """Return what git would call the bytes of a file, None when it is no regular one.

    Args:
        path: the file; it is read as it stands.
        like: the name of another object of the same repository, which says how names are made.
    """
    if not path.is_file():
        return None
    try:
        made = hashlib.new("sha1" if len(like) == 40 else "sha256", usedforsecurity=False)
        made.update(b"blob %d\0" % path.stat().st_size)
        with path.open("rb") as file:
            while data := file.read(1024 * 1024):
                made.update(data)
    except OSError:
        return None
    return made.hexdigest()


def _git(folder: Path, arguments: Iterable[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", *_GUARDED, *arguments],  # noqa: S607  (git is where the user's PATH has it)
            cwd=folder,
            env=kept | _ENVIRONMENT,
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise GuardrailsError("git is not installed, and only it knows what is new: install git") from error
    except subprocess.TimeoutExpired as error:
        raise GuardrailsError(f"git did not answer within {_SECONDS} seconds") from error


def _said(stderr: bytes) -> str:
    lines = stderr.decode(errors="backslashreplace").strip().splitlines()
    return escape(lines[0].removeprefix("fatal: ")) if lines else "it gave no reason"
