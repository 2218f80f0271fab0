"""The trees that the rules see are those that the parser's own library makes."""

from __future__ import annotations

import json
import subprocess
import sys

from guardrails.lint.parsing import parse
from guardrails.lint.rules import RULES

STOCK = """
import json, sys
from pglast import parse_sql
print(json.dumps([[str(raw.stmt()) for raw in parse_sql(sql)] for sql in json.load(sys.stdin)]))
"""


def test_trees_are_the_same_as_with_the_checks_of_the_library() -> None:
    examples = [sql for rule in RULES.values() for sql in (*rule.good, *rule.bad)]
    readable = [sql for sql in examples if not parse(sql).faults]
    stock = subprocess.run(
        [sys.executable, "-c", STOCK], input=json.dumps(readable), capture_output=True, text=True, check=True
    )

    ours = [[str(statement.node()) for statement in parse(sql).statements] for sql in readable]

    assert len(ours) > 100
    assert ours == json.loads(stock.stdout)
