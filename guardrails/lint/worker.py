"""One thread with a large stack, in which everything that touches the parser runs.

A tree nests deeper than the stack of a host's own threads may reach. And the parser's library takes
a thread-local key for each thread that ever calls it, of which a process has about a thousand, and
gives none back: one thread for all calls takes one (libpg_query's `pg_query_init`).
"""

from __future__ import annotations

import threading
from _queue import SimpleQueue  # `queue` imports what its other classes want
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")


_STACK_BYTES = 128 * 1024 * 1024

_lock = threading.Lock()
_jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
_thread: threading.Thread | None = None


def on_worker(work: Callable[[], T]) -> T:
    """Run something in the worker and return what it returns, or raise what it raises."""
    if threading.current_thread() is _thread:
        return work()
    outcome: SimpleQueue[tuple[bool, T | BaseException]] = SimpleQueue()

    def job() -> None:
        try:
            outcome.put((True, work()))
        except BaseException as error:
            outcome.put((False, error))

    _started().put(job)
    done, result = outcome.get()
    if not done:
        assert isinstance(result, BaseException)
        raise result
    return result  # type: ignore[return-value]


def _started() -> SimpleQueue[Callable[[], None]]:
    global _thread, _jobs  # noqa: PLW0603
    with _lock:
        if _thread is None or not _thread.is_alive():  # the first call, or the first one after a fork
            _jobs = SimpleQueue()
            before = threading.stack_size(_STACK_BYTES)
            try:
                _thread = threading.Thread(
                    target=_serve, args=(_jobs,), name="pg-guardrails-parser", daemon=True
                )
                _thread.start()
            finally:
                threading.stack_size(before)
        return _jobs


def _serve(jobs: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        jobs.get()()
