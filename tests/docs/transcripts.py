"""A page of the documentation -> what its commands print today, in a folder in which they are run one after the other.

A ```console block holds commands after `$ ` and what they print. A comment above a block says more:

    <!-- start -->                  go on in a new repository of git
    <!-- file: PATH -->             this block is the text of a file there
    <!-- person: [y/N] y; … -->     a person at a terminal runs it, and answers where it asks
    <!-- lines: 12 -->              show so many lines of what each command prints
    <!-- not run -->                it needs what is not here
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(sys.executable).parent
BLOCK = re.compile(
    r"(?P<notes>(?:<!-- [^>]* -->\n)*)(?P<fence>````?)(?P<kind>\w*)\n(?P<body>.*?)^(?P=fence)\n",
    re.DOTALL | re.MULTILINE,
)
NOTE = re.compile(r"<!-- (?P<key>[a-z ]+?)(?:: (?P<value>.*?))? -->")
# What differs from run to run, and what stands for it.
VARYING = (
    (re.compile(r"\b[0-9a-f]{12}\b(?=\.sql|:|$|\s)"), "5f0c2ab71d94"),
    (re.compile(r"\bsha256:[0-9a-f]+"), "sha256:9c1e…"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z| UTC)?"), "2026-12-01 09:30 UTC"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s)\b"), "1 s"),
)
WRITTEN = re.compile(r"\b20\d{12}(?=_)")
AtATerminal = Callable[..., tuple[str, int]]


@dataclass
class Stage:
    """A folder in which a page's commands run."""

    top: Path
    at_a_terminal: AtATerminal
    given: set[str] = field(default_factory=set)

    @property
    def root(self) -> Path:
        return self.top / "shop"

    def start(self) -> None:
        number = sum(1 for _ in self.top.glob("shop*"))
        if number:
            self.root.rename(self.top / f"shop-{number}")
        self.root.mkdir(parents=True)
        for words in (
            ("init", "-q", "-b", "main"), ("config", "user.name", "Ada"), ("config", "user.email", "ada@example.com"),
        ):  # fmt: skip
            subprocess.run(["git", *words], cwd=self.root, check=True, env=self.environment)

    def file(self, name: str, text: str) -> None:
        self.given.update(WRITTEN.findall(name))
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{HERE}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(self.top / "home"), "COLUMNS": "100",
            "LANG": "C.UTF-8", "TZ": "UTC", "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path("~/.cache").expanduser())),
            "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip

    def run(self, command: str, answers: Sequence[tuple[str, str]] = ()) -> str:
        """Run a command of a page; with answers, as a person does at a terminal."""
        if not self.root.exists():
            self.start()
        if answers:
            arguments = shlex.split(command)
            assert arguments[0] == "pg-guardrails", "only our own program asks"
            shown, _ = self.at_a_terminal(self.root, arguments[1:], *answers, marks=self.environment)
        else:
            done = subprocess.run(
                ["/bin/sh", "-c", command], cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            shown = done.stdout
        return self._steady(shown)

    def _steady(self, text: str) -> str:
        text = text.replace("\r\n", "\n").replace(str(self.root), "/home/ada/shop")
        text = text.replace(str(self.top / "home"), "/home/ada")
        for pattern, standing in VARYING:
            text = pattern.sub(standing, text)
        return WRITTEN.sub(
            lambda found: found[0] if found[0] in self.given else "20261201093000", text
        ).rstrip("\n")


def current(page: str, stage: Stage) -> str:
    """Return a page with what its commands print today."""
    return BLOCK.sub(lambda block: _replayed(block, stage), page)


def _replayed(block: re.Match[str], stage: Stage) -> str:
    notes = {note["key"]: note["value"] or "" for note in NOTE.finditer(block["notes"])}
    if "start" in notes:
        stage.start()
    if "file" in notes:
        stage.file(notes["file"], block["body"])
    if block["kind"] != "console" or "not run" in notes:
        return block[0]
    printed = "".join(_printed(block["body"], notes, stage))
    fence = "````" if "```" in printed else "```"
    return f"{block['notes']}{fence}console\n{printed}{fence}\n"


def _printed(body: str, notes: Mapping[str, str], stage: Stage) -> Iterator[str]:
    answers = (
        [tuple(answer.rsplit(" ", 1)) for answer in notes["person"].split("; ")] if "person" in notes else []
    )
    most = int(notes.get("lines", 1000))
    for command in re.findall(r"^\$ (.*(?:\\\n.*)*)", body, re.MULTILINE):
        lines = stage.run(command, [(asked, f"{said}\n") for asked, said in answers]).splitlines()
        yield "\n".join((f"$ {command}", *lines[:most], *(["…"] if len(lines) > most else []))) + "\n"
