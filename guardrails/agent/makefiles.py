"""Makefiles, justfiles and Taskfiles: the named targets, and those that they need -> their shell text.

They are read as far as it takes to see what a target runs. A part that only the program itself could
compute becomes a variable that nobody set, and so an unknown word of the shell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Text = Callable[[str], str | None]

_UNKNOWN = "$__unknown"
_MOST_LINE = 4_000
_MAKE_NAMES = ("GNUmakefile", "makefile", "Makefile")
_JUST_NAMES = ("justfile", "Justfile", ".justfile", "JUSTFILE")
_TASK_NAMES = ("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml")
_VARIABLE = re.compile(r"^\s*(?:export\s+|override\s+)?([\w.]+)\s*(\+|\?|::?:?)?=\s*(.*)$")
_RULE = re.compile(r"^([^\s#:=][^:=#]*?)\s*::?(?!=)\s*([^;#]*)(?:;(.*))?(?:#.*)?$")
_INCLUDE = re.compile(r"^-?s?include\s+(.+)$")
_REFERENCE = re.compile(r"\$(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\{([^{}]*)\}|([@<^?*+])|(\w))")
_RECIPE = re.compile(r"^@?([\w-]+)((?:\s+[^:\n]*)?):(?!=)\s*(.*)$")
_SETTING = re.compile(r"^(?:export\s+)?([\w-]+)\s*:=\s*(.*)$")
_ALIAS = re.compile(r"^alias\s+([\w-]+)\s*:=\s*([\w-]+)")
_QUOTED = re.compile(r"""^(['"])(.*)\1$""", re.DOTALL)
_DRY = frozenset(
    {
        "-n",
        "--dry-run",
        "--just-print",
        "--recon",
        "--list",
        "-l",
        "--summary",
        "--dry",
        "-p",
        "--help",
        "--evaluate",
        "--show",
        "-s",
        "-q",
    }
)


class _Rule(NamedTuple):
    needs: tuple[str, ...]
    recipe: str
    parameters: tuple[str, ...] = ()


def targets(
    name: str, arguments: Sequence[str], variables: Mapping[str, str], text_of: Text
) -> tuple[str, ...] | None:
    """Return the shell text of what `make`, `just` or `task` would run; None when that can't be read."""
    match name:
        case "just":
            return just_scripts(arguments, text_of)
        case "task" | "go-task":
            return task_scripts(arguments, text_of)
    return make_scripts(arguments, variables, text_of)


def make_scripts(
    arguments: Sequence[str], variables: Mapping[str, str], text_of: Text
) -> tuple[str, ...] | None:
    """Return the recipes that `make` would run, those of what a target needs first; None without a Makefile."""
    if {"-n", "--dry-run", "--just-print", "--recon", "-p", "--help", "--version", "-q"} & set(arguments):
        return ()
    folder, files, goals, given = ".", list(_MAKE_NAMES), [], dict(variables)
    words = iter(arguments)
    for word in words:
        if word in {"-C", "--directory"} or word.startswith(("--directory=", "-C")):
            folder = (
                word.partition("=")[2] or word[2:] if word not in {"-C", "--directory"} else next(words, ".")
            )
        elif word in {"-f", "--file", "--makefile"}:
            files = [next(words, "")]
        elif word in {"-I", "-o", "-W", "--eval"}:
            next(words, None)
        elif "=" in word and not word.startswith("-"):
            name, _, value = word.partition("=")
            given[name.rstrip(":?+")] = value
        elif not word.startswith("-"):
            goals.append(word)
    text = next((read for name in files if (read := text_of(f"{folder}/{name}")) is not None), None)
    if text is None:
        return None
    known, rules = _read_make(text, lambda path: text_of(f"{folder}/{path}"), 0)
    known = {"MAKE": "make", "SHELL": "sh", "CURDIR": folder} | known | given
    goals = goals or [name for name in rules if not name.startswith(".") and "%" not in name][:1]
    found = _ordered(goals, lambda goal: _rule_for(goal, rules))
    if not found and goals:
        return None
    change = f"cd {folder}\n" if folder != "." else ""
    return tuple(
        change
        + "\n".join(
            f"( {_expanded(line, known, goal, 0)}\n)" for line in rule.recipe.split("\n") if line.strip()
        )
        for goal, rule in found
    )


def _read_make(text: str, text_of: Text, depth: int) -> tuple[dict[str, str], dict[str, _Rule]]:
    known: dict[str, str] = {}
    rules: dict[str, _Rule] = {}
    names: list[str] = []
    lines = re.sub(r"\\\n[ \t]*", " ", text).split("\n")
    for line in lines:
        if line.startswith("\t"):
            for name in names:
                rule = rules[name]
                rules[name] = rule._replace(recipe=f"{rule.recipe}\n{line.strip().lstrip('@+-')}")
        elif len(line) > _MOST_LINE:
            names = []
        elif found := _VARIABLE.match(line):
            before = known.get(found[1], "") + " " if found[2] == "+" else ""
            known[found[1]] = before + re.sub(r"\s+#.*$", "", found[3])
        elif (found := _INCLUDE.match(line)) and depth < 3:
            for path in found[1].split():
                more = _read_make(text_of(path) or "", text_of, depth + 1)
                known, rules = {**known, **more[0]}, {**rules, **more[1]}
        elif found := _RULE.match(line):
            names = found[1].split()
            for name in names:
                before_rule = rules.get(name, _Rule((), ""))
                needs = tuple(word for word in found[2].split() if word != "|")
                rules[name] = _Rule(
                    (*before_rule.needs, *needs), f"{before_rule.recipe}\n{(found[3] or '').strip()}"
                )
        elif line.strip() and not line.startswith("#"):
            names = names if line.startswith(" ") else []
    return known, rules


def _rule_for(goal: str, rules: Mapping[str, _Rule]) -> _Rule | None:
    if goal in rules:
        return rules[goal]
    for name, rule in rules.items():
        if "%" in name and re.fullmatch(re.escape(name).replace("%", "(.+)"), goal):
            return rule
    return None


def _ordered(goals: Sequence[str], rule_for: Callable[[str], _Rule | None]) -> list[tuple[str, _Rule]]:
    """Return the rules of some goals and of all that they need, each once, needs first."""
    done: dict[str, _Rule] = {}
    seen: set[str] = set()

    def visit(goal: str) -> None:
        if goal in seen or len(seen) > 200:
            return
        seen.add(goal)
        rule = rule_for(goal)
        if rule is not None:
            for need in rule.needs:
                visit(need)
            done[goal] = rule

    for goal in goals:
        visit(goal)
    return list(done.items())


def _expanded(line: str, known: Mapping[str, str], goal: str, depth: int) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[4] or ""
        if found[3]:
            return goal if found[3] == "@" else _UNKNOWN
        if name.startswith("shell "):
            return f"$({name.removeprefix('shell ')})"
        if name in known and depth < 8:
            return _expanded(known[name], known, goal, depth + 1)
        if fallback := re.match(r"or\s+\$\(\w+\),(.*)", name):
            return fallback[1]
        # A variable of the environment is the shell's too.
        return f"${{{name}}}" if re.fullmatch(r"\w+", name) else _UNKNOWN

    parts = line.split("$$")
    return "$".join(_REFERENCE.sub(value, part) for part in parts)


def just_scripts(arguments: Sequence[str], text_of: Text) -> tuple[str, ...] | None:
    """Return the recipes that `just` would run; None without a justfile or without the recipe."""
    if {"-n", "--dry-run", "-l", "--list", "--show", "-s", "--summary", "--evaluate", "--help"} & set(
        arguments
    ):
        return ()
    names, folder, words = list(_JUST_NAMES), ".", []
    rest = iter(arguments)
    for word in rest:
        if word in {"-f", "--justfile"}:
            names = [next(rest, "")]
        elif word in {"-d", "--working-directory"}:
            folder = next(rest, ".")
        elif word == "--set":
            next(rest, None), next(rest, None)
        elif not word.startswith("-"):
            words.append(word)
    text = next((read for name in names if (read := text_of(f"{folder}/{name}")) is not None), None)
    if text is None:
        return None
    known, rules = _read_just(text)
    goals = words or list(rules)[:1]
    found = _ordered(goals, rules.get)
    if not found:
        return None
    return tuple(
        _filled(rule, known, words[words.index(goal) + 1 :] if goal in words else []) for goal, rule in found
    )


def _read_just(text: str) -> tuple[dict[str, str], dict[str, _Rule]]:
    known: dict[str, str] = {}
    rules: dict[str, _Rule] = {}
    aliases: dict[str, _Rule] = {}
    name = ""
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"} and name:
            rule = rules[name]
            rules[name] = rule._replace(recipe=f"{rule.recipe}\n{line.strip().lstrip('@-')}")
        elif found := _ALIAS.match(line):
            aliases[found[1]] = _Rule((found[2],), "")
        elif found := _SETTING.match(line):
            known[found[1]] = _unquoted(found[2])
        elif found := _RECIPE.match(line):
            name = found[1]
            needs = re.findall(r"\(\s*([\w-]+)[^)]*\)|([\w-]+)", found[3].partition("#")[0])
            parameters = tuple(word.lstrip("*+$") for word in found[2].split())
            rules[name] = _Rule(tuple(one or other for one, other in needs), "", parameters)
    return known, rules | aliases


def _filled(rule: _Rule, known: Mapping[str, str], words: Sequence[str]) -> str:
    values = dict(known)
    for number, parameter in enumerate(rule.parameters):
        name, _, default = parameter.partition("=")
        values[name] = words[number] if number < len(words) else _unquoted(default) if default else _UNKNOWN
    return re.sub(
        r"\{\{\s*(.*?)\s*\}\}", lambda found: values.get(found[1], _UNKNOWN), rule.recipe.strip("\n")
    )


def task_scripts(arguments: Sequence[str], text_of: Text) -> tuple[str, ...] | None:
    """Return the commands that `task` would run; None without a Taskfile or without the task."""
    if {"--dry", "-n", "--list", "-l", "-a", "--list-all", "--summary", "--status", "--help"} & set(
        arguments
    ):
        return ()
    names, folder, goals = list(_TASK_NAMES), ".", []
    rest = iter(arguments)
    for word in rest:
        if word in {"-t", "--taskfile"}:
            names = [next(rest, "")]
        elif word in {"-d", "--dir"}:
            folder = next(rest, ".")
        elif word == "--":
            break
        elif not word.startswith("-") and "=" not in word:
            goals.append(word)
    text = next((read for name in names if (read := text_of(f"{folder}/{name}")) is not None), None)
    if text is None:
        return None
    rules = _read_tasks(text)
    found = _ordered(goals or ["default"], rules.get)
    return tuple(rule.recipe for _, rule in found) or None


def _read_tasks(text: str) -> dict[str, _Rule]:
    """Read the part of a Taskfile that runs: a list item is a command, or names another task."""
    rules: dict[str, _Rule] = {}
    name, depth, inside, block = "", 0, False, 0
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        body = line.strip()
        if not body or body.startswith("#"):
            continue
        if indent == 0:
            inside, name, depth = body == "tasks:", "", 0
            continue
        if not inside:
            continue
        depth = depth or indent
        if indent == depth and (found := re.match(r"""['"]?([\w:.*-]+)['"]?:\s*(.*)$""", body)):
            name, block = found[1], 0
            rules[name] = _Rule((), _unquoted(found[2]))
            continue
        if not name:
            continue
        if block and indent > block:
            rules[name] = rules[name]._replace(recipe=f"{rules[name].recipe}\n{_templated(body)}")
            continue
        block = 0
        rules[name] = _with_line(rules[name], body)
        if re.search(r"[|>][-+]?$", body):
            block = indent
    return rules


def _with_line(rule: _Rule, body: str) -> _Rule:
    item = re.sub(r"^-\s+", "", body)
    if found := re.match(r"(?:task|deps):\s*(.*)$", item):
        return rule._replace(needs=(*rule.needs, *re.findall(r"[\w:.-]+", found[1])))
    if found := re.match(r"(?:cmd|cmds|defer):\s*(.*)$", item):
        item = found[1].strip("[]")
    elif not body.startswith("- "):
        return rule
    if re.fullmatch(r"[|>][-+]?", item):
        return rule
    if re.fullmatch(r"[\w:.-]+", item):
        rule = rule._replace(needs=(*rule.needs, item))
    return rule._replace(recipe=f"{rule.recipe}\n{_templated(_unquoted(item))}")


def _templated(text: str) -> str:
    return re.sub(r"\{\{.*?\}\}", _UNKNOWN, text)


def _unquoted(text: str) -> str:
    found = _QUOTED.match(text.strip())
    return found[2] if found else text.strip()
