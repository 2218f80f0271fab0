"""Somebody says stop -> whatever the database is doing ends, within a fraction of a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from guardrails.lint.contracts import GuardrailsError

_POLL_SECONDS = 0.1


class CancelledError(GuardrailsError):
    """Somebody stopped the run; nothing was kept."""

    def __init__(self) -> None:
        super().__init__("the run was stopped; the database is as it was")


@contextmanager
def stoppable(connection: psycopg.Connection, cancelled: Callable[[], bool]) -> Iterator[Callable[[], None]]:
    """Give a function that raises once somebody said stop; a statement that runs then is cancelled too.

    Raises:
        CancelledError: somebody did.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            if cancelled():
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=5)

    def stop() -> None:
        if cancelled():
            raise CancelledError

    watcher = threading.Thread(target=watch, name="pg-guardrails-seed", daemon=True)
    watcher.start()
    try:
        yield stop
    finally:
        over.set()
        watcher.join()
