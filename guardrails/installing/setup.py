"""What every part of an installation needs to know of the repository, and the templates it is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import PurePosixPath

from guardrails.installing.contracts import Form, Json, Wanted

PROGRAM = "pg-guardrails"


class Runner(StrEnum):
    """How a harness starts the program."""

    INSTALLED = "installed"
    UVX = "uvx"
    PIPX = "pipx"

    def words(self, version: str) -> tuple[str, ...]:
        match self:
            case Runner.INSTALLED:
                return (PROGRAM,)
            case Runner.UVX:
                return ("uvx", f"{PROGRAM}@{version}")
            case Runner.PIPX:
                return ("pipx", "run", "--spec", f"{PROGRAM}=={version}", PROGRAM)


@dataclass(frozen=True)
class Setup:
    """The repository that is set up.

    Attributes:
        version: of this program.
        migrations: folder of the migrations, from the top of the repository with `/`.
        others: more folders of migrations, with histories of their own.
        approvals: folder of their approvals, likewise.
        supabase: its migrations are Supabase's.
        crlf: a migration has Windows' line ends.
        commands: the prompts for assistants, by name of their file.
        constitution: the page that they refer to.
    """

    version: str
    migrations: str
    approvals: str
    supabase: bool
    crlf: bool
    commands: Mapping[str, str]
    constitution: str
    others: tuple[str, ...] = ()
    runner: Runner = Runner.INSTALLED

    @property
    def workdir(self) -> str:
        """The folder that Supabase's command line works in: the one above `supabase/`."""
        return PurePosixPath(self.migrations).parent.parent.as_posix()

    def template(self, name: str) -> str:
        """Return the text of a template for this repository."""
        values = {
            "@VERSION@": self.version,
            "@MIGRATIONS@": self.migrations,
            "@APPROVALS@": self.approvals,
            "@WORKDIR@": self.workdir,
        }
        text = template(name)
        for mark, value in values.items():
            text = text.replace(mark, value)
        return text

    def merged(self, path: str, name: str, form: Form = Form.JSON) -> Wanted:
        """Return a JSON file of a harness, which starts the program as this repository does."""
        text = self.template(name)
        if self.runner is not Runner.INSTALLED:
            started = _started(json.loads(text), self.runner.words(self.version))
            text = json.dumps(started, indent=2, ensure_ascii=False) + "\n"
        return Wanted(path, form, text)

    def instructions(self, path: str) -> Wanted:
        """Return the section for an assistant in a file that it always reads."""
        return Wanted(path, Form.MARKDOWN, self.template("project/instructions.md"))


def template(name: str) -> str:
    return files("guardrails.installing").joinpath("templates", *name.split("/")).read_text(encoding="utf-8")


def _started(value: Json, words: tuple[str, ...]) -> Json:
    """Return a document in which the program is started with other words."""
    match value:
        case dict({"command": "pg-guardrails", "args": list(arguments)}):
            return {**value, "command": words[0], "args": [*words[1:], *arguments]}
        case dict():
            return {key: _started(one, words) for key, one in value.items()}
        case list():
            return [_started(one, words) for one in value]
        case str() if value.startswith(f"{PROGRAM} hook "):
            return " ".join((*words, value.removeprefix(f"{PROGRAM} ")))
    return value
