"""A command that only starts another -> what it starts: wrappers, runners of packages, shells, containers, hosts.

The tables say how each program writes down what it starts; nothing here knows what is dangerous.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from guardrails.agent import grammar, tasks
from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Text = Callable[[str], str | None]


class Place(IntEnum):
    """Where a command runs; of several the farthest counts."""

    HERE = 0
    CONTAINER = 1  # on this machine, but not in sight
    ELSEWHERE = 2  # on another machine, whose "localhost" is its own


class Inner(NamedTuple):
    """Another command."""

    argv: tuple[str, ...]
    variables: dict[str, str] = {}  # noqa: RUF012  (never changed)
    stdin: str | None = None
    place: Place = Place.HERE
    folder: str = ""


class Script(NamedTuple):
    """Text for a shell."""

    text: str
    stdin: str | None = None
    parameters: tuple[str, ...] = ()
    place: Place = Place.HERE
    folder: str = ""


class ScriptFile(NamedTuple):
    """A file that says itself what runs it."""

    path: str
    parameters: tuple[str, ...] = ()
    place: Place = Place.HERE
    folder: str = ""


class Code(NamedTuple):
    """A program in another language; `file` is its path, "" for one given in the command itself."""

    language: str
    text: str
    file: str = ""
    place: Place = Place.HERE
    folder: str = ""


class Opaque(NamedTuple):
    """Something that can't be known."""

    argv: tuple[str, ...]
    why: str
    place: Place = Place.HERE
    folder: str = ""


Start = Inner | Script | ScriptFile | Code | Opaque


class _Options(NamedTuple):
    """How a program's options are written.

    Attributes:
        short: letters of options that take a value.
        long: names of long options, or of words with one dash, that take a value.
        skipped: how many words stand between the options and the command.
    """

    short: str = ""
    long: str = ""
    skipped: int = 0


_WRAPPERS = {
    "sudo": _Options("ABCDghpRrTtUu", "user group host prompt chdir chroot role type other-user"),
    "doas": _Options("uC"),
    "env": _Options("uC", "unset chdir"),
    "time": _Options("fo", "format output"),
    "nohup": _Options(),
    "nice": _Options("n", "adjustment"),
    "ionice": _Options("cnpPu", "class classdata"),
    "chrt": _Options("pT", "", 1),
    "taskset": _Options("", "", 1),
    "timeout": _Options("ks", "kill-after signal", 1),
    "gtimeout": _Options("ks", "kill-after signal", 1),
    "command": _Options(),
    "builtin": _Options(),
    "exec": _Options("a"),
    "coproc": _Options(),
    "noglob": _Options(),
    "nocorrect": _Options(),
    "then": _Options(),
    "stdbuf": _Options("ioe", "input output error"),
    "setsid": _Options(),
    "unbuffer": _Options(),
    "chronic": _Options(),
    "caffeinate": _Options("tw"),
    "strace": _Options("aeEIoOpPsSuUX", "output trace"),
    "ltrace": _Options("aAeFlnopsuwxX"),
    "faketime": _Options("", "", 1),
    "flock": _Options("wE", "timeout wait conflict-exit-code", 1),
    "runuser": _Options("ugGs", "user group shell"),
    "gosu": _Options("", "", 1),
    "su-exec": _Options("", "", 1),
    "setpriv": _Options("", "reuid regid groups"),
    "chroot": _Options("", "userspec groups", 1),
    "unshare": _Options("SGR", "root wd"),
    "nsenter": _Options("tSGrwW", "target"),
    "systemd-run": _Options("puEdHM", "unit property setenv description uid gid slice working-directory"),
    "systemd-inhibit": _Options("", "what who why mode"),
    "pkexec": _Options("", "user"),
    "cross-env": _Options(),
    "cross-env-shell": _Options(),
    "env-cmd": _Options("fer", "file environments rc-file"),
    "dotenv": _Options("efvcp", "env file"),
    "dotenv-cli": _Options("efvcp", "env file"),
    "dotenvx": _Options("fe", "env-file env env-vault-file convention"),
    "proxychains": _Options("f"),
    "proxychains4": _Options("f"),
    "torsocks": _Options("uaP"),
    "retry": _Options("tdmx", "times delay"),
    "xvfb-run": _Options("enspwf", "server-num server-args"),
    "dbus-run-session": _Options(),
    "fakeroot": _Options(),
    "firejail": _Options(),
    "tini": _Options("pev"),
    "dumb-init": _Options(),
    "catchsegv": _Options(),
    "valgrind": _Options(),
    "winpty": _Options(),
    "arch": _Options("de"),
    "prlimit": _Options("p"),
    "cpulimit": _Options("lpeP", "limit"),
    "ts-node-dev": _Options(),
    "hatch-env": _Options(),
    "aws-vault": _Options("nd", "duration prompt backend region", 1),
    "aws-okta": _Options("", "", 1),
    "chamber": _Options("", "", 1),
    "op": _Options("", "env-file account"),
    "doppler": _Options("pct", "project config token scope preserve-env mount"),
    "infisical": _Options("", "env projectId path token command tags"),
    "teller": _Options("c", "config"),
    "vault-env": _Options(),
    "direnv": _Options("", "", 1),
    "phase": _Options("", "env app tags"),
    "bws": _Options("", "project-id access-token"),
    "perf": _Options("eo", "event output"),
    "sail": _Options(),
    "ddev": _Options("sd", "service dir"),
    "lando": _Options("s", "service"),
    "fin": _Options(),
    "wp-env": _Options(),
}
_SECRETS = frozenset(
    {
        "op",
        "doppler",
        "infisical",
        "teller",
        "direnv",
        "aws-vault",
        "aws-okta",
        "chamber",
        "dotenvx",
        "phase",
        "bws",
    }
    | {"perf", "dotenv"}
)
_ENTRY = frozenset({"run", "exec", "stat", "record"})
_JOINING = frozenset(
    {"watch", "cross-env-shell", "concurrently", "parallel", "hyperfine", "entr", "npm-run-all"}
)

_RUNNERS = {
    "npx": ("", _Options("pcw", "package call prefix workspace")),
    "bunx": ("", _Options("p", "package")),
    "pnpx": ("", _Options("p", "package")),
    "uvx": ("", _Options("pc", "with from python env-file index index-url")),
    "npm": ("exec x", _Options("pcwC", "package call prefix workspace")),
    "pnpm": ("exec dlx x", _Options("FCp", "filter dir package filter-prod")),
    "yarn": ("exec dlx", _Options("p", "cwd package")),
    "bun": ("x", _Options("p", "cwd package")),
    "uv": (
        "run",
        _Options("pe", "with from python env-file project directory extra group package only-group"),
    ),
    "poetry": ("run", _Options("CP", "directory project")),
    "pdm": ("run", _Options("p", "project")),
    "hatch": ("run", _Options("ep", "env project")),
    "pipenv": ("run", _Options()),
    "rye": ("run", _Options("p", "pyproject")),
    "pixi": ("run", _Options("e", "environment manifest-path")),
    "pipx": ("run", _Options("", "spec python pip-args")),
    "bundle": ("exec", _Options("", "gemfile")),
    "mise": ("exec x", _Options("cCE", "command cd env")),
    "rtx": ("exec x", _Options("c", "command")),
    "asdf": ("exec", _Options()),
    "rbenv": ("exec", _Options()),
    "pyenv": ("exec", _Options()),
    "nodenv": ("exec", _Options()),
    "volta": ("run", _Options("", "node npm yarn pnpm")),
    "fnm": ("exec", _Options("", "using")),
    "conda": ("run", _Options("np", "name prefix cwd")),
    "mamba": ("run", _Options("np", "name prefix cwd")),
    "micromamba": ("run", _Options("np", "name prefix cwd")),
    "go": ("run tool", _Options("C", "tags mod modfile ldflags")),
    "deno": ("run x", _Options("c", "config env-file import-map")),
    "composer": ("exec", _Options("d", "working-dir")),
    "lerna": ("exec", _Options("", "scope ignore concurrency")),
    "devbox": ("run", _Options("c", "config env")),
    "nix": ("develop shell run", _Options("c", "command")),
    "nix-shell": ("", _Options("pA", "run command")),
    "spring": ("", _Options()),
    "dotnet": ("tool", _Options()),
    "foreman": ("run", _Options("ef", "env procfile")),
    "corepack": ("", _Options()),
    "tsx": ("watch", _Options("", "tsconfig env-file")),
    "netlify": ("dev:exec", _Options()),
    "vercel": ("env", _Options()),
}
_SHELL_TEXT = frozenset({"c", "call", "command", "run", "shell-mode"})

_INTERPRETER = re.compile(
    r"(?P<name>python|pypy|node|nodejs|deno|bun|tsx|ts-node|esno|vite-node|babel-node|ruby|perl|php|java|Rscript|lua|elixir|groovy|jshell|swift)"
    r"[\d.]*(?:w|-esm|-transpile-only)?"
)
_INLINE = {
    "python": "c", "pypy": "c", "node": "ep", "nodejs": "ep", "bun": "ep", "tsx": "ep", "ts-node": "ep", "ruby": "e",
    "perl": "eE", "php": "rBR", "Rscript": "e", "lua": "e", "elixir": "e", "groovy": "e", "swift": "e", "java": "",
}  # fmt: skip
_INLINE_WORDS = frozenset({"eval", "--eval", "--print", "-pe", "--command"})
_CODE_VALUES = _Options(
    "mrWXIdCQOo", "require import loader env-file inspect conditions tsconfig cp classpath"
)

_CONTAINERS = frozenset({"docker", "podman", "nerdctl", "docker-compose", "podman-compose", "finch", "lima"})
_FLAGS = re.compile(
    r"-[itdTPqa]+|--(?:rm|init|privileged|read-only|publish-all|no-healthcheck|tty|interactive|detach|quiet|build|no-deps"
    r"|service-ports|use-aliases|quiet-pull|no-tty|no-TTY|remove-orphans|verbose|dry-run|compatibility|all-resources|debug|tls)"
)
_REMOTE = {
    "kubectl": "exec run debug", "oc": "exec run rsh debug", "k9s": "", "microk8s.kubectl": "exec run", "heroku": "run run:detached ps:exec",
    "fly": "ssh machine console", "flyctl": "ssh machine console", "railway": "run ssh shell", "dokku": "run enter", "scalingo": "run",
    "cf": "ssh run-task", "eb": "ssh", "aws": "ecs ssm", "gcloud": "compute run", "az": "containerapp webapp vm", "render": "ssh jobs",
    "platform": "ssh", "vagrant": "ssh", "lxc": "exec", "incus": "exec", "multipass": "exec", "limactl": "shell", "wsl": "",
    "devcontainer": "exec", "nomad": "alloc", "juju": "ssh exec run", "copilot": "svc task", "kamal": "app", "cap": "",
    "ansible": "", "salt": "", "pssh": "", "clush": "", "gh": "codespace", "coder": "ssh", "gitpod": "", "tsh": "ssh", "teleport": "",
}  # fmt: skip
_CONTAINER_LETTER = frozenset({"kubectl", "oc", "microk8s.kubectl"})  # for them -c names a container
_NEAR = frozenset({"vagrant", "lxc", "incus", "multipass", "limactl", "wsl", "devcontainer"})
_SSH = _Options("BbcDEeFIiJLlmOopQRSWw")
_SCRIPTED = frozenset(
    {"tmux", "screen", "script", "at", "batch", "su", "pwsh", "powershell", "cmd", "expect", "wsl", "zellij"}
)
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
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SCHEDULED = re.compile(r"\s*(?:@\w+|(?:\S+\s+){4}\S+)\s+(.+)")
_VERSION = re.compile(r"(?<=.)@[\w.^~*><=-]+$")


def name_of(program: str) -> str:
    """Return what a program is called, without its folder, its version and what Windows adds."""
    base = program.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return re.sub(r"\.(?:exe|cmd|bat|ps1|com)$", "", base, flags=re.IGNORECASE)


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
    if _ASSIGNMENT.match(argv[0]):
        return _with_assignments(argv)
    if UNKNOWN in argv[0]:
        return None
    name, arguments = name_of(argv[0]), list(argv[1:])
    if grammar.is_shell(name) or name in {"busybox", "toybox"}:
        return _shell(name, arguments, stdin)
    if name in _SCRIPTED:
        return _texts(name, arguments, stdin)
    if name == "crontab":
        return (
            tuple(Script(found[1]) for line in (stdin or "").split("\n") if (found := _SCHEDULED.match(line)))
            or None
        )
    if name in _JOINING:
        return _joined(name, arguments)
    if name in _WRAPPERS and not (name == "command" and {"-v", "-V"} & set(arguments[:1])):
        return _wrapped(name, arguments)
    if name in {"xargs", "gxargs"}:
        return _xargs(arguments, stdin)
    if name in {"find", "gfind", "fd", "fdfind"}:
        return _executed(arguments)
    if name in _CONTAINERS:
        return _contained(arguments, stdin, variables)
    if name in {"ssh", "mosh", "autossh", "sshpass", "dbclient"}:
        return _hosted(name, arguments, stdin)
    if name in _REMOTE and (reached := _remote(name, arguments, stdin)) is not None:
        return reached
    found = None if "--run" in arguments else _INTERPRETER.fullmatch(name)
    if found and (ran := _interpreted(found["name"], arguments, stdin, text_of)) is not None:
        return ran
    if name == "cargo":
        return _cargo(arguments)
    if (listed := tasks.scripts(name, arguments, variables, text_of, folder, folders_of)) is not None:
        return tuple(Script(task.text, None, task.parameters, folder=task.folder) for task in listed)
    if name in _RUNNERS:
        return _package(name, arguments)
    if (
        "/" in argv[0]
        and (text := text_of(argv[0])) is not None
        and (text.startswith("#!") or name.endswith("sh"))
    ):
        return (ScriptFile(argv[0], tuple(arguments)),)
    return None


def after_options(arguments: Sequence[str], options: _Options) -> list[str]:
    """Return the words after a program's options."""
    return _split(arguments, options)[1]


def _split(arguments: Sequence[str], options: _Options) -> tuple[dict[str, str], list[str]]:
    """Split words into the options that take a value, by name, and the words after all options."""
    given: dict[str, str] = {}
    long, place = options.long.split(), 0
    while place < len(arguments) and arguments[place].startswith("-") and arguments[place] != "-":
        word = arguments[place]
        place += 1
        if word == "--":
            break
        name, sign, value = word.lstrip("-").partition("=")
        if sign:
            given[name] = value
        elif name in long or (len(name) == 1 and name in options.short and not word.startswith("--")):
            given[name] = arguments[place] if place < len(arguments) else ""
            place += 1
        elif (
            not word.startswith("--")
            and (at := next((i for i, char in enumerate(name) if char in options.short), None)) is not None
        ):
            given[name[at]] = name[at + 1 :] or (arguments[place] if place < len(arguments) else "")
            place += 0 if name[at + 1 :] else 1
    return given, list(arguments[place:])


def _with_assignments(argv: Sequence[str]) -> tuple[Start, ...]:
    count = next((i for i, word in enumerate(argv) if not _ASSIGNMENT.match(word)), len(argv))
    made = dict(word.split("=", 1) for word in argv[:count])
    return (Inner(tuple(argv[count:]), made),) if argv[count:] else ()


def _wrapped(name: str, arguments: list[str]) -> tuple[Start, ...] | None:
    options = _WRAPPERS[name]
    if name == "env":
        for place, word in enumerate(arguments):
            if word in {"-S", "--split-string"} or word.startswith(("-S", "--split-string=")):
                glued = word.removeprefix("--split-string=").removeprefix("-S")
                return (
                    Script(" ".join(([glued] if glued and glued != word else []) + arguments[place + 1 :])),
                )
            if not word.startswith("-") and not _ASSIGNMENT.match(word):
                break
    if name in _SECRETS:
        if "--" in arguments:
            return _inner(arguments[arguments.index("--") + 1 :])
        place = next((i for i, word in enumerate(arguments) if word in _ENTRY), -1)
        if place < 0 and name not in {"dotenv", "dotenvx"}:
            return None
        arguments = arguments[place + 1 :]
    given, rest = _split(arguments, options)
    if command := given.get("command"):
        return (Script(command),)
    if name == "exec" and not rest:
        return ()
    rest = rest[options.skipped :]
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if name in {"flock", "runuser"} and rest[:1] == ["-c"]:
        return (Script(" ".join(rest[1:])),)
    if name in {"ddev", "fin", "wp-env"} and rest[:1] and rest[0] in {"exec", "run"}:
        rest = rest[2 if name == "wp-env" else 1 :]
    if rest[:1] == [UNKNOWN] and len(rest) > 1:
        # It may well be variables, as in `env $(cat .env) npm start`.
        return (*_inner(rest), *_inner(rest[1:]))
    return _inner(rest)


def _inner(argv: Sequence[str], place: Place = Place.HERE, stdin: str | None = None) -> tuple[Start, ...]:
    return (Inner(tuple(argv), stdin=stdin, place=place),) if argv else ()


def _shell(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    if name in {"busybox", "toybox"}:
        return _inner(arguments)
    place, text = 0, None
    while place < len(arguments) and arguments[place][:1] in {"-", "+"} and arguments[place] != "-":
        word = arguments[place]
        place += 1
        if word == "--":
            break
        if word in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"}:
            place += 1
        elif word == "--command" or re.fullmatch(r"-[A-Za-z]*c[A-Za-z]*", word):
            text = ""
    rest = arguments[place:]
    if text is not None:
        if not rest:
            return ()
        if UNKNOWN in rest[0]:
            return (
                Opaque((name, *arguments), "the text that the shell runs is computed"),
                *_readable(rest[0]),
            )
        return (Script(rest[0], stdin, tuple(rest[2:])),)
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


def _texts(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    """Find the shell text among the words of a program that is given some, wherever it stands."""
    if name in {"pwsh", "powershell", "cmd"}:
        words = [
            word
            for word in arguments
            if not re.fullmatch(r"(?i)/[a-z]|-(?:c|command|noprofile|nop|noninteractive)", word)
        ]
        if any(re.fullmatch(r"(?i)-e(?:nc|ncodedcommand)?", word) for word in words):
            return (Opaque((name, *arguments), "the text that it runs is encoded"),)
        return (Script(" ".join(words)),)
    given: list[Start] = [Script(word) for word in arguments if re.search(r"\s", word)]
    if stdin is not None and name in {"at", "batch", "expect", "su", "script"}:
        given += [Opaque((name,), "what it reads can't be seen")] if UNKNOWN in stdin else [Script(stdin)]
    rest = [word for word in arguments if not word.startswith("-")]
    for place in range(len(rest)):
        if not re.search(r"\s", rest[place]):
            given.append(Inner(tuple(rest[place:])))
            if name in {"at", "batch"} or place > 2:
                break
    return tuple(given)


def _joined(name: str, arguments: list[str]) -> tuple[Start, ...]:
    rest = after_options(
        arguments, _Options("njJNPIsSwrmpitu", "interval jobs runs warmup delay names prefix")
    )
    if name in {"concurrently", "hyperfine", "npm-run-all"}:
        return tuple(Script(word) for word in rest)
    if ":::" in rest:
        at = rest.index(":::")
        command = " ".join(rest[:at])
        values = rest[at + 1 : at + 13]
        return tuple(
            Script(command.replace("{}", one) if "{}" in command else f"{command} {one}") for one in values
        )
    return (Script(" ".join(rest)),) if rest else ()


def _xargs(arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    given, rest = _split(
        arguments,
        _Options("aEeIiLlnPsdJR", "arg-file delimiter eof replace max-lines max-args max-procs max-chars"),
    )
    if not rest:
        return ()
    known = stdin is not None and UNKNOWN not in stdin
    words = (stdin or "").split()[:64] if known else [UNKNOWN]
    lines = [line for line in (stdin or "").split("\n") if line][:12] if known else [UNKNOWN]
    if not known and name_of(rest[0]) in {"sh", "bash", "zsh"} and "-c" not in "".join(rest[1:2]):
        return (Opaque(tuple(rest), "the script that the shell runs is computed"),)
    mark = given.get("I") or given.get("J") or given.get("replace") or given.get("i")
    if mark:
        return tuple(
            Inner(tuple(part.replace(mark, line) for part in rest), stdin=UNKNOWN)
            for line in lines or [UNKNOWN]
        )
    return (Inner((*rest, *words), stdin=UNKNOWN),)


def _executed(arguments: list[str]) -> tuple[Start, ...] | None:
    found: list[Start] = []
    for place, word in enumerate(arguments):
        if word in {"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"}:
            rest = arguments[place + 1 :]
            end = next((i for i, part in enumerate(rest) if part in {";", "+"}), len(rest))
            found.append(
                Inner(tuple(UNKNOWN if part == "{}" else part.replace("{}", UNKNOWN) for part in rest[:end]))
            )
    return tuple(found) if found else None


def _contained(
    arguments: list[str], stdin: str | None, variables: Mapping[str, str]
) -> tuple[Start, ...] | None:
    place = Place.CONTAINER
    host = variables.get("DOCKER_HOST", "")
    given, rest = _split(
        arguments,
        _Options("HcfpPl", "host context file project-name profile env-file project-directory config"),
    )
    if host.startswith(("ssh:", "tcp:")) or given.get("H", given.get("host", "")).startswith(
        ("ssh:", "tcp:")
    ):
        place = Place.ELSEWHERE
    if rest[:1] == ["compose"]:
        rest = _split(
            rest[1:], _Options("fp", "file project-name profile env-file project-directory ansi progress")
        )[1]
    if rest[:1] == ["container"]:
        rest = rest[1:]
    match rest:
        case ["exec" | "run" | "create", *words]:
            made, entry, command = _flagged(words)
        case _:
            return None
    image, command = command[:1], command[1:]
    if entry:
        command = [*entry.split(), *command]
    if not command and image:
        command = [_VERSION.sub("", name_of(image[0])).partition(":")[0]]
    elif not entry and image and command[0].startswith("-"):
        command = [name_of(image[0]).partition(":")[0], *command]
    bare = [name_of(image[0]).partition(":")[0], *command] if image else []
    alone = _image_program(image[0]) if image else ""
    found: list[Start] = [Inner(tuple(command), made, stdin, place)] if command else []
    if alone and bare and not entry:
        found.append(Inner((alone, *command), made, stdin, place))
    return tuple(found)


def _image_program(image: str) -> str:
    """Return the program that an image is named after, as in supabase/cli, flyway/flyway:10 or amacneil/dbmate."""
    parts = image.partition("@")[0].split("/")
    last = parts[-1].partition(":")[0]
    return parts[-2] if last in {"cli", "migrate"} and len(parts) > 1 and last == "cli" else last


def _flagged(words: list[str]) -> tuple[dict[str, str], str, list[str]]:
    """Split the words of `docker run`: variables, entry point, and the image with its command."""
    made: dict[str, str] = {}
    entry, place = "", 0
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        place += 1
        if word == "--":
            break
        if _FLAGS.fullmatch(word):
            continue
        name, sign, value = word.partition("=")
        if not sign and len(name) > 2 and not name.startswith("--"):
            name, value = name[:2], name[2:]
        elif not sign and place < len(words):
            value = words[place]
            place += 1
        if name in {"-e", "--env"} and "=" in value:
            made |= [value.split("=", 1)]  # type: ignore[list-item]
        if name == "--entrypoint":
            entry = value
    return made, entry, words[place:]


def _hosted(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    if name == "sshpass":
        return _inner(_split(arguments, _Options("pfdP"))[1])
    rest = _split(arguments, _SSH)[1]
    rest = _split(rest[1:], _SSH)[1]
    if rest:
        return (Script(" ".join(rest), stdin, place=Place.ELSEWHERE),)
    if stdin is None:
        return ()
    if UNKNOWN in stdin:
        return (Opaque((name, *arguments), "what the remote shell reads can't be seen"),)
    return (Script(stdin, place=Place.ELSEWHERE),)


def _remote(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...] | None:
    """Find what runs on another machine: after `--`, in an option that holds a command, or from its first word on."""
    entries = _REMOTE[name].split()
    if entries and not set(entries) & {word for word in arguments if not word.startswith("-")}:
        return None
    place = Place.CONTAINER if name in _NEAR else Place.ELSEWHERE
    texts: list[Start] = []
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for at, word in enumerate(own if name not in _CONTAINER_LETTER else ()):
        option, sign, value = word.partition("=")
        if option in {"-C", "-c", "--command", "--commands", "--scripts", "--parameters", "-a", "--args"}:
            given = value if sign else arguments[at + 1] if at + 1 < len(arguments) else ""
            if option != "-a" or name in {"ansible", "salt"}:
                texts.append(Script(given, stdin, place=place))
    if texts:
        return tuple(texts)
    if "--" in arguments:
        rest = arguments[arguments.index("--") + 1 :]
        return (Script(rest[0], stdin, place=place),) if len(rest) == 1 else _inner(rest, place, stdin)
    at = max((i for i, word in enumerate(arguments) if word in entries), default=-1)
    found: list[Start] = []
    for i in range(at + 1, len(arguments)):
        word = arguments[i]
        if re.search(r"\s", word):
            found.append(Script(word, stdin, place=place))
        elif not word.startswith("-"):
            found.append(Inner(tuple(arguments[i:]), stdin=stdin, place=place))
    return tuple(found[:8]) or None


def _interpreted(
    language: str, arguments: list[str], stdin: str | None, text_of: Text
) -> tuple[Start, ...] | None:
    letters = _INLINE.get(language, "e")
    place = 0
    while place < len(arguments):
        word = arguments[place]
        place += 1
        following = arguments[place] if place < len(arguments) else ""
        if word in _INLINE_WORDS and not (language == "php" and word == "eval"):
            return (Code(language, following),)
        if word == "-m" and language in {"python", "pypy"}:
            return (Inner((following.partition(".")[0], *arguments[place + 1 :])),)
        if word == "-jar" and language == "java":
            jar = re.match(r"[A-Za-z]+", name_of(following))
            return (Inner((jar[0] if jar else following, *arguments[place + 1 :])),)
        if letters and re.fullmatch(rf"-[A-Za-z0-9.]*[{letters}]", word) and not word.startswith("--"):
            code = Code(language, following)
            in_place = language in {"perl", "ruby"} and any(
                re.match(r"-[A-Za-z]*i", one) for one in arguments[:place]
            )
            edited = [one for one in arguments[place + 1 :] if not one.startswith("-")] if in_place else []
            return (code, Inner(("ed", *edited))) if edited else (code,)
        if letters and re.match(rf"-[{letters}].", word) and language in {"python", "perl", "ruby", "php"}:
            return (Code(language, word[2:]),)
        if word == "-S" and language == "ruby":
            return _inner(arguments[place:])
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
            Code(language, stdin),
        )
    return (Code(language, stdin),)


def _cargo(arguments: list[str]) -> tuple[Start, ...] | None:
    """A subcommand that cargo does not have itself is a program of that name."""
    rest = [word for word in arguments if not word.startswith("+")]
    if rest[:1] == ["run"]:
        given, words = _split(
            rest[1:], _Options("p", "bin package example features manifest-path profile target")
        )
        program = given.get("bin") or given.get("p") or given.get("package") or given.get("example") or "app"
        return (Inner((program, *words)),)
    return (Inner(tuple(rest)),) if rest and rest[0] not in _CARGO else None


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
        inner.append(Code(language, text, path))
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


def _package(name: str, arguments: list[str]) -> tuple[Start, ...] | None:
    """Return what a runner of packages starts."""
    verbs, options = _RUNNERS[name]
    given, rest = _split(arguments, options)
    folder = (
        given.get("C")
        or given.get("dir")
        or given.get("cwd")
        or given.get("prefix")
        or given.get("directory")
        or ""
    )
    if verbs:
        if rest[:1] == ["workspace"] and len(rest) > 2:
            rest = rest[2:]
        if rest[:1] and rest[0] in verbs.split():
            more, rest = _split(rest[1:], options)
            given |= more
        elif name in {"pnpm", "yarn", "bun", "deno"} and rest and not tasks.is_own_command(name, rest[0]):
            rest = rest[1:] if rest[0] == "run" else rest
        else:
            return None
    if name == "nix" and rest:
        package = rest[0].rpartition("#")[2]
        rest = [package, *(rest[rest.index("--") + 1 :] if "--" in rest else rest[1:])]
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
    tool = _VERSION.sub("", target)
    names = [tool] if not tool.startswith("@") else [tool, tool.partition("/")[2]]
    if names[-1] == "cli":
        names = [tool.partition("/")[0].lstrip("@")]
    elif names[-1].endswith("-cli"):
        names.append(names[-1].removesuffix("-cli"))
    return tuple(Inner((one, *rest[1:]), folder=folder) for one in names)
