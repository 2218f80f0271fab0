"""A real Chromium, and a host with Apps around the real server, for tests of the review page.

`scripts/setup-browser` installs what they need; without it they are skipped.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from mcp_server.review import URI
from mcp_server.server import build_server

HOST = Path(__file__).with_name("host.html")
# What a host has to send where a page declares no other origin; the page in the frame inherits it.
POLICY = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self'"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []), "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
SQL = "CREATE TABLE public.notes (id uuid PRIMARY KEY, author uuid);"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven over the DevTools protocol; while it is, no other loop can run in this thread."""
    driver = pytest.importorskip("playwright.sync_api", reason="scripts/setup-browser was not run")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no chromium: scripts/setup-browser installs it where it can")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@dataclass
class Opened:
    """A page that is open in Chromium: `frame` is where the review is shown; what it asked of the network, and said."""

    page: Any
    frame: Any
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def sent(self, method: str) -> list[dict[str, Any]]:
        """Return the messages of this method that the page sent to its host."""
        return [one["params"] for one in self.page.evaluate("log") if one.get("method") == method]

    @property
    def answer(self) -> str:
        return str(self.frame.locator("#said").text_content())

    def wait_for_answer(self, beginning: str) -> None:
        self.frame.locator("#said", has_text=beginning).wait_for()


Open = Callable[..., Opened]


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    """Open an address, watched: whatever is asked of another machine is refused and remembered."""
    contexts = []

    def open_(address: str, *, width: int = 1000, height: int = 900, **given: Any) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, **given)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        found = Opened(page, page.main_frame)
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("console", lambda message: found.said.append(message.text))
        page.on("pageerror", lambda error: found.said.append(str(error)))
        page.on("dialog", lambda dialog: found.said.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.goto(address)
        return found

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """Return what tells which rules for accessible pages a frame breaks, and where."""
    package = pytest.importorskip("axe_playwright_python", reason="scripts/setup-browser was not run")
    script = Path(package.__file__).with_name("axe.min.js").read_text(encoding="utf-8")

    def run(frame: Any) -> list[str]:
        frame.evaluate(script)
        found = frame.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return [
            f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    return run


@dataclass
class Host:
    """A host with Apps: a page with a frame, and behind it a client of the real server."""

    address: str
    root: Path
    setting: dict[str, Any]
    portal: BlockingPortal
    client: Client

    def draft(self, sql: str = SQL, **changed: str) -> dict[str, Any]:
        """Draft a migration, so that the host shows the review of it; return what the model gets."""
        given = {"description": "Add notes", "purpose": "People write them down", "sql": sql, **changed}
        result = self.rpc("tools/call", {"name": "create_migration", "arguments": given})
        self.setting |= {"arguments": given, "result": result, "html": self.html()}
        return dict(result["structuredContent"])

    def html(self) -> str:
        return str(self.rpc("resources/read", {"uri": URI})["contents"][0]["text"])

    def rpc(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        async def work() -> Any:
            if method == "resources/read":
                return await self.client.read_resource(params["uri"])
            return await self.client.call_tool(params["name"], params["arguments"])

        found: dict[str, Any] = self.portal.call(work).model_dump(
            mode="json", by_alias=True, exclude_none=True
        )
        return found

    @property
    def migrations(self) -> list[Path]:
        return sorted((self.root / "supabase" / "migrations").iterdir())

    def show(self, opened: Open, *, review: bool = True, **given: Any) -> Opened:
        """Open the host in Chromium, and wait until the page shows the review, or says why there is none."""
        found = opened(self.address, **given)
        found.frame = found.page.frame_locator("#view")
        told = "The review is shown here as soon as"
        found.frame.locator("#sql" if review else "#waiting", has_not_text=told).wait_for()
        return found


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    apps = [advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})]
    setting: dict[str, Any] = {"context": {"theme": "light", "displayMode": "inline"}}
    with start_blocking_portal() as portal:
        client = Client(build_server(tmp_path), extensions=apps)
        with portal.wrap_async_context_manager(client):
            found = Host("", tmp_path, setting, portal, client)
            with _served(found) as address:
                found.address = address
                yield found


@contextmanager
def _served(host: Host) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/setting":
                self._send("application/json", json.dumps(host.setting).encode())
            else:
                self._send("text/html", HOST.read_bytes())

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send("application/json", json.dumps(host.rpc(asked["method"], asked["params"])).encode())

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
