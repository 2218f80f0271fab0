"""`regex`, which is `re.compile` put off until the pattern is first used: most are not, in most runs."""

from __future__ import annotations

import re

__all__ = ["regex"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import compile as regex
else:

    class regex:  # noqa: N801  (it is called like a function)
        """A regular expression; the method that is asked for stays with it, so it is found at once again."""

        def __init__(self, *wanted):
            self._wanted = wanted

        def __getattr__(self, name):
            found = getattr(re.compile(*self._wanted), name)
            setattr(self, name, found)
            return found
