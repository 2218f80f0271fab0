"""The examples in docs/mcp.md: each call that a comment there names, run, and what came back."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from mcp_server.server import build_server
from tests.surface.support import data

PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"
_EXAMPLE = re.compile(
    r"(?P<asks><!-- (?P<kind>call|read|audit): (?P<what>.*?) -->\n)```\w+\n.*?```\n", re.DOTALL
)
_MARKER = re.compile(r"untrusted-data-[0-9a-f]{16}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_HISTORY = {
    "20250101000000_add_customers.sql": """-- Migration: Add customers
-- Purpose: Somebody has to buy
CREATE TABLE public.customers (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
"""
}


def written(page: str) -> str:
    """Return a page with its examples run anew, in a project of one migration."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "supabase/migrations").mkdir(parents=True)
        for name, sql in _HISTORY.items():
            (root / "supabase/migrations" / name).write_text(sql)
        return anyio.run(_written, page, root)


async def _written(page: str, root: Path) -> str:
    pieces, last = [], 0
    async with Client(build_server(root)) as client:
        for example in _EXAMPLE.finditer(page):
            kind, text = await _answer(client, root, example["kind"], example["what"])
            steady = _MOMENT.sub("2026-01-02T03:04:05Z", _MARKER.sub("untrusted-data-5f0c1d2e3a4b5968", text))
            pieces += [page[last : example.start()], f"{example['asks']}```{kind}\n{steady}\n```\n"]
            last = example.end()
    return "".join(pieces) + page[last:]


async def _answer(client: Client, root: Path, kind: str, what: str) -> tuple[str, str]:
    match kind:
        case "call":
            tool, _, arguments = what.partition(" ")
            result = data(await client.call_tool(tool, json.loads(arguments)))
            return "json", json.dumps(_steady(result), indent=1, ensure_ascii=False)
        case "read":
            (content,) = (await client.read_resource(what)).contents
            return "text", str(getattr(content, "text", ""))
        case "audit":
            return "json", (root / ".guardrails/audit.jsonl").read_text().splitlines()[int(what)]
    raise AssertionError(kind)


def _steady(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "duration_ms": 40} if "duration_ms" in result else result


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
