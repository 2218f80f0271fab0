"""What the server's log says, on standard error: a line each, without secrets and hidden characters."""

import logging
import sys
import traceback

from guardrails.lint.report.plain import plain
from mcp_server.quoting import clean, shortened

_LONGEST = 1000


class OneLine(logging.Formatter):
    """An error with where it came from, in the place of a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            place = traceback.extract_tb(error.__traceback__)[-1:]
            where = f" ({place[0].filename}:{place[0].lineno})" if place else ""
            text = f"{text}: {type(error).__name__}: {error}{where}"
        line = clean(" ".join(text.split()))
        return f"pg-guardrails: {record.levelname.lower()}: {shortened(plain(line), _LONGEST)}"


def log_on_stderr() -> None:
    """Let nothing else than this write the log, whatever was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
