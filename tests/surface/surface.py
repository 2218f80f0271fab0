"""What a client can list of the server, as JSON texts by the name of their file; run, it writes them."""

import json
import tempfile
from pathlib import Path
from typing import Any

from mcp import Client

from tests.surface.support import Mode, session

SNAPSHOTS = Path(__file__).with_name("snapshots")


def surface(root: Path, mode: Mode, *, read_only: bool = False) -> dict[str, str]:
    """Return what is listed; both eras of the protocol list the same, so they share their files."""
    found: dict[str, Any] = {}

    async def work(client: Client) -> None:
        found["instructions"] = client.instructions
        found["tools"] = (await client.list_tools()).tools
        found["prompts"] = (await client.list_prompts()).prompts
        found["resources"] = (await client.list_resources()).resources
        found["resource_templates"] = (await client.list_resource_templates()).resource_templates

    session(work, root, mode, read_only=read_only)

    if read_only:
        names = {
            name: [one.name for one in part] if isinstance(part, list) else part
            for name, part in found.items()
        }
        return {"read_only.json": _written(names)}
    return {f"{name}.json": _written(_plain(part)) for name, part in found.items()}


def _plain(part: object) -> object:
    if not isinstance(part, list):
        return part
    return [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in part]


def _written(value: object) -> str:
    """Return JSON with its keys sorted: each era sends them in an order of its own."""
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def rewrite() -> None:
    SNAPSHOTS.mkdir(exist_ok=True)
    for path in SNAPSHOTS.iterdir():
        path.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for read_only in (False, True):
            for name, text in surface(Path(folder), "auto", read_only=read_only).items():
                (SNAPSHOTS / name).write_text(text)


if __name__ == "__main__":
    rewrite()
