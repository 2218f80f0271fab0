"""libpq reads some fifty variables of the environment; here is how a connection is made without any of them.

Source: <https://www.postgresql.org/docs/current/libpq-envars.html>
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()


@contextmanager
def without_environment() -> Iterator[None]:
    """Hide PGHOSTADDR and its kin while a connection is made: they would lead it elsewhere."""
    with _lock:
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.upper().startswith("PG")}
        try:
            yield
        finally:
            os.environ.update(hidden)
