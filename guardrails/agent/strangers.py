"""Commands that no row of the catalogue fits: does one carry a command that is known, or look like one?

What is only likely is asked about, never refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent import grammar, paths, tasks
from guardrails.agent.catalogue.clients import RESTORE, SQL
from guardrails.agent.catalogue.guards import ANY
from guardrails.agent.catalogue.index import BY_PROGRAM, SUBJECT, TELLING
from guardrails.agent.catalogue.rows import exempt, matched
from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Verdict, softened
from guardrails.agent.launchers import starts
from guardrails.agent.starts import Place, name_of, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from guardrails.agent.shell import Leaf

    Judge = Callable[[str], Decision]


_CARRIED = {
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), r'system\(\s*"((?:\\.|[^"])*)"|"((?:\\.|[^"])*)"\s*\|'),
    **dict.fromkeys(("sed", "gsed"), r"(?:^|[;}\d/$])\s*e\s+(.+)"),
    **dict.fromkeys(("vim", "vi", "nvim", "ex", "view", "ed", "emacs", "less", "more", "gdb", "ftp", "mutt", "nano"), r"!\s*(.+)|system\(['\"](.+?)['\"]"),
    **dict.fromkeys(("tar", "gtar", "bsdtar", "rsync", "scp", "sftp", "sort", "split", "zip", "man", "tcpdump", "rclone"), r"(?:exec|command|program|rsh|filter|Command)=(.+)"),
}  # fmt: skip
_BY_OPTION = frozenset({"rsync", "scp", "sftp", "tar", "split", "tcpdump"})


def of_broken(text: str) -> Decision:
    """Judge a text that is no bash: another shell's, or cut off."""
    words = re.findall(r"[^\s;|&()<>\"'`]+", text)
    for place, word in enumerate(words):
        rows = BY_PROGRAM.get(name_of(word), [])
        if rows and (found := matched(rows, words[place + 1 : place + 12])) and found.certain:
            return ask(
                f"{name_of(word)} {found.form}".strip(),
                f"the command is no bash that can be read, and it {found.row.why}",
            )
    return PASS


def of_unknown_program(words: Sequence[str]) -> Decision:
    text = " ".join(words)
    if matched(TELLING, words) or SUBJECT.search(text) or not words:
        return (
            ask(f"… {shown(text)}".strip(), "the program's name only shows when it runs") if words else PASS
        )
    return PASS


def of_stranger(name: str, words: Sequence[str], leaf: Leaf, judge: Judge) -> Decision:
    """Judge a program that nobody knows: does it carry a command that somebody knows?"""
    if (match := matched(TELLING, words)) and match.certain:
        return ask(
            f"{name} {shown(match.form)}",
            f"nobody knows {name}, and the words are those of a tool that {match.row.why}",
        )
    if match := matched([ANY], words):
        return Decision(ANY.verdict, f"{name} {shown(match.form)}", f"it {ANY.why}", "", ANY.instead)
    for place in range(len(words)):
        inner = words[place]
        if re.search(r"\s", inner) and len(inner) < 20_000 and SUBJECT.search(inner):
            found = judge(inner)
        elif place < 12 and _is_program(inner) and len(words) - place > 1:
            found = judge(" ".join(map(quoted, words[place:])))
        else:
            continue
        if found.verdict and found.certain:
            return softened(found._replace(why=f"{name} may run it: {found.why}"))
    if leaf.stdin and UNKNOWN not in leaf.stdin and SUBJECT.search(leaf.stdin) and len(leaf.stdin) < 20_000:
        found = judge(leaf.stdin)
        if found.verdict and found.certain:
            return softened(found._replace(why=f"{name} may run what it reads: {found.why}"))
    return PASS


def of_carrier(name: str, words: Sequence[str], judge: Judge) -> Decision:
    """Judge what a program that handles text or files is told to start besides."""
    pattern = _CARRIED.get(name)
    for place, word in enumerate(words if pattern else ()):
        texts = [
            text for found in re.finditer(pattern or "", word, re.DOTALL) for text in found.groups() if text
        ]
        if name in _BY_OPTION and words[place - 1] in {"-e", "-o", "-I", "--rsh", "--filter", "-c"} and place:
            texts.append(word)
        for text in texts if SUBJECT.search(word) else ():
            found = judge(text.replace(UNKNOWN, "$__unknown"))
            if found.verdict and found.certain:
                return softened(found._replace(why=f"{name} may run it: {found.why}"))
    return PASS


def of_its_name(program: str, words: Sequence[str], leaf: Leaf) -> Decision | None:
    """Judge a program of the project's own by its name, or by that of the function that it is told to call."""
    name = name_of(program)
    stem = re.sub(r"\.\w+$", "", name)
    calls = (
        words[1:2]
        if words[:1] and words[0] in {"eval", "rpc", "run", "exec", "task", "command", "call", "invoke"}
        else ()
    )
    named = [
        word
        for word in ((stem,) if "/" in program or stem != name or name not in BY_PROGRAM else ())
        if tasks.says_it_migrates(word)
    ]
    named += [word for word in calls if tasks.says_it_migrates(re.sub(r"\W+$", "", word))]
    if not named or exempt(words, ("--dry-run", "-n", "status", "create", "new")):
        return None
    decision = ask(
        f"{name} {' '.join(calls)}".strip(),
        "its name says that it changes a database, and what it does can't be read",
    )
    return decision._replace(verdict=Verdict.DENY) if leaf.place is Place.ELSEWHERE else decision


def _is_program(word: str) -> bool:
    name = name_of(word)
    return (
        name in BY_PROGRAM
        or name in SQL.programs
        or name in RESTORE.programs
        or grammar.is_shell(name)
        or starts([name, "--", "true"], None, {}, lambda _: None, "") is not None
    )


def of_script_written(leaf: Leaf, judge: Judge) -> Decision:
    """Judge text that is written to a file which could be run later."""
    name = name_of(leaf.argv[0])
    if name not in {"echo", "printf", "cat", "tee"}:
        return PASS
    targets = [*leaf.writes, *(leaf.argv[1:] if name == "tee" else ())]
    if not any(not paths.is_document(path) for path in targets if not path.startswith("-")):
        return PASS
    text = leaf.stdin if name in {"cat", "tee"} else " ".join(leaf.argv[1:])
    if not text or not SUBJECT.search(text):
        return PASS
    found = judge(text.replace(UNKNOWN, "$__unknown"))
    if found.verdict and found.certain:
        return softened(found._replace(why=f"it is written to a file that could be run: {found.why}"))
    return PASS


def ask(seen: str, why: str) -> Decision:
    return Decision(
        Verdict.ASK,
        seen,
        why,
        "",
        "write the command out so that it can be read, or say what you need and let a person do it",
    )


def shown(text: str) -> str:
    return " ".join(
        "".join(char if char.isprintable() else " " for char in text.replace(UNKNOWN, "…")).split()
    )[:300]
