"""A task that a project names -> the shell text behind it: package.json, Makefile, justfile, Taskfile and others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Text: TypeAlias = "Callable[[str], str | None]"
Folders: TypeAlias = "Callable[[str, int], tuple[str, ...]]"


class Task(NamedTuple):
    """Shell text, the words given to it, and the folder that it runs in, "" for where it was asked for."""

    text: str
    parameters: tuple[str, ...] = ()
    folder: str = ""


_NODE = frozenset({"npm", "pnpm", "yarn", "bun"})
_WORKSPACES = frozenset({"turbo", "nx", "lerna", "rush", "wireit", "moon", "ultra"})
_LISTED = frozenset({"run-s", "run-p", "npm-run-all", "npm-run-all2", "nps"})
_RUNS = frozenset({"run", "run-script", "rum", "urn", "task", "run-many", "script"})
_LIFECYCLE = {
    "install": ("preinstall", "install", "postinstall", "prepare"),
    "i": ("preinstall", "install", "postinstall", "prepare"),
    "ci": ("preinstall", "install", "postinstall", "prepare"),
    "t": ("pretest", "test", "posttest"),
    "publish": ("prepublishOnly", "prepack", "prepare", "publish", "postpublish"),
}
_SHORT = frozenset({"test", "start", "stop", "restart"})
_OWN = frozenset(
    {
        "add",
        "remove",
        "rm",
        "install",
        "i",
        "ci",
        "update",
        "up",
        "upgrade",
        "outdated",
        "why",
        "list",
        "ls",
        "audit",
        "init",
    }
    | {
        "create",
        "publish",
        "pack",
        "link",
        "unlink",
        "login",
        "logout",
        "whoami",
        "config",
        "cache",
        "store",
        "info",
        "view",
    }
    | {
        "version",
        "set",
        "global",
        "patch",
        "rebuild",
        "prune",
        "dedupe",
        "import",
        "fetch",
        "root",
        "bin",
        "help",
        "search",
    }
    | {
        "exec",
        "dlx",
        "x",
        "env",
        "setup",
        "approve-builds",
        "deploy",
        "plugin",
        "constraints",
        "node",
        "unplug",
        "licenses",
    }
    | {
        "test",
        "fmt",
        "lint",
        "check",
        "compile",
        "cache",
        "doc",
        "repl",
        "uninstall",
        "pm",
        "c",
        "un",
    }
)
_VALUED = frozenset(
    {
        "-w",
        "--workspace",
        "--prefix",
        "-C",
        "--dir",
        "--cwd",
        "--filter",
        "-F",
        "--filter-prod",
        "--config",
        "-f",
        "-c",
        "-p",
    }
    | {
        "--project",
        "--projects",
        "--scope",
        "--target",
        "-t",
        "--env-file",
        "--executor",
        "-e",
        "--directory",
        "-d",
    }
)
_WIDE = frozenset(
    {"-w", "--workspace", "--workspaces", "-ws", "-r", "--recursive", "--filter", "-F", "--filter-prod"}
)
_TABLES = {
    "poe": ("pyproject.toml", ("tool", "poe", "tasks")),
    "poetry": ("pyproject.toml", ("tool", "poe", "tasks")),
    "pdm": ("pyproject.toml", ("tool", "pdm", "scripts")),
    "hatch": ("pyproject.toml", ("tool", "hatch", "envs")),
    "rye": ("pyproject.toml", ("tool", "rye", "scripts")),
    "pixi": ("pyproject.toml", ("tool", "pixi", "tasks")),
    "pipenv": ("Pipfile", ("scripts",)),
    "taskipy": ("pyproject.toml", ("tool", "taskipy", "tasks")),
    "mise": ("mise.toml", ("tasks",)),
    "composer": ("composer.json", ("scripts",)),
    "deno": ("deno.json", ("tasks",)),
    "cargo-make": ("Makefile.toml", ("tasks",)),
    "makers": ("Makefile.toml", ("tasks",)),
    "devbox": ("devbox.json", ("shell", "scripts")),
}
_PROC = re.compile(r"(?m)^([\w-]+):\s*(.+)$")
_MIGRATES = re.compile(
    r"(?:^|[:._/\-])(?:migrate|migrations?[:._\-](?:run|up|down|apply|deploy|latest|rollback|revert|reset)|flyway\w*|liquibase\w*)(?=$|[:._/\-]|[A-Z])"
    r"|(?:^|[:._/\-])(?:db|database|schema|prisma|drizzle|supabase)[:._/\-]?(?:push|reset|drop|migrate|deploy|setup|prepare|wipe|fresh|rollback|apply|sync|schema)"
    r"|^ecto\.(?:migrate|rollback|drop|reset|setup)|^flyway[A-Z]\w*|migrate(?:Deploy|Up|Down|Latest|Reset)|^(?:apply|run|deploy)[-_:]?migrations?$",
)
_HARMLESS = re.compile(
    r"status|ecto\.gen|gen(?:erate)?(?:$|[:._\-])|create|make(?:$|[:._\-])|new(?:$|[:._\-])|version|info|validate|history|list|lint|check|diff|plan|dry|test|doc|\bgen\b"
    r"|flyway(?:Info|Validate)",
    re.IGNORECASE,
)
_BUILDERS = frozenset(
    {
        "make",
        "gmake",
        "just",
        "task",
        "go-task",
        "rake",
        "gradle",
        "gradlew",
        "mvn",
        "mvnw",
        "mix",
        "invoke",
        "inv",
        "mage",
        "tox",
        "nox",
        "ant",
    }
    | {
        "doit",
        "earthly",
        "bazel",
        "grunt",
        "gulp",
        "dagger",
        "cake",
        "fab",
        "rush",
        "sbt",
        "lein",
        "cargo-make",
        "makers",
        "nps",
        "dotnet",
    }
)


def is_own_command(name: str, word: str) -> bool:
    """Tell whether a word is a subcommand of a package manager, and so no program or script."""
    return word in _OWN or (name != "bun" and word in _SHORT)


def scripts(
    name: str,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    text_of: Text,
    folder: str,
    folders_of: Folders = lambda path, _depth: (path,),
) -> tuple[Task, ...] | None:
    """Return the text behind the tasks that a command names, None when it names none that can be read."""
    match name:
        case "make" | "gmake" | "just" | "task" | "go-task":
            from guardrails.agent.makefiles import targets  # noqa: PLC0415  (few commands need it)

            return _tasks(targets(name, arguments, variables, text_of))
        case "heroku" | "foreman" | "honcho" | "overmind" | "hivemind":
            return _from_procfile(arguments, text_of)
    if name in _NODE or name in _WORKSPACES or name in _LISTED or (name == "node" and "--run" in arguments):
        return _from_packages(name, list(arguments), text_of, folder, folders_of)
    if name in _TABLES:
        return _from_table(name, list(arguments), text_of)
    return None


def names_a_migration(name: str, arguments: Sequence[str]) -> str | None:
    """Return the word by which a task that can't be read says that it migrates, None when it says nothing."""
    if name not in _BUILDERS | _NODE | _WORKSPACES | _LISTED | set(_TABLES):
        return None
    words = [word for word in arguments if not word.startswith("-") and "=" not in word]
    if name in _NODE and not set(words[:1]) & (_RUNS | {"workspace"}):
        return None
    if {"-n", "--dry-run", "--just-print", "--list", "-l", "--help", "--tasks", "-T"} & set(arguments):
        return None
    return next((word for word in words if says_it_migrates(word)), None)


def says_it_migrates(word: str) -> bool:
    """Tell whether a name, of a task, a program or a function, is that of something that changes a database."""
    return _MIGRATES.search(word) is not None and _HARMLESS.search(word) is None


def _tasks(found: tuple[str, ...] | None) -> tuple[Task, ...] | None:
    return None if found is None else tuple(Task(text) for text in found)


def _from_packages(
    name: str, arguments: list[str], text_of: Text, folder: str, folders_of: Folders
) -> tuple[Task, ...] | None:
    before, after = _cut(arguments)
    words: list[str] = []
    place = None
    rest = iter(before)
    for word in rest:
        option, sign, value = word.partition("=")
        if option in _VALUED:
            value = value if sign else next(rest, "")
            place = value if option in {"--prefix", "-C", "--dir", "--cwd"} else place
        elif not word.startswith("-"):
            words.append(word)
    wide = bool(_WIDE & {word.partition("=")[0] for word in before}) or name in _WORKSPACES
    if words[:1] == ["workspace"] or words[:1] == ["workspaces"]:
        wide, words = True, words[2 if words[0] == "workspace" else 1 :]
    if words[:2] == ["foreach", "run"]:
        words = words[1:]
    names, parameters = _script_names(name, words)
    if not names:
        return None
    found = list(_looked_for(names, place, wide, text_of, folder, folders_of))
    if name not in _WORKSPACES and name not in _LISTED:
        more = tuple(map(_quoted, (*parameters, *after)))
        return (
            tuple(task._replace(text=" ".join((task.text, *more))) if own else task for task, own in found)
            or None
        )
    return tuple(task for task, _ in found) or None


def _cut(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split words into those before `--` and those after it."""
    if "--" in arguments:
        at = arguments.index("--")
        return arguments[:at], arguments[at + 1 :]
    return arguments, []


def _script_names(name: str, words: list[str]) -> tuple[list[str], list[str]]:
    if not words:
        return [], []
    if name in _LISTED:
        return words, []
    if name in _WORKSPACES:
        rest = words[1:] if words[0] in _RUNS else words
        return [
            part for word in rest for part in (word, word.rpartition(":")[2], word.partition(":")[2]) if part
        ], []
    first = words[0]
    if first in _RUNS:
        return words[1:2], words[2:]
    if first in _LIFECYCLE and len(words) == 1:
        return [*_LIFECYCLE[first]], []
    if first in _SHORT and name != "bun":
        return [first], words[1:]
    return ([first], words[1:]) if name != "npm" and first not in _OWN else ([], [])


def _looked_for(
    names: list[str], place: str | None, wide: bool, text_of: Text, folder: str, folders_of: Folders
) -> Iterator[tuple[Task, bool]]:
    start = place or ""
    nearest = next(
        (
            path
            for level in range(7)
            if text_of(
                f"{(path := start + '/..' * level if start else '/'.join(['..'] * level) or '.')}/package.json"
            )
        ),
        None,
    )
    places = [nearest] if nearest is not None else []
    if wide or not any(_scripts_of(text_of, one).get(names[0]) for one in places):
        top = folder if UNKNOWN not in folder else "."
        places += [one for one in folders_of(top, 3) if one not in places][:200] if wide else []
    for one in places:
        table = _scripts_of(text_of, one)
        for name in names:
            for which in (f"pre{name}", name, f"post{name}"):
                text = table.get(which)
                if isinstance(text, str):
                    yield Task(text, (), "" if one in {".", folder} else one), which == name


def _scripts_of(text_of: Text, place: str) -> dict[str, object]:
    text = text_of(f"{place}/package.json")
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        return {}
    found = data.get("scripts") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _from_table(name: str, arguments: list[str], text_of: Text) -> tuple[Task, ...] | None:
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] and words[0] in {"run", "task", "run-script", "r"}:
        words = words[1:]
    if not words:
        return None
    file, path = _TABLES[name]
    table: object = _table(file, text_of)
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    wanted = words[0].rpartition(":")[2] if name == "hatch" else words[0]
    if name == "hatch" and isinstance(table, dict):
        table = {
            key: value
            for environment in table.values()
            if isinstance(environment, dict) and isinstance(environment.get("scripts"), dict)
            for key, value in environment["scripts"].items()
        }
    found = table.get(wanted) if isinstance(table, dict) else None
    if found is None:
        return None
    texts = [re.sub(r"^@(?=php |composer )", "", text) for text in _strings(found)]
    more = [
        Task(text)
        for one in texts
        if isinstance(table, dict)
        and (inner := table.get(one.lstrip("@"))) is not None
        and inner is not found
        for text in _strings(inner)
    ]
    return (*(Task(" ".join((text, *map(_quoted, words[1:])))) for text in texts), *more)


def _table(file: str, text_of: Text) -> object:
    text = text_of(file)
    if text is None and file == "mise.toml":
        text = text_of(".mise.toml")
    if text is None and file == "deno.json":
        text = text_of("deno.jsonc")
    if text is None:
        return {}
    try:
        if file.endswith(".json"):
            return json.loads(text)
        import tomllib  # noqa: PLC0415

        return tomllib.loads(text)
    except ValueError:
        return {}


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _strings(one)
        case dict():
            for key, one in value.items():
                if key not in {"description", "help", "env", "cwd", "args"}:
                    yield from _strings(one)


def _from_procfile(arguments: Sequence[str], text_of: Text) -> tuple[Task, ...] | None:
    if not {"local", "start"} & set(arguments[:2]):
        return None
    words = [word for word in arguments if not word.startswith("-") and word not in {"local", "start"}]
    text = text_of("Procfile")
    found = [Task(line) for name, line in _PROC.findall(text or "") if not words or name in words]
    return tuple(found) or None


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
