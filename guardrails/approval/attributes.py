"""`.gitattributes` of a change -> what would make of a file something else than was approved, or hide it from readers.

Attributes say what git writes into a working tree and into an archive: `ident`, filters and encodings make other
bytes of those that are stored. Patterns are read widely: in doubt they fit. <https://git-scm.com/docs/gitattributes>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

NAME = ".gitattributes"

_CHANGES = frozenset({"filter", "working-tree-encoding", "ident", "export-subst", "export-ignore"})
_HIDES = frozenset({"linguist-generated", "linguist-vendored"})
_OFF = frozenset({"false", "no", "0", ""})


def effects(path: str, data: bytes, files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the attributes in a file of this path that count, each with a file it is for."""
    folder = path.rpartition("/")[0].casefold()
    macros: dict[str, tuple[str, ...]] = {"binary": ("-diff",)}
    wanted = [(file, file.casefold()) for file in files]
    for line in data.decode(errors="replace").splitlines():
        pattern, attributes = _parts(line)
        if pattern.startswith("[attr]"):
            macros[pattern[6:]] = tuple(attributes)
            continue
        counting = list(_counting(attributes, macros, 0))
        if not pattern or not counting:
            continue
        fitting = next((file for file, folded in wanted if _fits(pattern.casefold(), folder, folded)), None)
        if fitting is not None:
            yield from ((attribute, fitting) for attribute in counting)


def _parts(line: str) -> tuple[str, list[str]]:
    text = line.strip()
    if quoted := re.match(r'"((?:\\.|[^"\\])*)"', text):
        return quoted[1], text[quoted.end() :].split()
    if not text or text.startswith("#"):
        return "", []
    pattern, *attributes = text.split()
    return pattern, attributes


def _counting(attributes: Iterable[str], macros: dict[str, tuple[str, ...]], depth: int) -> Iterator[str]:
    for attribute in attributes:
        name, given, value = attribute.partition("=")
        off = given and value.lower() in _OFF
        if name in _CHANGES or (name in _HIDES and not off) or name == "-diff" or attribute == "diff=false":
            yield name
        elif name in macros and depth < len(macros):
            yield from _counting(macros[name], macros, depth + 1)


def _fits(pattern: str, folder: str, file: str) -> bool:
    if folder and not file.startswith(f"{folder}/"):
        return False
    wide = re.sub(r"\[.*?\]+", "*", pattern.replace("\\", ""))
    if "/" not in wide:
        return fnmatchcase(file.rpartition("/")[2], wide)
    inside = file.removeprefix(f"{folder}/") if folder else file
    return fnmatchcase(inside, wide.lstrip("/").replace("**/", "*"))
