"""Interpreters of other languages: the code that they run, or the tool that it belongs to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN
from guardrails.agent.starts import Code, Inner, Opaque, Start, inner, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Text = Callable[[str], str | None]

INTERPRETER = re.compile(
    r"(?P<name>python|pypy|node|nodejs|deno|bun|tsx|ts-node|esno|vite-node|babel-node|ruby|perl|php|java|Rscript|lua|elixir|groovy|jshell|swift)"
    r"[\d.]*(?:w|-esm|-transpile-only)?"
)
_INLINE = {
    "python": "c", "pypy": "c", "node": "ep", "nodejs": "ep", "bun": "ep", "tsx": "ep", "ts-node": "ep", "ruby": "e",
    "perl": "eE", "php": "rBR", "Rscript": "e", "lua": "e", "elixir": "e", "groovy": "e", "swift": "e", "java": "",
}  # fmt: skip
_MOST_STARTS = 50
_INLINE_WORDS = frozenset({"eval", "--eval", "--print", "--command"})


def interpreted(
    language: str, arguments: list[str], stdin: str | None, text_of: Text
) -> tuple[Start, ...] | None:
    letters = _INLINE.get(language, "e")
    place = 0
    while place < len(arguments):
        word = arguments[place]
        place += 1
        following = arguments[place] if place < len(arguments) else ""
        if word in _INLINE_WORDS and not (language == "php" and word == "eval"):
            return _code(language, following)
        if word == "-m" and language in {"python", "pypy"}:
            return (Inner((following.partition(".")[0], *arguments[place + 1 :])),)
        if word == "-jar" and language == "java":
            jar = re.match(r"[A-Za-z]+", name_of(following))
            return (Inner((jar[0] if jar else following, *arguments[place + 1 :])),)
        if letters and re.fullmatch(rf"-[A-Za-z0-9.]*[{letters}]", word) and not word.startswith("--"):
            in_place = language in {"perl", "ruby"} and any(
                re.match(r"-[A-Za-z0-9]*i", one) for one in arguments[:place]
            )
            edited = [one for one in arguments[place + 1 :] if not one.startswith("-")] if in_place else []
            code = _code(language, following)
            return (*code, Inner(("ed", *edited))) if edited else code
        if letters and re.match(rf"-[{letters}].", word) and language in {"python", "perl", "ruby", "php"}:
            return _code(language, word[2:])
        if word == "-S" and language == "ruby":
            return inner(arguments[place:])
        if language in {"deno", "bun"} and word in {"run", "x", "task", "test", "install", "add"}:
            return (
                None
                if word != "run" or not _is_file(arguments[place:], text_of)
                else _program(language, arguments[place:], text_of)
            )
        if word in {
            "-r",
            "--require",
            "--import",
            "--loader",
            "-W",
            "-X",
            "-I",
            "-d",
            "-cp",
            "-classpath",
            "--env-file",
            "-C",
        }:
            place += 1
        elif word in {"-", "/dev/stdin"}:
            break
        elif not word.startswith("-"):
            if (
                language in {"bun", "deno", "tsx"}
                and not _is_file(arguments[place - 1 :], text_of)
                and "." not in word
            ):
                return None
            return _program(language, arguments[place - 1 :], text_of)
    if stdin is None:
        return () if language not in {"deno", "bun"} else None
    if UNKNOWN in stdin:
        return (
            Opaque((language, *arguments), "the program that it reads can't be seen"),
            *_code(language, stdin),
        )
    return _code(language, stdin)


def _code(language: str, text: str, path: str = "") -> tuple[Start, ...]:
    """Return a program, and what it plainly starts, writes and reads; nothing for one that only prints.

    What a program of the project reads is its own business.
    """
    if language in {"python", "pypy"}:
        from guardrails.agent import python_code  # noqa: PLC0415  (the parser is for such programs only)

        found = python_code.doings(text)
    else:
        from guardrails.agent import other_code  # noqa: PLC0415  (its patterns take long to build)

        found = other_code.doings(language, text)
    if found.only_prints:
        return (Code(language, ""),)
    return (
        Code(language, text, path, found.starts[:_MOST_STARTS]),
        *(Inner(("touch", one)) for one in found.changed),
        *(Inner(("cat", one)) for one in found.read if not path),
    )


def _is_file(words: list[str], text_of: Text) -> bool:
    rest = [word for word in words if not word.startswith("-")]
    return bool(rest) and (text_of(rest[0]) is not None)


def _program(language: str, words: list[str], text_of: Text) -> tuple[Start, ...]:
    """Return what a script of an interpreter is: a tool by its name, and the code that stands in it."""
    rest = [word for i, word in enumerate(words) if not (word.startswith("-") and i == 0)]
    while rest and rest[0].startswith("-"):
        rest = rest[1:]
    if not rest:
        return ()
    path = rest[0]
    inner: list[Start] = [Inner((tool, *rest[1:])) for tool in _tools_of(path)]
    if UNKNOWN in path:
        return (Opaque((language, *words), "the program that it runs is computed"),)
    if (text := text_of(path)) is not None:
        inner += _code(language, text, path)
    return tuple(inner)


def _tools_of(path: str) -> list[str]:
    """Return the names that a script may be known by: its own, and that of the package that it belongs to."""
    base = name_of(path)
    names = [base, re.sub(r"\.(?:js|cjs|mjs|ts|phar|pl|rb|jar)$", "", base)]
    if found := re.search(r"node_modules/(?:\.pnpm/[^/]+/node_modules/)?(@[^/]+/[^/]+|[^/@.][^/]*)", path):
        names.append(found[1])
    if found := re.match(r"(?:npm:|jsr:)(@?[^@]+)", path):
        names.append(found[1])
    return list(dict.fromkeys(names))
