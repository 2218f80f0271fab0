"""Programs that start another one which they are given: what that is. The tables say how each writes it down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN
from guardrails.agent.starts import Inner, Opaque, Options, Script, Start, inner, name_of, split

if TYPE_CHECKING:
    from collections.abc import Sequence

WRAPPERS = {
    "sudo": Options("ABCDghpRrTtUu", "user group host prompt chdir chroot role type other-user"),
    "doas": Options("uC"),
    "env": Options("uC", "unset chdir"),
    "time": Options("fo", "format output"),
    "nohup": Options(),
    "nice": Options("n", "adjustment"),
    "ionice": Options("cnpPu", "class classdata"),
    "chrt": Options("pT", "", 1),
    "taskset": Options("", "", 1),
    "timeout": Options("ks", "kill-after signal", 1),
    "gtimeout": Options("ks", "kill-after signal", 1),
    "command": Options(),
    "builtin": Options(),
    "exec": Options("a"),
    "coproc": Options(),
    "noglob": Options(),
    "nocorrect": Options(),
    "stdbuf": Options("ioe", "input output error"),
    "setsid": Options(),
    "unbuffer": Options(),
    "chronic": Options(),
    "caffeinate": Options("tw"),
    "strace": Options("aeEIoOpPsSuUX", "output trace"),
    "ltrace": Options("aAeFlnopsuwxX"),
    "faketime": Options("", "", 1),
    "flock": Options("wE", "timeout wait conflict-exit-code", 1),
    "runuser": Options("ugGs", "user group shell"),
    "gosu": Options("", "", 1),
    "su-exec": Options("", "", 1),
    "setpriv": Options("", "reuid regid groups"),
    "chroot": Options("", "userspec groups", 1),
    "unshare": Options("SGR", "root wd"),
    "nsenter": Options("tSGrwW", "target"),
    "systemd-run": Options("puEdHM", "unit property setenv description uid gid slice working-directory"),
    "systemd-inhibit": Options("", "what who why mode"),
    "pkexec": Options("", "user"),
    "cross-env": Options(),
    "cross-env-shell": Options(),
    "env-cmd": Options("fer", "file environments rc-file"),
    "dotenv": Options("efvcp", "env file"),
    "dotenv-cli": Options("efvcp", "env file"),
    "dotenvx": Options("fe", "env-file env env-vault-file convention"),
    "proxychains": Options("f"),
    "proxychains4": Options("f"),
    "torsocks": Options("uaP"),
    "retry": Options("tdmx", "times delay"),
    "xvfb-run": Options("enspwf", "server-num server-args"),
    "dbus-run-session": Options(),
    "fakeroot": Options(),
    "firejail": Options(),
    "tini": Options("pev"),
    "dumb-init": Options(),
    "catchsegv": Options(),
    "valgrind": Options(),
    "winpty": Options(),
    "arch": Options("de"),
    "prlimit": Options("p"),
    "cpulimit": Options("lpeP", "limit"),
    "aws-vault": Options("nd", "duration prompt backend region", 1),
    "aws-okta": Options("", "", 1),
    "chamber": Options("", "", 1),
    "op": Options("", "env-file account"),
    "doppler": Options("pct", "project config token scope preserve-env mount"),
    "infisical": Options("", "env projectId path token command tags"),
    "teller": Options("c", "config"),
    "vault-env": Options(),
    "direnv": Options("", "", 1),
    "phase": Options("", "env app tags"),
    "bws": Options("", "project-id access-token"),
    "launchctl": Options("lpoe"),
    "perf": Options("eo", "event output"),
    "numactl": Options("NmCil", "cpunodebind membind interleave physcpubind"),
    "sail": Options(),
    "symfony": Options(),
    "spawn": Options(),
    "ddev": Options("sd", "service dir"),
    "lando": Options("s", "service"),
    "fin": Options(),
    "wp-env": Options(),
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
        "dotenv",
    }
)
# They fill the environment from where nobody can look.
_LOADERS = _SECRETS | {"dotenv-cli", "env-cmd"}
_WITH_VERB = _SECRETS | {"perf", "launchctl"}
_ENTRY = frozenset({"run", "exec", "stat", "record", "submit"})
JOINING = {
    "watch": Options("n", "interval"),
    "cross-env-shell": Options(),
    "concurrently": Options("nprcm", "names prefix prefix-colors restart-tries max-processes kill-signal"),
    "parallel": Options("jNISnLPaX", "jobs delay retries arg-file colsep"),
    "hyperfine": Options(
        "wrmMpcSPDLi",
        "warmup runs min-runs max-runs prepare cleanup setup conclude shell export-json export-markdown",
    ),
    "entr": Options(),
    "nodemon": Options("xewid", "exec ext watch ignore delay config"),
    "chokidar": Options("cdi", "command debounce ignore throttle"),
    "onchange": Options("ed", "exclude delay"),
    "watchexec": Options("wefisd", "watch exts filter ignore signal debounce shell"),
    "cargo-watch": Options("xswid", "exec shell watch ignore delay"),
    "tsc-watch": Options("", "onSuccess onFirstSuccess onFailure"),
}
_REPEATED = frozenset(
    {
        "x",
        "exec",
        "c",
        "command",
        "p",
        "prepare",
        "setup",
        "cleanup",
        "conclude",
        "s",
        "onSuccess",
        "onFirstSuccess",
        "onFailure",
    }
)
SCRIPTED = frozenset(
    {"tmux", "screen", "script", "at", "batch", "su", "pwsh", "powershell", "cmd", "expect", "wsl", "zellij"}
)
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SCHEDULED = re.compile(r"\s*(?:@\w+|(?:\S+\s+){4}\S+)\s+(.+)")


def with_assignments(argv: Sequence[str]) -> tuple[Start, ...]:
    count = next((i for i, word in enumerate(argv) if not ASSIGNMENT.match(word)), len(argv))
    made = dict(word.split("=", 1) for word in argv[:count])
    return (Inner(tuple(argv[count:]), made),) if argv[count:] else ()


def wrapped(name: str, arguments: list[str]) -> tuple[Start, ...] | None:
    options = WRAPPERS[name]
    if name == "env":
        for place, word in enumerate(arguments):
            if word in {"-S", "--split-string"} or word.startswith(("-S", "--split-string=")):
                glued = word.removeprefix("--split-string=").removeprefix("-S")
                return (
                    Script(" ".join(([glued] if glued and glued != word else []) + arguments[place + 1 :])),
                )
            if not word.startswith("-") and not ASSIGNMENT.match(word):
                break
    if name in _WITH_VERB:
        if "--" in arguments:
            return _surrounded(name, arguments[arguments.index("--") + 1 :])
        place = next((i for i, word in enumerate(arguments) if word in _ENTRY), -1)
        if place < 0 and name not in {"dotenv", "dotenvx"}:
            return None
        arguments = arguments[place + 1 :]
    given, rest = split(arguments, options)
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
        return (*inner(rest), *inner(rest[1:]))
    return _surrounded(name, rest)


def _surrounded(name: str, argv: Sequence[str]) -> tuple[Start, ...]:
    """Return a command with the surroundings that its wrapper gives it: which server they name is not known."""
    return tuple(
        start._replace(variables={"PGHOST": UNKNOWN})
        if name in _LOADERS and isinstance(start, Inner)
        else start
        for start in inner(argv)
    )


def texts(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
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


def joined(name: str, arguments: list[str]) -> tuple[Start, ...]:
    """Return what a program starts again and again, or several times side by side."""
    given, rest = split(arguments, JOINING[name])
    texts = [value for key, value in given.items() if key in _REPEATED]
    if name in {"concurrently", "hyperfine", "chokidar", "tsc-watch"}:
        return tuple(Script(word) for word in (*texts, *rest))
    if name == "entr":
        return inner(rest)
    if ":::" in rest:
        at = rest.index(":::")
        command = " ".join(rest[:at])
        values = rest[at + 1 : at + 13]
        return tuple(
            Script(command.replace("{}", one) if "{}" in command else f"{command} {one}") for one in values
        )
    return (*(Script(text) for text in texts), *((Script(" ".join(rest)),) if rest else ()))


def from_xargs(arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    given, rest = split(
        arguments,
        Options("aEILnPsdJR", "arg-file delimiter eof replace max-lines max-args max-procs max-chars"),
    )
    if not rest:
        return ()
    known = stdin is not None and UNKNOWN not in stdin
    words = (stdin or "").split()[:64] if known else [UNKNOWN]
    lines = [line for line in (stdin or "").split("\n") if line][:12] if known else [UNKNOWN]
    if not known and name_of(rest[0]) in {"sh", "bash", "zsh"} and "-c" not in "".join(rest[1:2]):
        return (Opaque(tuple(rest), "the script that the shell runs is computed"),)
    replaces = any(re.fullmatch(r"-[a-zA-Z0-9]*i", word) for word in arguments[: len(arguments) - len(rest)])
    mark = given.get("I") or given.get("J") or given.get("replace") or ("{}" if replaces else "")
    if mark:
        return tuple(
            Inner(tuple(part.replace(mark, line) for part in rest), stdin=UNKNOWN)
            for line in lines or [UNKNOWN]
        )
    return (Inner((*rest, *words), stdin=UNKNOWN),)


def executed(arguments: list[str]) -> tuple[Start, ...] | None:
    found: list[Start] = []
    for place, word in enumerate(arguments):
        if word in {"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"}:
            rest = arguments[place + 1 :]
            end = next((i for i, part in enumerate(rest) if part in {";", "+"}), len(rest))
            found.append(
                Inner(tuple(UNKNOWN if part == "{}" else part.replace("{}", UNKNOWN) for part in rest[:end]))
            )
    return tuple(found) if found else None


def scheduled(stdin: str | None) -> tuple[Start, ...] | None:
    """Return what the lines of a crontab run."""
    lines = re.split(f"[\n{UNKNOWN}]", stdin or "")
    return tuple(Script(found[1]) for line in lines if (found := _SCHEDULED.match(line))) or None
