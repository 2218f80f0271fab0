"""What was found out about a tree, so that many rules that ask for it read the tree once.

Trees can't be hashed and take no further attributes, so an answer is kept by the identity of its node,
together with the node: an identity that is kept can't become that of another one.
"""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from pglast import ast

    T = TypeVar("T")

_MOST = 50_000
"""Answers that are kept where nobody says that a run is over."""

_ANSWERS: dict[Callable[..., Any], dict[int, tuple[ast.Node, Any]]] = {}
"""The answers of each function that remembers some."""


def remembered(function: Callable[[ast.Node], T]) -> Callable[[ast.Node], T]:
    """Make a function of one node answer each node once, until its answers are forgotten."""
    answers: dict[int, tuple[ast.Node, T]] = {}

    def answer(node: ast.Node) -> T:
        known = answers.get(id(node))
        if known is None:
            if len(answers) >= _MOST:
                answers.clear()
            known = answers[id(node)] = (node, function(node))
        return known[1]

    answer.__doc__ = function.__doc__
    _ANSWERS[answer] = answers
    return answer


def forget(function: Callable[[ast.Node], T]) -> None:
    """Let go of the trees that one function was asked about."""
    _ANSWERS[function].clear()


def forget_all() -> None:
    """Let go of the trees of a run that is over."""
    for answers in _ANSWERS.values():
        answers.clear()
