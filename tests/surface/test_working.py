"""Long work tells how far it is and ends with whoever waited for it; lists that change are announced."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import psycopg
import pytest
from mcp import Client
from mcp_types import PromptReference, ResourceListChangedNotification, ResourceTemplateReference

from commands.seed import seed_dev
from commands.validate import validate_project
from guardrails.audit import FILE
from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.engine import Server, disposable_server
from mcp_server.server import build_server
from tests.surface.support import MODES, Mode, answering, call, data, draft, dsn_of, over_stdio, session


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


def many_migrations(root: Path, count: int = 300) -> None:
    for number in range(count):
        (root / f"supabase/migrations/20250101{number:06}_t{number}.sql").write_text(
            "".join(f"CREATE TABLE public.t{number}_{other} (id int PRIMARY KEY);\n" for other in range(10))
        )


@pytest.mark.parametrize("mode", MODES)
def test_validation_of_a_folder_tells_how_far_it_is(root: Path, mode: Mode) -> None:
    many_migrations(root)
    heard: list[tuple[float, float | None]] = []

    async def progress(done: float, total: float | None, _message: str | None) -> None:
        heard.append((done, total))

    async def work(client: Client) -> None:
        await client.call_tool("validate_migration", {"path": "supabase"}, progress_callback=progress)

    session(work, root, mode)

    shares = [done for done, _ in heard]
    assert shares == sorted(set(shares))
    assert heard[-1] == (300, 300)


class Recorded:
    """A use case that says how it ended, also when nobody hears the result."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.ended = threading.Event()
        self.outcome: object = None

    def __call__(self, *given: Any, **named: Any) -> object:
        try:
            self.outcome = self.run(*given, **named)
        except GuardrailsError as error:
            self.outcome = error
            raise
        finally:
            self.ended.set()
        return self.outcome


async def cancelled_at_first_progress(client: Client, tool: str, arguments: dict[str, Any]) -> None:
    with anyio.CancelScope() as scope:

        async def progress(_done: float, _total: float | None, _message: str | None) -> None:
            scope.cancel()

        await client.call_tool(tool, arguments, progress_callback=progress)
    assert scope.cancelled_caught


@pytest.mark.parametrize("mode", MODES)
def test_a_validation_that_nobody_waits_for_stops(
    root: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_migrations(root)
    recorded = Recorded(validate_project)
    monkeypatch.setattr("mcp_server.tools.validate.validate_project", recorded)

    async def work(client: Client) -> None:
        await cancelled_at_first_progress(client, "validate_migration", {})
        assert await anyio.to_thread.run_sync(recorded.ended.wait, 60)
        assert data(await client.call_tool("validate_migration", {"sql": "SELECT 1"}))["valid"]

    session(work, root, mode)

    assert "stopped" in str(recorded.outcome)


@pytest.mark.parametrize("mode", MODES)
def test_a_seed_run_that_nobody_waits_for_leaves_no_row(
    root: Path, server: Server, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    conninfo = server.database()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)"
        )
    monkeypatch.setenv("DATABASE_URL", dsn_of(conninfo))
    recorded = Recorded(seed_dev)
    monkeypatch.setattr("mcp_server.tools.seeds.seed_dev", recorded)

    async def work(client: Client) -> None:
        await cancelled_at_first_progress(client, "seed_dev", {"user_count": 3_000_000})
        assert await anyio.to_thread.run_sync(recorded.ended.wait, 60)

    session(work, root, mode)

    with psycopg.connect(conninfo) as connection:
        assert connection.execute("SELECT count(*) FROM public.users").fetchall() == [(0,)]
    assert not (root / ".guardrails").exists()


def test_a_seed_run_that_is_kept_is_remembered(
    root: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    conninfo = server.database()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)"
        )
    monkeypatch.setenv("DATABASE_URL", dsn_of(conninfo))

    assert data(call(root, "seed_test", {"user_count": 4}))["created"] == {"public.users": 4}

    (line,) = (json.loads(line) for line in (root / FILE).read_text().splitlines())
    assert (line["event"], line["tool"], line["means"], line["rows"]) == ("seeded", "seed_test", "call", 4)
    assert "host" not in line


@pytest.mark.parametrize("mode", MODES)
def test_a_server_over_stdio_goes_on_after_a_cancelled_call(root: Path, mode: Mode) -> None:
    many_migrations(root)

    async def run() -> None:
        async with over_stdio(root, mode) as client:
            await cancelled_at_first_progress(client, "validate_migration", {})
            assert data(await client.call_tool("validate_migration", {"sql": "SELECT 1"}))["valid"]

    anyio.run(run)


def test_a_written_migration_is_announced_to_whoever_listens(root: Path) -> None:
    heard: list[str] = []

    async def work(client: Client) -> None:
        async with client.listen(
            resources_list_changed=True, resource_subscriptions=["guardrails://migrations"]
        ) as events:
            await client.call_tool("create_migration", draft())
            async for event in events:
                heard.append(type(event).__name__)
                if len(heard) == 2:
                    break

    session(work, root, "auto", answering("accept"))

    assert sorted(heard) == ["ResourceUpdated", "ResourcesListChanged"]


def test_a_written_migration_is_announced_in_the_older_era(root: Path) -> None:
    announced = anyio.Event()

    async def handle(message: object) -> None:
        if isinstance(message, ResourceListChangedNotification):
            announced.set()

    async def run() -> None:
        async with Client(
            build_server(root),
            mode="legacy",
            elicitation_callback=answering("accept"),
            message_handler=handle,
        ) as client:
            capabilities = client.server_capabilities
            assert capabilities.resources is not None
            assert capabilities.resources.list_changed
            await client.call_tool("create_migration", draft())
            with anyio.fail_after(30):
                await announced.wait()

    anyio.run(run)


def test_a_rejected_draft_is_not_announced(root: Path) -> None:
    heard: list[object] = []

    async def work(client: Client) -> None:
        async with client.listen(resources_list_changed=True) as events:
            await client.call_tool("create_migration", draft())
            with anyio.move_on_after(0.2):
                heard.append(await anext(events))

    session(work, root, "auto", answering("decline"))

    assert heard == []


RULES = ResourceTemplateReference(uri="guardrails://rules/{code}")
FILES = ResourceTemplateReference(uri="guardrails://migrations/{filename}")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("reference", "typed", "first"),
    [
        (RULES, "drop_ta", "DROP_TABLE"),
        (RULES, "destr", "destructive"),
        (RULES, "rls", "RLS"),
        (FILES, "2025", "20250102000000_b.sql"),
        (FILES, "_a", "20250101000000_a.sql"),
        (PromptReference(name="db-validate-migration"), "supa", "supabase/migrations/20250102000000_b.sql"),
        (PromptReference(name="db-seed-dev"), "200 users in de_D", "200 users in de_DE"),
        (PromptReference(name="db-create-migration"), "a table", None),
        (PromptReference(name="no-such"), "a", None),
    ],
    ids=str,
)
def test_what_is_typed_is_completed(
    root: Path, mode: Mode, reference: Any, typed: str, first: str | None
) -> None:
    for name in ("20250101000000_a.sql", "20250102000000_b.sql"):
        (root / "supabase/migrations" / name).write_text("SELECT 1;")
    found: list[list[str]] = []

    async def work(client: Client) -> None:
        completed = await client.complete(reference, {"name": "any", "value": typed})
        found.append(completed.completion.values)

    session(work, root, mode)

    (values,) = found
    assert len(values) <= 100
    assert (values == []) if first is None else (first in values[0])


def test_lists_that_are_cut_say_how_to_get_the_rest(root: Path) -> None:
    many_migrations(root, 205)

    listed = data(call(root, "list_migrations", {}))
    older = data(call(root, "list_migrations", {"skip": 200}))

    assert (listed["count"], len(listed["migrations"]), listed["more"]) == (205, 200, 5)
    assert "skip=200" in listed["next_step"]
    assert [one["name"] for one in older["migrations"]] == [f"t{number}" for number in range(5)]
    assert "more" not in older


def test_the_findings_of_all_migrations_come_in_pages(root: Path) -> None:
    many_migrations(root, 12)

    first = data(call(root, "validate_migration", {}))
    second = data(call(root, "validate_migration", {"skip": 50}))

    assert (first["files"], len(first["warnings"]), first["more"]) == (12, 50, 70)
    assert "skip=50" in first["next_step"]
    places = [(one["path"], one["line"], one["code"]) for one in (*first["warnings"], *second["warnings"])]
    assert len(set(places)) == len(places) == 100
