"""The parser's classes that are made on demand are those that its library makes."""

from __future__ import annotations

import json
import subprocess
import sys

DESCRIBE = """
import enum, json, sys
if sys.argv[1] == "stock":
    import pglast
from guardrails.lint import parsing
from pglast import ast, enums
kinds = {}
for name in dir(ast):
    kind = getattr(ast, name)
    if isinstance(kind, type) and issubclass(kind, ast.Node):
        slots = vars(kind).get("__slots__")
        nodes = [slot for slot in slots if parsing._holds_nodes(slots[slot])] if isinstance(slots, dict) else []
        kinds[name] = [[base.__name__ for base in kind.__mro__], list(kind.__slots__), nodes,
                       sorted(kind._ATTRS_TO_IGNORE_IN_COMPARISON)]
numbers = {}
for name in dir(enums):
    found = getattr(enums, name)
    if isinstance(found, type):
        if not issubclass(found, enum.Enum) or not found.__module__.startswith("pglast"):
            continue
        numbers[name] = [[base.__name__ for base in found.__mro__],
                         [(one.name, one.value, repr(one), str(one), f"{one}") for one in found],
                         list(found.__members__), len(found)]
    elif isinstance(found, int):
        numbers[name] = found
print(json.dumps([kinds, numbers]))
"""

PRINTED = """
import sys
if sys.argv[1] == "stock":
    import pglast
import guardrails.lint.parsing
import pglast
for sql in (
    "SELECT a, 1::bool FROM b WHERE c IN (1, 2) FOR UPDATE",
    "CREATE TABLE x (a int PRIMARY KEY, b text DEFAULT true) PARTITION BY RANGE (a)",
    "ALTER TABLE x ADD COLUMN y int, DROP COLUMN z CASCADE",
):
    print(pglast.prettify(sql), pglast.parse_sql(sql)[0](skip_none=True))
"""


def said(script: str, how: str) -> str:
    done = subprocess.run([sys.executable, "-c", script, how], capture_output=True, text=True, check=True)
    return done.stdout


def test_every_class_and_enumeration_is_the_one_of_the_library() -> None:
    kinds, numbers = json.loads(said(DESCRIBE, "lazy"))
    stock_kinds, stock_numbers = json.loads(said(DESCRIBE, "stock"))

    assert len(kinds) > 200
    assert kinds == stock_kinds
    assert len(numbers) > 100
    assert numbers == stock_numbers


def test_the_library_prints_trees_as_ever() -> None:
    assert said(PRINTED, "lazy") == said(PRINTED, "stock")


def test_a_number_that_an_enumeration_lacks_is_refused() -> None:
    script = "import guardrails.lint\nfrom pglast.enums import ObjectType\ntry: ObjectType(9999)\nexcept ValueError as e: print(e)"

    assert said(script, "") == "9999 is not a valid ObjectType\n"
