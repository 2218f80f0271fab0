"""Runners of packages (`npx`, `uv run`, `bundle exec` …): the program that they start."""

from __future__ import annotations

import re

from guardrails.agent import tasks
from guardrails.agent.starts import VERSION, Inner, Options, Script, Start, split

RUNNERS = {
    "npx": ("", Options("pcw", "package call prefix workspace")),
    "bunx": ("", Options("p", "package")),
    "pnpx": ("", Options("p", "package")),
    "uvx": ("", Options("pc", "with from python env-file index index-url")),
    "npm": ("exec x", Options("pcwC", "package call prefix workspace")),
    "pnpm": ("exec dlx x", Options("FCp", "filter dir package filter-prod")),
    "yarn": ("exec dlx", Options("p", "cwd package")),
    "bun": ("x", Options("pF", "cwd package filter")),
    "uv": (
        "run",
        Options("pe", "with from python env-file project directory extra group package only-group"),
    ),
    "poetry": ("run", Options("CP", "directory project")),
    "pdm": ("run", Options("p", "project")),
    "hatch": ("run", Options("ep", "env project")),
    "pipenv": ("run", Options()),
    "rye": ("run", Options("p", "pyproject")),
    "pixi": ("run", Options("e", "environment manifest-path")),
    "pipx": ("run", Options("", "spec python pip-args")),
    "bundle": ("exec", Options("", "gemfile")),
    "mise": ("exec x", Options("cCE", "command cd env")),
    "rtx": ("exec x", Options("c", "command")),
    "asdf": ("exec", Options()),
    "rbenv": ("exec", Options()),
    "pyenv": ("exec", Options()),
    "nodenv": ("exec", Options()),
    "volta": ("run", Options("", "node npm yarn pnpm")),
    "fnm": ("exec", Options("", "using")),
    "conda": ("run", Options("np", "name prefix cwd")),
    "mamba": ("run", Options("np", "name prefix cwd")),
    "micromamba": ("run", Options("np", "name prefix cwd")),
    "go": ("run tool", Options("C", "tags mod modfile ldflags")),
    "deno": ("run x", Options("c", "config env-file import-map")),
    "composer": ("exec", Options("d", "working-dir")),
    "lerna": ("exec", Options("", "scope ignore concurrency")),
    "devbox": ("run", Options("c", "config env")),
    "nix": ("develop shell run", Options("c", "command")),
    "nix-shell": ("", Options("pA", "run command")),
    "turbo": ("exec", Options("F", "filter concurrency")),
    "nx": ("exec", Options("p", "projects")),
    "rush-pnpm": ("exec dlx", Options("F", "filter")),
    "honcho": ("run", Options("efd", "env procfile app-root")),
    "heroku": ("local:run", Options("ef", "env procfile")),
    "sops": ("exec-env exec-file", Options()),
    "spring": ("", Options()),
    "dotnet": ("tool", Options()),
    "foreman": ("run", Options("ef", "env procfile")),
    "corepack": ("", Options()),
    "tsx": ("watch", Options("", "tsconfig env-file")),
    "netlify": ("dev:exec", Options()),
}
_SHELL_TEXT = frozenset({"c", "call", "command", "run", "shell-mode"})
_CARGO = frozenset(
    {
        "build",
        "b",
        "check",
        "c",
        "clean",
        "doc",
        "d",
        "new",
        "init",
        "add",
        "remove",
        "test",
        "t",
        "bench",
        "update",
        "search",
        "publish",
    }
    | {
        "install",
        "uninstall",
        "clippy",
        "fmt",
        "fix",
        "tree",
        "fetch",
        "metadata",
        "package",
        "vendor",
        "login",
        "audit",
        "deny",
        "nextest",
    }
)


def package(name: str, arguments: list[str]) -> tuple[Start, ...] | None:
    """Return what a runner of packages starts."""
    verbs, options = RUNNERS[name]
    given, rest = split(arguments, options)
    folder = (
        given.get("C")
        or given.get("dir")
        or given.get("cwd")
        or given.get("prefix")
        or given.get("directory")
        or ""
    )
    if verbs:
        if name == "npm" and rest[:1] == ["explore"]:
            rest = ["exec", *rest[2:]]
        if rest[:1] == ["workspace"] and len(rest) > 2:
            rest = rest[2:]
        if rest[:2] == ["tool", "run"]:
            rest = rest[1:]
        if rest[:1] and rest[0] in verbs.split():
            more, rest = split(rest[1:], options)
            given |= more
        elif name in {"pnpm", "yarn", "bun", "deno"} and rest and not tasks.is_own_command(name, rest[0]):
            rest = split(rest[1:], options)[1] if rest[0] == "run" else rest
        else:
            return None
    if name == "nix" and rest:
        package = rest[0].rpartition("#")[2]
        rest = [package, *(rest[rest.index("--") + 1 :] if "--" in rest else rest[1:])]
    if name == "sops":
        return tuple(Script(word) for word in rest[1:2])
    texts = [value for key, value in given.items() if key in _SHELL_TEXT]
    if texts and name not in {"uvx", "conda"}:
        return tuple(Script(text, folder=folder) for text in texts)
    while rest and rest[0] in {"run", "exec"} and name in {"corepack", "dotnet"}:
        rest = rest[1:]
    if not rest:
        return ()
    target = rest[0]
    if name in {"go", "deno", "bun"}:
        target = re.sub(r"^(?:npm|jsr):", "", target)
    if name == "go":
        target = re.sub(r"/v\d+$", "", target.partition("@")[0])
    tool = VERSION.sub("", target)
    names = [tool] if not tool.startswith("@") else [tool, tool.partition("/")[2]]
    if names[-1] == "cli":
        names = [tool.partition("/")[0].lstrip("@")]
    elif names[-1].endswith("-cli"):
        names.append(names[-1].removesuffix("-cli"))
    return tuple(Inner((one, *rest[1:]), folder=folder) for one in names)


def cargo(arguments: list[str]) -> tuple[Start, ...] | None:
    """A subcommand that cargo does not have itself is a program of that name."""
    rest = [word for word in arguments if not word.startswith("+")]
    if rest[:1] == ["run"]:
        given, words = split(
            rest[1:], Options("p", "bin package example features manifest-path profile target")
        )
        program = given.get("bin") or given.get("p") or given.get("package") or given.get("example") or "app"
        # With a folder, so that it is no tool that happens to be called like that.
        return (Inner((f"target/debug/{program}", *words)),)
    return (Inner(tuple(rest)),) if rest and rest[0] not in _CARGO else None
