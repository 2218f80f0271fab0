"""The command prompts and documents that ship with the tool: the one source for assistants and for MCP."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from guardrails.lint.contracts import GuardrailsError

_PACKAGE = files("commands")
_CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Prompt:
    """A prompt: `text` is its body, in which `$ARGUMENTS` stands for what the person typed.

    `tools` are the ones over MCP that it asks for.
    """

    name: str
    title: str
    description: str
    argument_hint: str
    text: str
    tools: tuple[str, ...]


def load_prompts() -> tuple[Prompt, ...]:
    """Return the prompts of `.claude/commands`, by name."""
    return tuple(map(_prompt, _paths()))


def command_files() -> dict[str, str]:
    """Return the whole files of `.claude/commands`, by their names, as `init` installs them."""
    return {path.name: path.read_text(encoding="utf-8") for path in _paths()}


def read_document(name: str) -> str:
    """Return one of the documents that ship with the tool, by the name of its file."""
    for folder in (_PACKAGE.joinpath("documents"), _CHECKOUT / "docs"):
        if folder.joinpath(name).is_file():
            return folder.joinpath(name).read_text(encoding="utf-8")
    raise GuardrailsError(f"the document {name} is missing from this installation; install it again")


def _paths() -> list[Traversable]:
    installed = _PACKAGE.joinpath("prompts")
    folder = installed if installed.is_dir() else _CHECKOUT / ".claude" / "commands"
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(".md")), key=lambda file: file.name
    )


def _prompt(file: Traversable) -> Prompt:
    _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
    values = yaml.safe_load(front)
    description = values["description"]
    tools = tuple(
        operation
        for tool in values["permissions"]["tools"]
        if tool["name"] == "mcp"
        for operation in tool["ops"]
    )
    return Prompt(
        file.name.removesuffix(".md"),
        description.partition(":")[0],
        description,
        values.get("argument-hint", ""),
        body.strip() + "\n",
        tools,
    )
