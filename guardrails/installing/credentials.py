"""What a program that runs here could use to reach a database or GitHub: names and places, never a value.

A database on this machine is no finding, nor are the keys that every local Supabase has.
"""

from __future__ import annotations

import base64
import configparser
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import yaml

from guardrails.files import read_text, show
from guardrails.installing.checks import Check, Status
from guardrails.installing.json_text import read_json
from guardrails.lint.contracts import GuardrailsError

AREA = "credentials"

_AWAY = "keep it where assistants don't run: a CI secret, another account, or a terminal of your own"
_KEYS = frozenset(
    {
        "SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY",
        "SUPABASE_SECRET_KEY", "SERVICE_ROLE_KEY", "PGPASSWORD", "NEON_API_KEY",
    }
)  # fmt: skip
_GITHUB = frozenset(
    {"GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_PAT"}
)
_DATABASE_URL = re.compile(r"(?:jdbc:)?(?:[a-z]+\+)?postgres(?:ql)?(?:\+[a-z0-9]+)?://", re.IGNORECASE)
_HOST = re.compile(r"(?:^|\s)host(?:addr)?\s*=\s*'?([^\s']+)")
_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*?)\s*$")
_EXAMPLES = frozenset({"example", "sample", "template", "dist", "defaults"})
_SKIPPED = frozenset(
    {"node_modules", ".git", ".venv", "venv", "dist", "build", "target", "vendor", ".next", ".turbo"}
)
_DEPTH = 3
_HERE = frozenset({"", "localhost", "host.docker.internal"})
_SOCKETS = ("/", "@", "%2F", "%2f")
_GITHUB_FIX = "let it have no right to merge, approve or start workflows"
_SERVERS = (".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json", ".gemini/settings.json")


def examine_credentials(root: Path, environ: Mapping[str, str], home: Path) -> Iterator[Check]:
    """Look at the environment, at `.env` files, and at the files of psql, Supabase, GitHub and MCP."""
    checks = [
        *_in_values(environ, "the environment"),
        *(
            check
            for path in _env_files(root)
            for check in _in_values(_values(path, root), _masked(show(path, root)))
        ),
        *_of_settings(root),
        *_of_psql(environ, home),
        *_of_supabase(root, home),
        *_of_github(environ, home),
        *_of_servers(root, home),
    ]
    yield from checks
    if not any(check.status is Status.OFF for check in checks):
        yield Check(AREA, Status.OK, "no credential for a database on another machine was found")


def _in_values(values: Mapping[str, str], where: str) -> Iterator[Check]:
    databases: list[str] = []
    keys: list[str] = []
    tokens: list[str] = []
    unsure: list[str] = []
    remote_host = _distance(values.get("PGHOST", "")) is Status.OFF
    for name, value in values.items():
        if _DATABASE_URL.match(value) or _names_a_database(value):
            distance = _distance_of(value)
            (databases if distance is Status.OFF else unsure if distance is Status.WARNING else []).append(
                name
            )
        elif name in _GITHUB and value:
            tokens.append(name)
        elif _is_key(name) and value and not _is_local_key(value) and (name != "PGPASSWORD" or remote_host):
            keys.append(name)
    if "PGSERVICE" in values:
        unsure.append("PGSERVICE")
    if databases:
        yield Check(
            AREA, Status.OFF, f"{_listed(databases)} in {where}: a database on another machine", _AWAY
        )
    if keys:
        yield Check(AREA, Status.OFF, f"{_listed(keys)} in {where}: opens a database or its project", _AWAY)
    if unsure:
        yield Check(
            AREA,
            Status.WARNING,
            f"{_listed(unsure)} in {where}: a database on a machine that can't be told",
            _AWAY,
        )
    if tokens:
        yield Check(
            AREA,
            Status.WARNING,
            f"{_listed(tokens)} in {where}: acts on GitHub in your name",
            _GITHUB_FIX,
        )


def _is_key(name: str) -> bool:
    return name in _KEYS or name.endswith(
        ("_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_DB_PASSWORD")
    )


def _is_local_key(value: str) -> bool:
    """Tell the keys that Supabase's command line gives to every local project, and text that is no key yet."""
    if value.startswith(("$", "<", "your", "YOUR", "env(")):
        return True
    parts = value.split(".")
    if len(parts) != 3:
        return False
    try:
        return b"supabase-demo" in base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except ValueError:
        return False


def _names_a_database(value: str) -> bool:
    """Tell a connection string of libpq's other form, `host=… dbname=…`."""
    return bool(_HOST.search(value)) and bool(re.search(r"\b(?:dbname|password)\s*=", value))


def _distance_of(url: str) -> Status:
    """Return OK for a database on this machine, OFF for another machine, WARNING where that can't be told."""
    if "<" in url or "[YOUR" in url.upper():
        return Status.OK
    try:
        if not _DATABASE_URL.match(url):
            return _farthest(_HOST.findall(url))
        parts = urlsplit(url.removeprefix("jdbc:"))
        asked = parse_qs(parts.query)
        hosts = asked.get("hostaddr") or asked.get("host") or [parts.netloc.rpartition("@")[2]]
        return _farthest(hosts)
    except ValueError:
        return Status.WARNING


def _farthest(hosts: list[str]) -> Status:
    names = [re.sub(r":\d*$", "", host).strip("[]") for one in hosts for host in one.split(",")]
    distances = {_distance(name) for name in names}
    return next(one for one in (Status.OFF, Status.WARNING, Status.OK) if one in distances)


def _distance(host: str) -> Status:
    if host in _HERE or host.startswith(_SOCKETS):
        return Status.OK
    try:
        return Status.OK if ipaddress.ip_address(host).is_loopback else Status.OFF
    except ValueError:
        pass
    return Status.OFF if "." in host or ":" in host else Status.WARNING


def _env_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        folders[:] = sorted(one for one in folders if one not in _SKIPPED and depth < _DEPTH)
        for name in sorted(names):
            if (
                name in {".env", ".envrc"} or name.startswith(".env.") or name.endswith(".env")
            ) and not _EXAMPLES & set(name.split(".")):
                yield Path(folder, name)


def _values(path: Path, root: Path) -> dict[str, str]:
    lines = _text(path, root).splitlines()
    found = (match for line in lines if (match := _LINE.match(line)))
    return {match[1]: match[2].strip("'\"") for match in found}


def _of_psql(environ: Mapping[str, str], home: Path) -> Iterator[Check]:
    passwords = Path(environ.get("PGPASSFILE") or home / ".pgpass")
    hosts = [
        line.replace("\\:", " ").split(":")[0]
        for line in _text(passwords, home).splitlines()
        if line.strip() and not line.startswith("#")
    ]
    if far := sum(_distance(host) is not Status.OK for host in hosts):
        yield Check(
            AREA,
            Status.OFF,
            f"{_shown(passwords, home)} holds {_counted(far, 'password')} for databases elsewhere",
            _AWAY,
        )
    services = Path(environ.get("PGSERVICEFILE") or home / ".pg_service.conf")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(services, home))
    except configparser.Error:
        return
    if far := sum(_distance(parser[name].get("host", "")) is not Status.OK for name in parser.sections()):
        yield Check(
            AREA, Status.OFF, f"{_shown(services, home)} names {_counted(far, 'database')} elsewhere", _AWAY
        )


def _of_supabase(root: Path, home: Path) -> Iterator[Check]:
    token = home / ".supabase" / "access-token"
    if _text(token, home).strip():
        yield Check(
            AREA,
            Status.OFF,
            f"{_shown(token, home)}: `supabase` acts on your projects",
            "supabase logout, and log in only where no assistant runs",
        )
    for path in sorted((root / folder / ".temp" / "project-ref") for folder in ("supabase", ".")):
        if _text(path, root).strip():
            yield Check(
                AREA,
                Status.WARNING,
                f"{show(path, root)}: linked, so `supabase db push` would go to that project",
                "supabase unlink",
            )


def _of_github(environ: Mapping[str, str], home: Path) -> Iterator[Check]:
    configured = environ.get("XDG_CONFIG_HOME") or home / ".config"
    hosts = Path(environ.get("GH_CONFIG_DIR") or Path(configured, "gh")) / "hosts.yml"
    try:
        logged_in = yaml.safe_load(_text(hosts, home))
    except yaml.YAMLError:
        logged_in = True
    places = [hosts] if logged_in else []
    places += [
        path for path in (Path(configured, "hub"), home / ".git-credentials") if _text(path, home).strip()
    ]
    if "github.com" in _text(home / ".netrc", home):
        places.append(home / ".netrc")
    if places:
        shown = _listed([_shown(path, home) for path in places])
        yield Check(
            AREA,
            Status.WARNING,
            f"{shown}: acts on GitHub in your name",
            _GITHUB_FIX,
        )


def _of_servers(root: Path, home: Path) -> Iterator[Check]:
    for path, shown in [
        *((root / name, name) for name in _SERVERS),
        (home / ".claude.json", "~/.claude.json"),
    ]:
        try:
            document = read_json(_text(path, root), shown, comments=True)
        except GuardrailsError:
            continue
        for table in (document.get("mcpServers"), document.get("servers")):
            for name, server in table.items() if isinstance(table, dict) else ():
                if any(_is_far(text) for text in _texts(server)):
                    yield Check(
                        AREA,
                        Status.OFF,
                        f"{shown}: the server {_masked(name)} is given a database on another machine",
                        _AWAY,
                    )
                if _writes(server):
                    yield Check(
                        AREA,
                        Status.OFF,
                        f"{shown}: the server {name} may write to your Supabase project",
                        "add read_only=true to its address, or --read-only to its arguments",
                    )


def _of_settings(root: Path) -> Iterator[Check]:
    """Look at the variables that Claude Code's settings give to every command."""
    for shown in (".claude/settings.json", ".claude/settings.local.json"):
        try:
            given = read_json(_text(root / shown, root), shown, comments=True).get("env")
        except GuardrailsError:
            continue
        values = given if isinstance(given, dict) else {}
        yield from _in_values(
            {name: value for name, value in values.items() if isinstance(value, str)}, shown
        )


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for one in value.values():
                yield from _texts(one)


def _is_far(text: str) -> bool:
    """Tell a word that is, or ends in, the address of a database on another machine."""
    found = _DATABASE_URL.search(text)
    return found is not None and _distance_of(text[found.start() :]) is Status.OFF


def _masked(name: str) -> str:
    """Return the name of a file or a server without a password that stands in it, as in an address."""
    return re.sub(r":[^/:@]+@", ":…@", name)


def _writes(server: object) -> bool:
    """Tell a server of Supabase's that is not read-only; a mistyped option, as `read_only-true`, does nothing."""
    if not isinstance(server, dict):
        return False
    address = str(server.get("url") or server.get("httpUrl") or "")
    words = [str(word) for word in (server.get("command"), *(server.get("args") or []))]
    if "mcp.supabase.com" in address or any("mcp.supabase.com" in word for word in words):
        asked = parse_qs(
            urlsplit(next((one for one in (address, *words) if "mcp.supabase.com" in one), "")).query
        )
        return asked.get("read_only") != ["true"]
    return any("mcp-server-supabase" in word for word in words) and "--read-only" not in words


def _text(path: Path, root: Path) -> str:
    """Return what a file says, nothing when it is not there or can't be read."""
    try:
        return read_text(path, root) if path.exists() else ""
    except (GuardrailsError, OSError):
        return ""


def _shown(path: Path, home: Path) -> str:
    return _masked(
        f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else show(path, path.parent)
    )


def _listed(names: list[str]) -> str:
    return ", ".join(sorted(names)[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
