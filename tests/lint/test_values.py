"""Values, records, named tuples and patterns behave as those of the standard library."""

from __future__ import annotations

import dataclasses
import pickle
import re
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from guardrails.lint import values
from guardrails.lint.patterns import regex

MANY = 120  # enough for a class to get an initialiser of its own


def classes(module: Any, tuples: Any) -> tuple[type, type, type]:
    @module.dataclass(frozen=True)
    class Value:
        one: int
        two: str = "two"
        three: tuple[int, ...] = ()

    @module.dataclass(eq=False)
    class Record:
        one: int
        many: list[int] = module.field(default_factory=list)
        names: set[str] = module.field(default_factory=set)

    class Pair(tuples.NamedTuple):
        left: int
        right: str = "right"

    return Value, Record, Pair


OURS = classes(values, values)
THEIRS = classes(dataclasses, typing)
WAYS: tuple[Callable[[type, type, type], object], ...] = (
    lambda value, _record, _pair: repr(value(1, three=(2,))).split("<locals>.")[-1],
    lambda value, _record, _pair: value(1) == value(1, "two", ()),
    lambda value, _record, _pair: value(1) == value(2),
    lambda value, _record, _pair: value(1) == (1, "two", ()),
    lambda value, _record, _pair: len({value(1), value(1), value(2)}),
    lambda value, _record, _pair: dataclasses.asdict(value(1)),
    lambda value, _record, _pair: [field.name for field in dataclasses.fields(value)],
    lambda value, _record, _pair: dataclasses.replace(value(1), two="x").two,
    lambda value, _record, _pair: values.replace(value(1), two="x").two,
    lambda value, _record, _pair: value.__match_args__,
    lambda _value, record, _pair: vars(record(1)),
    lambda _value, record, _pair: record(1).many is record(1).many,
    lambda _value, record, _pair: vars(record(1, [2], names={"x"})),
    lambda _value, record, _pair: record(1) == record(1),
    lambda _value, record, _pair: dataclasses.asdict(record(1, [2])),
    lambda _value, _record, pair: tuple(pair(1)),
    lambda _value, _record, pair: repr(pair(1, right="x")),
    lambda _value, _record, pair: pair(1)._replace(left=2),
    lambda _value, _record, pair: pair(1)._asdict(),
    lambda _value, _record, pair: (pair(1).left, pair(1).right, pair._fields),
    lambda _value, _record, pair: pair(1) == (1, "right"),
)
WRONG: tuple[Callable[[type, type, type], object], ...] = (
    lambda value, _record, _pair: value(),
    lambda value, _record, _pair: value(1, "x", (), 4),
    lambda value, _record, _pair: value(1, four=4),
    lambda value, _record, _pair: value(two="x", four=4),
    lambda value, _record, _pair: value(1, one=2),
    lambda _value, record, _pair: record(),
    lambda _value, record, _pair: record(1, other=2),
    lambda _value, _record, pair: pair(),
    lambda _value, _record, pair: pair(1, "x", 3),
    lambda _value, _record, pair: pair(1, other=3),
    lambda _value, _record, pair: pair(1, left=3),
)


@pytest.fixture(params=["young", "old"])
def ours(request: pytest.FixtureRequest) -> tuple[type, type, type]:
    made = classes(values, values)
    if request.param == "old":
        for _ in range(MANY):
            for kind in made:
                kind(1)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_done_with_a_class_comes_out_as_with_the_library_s(
    way: Callable[[type, type, type], object], ours: tuple[type, type, type]
) -> None:
    assert way(*ours) == way(*THEIRS)


@pytest.mark.parametrize("way", WRONG)
def test_what_does_not_fit_is_refused_as_by_the_library(
    way: Callable[[type, type, type], object], ours: tuple[type, type, type]
) -> None:
    with pytest.raises(TypeError):
        way(*THEIRS)
    with pytest.raises(TypeError):
        way(*ours)


def test_a_frozen_value_takes_no_other_attribute(ours: tuple[type, type, type]) -> None:
    value = ours[0](1)

    with pytest.raises(AttributeError):
        value.one = 2
    with pytest.raises(AttributeError):
        del value.one
    assert value.one == 1


def test_values_travel_between_processes() -> None:
    from guardrails.lint.contracts import Position, Settings  # noqa: PLC0415

    assert pickle.loads(pickle.dumps((Position(1, 2), Settings()))) == (Position(1, 2), Settings())  # noqa: S301


@pytest.mark.parametrize("module", [re])
def test_a_pattern_that_is_compiled_later_finds_the_same(module: ModuleType) -> None:
    ours, theirs = regex(r"(a+)(b)?", re.IGNORECASE), module.compile(r"(a+)(b)?", re.IGNORECASE)

    for text in ("", "xAAb", "b", "aabAB"):
        assert [match.groups() for match in ours.finditer(text)] == [
            m.groups() for m in theirs.finditer(text)
        ]
        assert bool(ours.search(text)) == bool(theirs.search(text))
        assert ours.sub("-", text) == theirs.sub("-", text)
    assert ours.pattern == theirs.pattern
