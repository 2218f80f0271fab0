"""One server for all tests of `verify` that don't start and end it themselves: starting it takes longest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from guardrails.shadow.engine import Server, disposable_server


@pytest.fixture(scope="session")
def verifying_server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture
def one_server(verifying_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Let `verify` use the one server, where each run makes databases of its own."""
    monkeypatch.setattr("commands.verify.disposable_server", lambda *_: nullcontext(verifying_server))
    return verifying_server
