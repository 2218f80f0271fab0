"""The classes of the parser's library, each made when it is first asked for.

`import pglast` makes some 260 classes of nodes and 70 enumerations, most of which no migration ever meets,
and imports what printing SQL needs: that was a quarter of a cold start. So the library's modules run here
with another idea of what a class statement does: it notes what the class is to be. Who asks a module for the
class by its name has it made then, from the library's own code. What the library's `ast` does after that, to
write down which values each attribute takes, is for the check that `parsing` takes off.

Where `pglast` is imported already, everything is as the library has it.
"""

from __future__ import annotations

import builtins
import sys
from _thread import RLock
from enum import EnumType, IntEnum, auto
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_ENUMERATIONS = (
    "parsenodes", "primnodes", "nodes", "lockoptions", "cmptype", "xml", "lockdefs",
    "pg_class", "pg_attribute", "pg_am", "pg_trigger",
)  # fmt: skip
"""The modules of `pglast.enums`, those first in which something is found most often."""

_lock = RLock()


class _Note:
    """A class that nobody asked for yet: what its class statement says."""

    def __init__(self, body: Callable[[], None], name: str, bases: Sequence[Any]) -> None:
        self.body = body
        self.name = name
        self.bases = bases


def _noted(body: Callable[[], None], name: str, *bases: Any) -> Any:
    """Stand in for `__build_class__`; a class without bases is one that all others derive from."""
    return _Note(body, name, bases) if bases else builtins.__build_class__(body, name)


def _imported(name: str, *rest: Any) -> Any:
    """Stand in for `__import__`: the library's `ast` wants Decimal only for what it does last."""
    return _NO_DECIMAL if name == "decimal" else builtins.__import__(name, *rest)


_NO_DECIMAL = ModuleType("decimal")
vars(_NO_DECIMAL)["Decimal"] = None


class _Enumeration(EnumType):
    """Makes what `IntEnum` would make of one of the library's enumerations, in a tenth of the time.

    `EnumType` makes each member with the generality of all its features; here a member is a number with a name.
    """

    @classmethod
    def __prepare__(cls, *_: Any, **__: Any) -> Any:
        return {}

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        written = {key: value for key, value in body.items() if not key.startswith("__")}
        made = type.__new__(cls, name, bases, {key: body[key] for key in body.keys() - written.keys()})
        names: dict[str, Any] = {}
        values: dict[int, Any] = {}
        value = 0
        for number, (key, given) in enumerate(written.items()):
            value = value + 1 if isinstance(given, auto) else given
            if value not in values:
                member: Any = int.__new__(made, value)  # type: ignore[arg-type]
                values[value] = member
                vars(member).update(_name_=key, _value_=value, __objclass__=made, _sort_order_=number)
            names[key] = values[value]
            type.__setattr__(made, key, values[value])
        kept = {
            "_member_map_": names,
            "_member_names_": [key for key, member in names.items() if member._name_ == key],
            "_value2member_map_": values,
            "_member_type_": int,
        }
        for key, held in kept.items():
            type.__setattr__(made, key, held)
        return made

    def __call__(cls, value: Any) -> Any:  # type: ignore[override]  # the parser makes nothing new with it
        try:
            return cls._value2member_map_[value]
        except KeyError:
            raise ValueError(f"{value!r} is not a valid {cls.__name__}") from None


class _Lazy(ModuleType):
    """A module that runs files of the library when it is asked for what it doesn't have."""

    def __init__(self, spec: ModuleSpec, files: Sequence[ModuleSpec]) -> None:
        super().__init__(spec.name)
        self.__spec__ = spec
        self.__file__ = spec.origin
        self.__package__ = spec.parent
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations
        self._files = list(files)
        self._noted: dict[str, _Note] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        with _lock:
            while name not in vars(self):
                if name in self._noted:
                    self._make(name)
                elif self._files:
                    self._run(self._files.pop(0))
                else:
                    raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            return vars(self)[name]

    def __dir__(self) -> list[str]:
        while self._files:
            self._run(self._files.pop(0))
        return [*vars(self), *self._noted]

    def _run(self, file: ModuleSpec) -> None:
        namespace = vars(self)
        namespace["__builtins__"] = {**vars(builtins), "__build_class__": _noted, "__import__": _imported}
        exec(_code_of(file), namespace)  # noqa: S102  (the library's own code)
        namespace["__builtins__"] = builtins
        for name, value in [*namespace.items()]:
            if isinstance(value, _Note):
                self._noted[name] = namespace.pop(name)
        if "Node" in namespace:
            take_off_checks(self)

    def _make(self, name: str) -> None:
        note = self._noted.pop(name)
        bases = [getattr(self, base.name) if isinstance(base, _Note) else base for base in note.bases]
        quickly = {"metaclass": _Enumeration} if bases == [IntEnum] else {}
        vars(self)[name] = builtins.__build_class__(note.body, note.name, *bases, **quickly)


class _Package(ModuleType):
    """The library's package: its own `__init__` runs when it is asked for what stands there.

    `parser` doesn't: it is a module below, which the import system looks for next.
    """

    def __getattr__(self, name: str) -> Any:
        special = name.startswith("__") and name != "__version__"
        if special or name == "parser" or "_is_whole" in vars(self):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        vars(self)["_is_whole"] = True
        exec(_code_of(self.__spec__), vars(self))  # type: ignore[arg-type]  # noqa: S102
        return getattr(self, name)


def install() -> None:
    """Put the modules where `from pglast import ast` finds them."""
    if "pglast" in sys.modules or (found := PathFinder.find_spec("pglast")) is None:
        return
    package = _Package("pglast")
    package.__spec__ = found
    package.__file__ = found.origin
    package.__path__ = found.submodule_search_locations or []
    ast = _spec("pglast.ast", package.__path__)
    enums = _spec("pglast.enums", package.__path__)
    inside = enums.submodule_search_locations
    files = [_spec(f"pglast.enums.{name}", inside) for name in _ENUMERATIONS]
    sys.modules["pglast"] = package
    package.ast = sys.modules["pglast.ast"] = _Lazy(ast, [ast])  # type: ignore[attr-defined]
    package.enums = sys.modules["pglast.enums"] = _Lazy(enums, files)  # type: ignore[attr-defined]
    from pglast.error import Error  # noqa: PLC0415

    package.Error = Error  # type: ignore[attr-defined]


def take_off_checks(ast: Any) -> None:
    """Let nodes take any value: the parser, which alone makes them, gives each attribute what belongs there."""
    if "__setattr__" in vars(ast.Node):
        del ast.Node.__setattr__
        ast.Boolean.__setattr__ = _set_boolean


def _set_boolean(node: object, name: str, value: object) -> None:
    object.__setattr__(node, name, bool(value) if name == "boolval" else value)


def _spec(name: str, folders: Sequence[str] | None) -> ModuleSpec:
    found = PathFinder.find_spec(name, folders)
    assert found is not None
    return found


def _code_of(spec: ModuleSpec) -> Any:
    return spec.loader.get_code(spec.name)  # type: ignore[union-attr]
