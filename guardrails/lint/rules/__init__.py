"""The rules. A module below this package is a rule because it binds `RULE`; nothing else registers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

from guardrails.lint.contracts import Rule


def _found() -> Iterator[tuple[Rule, str]]:
    for module in walk_packages(__path__, f"{__name__}."):
        if isinstance(rule := getattr(import_module(module.name), "RULE", None), Rule):
            yield rule, module.name.split(".")[-2]


_FOUND = sorted(_found(), key=lambda found: found[0].code)

RULES: dict[str, Rule] = {rule.code: rule for rule, _ in _FOUND}
"""Every rule by its code."""

FAMILY: dict[str, str] = {rule.code: family for rule, family in _FOUND}
"""The folder that a rule stands in, by the rule's code."""

BY_NODE: dict[str, tuple[Rule, ...]] = {}
"""The rules that want to see a class of statement, by the class's name."""


def _by_node() -> dict[str, tuple[Rule, ...]]:
    listed: defaultdict[str, tuple[Rule, ...]] = defaultdict(tuple)
    for rule in RULES.values():
        for node in rule.nodes:
            listed[node] += (rule,)
    return dict(listed)


BY_NODE.update(_by_node())

OF_THE_TEXT = tuple(rule for rule in RULES.values() if rule.check_text is not None)
"""The rules that want to see the text of a file."""
