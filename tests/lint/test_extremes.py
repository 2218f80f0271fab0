"""Text that nests deeply or is huge gets an answer: the process neither ends nor hangs."""

from __future__ import annotations

import subprocess
import sys

import pytest

JUDGE = """
import sys
from guardrails.lint.engine import check_sql
result = check_sql(eval(sys.argv[1]))
print(*sorted({finding.code for finding in result.findings}))
"""
DEPTHS = (10, 900, 5_000)
SHAPES = (
    "'SELECT 1' + ' + 1' * {0} + ';'",
    "'SELECT ' + '(' * {0} + '1' + ')' * {0} + ';'",
    "'SELECT ' + 'ARRAY[' * {0} + '1' + ']' * {0} + ';'",
    "'SELECT ' + 'CASE WHEN true THEN ' * {0} + '1' + ' END' * {0} + ';'",
    "'SELECT ' + 'NOT ' * {0} + 'true;'",
    "'SELECT ' + '- ' * {0} + '1;'",
    "'SELECT a FROM b' + ' UNION SELECT a FROM b' * {0} + ';'",
    "'SELECT ' + 'f(' * {0} + '1' + ')' * {0} + ';'",
    "'SELECT a' + '::int' * {0} + ';'",
    "'SELECT a' + '[1]' * {0} + ';'",
    "'CREATE VIEW v AS ' + 'SELECT * FROM (' * {0} + 'SELECT 1' + ') x' * {0} + ';'",
    "'DO $$ BEGIN ' + 'IF true THEN ' * {0} + 'NULL; ' + 'END IF; ' * {0} + 'END $$;'",
    "'DO $$ BEGIN ' + 'BEGIN ' * {0} + 'NULL; ' + 'END; ' * {0} + 'END $$;'",
    "'/*' * {0} + '*/' * {0} + ' SELECT 1;'",
    "'SELECT 1' + ' -- x\\n' * {0} + ';'",
    "';' * {0}",
    "'(' * {0}",
    "'$a$' * {0}",
    "chr(39) * {0}",
    "'SELECT ' + chr(34) + '\u6f22' * {0} + chr(34) + ';'",
    "'INSERT INTO t VALUES ' + '(1, 2), ' * {0} + '(1, 2);'",
    "'CREATE TABLE t (' + 'a int, ' * {0} + 'b int);'",
)


@pytest.mark.parametrize("shape", SHAPES)
def test_text_of_any_depth_gets_an_answer(shape: str) -> None:
    for depth in DEPTHS:
        done = subprocess.run(
            [sys.executable, "-c", JUDGE, shape.format(depth)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

        assert done.returncode == 0, (depth, done.stderr[-500:])
