"""Containers and other machines: what runs in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN
from guardrails.agent.starts import (
    VERSION,
    Inner,
    Opaque,
    Options,
    Place,
    Script,
    Start,
    inner,
    name_of,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINERS = frozenset({"docker", "podman", "nerdctl", "docker-compose", "podman-compose", "finch", "lima"})
_FLAGS = re.compile(
    r"-[itdTPqa]+|--(?:rm|init|privileged|read-only|publish-all|no-healthcheck|tty|interactive|detach|quiet|build|no-deps"
    r"|service-ports|use-aliases|quiet-pull|no-tty|no-TTY|remove-orphans|verbose|dry-run|compatibility|all-resources|debug|tls)"
)
HOSTS = {
    "kubectl": "exec run debug", "oc": "exec run rsh debug", "k9s": "", "microk8s.kubectl": "exec run", "heroku": "run run:detached ps:exec",
    "fly": "ssh machine console", "flyctl": "ssh machine console", "railway": "run ssh shell", "dokku": "run enter", "scalingo": "run",
    "cf": "ssh run-task", "eb": "ssh", "aws": "execute-command ssm", "gcloud": "compute run", "az": "containerapp webapp vm", "render": "ssh jobs",
    "platform": "ssh", "vagrant": "ssh", "lxc": "exec", "incus": "exec", "multipass": "exec", "limactl": "shell", "wsl": "",
    "devcontainer": "exec", "nomad": "alloc", "juju": "ssh exec run", "copilot": "svc task", "kamal": "app", "cap": "",
    "ansible": "", "salt": "", "pssh": "", "clush": "", "gh": "codespace", "coder": "ssh", "gitpod": "", "tsh": "ssh", "teleport": "",
}  # fmt: skip
_CONTAINER_LETTER = frozenset({"kubectl", "oc", "microk8s.kubectl"})  # for them -c names a container
_NEAR = frozenset({"vagrant", "lxc", "incus", "multipass", "limactl", "wsl", "devcontainer"})
_SSH = Options("BbcDEeFIiJLlmOopQRSWw")


def contained(
    arguments: list[str], stdin: str | None, variables: Mapping[str, str]
) -> tuple[Start, ...] | None:
    place = Place.CONTAINER
    host = variables.get("DOCKER_HOST", "")
    given, rest = split(
        arguments,
        Options("HcfpPl", "host context file project-name profile env-file project-directory config"),
    )
    if host.startswith(("ssh:", "tcp:")) or given.get("H", given.get("host", "")).startswith(
        ("ssh:", "tcp:")
    ):
        place = Place.ELSEWHERE
    if rest[:1] == ["compose"]:
        rest = split(
            rest[1:], Options("fp", "file project-name profile env-file project-directory ansi progress")
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
        command = [VERSION.sub("", name_of(image[0])).partition(":")[0]]
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
    return parts[-2] if last == "cli" and len(parts) > 1 else last


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


def hosted(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...]:
    if name == "sshpass":
        return inner(split(arguments, Options("pfdP"))[1])
    rest = split(arguments, _SSH)[1]
    rest = split(rest[1:], _SSH)[1]
    if rest:
        return (Script(" ".join(rest), stdin, place=Place.ELSEWHERE),)
    if stdin is None:
        return ()
    if UNKNOWN in stdin:
        return (Opaque((name, *arguments), "what the remote shell reads can't be seen"),)
    return (Script(stdin, place=Place.ELSEWHERE),)


def reached(name: str, arguments: list[str], stdin: str | None) -> tuple[Start, ...] | None:
    """Find what runs on another machine: after `--`, in an option that holds a command, or from its first word on."""
    entries = HOSTS[name].split()
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
        return (Script(rest[0], stdin, place=place),) if len(rest) == 1 else inner(rest, place, stdin)
    at = max((i for i, word in enumerate(arguments) if word in entries), default=-1)
    found: list[Start] = []
    for i in range(at + 1, len(arguments)):
        word = arguments[i]
        if re.search(r"\s", word):
            found.append(Script(word, stdin, place=place))
        elif not word.startswith("-"):
            found.append(Inner(tuple(arguments[i:]), stdin=stdin, place=place))
    return tuple(found[:8]) or None
