"""The index of the rules says of each what its module says, so that none is left out of a run."""

from __future__ import annotations

import subprocess
import sys

from guardrails.lint import rules
from guardrails.lint.rules.index import INDEX

JUDGE = """
import sys
from guardrails.lint.engine import check_sql
found = check_sql(sys.stdin.read())
print(*sorted({finding.code for finding in found.findings}))
print(*sorted(name for name in sys.modules if name.startswith("guardrails.lint.rules.") and name.count(".") == 4))
"""


def test_the_index_says_what_the_rules_say() -> None:
    assert tuple(tuple(line) for line in rules.lines()) == INDEX, "run `make index`"


def test_only_rules_that_are_about_the_statements_of_a_file_are_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", JUDGE], input="CLUSTER orders;", capture_output=True, text=True, check=True
    )
    codes, modules = done.stdout.splitlines()

    assert "CLUSTER" in codes.split()
    assert "guardrails.lint.rules.locking.cluster" in modules.split()
    assert "guardrails.lint.rules.destructive.drop_table" not in modules.split()
