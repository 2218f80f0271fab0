"""One server for all tests of `verify` that don't start and end it themselves: starting it takes longest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from guardrails.config import ShadowSettings
from guardrails.shadow.engine import Begun, Platform, Prepared, Server, disposable_server


@pytest.fixture(scope="session")
def verifying_server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture
def one_server(verifying_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Let `verify` use the one server, where each run makes databases of its own."""

    @contextmanager
    def prepared(
        platform: Platform,
        _history: Sequence[str | bytes],
        fill: Callable[[Begun], str],
        _settings: ShadowSettings,
    ) -> Iterator[Prepared]:
        conninfo = verifying_server.database(platform)
        note = fill(Begun(verifying_server, conninfo, 0, ""))
        yield Prepared(verifying_server, conninfo, note, warm=False)
        verifying_server.drop(conninfo)

    monkeypatch.setattr("commands.verify.prepared_server", prepared)
    return verifying_server
