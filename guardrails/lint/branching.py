"""A copy of a `Schema` that goes its own way, so that a history is folded once for many migrations after it.

A schema holds thousands of objects and a migration touches few. So an object is copied when it is first asked
for, and whoever asks for it later, under whatever name, gets the same copy. The nodes of the parser are never
changed and are shared, and so is what an object replaced: only whether there is any is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from guardrails.lint import objects
from guardrails.lint.schema import Schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OBJECTS = frozenset({
    objects.Access, objects.Check, objects.Column, objects.Domain, objects.Enum, objects.ForeignKey,
    objects.Function, objects.Index, objects.Policy, objects.Publication, objects.Sequence, objects.Table,
    objects.Trigger, objects.View,
})  # fmt: skip
_SHARED = frozenset({"replaced"})


def branched(schema: Schema) -> Schema:
    """Return a schema that says the same, and may be changed while this one stays as it is."""
    branch = Schema()
    copied = _copier()
    for name, value in vars(schema).items():
        if type(value) is dict:
            setattr(branch, name, _Branched(value, copied))
        else:
            setattr(branch, name, copied(value))
    return branch


def _copier() -> Callable[[Any], Any]:
    """Return a function that copies each object once; `schema` keeps those that it was given alive."""
    copies: dict[int, Any] = {}

    def copied(value: Any) -> Any:
        kind = type(value)
        if kind in _OBJECTS:
            if id(value) in copies:
                return copies[id(value)]
            copies[id(value)] = made = object.__new__(kind)
            held = vars(made)
            for name, part in vars(value).items():
                held[name] = part if type(part) in _PLAIN or name in _SHARED else copied(part)
            return made
        if kind is dict:
            return {key: copied(part) for key, part in value.items()}
        if kind is list:
            return [copied(part) for part in value]
        if kind is tuple:
            return tuple(map(copied, value)) if any(type(part) in _OBJECTS for part in value) else value
        return set(value) if kind is set else value

    return copied


_PLAIN = frozenset({str, bool, int, type(None), frozenset})


class _Branched(dict[object, object]):
    """A dictionary whose values are copied when they are asked for.

    `dict` itself looks at them past these methods, as `{**this}` does: nothing here does that and changes them.
    """

    def __init__(self, other: dict[object, object], copied: Callable[[Any], Any]) -> None:
        super().__init__(other)
        self._copied = copied
        self._left = set(other)

    def __getitem__(self, key: object) -> Any:
        if key in self._left:
            self._left.discard(key)
            super().__setitem__(key, self._copied(super().__getitem__(key)))
        return super().__getitem__(key)

    def __setitem__(self, key: object, value: Any) -> None:
        self._left.discard(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: object) -> None:
        self._left.discard(key)
        super().__delitem__(key)

    def get(self, key: object, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  (this is `get`)

    def pop(self, key: object, *default: Any) -> Any:
        if key in self:
            value = self[key]
            del self[key]
            return value
        return super().pop(key, *default)

    def setdefault(self, key: object, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        self._left.clear()
        super().clear()

    def values(self) -> Any:
        self._copy_all()
        return super().values()

    def items(self) -> Any:
        self._copy_all()
        return super().items()

    def _copy_all(self) -> None:
        for key in tuple(self._left):
            self.get(key)
