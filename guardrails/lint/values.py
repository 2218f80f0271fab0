"""`dataclass`, `field`, `replace` and `NamedTuple` as in the standard library, for classes that every run imports.

The library's own write the source of methods for each class and compile it: with what they import, that was a
third of a cold start. Here all classes share the methods below, and only the names of the fields differ.
For a type checker they are the library's, and `dataclasses.asdict` and `fields` know these classes too.
"""

from __future__ import annotations

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
    from typing import NamedTuple
else:
    from _collections import _tuplegetter
    from operator import attrgetter

    _MANY = 50
    """Instances after which a class gets an initialiser of its own."""

    class _Default:
        """What `field` stands for until its class is made: a default that each instance gets anew."""

        def __init__(self, factory):
            self.factory = factory

    def field(*, default_factory):
        return _Default(default_factory)

    def dataclass(cls=None, /, *, frozen=False, eq=True, kw_only=False):
        if cls is None:
            return lambda cls: dataclass(cls, frozen=frozen, eq=eq, kw_only=kw_only)
        names = tuple(cls.__annotations__)
        given = {name: vars(cls)[name] for name in names if name in vars(cls)}
        factories = {name: one.factory for name, one in given.items() if isinstance(one, _Default)}
        for name in factories:
            delattr(cls, name)
        cls.__init__ = _initialiser(cls, names, given, factories, kw_only)
        cls.__repr__ = _represented
        cls.__match_args__ = () if kw_only else names
        cls.__value_fields__ = names
        cls.__dataclass_fields__ = _Fields(given, factories)
        if eq:
            values = attrgetter(*names)
            cls.__eq__ = lambda self, other: (
                values(self) == values(other) if type(other) is type(self) else NotImplemented
            )
            cls.__hash__ = (lambda self: hash(values(self))) if frozen else None
        if frozen:
            cls.__setattr__ = cls.__delattr__ = _refused
        return cls

    def _initialiser(cls, names, given, factories, kw_only):
        known = frozenset(names)
        fixed = {name: value for name, value in given.items() if name not in factories}
        made = 0

        def __init__(self, *arguments, **named):  # noqa: N807
            nonlocal made
            made += 1
            if made == _MANY:
                cls.__init__ = _written(names, given, factories, kw_only)
            held = self.__dict__
            held.update(fixed)
            for name, factory in factories.items():
                if name not in named:
                    held[name] = factory()
            held.update(zip(names, arguments))  # noqa: B905
            held.update(named)
            twice = arguments and not named.keys().isdisjoint(names[: len(arguments)])
            if held.keys() != known or twice or len(arguments) > (0 if kw_only else len(names)):
                wrong = (held.keys() ^ known) or f"{len(arguments)} arguments"
                raise TypeError(f"{cls.__name__}() does not fit: {wrong}")

        return __init__

    def _written(names, given, factories, kw_only):
        """Return an initialiser with the fields as its parameters: quicker, but it has to be compiled."""
        values = {f"_{name}": _Default if name in factories else value for name, value in given.items()}
        parameters = [f"{name}=_{name}" if name in given else name for name in names]
        lines = ["_held = self.__dict__"]
        for name in names:
            value = f"_new_{name}() if {name} is _{name} else {name}" if name in factories else name
            lines.append(f"_held[{name!r}] = {value}")
        values |= {f"_new_{name}": factory for name, factory in factories.items()}
        star = "*, " if kw_only else ""
        body = "\n    ".join(lines)
        exec(f"def __init__(self, {star}{', '.join(parameters)}):\n    {body}", values)  # noqa: S102
        return values["__init__"]

    def _represented(self):
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__value_fields__)
        return f"{type(self).__qualname__}({shown})"

    def _refused(self, name, *_):
        raise AttributeError(f"{type(self).__name__}.{name} can't be changed: replace the whole value")

    def replace(value, /, **changes):
        if not hasattr(value, "__value_fields__"):
            from dataclasses import replace as replaced  # noqa: PLC0415

            return replaced(value, **changes)
        held = value.__dict__
        return type(value)(**{name: held[name] for name in value.__value_fields__} | changes)

    class _Fields:
        """The fields as `dataclasses` describes them, made when it asks for them."""

        def __init__(self, given, factories):
            self.given = given
            self.factories = factories

        def __get__(self, _, cls):
            import dataclasses  # noqa: PLC0415

            described = [
                (name, annotation, self._described(name, dataclasses))
                for name, annotation in cls.__annotations__.items()
            ]
            cls.__dataclass_fields__ = dataclasses.make_dataclass(
                cls.__name__, described, kw_only=True
            ).__dataclass_fields__
            return cls.__dataclass_fields__

        def _described(self, name, dataclasses):
            if name in self.factories:
                return dataclasses.field(default_factory=self.factories[name])
            return dataclasses.field(**({"default": self.given[name]} if name in self.given else {}))

    class NamedTuple(tuple):
        """What `typing.NamedTuple` makes of a class, as far as anything here asks for it."""

        __slots__ = ()

        def __init_subclass__(cls):
            cls._fields = cls.__match_args__ = names = tuple(cls.__annotations__)
            given = {name: vars(cls)[name] for name in names if name in vars(cls)}
            cls._field_defaults = given
            for number, name in enumerate(names):
                setattr(cls, name, _tuplegetter(number, None))
            cls.__new__ = _maker(cls, names, given)

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            shown = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({shown})"

        def _replace(self, /, **changes):
            return type(self)(**self._asdict() | changes)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

    def _maker(cls, names, given):
        made = 0

        def __new__(kind, /, *arguments, **named):  # noqa: N807
            nonlocal made
            made += 1
            if made == _MANY:
                cls.__new__ = _written_maker(names, given)
            left = names[len(arguments) :]
            if len(arguments) > len(names) or not named.keys() <= {*left}:
                raise TypeError(f"{cls.__name__}() does not fit: {len(arguments)} arguments, {[*named]}")
            try:
                rest = [named[name] if name in named else given[name] for name in left]
            except KeyError as error:
                raise TypeError(f"{cls.__name__}() wants {error}") from None
            return tuple.__new__(kind, (*arguments, *rest))

        return __new__

    def _written_maker(names, given):
        values = {f"_{name}": value for name, value in given.items()} | {"_new": tuple.__new__}
        parameters = [f"{name}=_{name}" if name in given else name for name in names]
        body = f"return _new(_kind, ({''.join(f'{name}, ' for name in names)}))"
        exec(f"def __new__(_kind, /, {', '.join(parameters)}): {body}", values)  # noqa: S102
        return values["__new__"]
