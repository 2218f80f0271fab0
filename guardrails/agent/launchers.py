"""A command -> what it starts, None for one that starts no other. Nothing here knows what is dangerous."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent import grammar, tasks
from guardrails.agent.contracts import UNKNOWN
from guardrails.agent.interpreters import INTERPRETER, interpreted
from guardrails.agent.machines import CONTAINERS, HOSTS, contained, hosted, reached
from guardrails.agent.runners import RUNNERS, cargo, package
from guardrails.agent.starts import Opaque, Script, ScriptFile, Start, inner, name_of
from guardrails.agent.wrappers import (
    ASSIGNMENT,
    JOINING,
    SCRIPTED,
    WRAPPERS,
    executed,
    from_xargs,
    joined,
    scheduled,
    texts,
    with_assignments,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Text = Callable[[str], str | None]


def starts(
    argv: Sequence[str],
    stdin: str | None,
    variables: Mapping[str, str],
    text_of: Text,
    folder: str,
    folders_of: tasks.Folders = lambda path, _depth: (path,),
) -> tuple[Start, ...] | None:
    """Return what a command starts, None when it is no command that starts others.

    Args:
        argv: its words.
        stdin: what it reads.
        variables: what its environment is known to hold.
        text_of: gives the text of a file, None when there is none.
        folder: where it runs.
        folders_of: gives the folders below one.
    """
    if not argv:
        return None
    if ASSIGNMENT.match(argv[0]):
        return with_assignments(argv)
    if UNKNOWN in argv[0]:
        return None
    name, arguments = name_of(argv[0]), list(argv[1:])
    if grammar.is_shell(name) or name in {"busybox", "toybox"}:
        return _shell(name, arguments, stdin)
    if name in SCRIPTED:
        return texts(name, arguments, stdin)
    if name == "crontab":
        return scheduled(stdin)
    if name in JOINING:
        return joined(name, arguments)
    if name in WRAPPERS and not (name == "command" and {"-v", "-V"} & set(arguments[:1])):
        return wrapped(name, arguments)
    if name in {"xargs", "gxargs"}:
        return from_xargs(arguments, stdin)
    if name in {"find", "gfind", "fd", "fdfind"}:
        return executed(arguments)
    if name in CONTAINERS:
        return contained(arguments, stdin, variables)
    if name in {"ssh", "mosh", "autossh", "sshpass", "dbclient"}:
        return hosted(name, arguments, stdin)
    if name in HOSTS and (there := reached(name, arguments, stdin)) is not None:
        return there
    found = None if "--run" in arguments else INTERPRETER.fullmatch(name)
    if found and (ran := interpreted(found["name"], arguments, stdin, text_of)) is not None:
        return ran
    if name == "cargo":
        return cargo(arguments)

    def read(path: str) -> str | None:
        return stdin if path in {"-", "./-"} else text_of(path)

    if (listed := tasks.scripts(name, arguments, variables, read, folder, folders_of)) is not None:
        return tuple(Script(task.text, None, task.parameters, folder=task.folder) for task in listed)
    if name in RUNNERS:
        return package(name, arguments)
    if (
        "/" in argv[0]
        and (text := text_of(argv[0])) is not None
        and (text.startswith("#!") or name.endswith("sh"))
    ):
        return (ScriptFile(argv[0], tuple(arguments)),)
    return None


def _shell(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    if name in {"busybox", "toybox"}:
        return inner(arguments)
    place, text, checks = 0, None, False
    while place < len(arguments) and arguments[place][:1] in {"-", "+"} and arguments[place] != "-":
        word = arguments[place]
        place += 1
        if word == "--":
            break
        if word in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"}:
            place += 1
        elif word == "--command" or re.fullmatch(r"-[A-Za-z]*c[A-Za-z]*", word):
            text = ""
        checks = checks or re.fullmatch(r"-[a-z]*n[a-z]*", word) is not None
    rest = arguments[place:]
    if checks and "+n" not in arguments:
        return ()
    if text is not None:
        if not rest:
            return ()
        if UNKNOWN in rest[0]:
            return (
                Opaque((name, *arguments), "the text that the shell runs is computed"),
                *_readable(rest[0]),
            )
        return (Script(rest[0], stdin, tuple(rest[2:]), name=rest[1] if len(rest) > 1 else name),)
    if rest and rest[0] not in {"-", "/dev/stdin"} and "-s" not in arguments[:place]:
        if UNKNOWN in rest[0]:
            return (Opaque((name, *arguments), "the script that the shell runs is computed"),)
        return (ScriptFile(rest[0], tuple(rest[1:])),)
    if stdin is None:
        return ()
    if UNKNOWN in stdin:
        return (Opaque((name, *arguments), "what the shell reads can't be seen"), *_readable(stdin))
    return (Script(stdin, None, tuple(rest)),)


def _readable(text: str) -> tuple[Start, ...]:
    """Follow what can be read of a text with unknown parts."""
    return (Script(text.replace(UNKNOWN, "$__unknown")),) if text.strip(UNKNOWN + " \n") else ()
