"""What registries and hosts read of us: current, and of the form that each of them asks for."""

import base64
import json
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema

from guardrails.installing.setup import template

CHECKOUT = Path(__file__).parents[2]
PLUGIN = CHECKOUT / "plugin/pg-guardrails"
VERSION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]


def read(name: str) -> dict[str, object]:
    value = json.loads((CHECKOUT / name).read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def test_the_bundles_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/bundles.py", "--check"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, f"run: make bundles\n{done.stdout}{done.stderr}"


def test_every_bundle_has_the_version_of_the_project() -> None:
    texts = [path.read_text() for path in (CHECKOUT / "plugin").rglob("*.json")]
    stated = {found for text in texts for found in re.findall(r'"version": "([^"]+)"', text)}

    assert stated == {VERSION}
    assert read("server.json")["version"] == VERSION


def test_the_registry_entry_has_the_form_of_the_registry() -> None:
    schema = files("skillsaw").joinpath("schemas/mcp_registry/v2025_12_11/server.schema.json").read_text()
    entry = read("server.json")

    jsonschema.validate(entry, json.loads(schema))
    assert f"<!-- mcp-name: {entry['name']} -->" in (CHECKOUT / "README.md").read_text()


def test_the_plugin_has_the_hooks_that_init_writes() -> None:
    written = json.loads(template("claude/settings.json"))["hooks"]
    shipped = read("plugin/pg-guardrails/hooks/hooks.json")["hooks"]

    as_installed = json.dumps(shipped).replace(
        r"\"${CLAUDE_PLUGIN_ROOT}/bin/pg-guardrails\"", "pg-guardrails"
    )
    assert json.loads(as_installed) == written


def test_the_plugin_names_its_tools_as_claude_code_does() -> None:
    for command in (PLUGIN / "commands").glob("*.md"):
        for tool in re.findall(r"mcp__\S+?__\w+", command.read_text()):
            assert tool.startswith("mcp__plugin_pg-guardrails_pg-guardrails__")


def test_an_install_link_holds_the_configuration_that_is_shown() -> None:
    page = (CHECKOUT / "docs/hosts.md").read_text()
    links = [urlsplit(link) for link in re.findall(r"\]\((https://\S+install\S*)\)", page)]

    said = {}
    for link in links:
        asked = parse_qs(link.query)
        config = asked["config"][0]
        text = base64.b64decode(config) if link.netloc == "cursor.com" else unquote(config)
        said[link.netloc] = (asked["name"], json.loads(text))

    started = {"command": "uvx", "args": [f"pg-guardrails@{VERSION}", "mcp"]}
    assert said == {
        "cursor.com": (["pg-guardrails"], started),
        "insiders.vscode.dev": (["pg-guardrails"], {"type": "stdio", **started}),
    }


def test_every_snippet_for_a_host_parses_and_starts_the_version_that_is_released() -> None:
    page = (CHECKOUT / "docs/hosts.md").read_text()
    snippets = re.findall(r"^```(json|toml)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)

    read_in = [json.loads(text) if kind == "json" else tomllib.loads(text) for kind, text in snippets]

    servers = [
        server["pg-guardrails"]
        for snippet in read_in
        for key, server in snippet.items()
        if key in {"mcpServers", "servers", "mcp_servers", "context_servers"}
    ]
    assert len(servers) == len(snippets) == 6
    assert {(server["command"], *server["args"]) for server in servers} == {
        ("uvx", f"pg-guardrails@{VERSION}", "mcp")
    }
