"""`dataclass`, `field` and `replace` as the standard library has them, for classes that every run imports.

The library's own writes a method's source for each class and compiles it: with what it imports, that was a
third of a cold start. Here all classes share the methods below, and only the names of the fields differ.
For a type checker they are the library's, and `dataclasses.asdict` and `fields` know these classes too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
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
            if held.keys() != known or len(arguments) > (0 if kw_only else len(names)):
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
            from dataclasses import replace as replaced

            return replaced(value, **changes)
        held = value.__dict__
        return type(value)(**{name: held[name] for name in value.__value_fields__} | changes)

    class _Fields:
        """The fields as `dataclasses` describes them, made when it asks for them."""

        def __init__(self, given, factories):
            self.given = given
            self.factories = factories

        def __get__(self, _, cls):
            import dataclasses

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
