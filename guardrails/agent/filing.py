"""The words of a program that handles files -> the files that it changes, and those that it reads."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALL = frozenset(
    {
        "rm",
        "unlink",
        "rmdir",
        "shred",
        "truncate",
        "tee",
        "touch",
        "chmod",
        "chown",
        "chattr",
        "mv",
        "ln",
        "rename",
        "patch",
        "trash",
        "trash-put",
        "sponge",
        "del",
        "Remove-Item",
        "Set-Content",
        "Add-Content",
        "Out-File",
        "Move-Item",
        "Rename-Item",
        "srm",
        "wipe",
    }
)
_LAST = frozenset({"cp", "install", "rsync", "scp", "ditto", "Copy-Item", "pax"})
_READERS = frozenset(
    {
        "<",
        "cat",
        "less",
        "more",
        "head",
        "tail",
        "bat",
        "batcat",
        "nl",
        "tac",
        "strings",
        "xxd",
        "hexdump",
        "od",
        "base64",
        "sort",
        "uniq",
        "cut",
        "awk",
        "gawk",
        "mawk",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "ag",
        "ack",
        "sed",
        "source",
        ".",
        "view",
        "vim",
        "vi",
        "nano",
        "emacs",
        "code",
        "cp",
        "mv",
        "scp",
        "rsync",
        "jq",
        "yq",
        "dd",
        "tee",
        "diff",
        "cmp",
        "paste",
        "rev",
        "column",
        "fold",
        "expand",
        "pr",
        "iconv",
        "Get-Content",
        "type",
        "gpg",
        "zip",
        "tar",
        "curl",
        "set",
        "export",
        "xargs",
        "envsubst",
        "ruby",
        "perl",
        "node",
        "python",
    }
)
_SCRIPTED = frozenset(
    {"grep", "egrep", "fgrep", "rg", "ag", "ack", "sed", "awk", "gawk", "mawk", "jq", "yq", "perl", "ruby"}
)
_PATCHED = re.compile(r'(?m)^(?:---|\+\+\+|rename (?:from|to)|copy to|Index:) +"?([^\t\n"]+)')
_GIT_PATHS = frozenset(
    {"checkout", "restore", "rm", "mv", "update-index", "apply", "clean", "checkout-index", "stash"}
)


class Files(NamedTuple):
    changed: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def files_of(name: str, words: Sequence[str]) -> Files:
    """Return the files that a program changes and reads, as far as its words tell."""
    named = [word for word in words if not word.startswith("-")]
    changed: list[str] = []
    if name in _ALL:
        changed += named
    elif name in _LAST:
        target = _option(words, "-t", "--target-directory")
        changed += [target] if target else named[-1:]
        if named[:-1] and not target:
            changed += [
                f"{named[-1].rstrip('/')}/{source.rstrip('/').rpartition('/')[2]}" for source in named[:-1]
            ]
    elif name in {"vi", "vim", "nvim", "gvim"} and any(
        re.match(r"-(?:c|es?|Es|s|S)$|--cmd$|\+.", word) for word in words
    ):
        changed += named
    elif name == "dd":
        changed += [word[3:] for word in words if word.startswith("of=")]
    elif name in {"sed", "gsed", "perl", "ruby", "ed", "ex"} and _edits(name, words):
        changed += named if name in {"ed", "ex"} else named[0 if {"-e", "-f"} & set(words) else 1 :]
    elif name in {"curl", "wget"}:
        target = _option(words, "-o", "--output", "-O", "--output-document")
        changed += [target] if target else []
    elif name in {"tar", "unzip", "7z"} and (target := _option(words, "-C", "-d", "--directory")):
        changed.append(target)
    elif name in {"find", "fd"}:
        changed += _found(list(words))
    elif name == "git":
        changed += _of_git(list(words))
    elif name in {"sort", "jq", "yq", "sqlfluff", "prettier", "awk", "gawk"}:
        target = _option(words, "-o", "--output")
        changed += [target] if target else []
        changed += (
            named[1:] if name in {"yq", "awk", "gawk"} and {"-i", "--inplace", "inplace"} & set(words) else []
        )
    return Files(tuple(changed), tuple(_read(name, words, named)))


def patched(name: str, words: Sequence[str], text: str) -> tuple[str, ...]:
    """Return the files that a patch changes, one name for each way to strip folders off."""
    named = [found[1] for found in _PATCHED.finditer(text)]
    if name == "git":
        stripped, folder = 1, _option(words, "--directory")
    else:
        stripped, folder = int(_option(words, "-p", "--strip") or 1), _option(words, "-d", "--directory")
    paths = dict.fromkeys(path for one in named for path in (one, _without(one, 1), _without(one, stripped)))
    return tuple(os.path.join(folder, path) for path in paths if path not in {"", "/dev/null"})


def _without(path: str, folders: int) -> str:
    return "/".join(path.split("/")[folders:])


def is_reader(name: str) -> bool:
    return name in _READERS


def _read(name: str, words: Sequence[str], named: list[str]) -> list[str]:
    if name == "git" and named[:1] == ["show"]:
        return [word.rpartition(":")[2] for word in named[1:]]
    if name in {"docker", "docker-compose", "podman"}:
        return []
    if name not in _READERS:
        return []
    if name == "curl":
        return [
            word.lstrip("@").rpartition("=@")[2] for word in words if word.startswith("@") or "=@" in word
        ]
    if name == "dd":
        return [word[3:] for word in words if word.startswith("if=")]
    if name in {"cp", "mv", "scp", "rsync"}:
        return named[:-1]
    if name in _SCRIPTED and not {"-e", "-f", "--regexp"} & set(words):
        return named[1:]
    return named


def _edits(name: str, words: Sequence[str]) -> bool:
    if name in {"ed", "ex"}:
        return True
    return any(re.match(r"-[a-zA-Z0-9]*i|--in-place", word) for word in words)


def _of_git(words: list[str]) -> list[str]:
    place = 0
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] in {"-C", "-c", "--git-dir", "--work-tree"} else 1
    if place >= len(words) or words[place] not in _GIT_PATHS:
        return []
    verb, rest = words[place], words[place + 1 :]
    if verb == "checkout" and ({"-b", "-B", "--orphan", "--track", "-t"} & set(rest)):
        return []
    if verb == "checkout-index":
        prefix = _option(rest, "--prefix")
        return [prefix + word for word in rest if not word.startswith("-")]
    if verb == "rm" and "--cached" in rest and "--" not in rest:
        return []
    if "--" in rest:
        return rest[rest.index("--") + 1 :]
    return [
        word
        for word in rest
        if not word.startswith("-")
        and (verb != "checkout" or "/" in word or "." in word)
        and (verb != "clean")
    ]


def _found(words: list[str]) -> list[str]:
    """Return where `find` deletes or changes something: its folders, and what its patterns name."""
    executes = next(
        (words[i + 1] for i, word in enumerate(words[:-1]) if word in {"-exec", "-execdir", "-ok", "-x"}), ""
    )
    if "-delete" not in words and executes.rpartition("/")[2] not in _ALL | _LAST | {"sed", "sh", "bash"}:
        return []
    first = next((i for i, word in enumerate(words) if word.startswith(("-", "(", "!"))), len(words))
    named = [
        words[i + 1]
        for i, word in enumerate(words[:-1])
        if word in {"-path", "-wholename", "-ipath", "-name", "-iname"}
    ]
    return [
        word
        for word in (*words[:first], *(name.replace("*", "") for name in named))
        if word not in {".", "..", "/"}
    ]


def _option(words: Sequence[str], *names: str) -> str:
    for place, word in enumerate(words):
        if word in names and place + 1 < len(words):
            return words[place + 1]
        for name in names:
            if name.startswith("--") and word.startswith(f"{name}="):
                return word[len(name) + 1 :]
            if (
                not name.startswith("--")
                and word.startswith(name)
                and len(word) > 2
                and not word.startswith("--")
            ):
                return word[2:]
    return ""
