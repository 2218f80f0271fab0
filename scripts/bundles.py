"""pyproject.toml, the command prompts, the hooks of `init` and the server's tools -> `plugin/` and `server.json`.

In docs/hosts.md the versions and the links that install are brought up to date.
With `--check` it writes nothing and says what is out of date.
"""

import base64
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
from mcp.client import Client

from commands.prompts import command_files
from guardrails.installing.setup import template
from mcp_server.server import build_server

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME, VERSION, SUMMARY = PROJECT["name"], PROJECT["version"], PROJECT["description"]
REPOSITORY = PROJECT["urls"]["Repository"]
OWNER = REPOSITORY.split("/")[-2]
PINNED = f"{NAME}@{VERSION}"
STARTER = '"${CLAUDE_PLUGIN_ROOT}/bin/pg-guardrails"'
REGISTRY_SUMMARY = (
    "Drafts and proves PostgreSQL and Supabase migrations; a human decides, nothing is applied."
)
DATABASE = (
    "A development database on this machine for seed_dev and seed_test; not needed for anything else. "
    "A database that is not recognised as one for development is refused."
)


def bundles() -> dict[str, str]:
    """Return every generated file by its path from the repository's root."""
    written = {
        "server.json": _json(_registry_entry()),
        "plugin/.claude-plugin/marketplace.json": _json(_marketplace()),
        f"plugin/{NAME}/.claude-plugin/plugin.json": _json(_plugin()),
        f"plugin/{NAME}/hooks/hooks.json": _json({"hooks": _hooks()}),
        "plugin/mcpb/manifest.json": _json(_bundle()),
        "plugin/mcpb/pyproject.toml": _bundle_project(),
        "docs/hosts.md": _page((ROOT / "docs/hosts.md").read_text(encoding="utf-8")),
    }
    for name, text in command_files().items():
        # Claude Code names the tools of a plugin's server after both.
        in_plugin = text.replace(f"mcp__{NAME}__", f"mcp__plugin_{NAME}_{NAME}__")
        written[f"plugin/{NAME}/commands/{name}"] = in_plugin
    return written


def _registry_entry() -> dict[str, Any]:
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": f"io.github.{OWNER}/{NAME}",
        "title": NAME,
        "description": REGISTRY_SUMMARY,
        "version": VERSION,
        "repository": {"url": REPOSITORY, "source": "github"},
        "packages": [
            {
                "registryType": "pypi",
                "identifier": NAME,
                "version": VERSION,
                "runtimeHint": "uvx",
                "transport": {"type": "stdio"},
                "packageArguments": [{"type": "positional", "value": "mcp"}],
                "environmentVariables": [
                    {
                        "name": "GUARDRAILS_ROOT",
                        "description": "The project's folder; without it, the folder that the server is started in.",
                        "format": "filepath",
                    },
                    {"name": "GUARDRAILS_DATABASE_URL", "description": DATABASE, "isSecret": True},
                ],
            }
        ],
    }


def _marketplace() -> dict[str, Any]:
    return {
        "name": NAME,
        "owner": {"name": f"The {NAME} authors"},
        "metadata": {"description": SUMMARY, "version": VERSION},
        "plugins": [
            {
                "name": NAME,
                "source": f"./{NAME}",
                "description": SUMMARY,
                "version": VERSION,
                "category": "database",
                "keywords": PROJECT["keywords"],
            }
        ],
    }


def _plugin() -> dict[str, Any]:
    return {
        "name": NAME,
        "version": VERSION,
        "description": SUMMARY,
        "author": {"name": f"The {NAME} authors", "url": REPOSITORY},
        "homepage": REPOSITORY,
        "repository": REPOSITORY,
        "license": PROJECT["license"],
        "keywords": PROJECT["keywords"],
        "mcpServers": {
            NAME: {
                "command": "uvx",
                "args": [PINNED, "mcp"],
                "env": {"GUARDRAILS_ROOT": "${CLAUDE_PROJECT_DIR}"},
            }
        },
    }


def _hooks() -> dict[str, Any]:
    """Return the hooks that `init` writes, started from the plugin's own folder."""
    text = template("claude/settings.json").replace(f'"{NAME} hook ', json.dumps(STARTER)[:-1] + " hook ")
    hooks: dict[str, Any] = json.loads(text)["hooks"]
    return hooks


def _bundle() -> dict[str, Any]:
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": NAME,
        "version": VERSION,
        "description": SUMMARY,
        "author": {"name": f"The {NAME} authors", "url": REPOSITORY},
        "repository": {"type": "git", "url": REPOSITORY},
        "license": PROJECT["license"],
        "keywords": PROJECT["keywords"],
        "server": {
            "type": "uv",
            "entry_point": "server.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", "server.py"],
                "env": {
                    "GUARDRAILS_ROOT": "${user_config.project}",
                    "GUARDRAILS_DATABASE_URL": "${user_config.database}",
                },
            },
        },
        "tools": [{"name": name, "description": text} for name, text in anyio.run(_tools)],
        "prompts_generated": True,
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": PROJECT["requires-python"]},
        },
        "user_config": {
            "project": {
                "type": "directory",
                "title": "Project folder",
                "description": "The repository whose migrations are drafted and judged.",
                "required": True,
            },
            "database": {
                "type": "string",
                "title": "Development database",
                "description": DATABASE,
                "required": False,
                "sensitive": True,
                "default": "",
            },
        },
    }


async def _tools() -> list[tuple[str, str]]:
    async with Client(build_server(ROOT)) as client:
        listed = await client.list_tools()
    return [
        (tool.name, (tool.description or "").partition(". ")[0].rstrip(".") + ".") for tool in listed.tools
    ]


def _bundle_project() -> str:
    return (
        f'[project]\nname = "{NAME}-bundle"\nversion = "{VERSION}"\n'
        f'requires-python = "{PROJECT["requires-python"]}"\ndependencies = ["{NAME}=={VERSION}"]\n'
    )


def _page(text: str) -> str:
    started: dict[str, Any] = {"command": "uvx", "args": [PINNED, "mcp"]}
    cursor = quote(base64.b64encode(json.dumps(started).encode()).decode(), safe="")
    vscode = quote(json.dumps({"type": "stdio", **started}), safe="")
    text = re.sub(rf"{NAME}@[\d.]+\d", PINNED, text)
    text = re.sub(r"(cursor\.com/\S+?&config=)[^)]*", rf"\g<1>{cursor}", text)
    return re.sub(r"(vscode\.dev/\S+?&config=)[^)]*", rf"\g<1>{vscode}", text)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    stale = []
    for name, text in bundles().items():
        path = ROOT / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{'out of date' if '--check' in arguments else 'written'}: {name}")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
