"""The linter may be called from any thread, as often as a server lives."""

import subprocess
import sys
import threading

import pytest

from guardrails.lint.contracts import ValidationResult
from guardrails.lint.engine import check_sql


def test_many_threads_get_their_own_answers() -> None:
    results: dict[int, ValidationResult] = {}

    def judge(number: int) -> None:
        results[number] = check_sql(f"DROP TABLE t{number};")

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(f"t{number} " in results[number].errors[0].message for number in range(20))


@pytest.mark.skipif(sys.platform != "linux", reason="asks the C library by its name on Linux")
def test_threads_that_come_and_go_use_up_nothing() -> None:
    script = (
        "import ctypes, threading\n"
        "from guardrails.lint.engine import check_sql\n"
        "from guardrails.lint.parsing import comments, parse\n"
        "def work():\n"
        "    check_sql('DROP TABLE a;'); parse('SELECT 1'); list(comments('-- x'))\n"
        "for _ in range(1100):\n"
        "    thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        "key = ctypes.c_uint()\n"
        "print(ctypes.CDLL(None).pthread_key_create(ctypes.byref(key), None))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "0\n"


def test_text_that_nests_deeply_is_judged_in_a_thread_with_a_small_stack() -> None:
    results: list[ValidationResult] = []
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(check_sql("SELECT 1" + " + 1" * 900 + ";")))
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()

    assert results[0].valid
