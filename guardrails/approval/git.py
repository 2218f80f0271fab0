"""A git repository -> its commits, trees and bytes, asked of git itself without running anything of the user's.

Variables that steer git are dropped, hooks and the file system monitor are off, replaced objects are
not followed, and nothing is fetched. The one program that may run is a clean filter which the user's own
configuration names: without it nobody knows what git would store.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from guardrails.approval.programs import run
from guardrails.files import escape, read_bytes, real, show
from guardrails.lint.contracts import GuardrailsError

LINK = "120000"
SUBMODULE = "160000"
_LONGEST_URL = 180
_SAFE = (
    "--no-pager", "--no-replace-objects", "--no-optional-locks", "--literal-pathspecs",
    "-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "core.safecrlf=false",
)  # fmt: skip


class GitError(GuardrailsError):
    """Git said no."""


@dataclass(frozen=True)
class Entry:
    """A file, a link or a submodule of a commit.

    Attributes:
        mode: as git writes it; `LINK` for a symbolic link, `SUBMODULE` for a submodule.
        oid: git's name of its bytes.
        path: from the top of the repository, with `/`.
    """

    mode: str
    oid: str
    path: str

    def holds_same_as(self, other: Entry | None) -> bool:
        """Tell whether the bytes are the same; the right to run a file makes it no other one."""
        return other is not None and self.oid == other.oid and (self.mode == LINK) == (other.mode == LINK)


@dataclass(frozen=True)
class Stored:
    """A file of the working tree, as git would store it.

    Attributes:
        staged: the index holds the same bytes; None when it knows no such file.
    """

    data: bytes
    staged: bool | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Repository:
    """A repository by the top folder of its working tree, links followed."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Return the repository that a folder belongs to.

        Raises:
            GuardrailsError: it is in none, git is missing, or refuses to work there.
        """
        try:
            top = _git(folder, "rev-parse", "--show-toplevel")
        except GitError as error:
            if "not a git repository" not in str(error):
                raise
            raise GuardrailsError(
                f"{show(folder, folder)} is in no git repository: approvals are kept in git; run git init first"
            ) from error
        return cls(real(Path(os.fsdecode(top.removesuffix(b"\n")))))

    def path_of(self, path: Path) -> str:
        """Return a path from the top, with `/`; a link that the file itself is stays.

        Raises:
            GuardrailsError: it is outside.
        """
        place = real(path.parent) / path.name
        if not place.is_relative_to(self.top):
            raise GuardrailsError(f"{show(path, self.top)} is outside of the git repository {self.top}")
        return place.relative_to(self.top).as_posix()

    def commit(self, name: str) -> str:
        """Return the full name of a commit.

        Raises:
            GuardrailsError: there is none of this name here.
        """
        if not name or name.startswith("-") or not name.isprintable():
            raise GuardrailsError(f"{escape(name)!r} names no commit: give a branch, a tag or a hash")
        try:
            return self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except GitError as error:
            raise GuardrailsError(
                f"there is no commit {name} here{self._if_shallow()}: fetch it first "
                "(in GitHub Actions, fetch-depth: 0 of actions/checkout)"
            ) from error

    def fork(self, base: str, head: str) -> str:
        """Return the commit from which two commits went apart.

        Raises:
            GuardrailsError: this clone does not hold it.
        """
        try:
            return self._ask("merge-base", base, head)
        except GitError as error:
            raise GuardrailsError(
                f"{head[:12]} and {base[:12]} have no commit in common here{self._if_shallow()}: fetch the whole history, "
                "as with git fetch --unshallow (in GitHub Actions, fetch-depth: 0 of actions/checkout)"
            ) from error

    def tree(self, commit: str) -> dict[str, Entry]:
        """Return the files, links and submodules of a commit, by path.

        Raises:
            GuardrailsError: a path is in it twice, so that nobody can tell which of them a checkout gets.
        """
        listed = os.fsdecode(_git(self.top, "ls-tree", "-r", "-z", "--full-tree", commit))
        entries: dict[str, Entry] = {}
        for line in listed.split("\0"):
            if line:
                facts, _, path = line.partition("\t")
                mode, _, oid = facts.split(" ")
                if path in entries:
                    raise GuardrailsError(
                        f"commit {commit[:12]} holds {escape(path)} twice: make it anew with git"
                    )
                entries[path] = Entry(mode, oid, path)
        return entries

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return bytes by their git name.

        Raises:
            GuardrailsError: this clone lacks some of them.
        """
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        lacks = "this clone lacks files that are to be read: fetch the whole of it, without a filter"
        try:
            answer = _git(
                self.top, "cat-file", "--batch", given="".join(f"{oid}\n" for oid in wanted).encode()
            )
        except GitError as error:  # it may not fetch what a partial clone left out
            raise GuardrailsError(lacks) from error
        found = dict(_batch(answer))
        if any(oid not in found for oid in wanted):
            raise GuardrailsError(lacks)
        return found

    def versions(self, base: str | None, head: str, path: str) -> Iterator[bytes]:
        """Yield what a file held in each commit after `base` up to `head` that changed it; None: in all up to it."""
        since = [] if base is None else [f"^{base}"]
        commits = self._ask("rev-list", *since, head, "--", path).split()
        listed = (_git(self.top, "ls-tree", "-z", "--full-tree", commit, "--", path) for commit in commits)
        oids = [os.fsdecode(line).split("\t")[0].split(" ")[2] for line in listed if line]
        yield from self.blobs(oids).values()

    def stored(self, path: Path) -> Stored:
        """Return the bytes that git would store of a file in the working tree: line ends and filters applied.

        Raises:
            GuardrailsError: it can't be read, or a filter fails.
        """
        name = self.path_of(path)
        raw = read_bytes(path, self.top)
        index = os.fsdecode(_git(self.top, "ls-files", "-s", "-z", "--", name))
        # What is only looked at leaves nothing behind in the repository's own objects.
        with tempfile.TemporaryDirectory() as folder:
            apart = {"GIT_OBJECT_DIRECTORY": folder}
            oid = _git(
                self.top, "hash-object", "-w", f"--path={name}", "--stdin", given=raw, also=apart
            ).decode()
            data = dict(_batch(_git(self.top, "cat-file", "--batch", given=oid.encode(), also=apart)))
        oid = oid.strip()
        return Stored(data[oid], index.split(" ")[1] == oid if index else None)

    def setting(self, name: str) -> str | None:
        """Return a value of git's configuration, None when there is none."""
        try:
            return self._ask("config", "--get", name) or None
        except GitError:
            return None

    def remote(self) -> str | None:
        """Return `host/path` of the remote, without the password that may stand in it; None for a folder."""
        url = self.setting("remote.origin.url")
        if url is None or not url.isprintable() or len(url) > _LONGEST_URL:
            return None
        scheme, found, rest = url.partition("://")
        host, _, path = rest.partition("/") if found else url.partition(":")
        if scheme == "file" or "/" in host:
            return None
        host = host.rpartition("@")[2].lower()
        return f"{host}/{path.strip('/').removesuffix('.git')}" if host and path else None

    def _if_shallow(self) -> str:
        shallow = self._ask("rev-parse", "--is-shallow-repository") == "true"
        return ", since this clone is shallow" if shallow else ""

    def _ask(self, *arguments: str) -> str:
        return _git(self.top, *arguments).decode(errors="replace").strip()


def _batch(answer: bytes) -> Iterator[tuple[str, bytes]]:
    place = 0
    while place < len(answer):
        end = answer.index(b"\n", place)
        oid, *facts = answer[place:end].decode().split(" ")
        place = end + 1
        if len(facts) == 2 and facts[0] == "blob":
            yield oid, answer[place : place + int(facts[1])]
        if len(facts) == 2:
            place += int(facts[1]) + 1


def _git(
    folder: Path, *arguments: str, given: bytes | None = None, also: Mapping[str, str] | None = None
) -> bytes:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **(also or {}),
    }
    done = run(["git", "-C", str(folder), *_SAFE, *arguments], given=given, environment=environment)
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().split("\n")
        said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0])
        if "dubious ownership" in said:
            said += f"; if you trust it, run git config --global --add safe.directory {folder}"
        raise GitError(f"git {arguments[0]} failed: {escape(said) or f'exit code {done.returncode}'}")
    return done.stdout
