"""The rules. A module below this package is a rule because it binds `RULE`; nothing else registers it.

There are so many that importing them takes longer than judging a migration with them. So `index.py`,
which `make index` writes and a test holds to the modules, says what each wants to see, and a rule is
imported when something of that kind is met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module

from guardrails.lint.contracts import Rule
from guardrails.lint.rules.index import INDEX
from guardrails.lint.values import NamedTuple


class Line(NamedTuple):
    """What is known of a rule before it is imported; `text` when it wants to see the text of a file."""

    code: str
    family: str
    nodes: tuple[str, ...]
    text: bool


def lines() -> tuple[Line, ...]:
    """Return the index as it should be; imports every rule."""
    found = ((module.partition(".")[0], rule) for module in _modules() if (rule := _rule_in(module)))
    return tuple(
        sorted(Line(rule.code, family, rule.nodes, rule.check_text is not None) for family, rule in found)
    )


def _modules() -> Iterator[str]:
    from pkgutil import iter_modules  # noqa: PLC0415

    for _, family, is_package in iter_modules(__path__):
        if is_package:
            for _, name, _ in iter_modules([f"{root}/{family}" for root in __path__]):
                if not name.startswith("_"):
                    yield f"{family}.{name}"


def _rule_in(module: str) -> Rule | None:
    rule = getattr(import_module(f"{__name__}.{module}"), "RULE", None)
    return rule if isinstance(rule, Rule) else None


def _module(line: Line) -> str:
    return f"{line.family}.{line.code.lower()}"


_CURRENT = tuple(Line(*line) for line in INDEX)
_BY_CODE = {line.code: line for line in _CURRENT}


class _Rules(Mapping[str, Rule]):
    """Every rule by its code, imported when it is asked for."""

    def __init__(self) -> None:
        self._imported: dict[str, Rule] = {}

    def __getitem__(self, code: str) -> Rule:
        if code not in self._imported:
            rule = _rule_in(_module(_BY_CODE[code]))
            assert rule is not None
            self._imported[code] = rule
        return self._imported[code]

    def __contains__(self, code: object) -> bool:
        return code in _BY_CODE

    def __iter__(self) -> Iterator[str]:
        return iter(_BY_CODE)

    def __len__(self) -> int:
        return len(_BY_CODE)


RULES: Mapping[str, Rule] = _Rules()
"""Every rule by its code."""

FAMILY: dict[str, str] = {line.code: line.family for line in _CURRENT}
"""The folder that a rule stands in, by the rule's code."""


def _codes_by_node() -> dict[str, list[str]]:
    listed: defaultdict[str, list[str]] = defaultdict(list)
    for line in _CURRENT:
        for node in line.nodes:
            listed[node].append(line.code)
    return dict(listed)


_CODES = _codes_by_node()

NODES = frozenset(_CODES)
"""The classes of statements that some rule wants to see, by their names."""


class _ByNode(dict[str, tuple[Rule, ...]]):
    def __missing__(self, node: str) -> tuple[Rule, ...]:
        rules = self[node] = tuple(RULES[code] for code in _CODES.get(node, ()))
        return rules


BY_NODE: dict[str, tuple[Rule, ...]] = _ByNode()
"""The rules that want to see a class of statement, by the class's name; `[…]` imports them."""


def of_the_text() -> tuple[Rule, ...]:
    """Return the rules that want to see the text of a file."""
    return tuple(RULES[line.code] for line in _CURRENT if line.text)
