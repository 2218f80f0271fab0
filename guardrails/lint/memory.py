"""What was found out about a tree, so that many rules that ask for it read the tree once.

Trees can't be hashed and take no further attributes, so an answer is kept by the identity of its node,
together with the node: an identity that is kept can't become that of another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pglast import ast

T = TypeVar("T")

_MOST = 50_000
"""Answers that are kept where nobody says that a run is over."""


class remembered(Generic[T]):  # noqa: N801  (a decorator)
    """Make a function of one node answer each node once, until its answers are forgotten."""

    def __init__(self, function: Callable[[ast.Node], T]) -> None:
        self._function = function
        self._answers: dict[int, tuple[ast.Node, T]] = {}
        _EVERY.append(self)

    def __call__(self, node: ast.Node) -> T:
        known = self._answers.get(id(node))
        if known is None:
            if len(self._answers) >= _MOST:
                self._answers.clear()
            known = self._answers[id(node)] = (node, self._function(node))
        return known[1]

    def forget(self) -> None:
        """Let go of all trees."""
        self._answers.clear()


_EVERY: list[remembered[Any]] = []


def forget_all() -> None:
    """Let go of the trees of a run that is over."""
    for one in _EVERY:
        one.forget()
