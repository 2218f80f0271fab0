"""What a program that only prints would print, where its words and its input tell."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ESCAPE = re.compile(r"\\(0?[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_NAMED = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    "e": "\x1b",
}
_FORMAT = re.compile(r"%%|%[-+ 0#]*\d*(?:\.\d+)?([sdibqxcu])")
_MOST = 100_000
# They print nothing but settings of the shell, to be evaluated by it.
_SETTINGS = {
    "ssh-agent": "", "direnv": "hook export", "brew": "shellenv", "pyenv": "init", "rbenv": "init", "nodenv": "init", "goenv": "init", "fnm": "env", "zoxide": "init",
    "starship": "init", "conda": "shell.bash shell.zsh shell.posix", "mamba": "shell", "micromamba": "shell", "dircolors": "", "minikube": "docker-env docker-env", "opam": "env", "mise": "activate env hook-env", "rtx": "activate",
    "luarocks": "path", "docker-machine": "env", "keychain": "", "thefuck": "", "atuin": "init", "poetry": "env", "pipx": "ensurepath", "register-python-argcomplete": "", "podman": "machine", "uv": "generate-shell-completion", "rustup": "completions",
}  # fmt: skip


def printed(argv: Sequence[str], stdin: str | None, text_of: Callable[[str], str | None]) -> str:
    """Return what a command prints; `UNKNOWN` when that can't be known.

    Args:
        argv: its words.
        stdin: what it reads.
        text_of: gives the text of a file, None when there is none.
    """
    if not argv:
        return ""
    name, arguments = argv[0].rpartition("/")[2], list(argv[1:])
    if (verbs := _SETTINGS.get(name)) is not None and (not verbs or set(verbs.split()) & set(arguments)):
        return ""
    match name:
        case "true" | ":" | "false" | "test" | "[" | "sleep" | "wait" | "mkdir" | "touch" | "chmod" | "rm":
            return ""
        case "echo":
            return _echo(arguments)
        case "printf":
            return _printf(arguments)
        case "which" | "whence" | "type" | "command":
            return next((f"{word}\n" for word in arguments if not word.startswith("-")), "")
        case "basename" if arguments:
            return (
                arguments[0]
                .rstrip("/")
                .rpartition("/")[2]
                .removesuffix(arguments[1] if len(arguments) > 1 else "\n")
            )
    source = _input(name, arguments, stdin, text_of)
    if source is None:
        return UNKNOWN
    match name:
        case "cat" | "tee" | "tac" | "head" | "tail" | "strings" | "envsubst" | "sponge" | "pv":
            return source[:_MOST]
    if UNKNOWN in source or any(UNKNOWN in word for word in arguments):
        return UNKNOWN
    return _filtered(name, arguments, source)


def _input(
    name: str, arguments: list[str], stdin: str | None, text_of: Callable[[str], str | None]
) -> str | None:
    takes_script = name in {"sed", "awk", "grep", "tr", "cut", "jq", "perl"}
    files = [word for word in arguments if not word.startswith("-") and not word.isdigit()]
    if takes_script:
        files = files[2 if name == "tr" else 1 :]
    if not files or name in {"tee", "tr"}:
        return stdin
    texts = [text_of(path) for path in files]
    return None if any(text is None for text in texts) else "".join(text or "" for text in texts)


def _filtered(name: str, arguments: list[str], source: str) -> str:
    match name:
        case "base64" | "gbase64" if {"-d", "-D", "--decode", "-di"} & set(arguments):
            return _decoded(lambda: base64.b64decode(re.sub(r"\s", "", source)))
        case "base32" if {"-d", "--decode"} & set(arguments):
            return _decoded(lambda: base64.b32decode(re.sub(r"\s", "", source)))
        case "openssl" if "base64" in arguments and "-d" in arguments:
            return _decoded(lambda: base64.b64decode(re.sub(r"\s", "", source)))
        case "xxd" if any(word.startswith("-") and "r" in word for word in arguments):
            return _decoded(lambda: bytes.fromhex(re.sub(r"\s", "", source)))
        case "rev":
            return "\n".join(line[::-1] for line in source.split("\n"))
        case "tr" if len(arguments) == 2:
            return _translated(arguments[0], arguments[1], source)
        case "tr" if len(arguments) == 2 and arguments[0] == "-d":
            return "".join(char for char in source if char not in arguments[1])
    return UNKNOWN


def _decoded(decode: Callable[[], bytes]) -> str:
    try:
        return decode().decode("utf-8")
    except (ValueError, binascii.Error):
        return UNKNOWN


def _translated(old: str, new: str, source: str) -> str:
    if old == "-d":
        return "".join(char for char in source if char not in _characters(new))
    before, after = _characters(old), _characters(new)
    if not after or old.startswith("-"):
        return UNKNOWN
    after += after[-1] * (len(before) - len(after))
    return source.translate(str.maketrans(before, after[: len(before)]))


def _characters(written: str) -> str:
    spelled = _unescaped(written).replace("[:upper:]", "A-Z").replace("[:lower:]", "a-z")
    return re.sub(
        r"(.)-(.)", lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))), spelled
    )


def _echo(arguments: list[str]) -> str:
    escapes = ends = False
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        escapes = escapes or "e" in arguments[0]
        ends = ends or "n" in arguments[0]
        arguments = arguments[1:]
    text = " ".join(arguments)
    return (_unescaped(text) if escapes else text) + ("" if ends else "\n")


def _printf(arguments: list[str]) -> str:
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        return ""
    form, values = _unescaped(arguments[0]), arguments[1:]
    out: list[str] = []
    while len(out) < 100:
        pending = list(values)
        out.append(_FORMAT.sub(lambda found, rest=pending: _filled(found, rest), form))  # type: ignore[misc]
        if not pending or len(pending) == len(values):
            break
        values = pending
    return "".join(out)


def _filled(found: re.Match[str], pending: list[str]) -> str:
    """Return what one directive becomes, and take its value."""
    if found[0] == "%%":
        return "%"
    value = pending.pop(0) if pending else ""
    return _unescaped(value) if found[1] == "b" else value


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF) if int(code, 8) & 0xFF else "\n"  # a NUL parts words, as for xargs -0
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _NAMED.get(code, found[0])
