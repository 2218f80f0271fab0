"""How long the tool takes, in one table: `make bench`, or `make bench BENCH="CORPUS --squawk PATH --pgfence PATH"`.

Machines differ and are rarely idle, so what counts are ratios, taken pair by pair: each round runs every
command once, one right after the other, and what is printed is the median of the rounds' ratios with the
quartiles around it. CPU time counts all processes of a command.

CORPUS is a folder with migrations of any projects, each in a folder of its own; without one, only what needs
none is measured. Other benchmarks add to the table what their own function `rows(rounds)` yields.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

OURS = [sys.executable, "-I", "-c", "from commands.entry import start; start()"]
PYTHON = [sys.executable, "-I", "-c", "pass"]
SIZES = (100, 1_000, 10_000)
ONE_FILE = 2_048
CALLS = 300
SEED = 0
TABLES = 40
OTHERS = ("seed", "shadow")
EVENTS = {
    "hook, ls": "ls -la src",
    "hook, a commit": "git add -A && git commit -m 'feat: add users' && git push -u origin feat/users",
    "hook, SQL": "psql -h localhost -c 'select count(*) from users'",
}


class Cost(NamedTuple):
    cpu_s: float
    clock_s: float
    peak_mb: float


class Row(NamedTuple):
    """A line of the table: ours and theirs as measured in the same rounds; no theirs, nothing to compare with."""

    what: str
    ours: Sequence[Cost]
    beside: str = ""
    theirs: Sequence[Cost] = ()
    remark: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--squawk", help="the program to compare with")
    parser.add_argument("--pgfence", help="another")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    print("| | CPU ms | clock ms | MB | beside | ours / theirs, CPU | ours / theirs, clock | |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for row in _rows(asked, Path(folder)):
            _print(row)


def _rows(asked: argparse.Namespace, folder: Path) -> Iterator[Row]:
    theirs = {name: [path] for name, path in (("squawk", asked.squawk), ("pgfence", asked.pgfence)) if path}
    if "pgfence" in theirs:
        theirs["pgfence"].append("analyze")
    yield from _hooks(folder, asked.rounds * 3)
    if asked.corpus:
        files = sorted(path for path in asked.corpus.rglob("*.sql") if path.is_file())
        yield from _cold(files, theirs, asked.rounds * 3, folder)
        yield from _thousand(files, theirs, asked.rounds, folder)
        yield from _served(files, folder)
    yield from _growth(folder, max(asked.rounds // 2, 1))
    for name in OTHERS:
        if not Path(__file__).with_name(f"{name}.py").is_file():
            continue
        if found := getattr(importlib.import_module(name), "rows", None):
            yield from found(asked.rounds)


def _hooks(folder: Path, rounds: int) -> Iterator[Row]:
    for what, command in EVENTS.items():
        event = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "cwd": str(folder)}
        told = json.dumps(event | {"tool_input": {"command": command}}).encode()
        found = _measured({"ours": [*OURS, "hook", "claude"], "python": PYTHON}, rounds, told)
        yield Row(what, found["ours"], "python -I -c pass", found["python"])


def _cold(files: Sequence[Path], theirs: dict[str, list[str]], rounds: int, folder: Path) -> Iterator[Row]:
    near = min(files, key=lambda path: abs(path.stat().st_size - ONE_FILE))
    one = folder / "0001_one.sql"
    one.write_bytes(near.read_bytes())
    commands = {name: [*command, str(one)] for name, command in theirs.items()}
    found = _measured({"ours": [*OURS, "validate", str(one)], "python": PYTHON, **commands}, rounds)
    for name in ("python", *theirs):
        beside = "python -I -c pass" if name == "python" else name
        yield Row(f"one file of {one.stat().st_size} bytes, cold", found["ours"], beside, found[name])


def _thousand(
    files: Sequence[Path], theirs: dict[str, list[str]], rounds: int, folder: Path
) -> Iterator[Row]:
    chosen = random.Random(SEED).sample(files, min(1_000, len(files)))  # noqa: S311
    names = [str(path) for path in chosen]
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    commands = {
        "without a cache": [*OURS, "validate", "--no-cache", *names],
        "a second time": [*OURS, "validate", *names],
        **{name: [*command, *names] for name, command in theirs.items()},
    }
    found = _measured(commands, rounds)
    size = sum(path.stat().st_size for path in chosen) / 1e6
    for how in ("without a cache", "a second time"):
        for name in theirs or ("",):
            yield Row(f"{len(chosen)} files of {size:.1f} MB, {how}", found[how], name, found.get(name, ()))


def _growth(folder: Path, rounds: int) -> Iterator[Row]:
    for size in SIZES:
        place = folder / str(size) / "migrations"
        place.mkdir(parents=True)
        for number, sql in enumerate(_history(size), start=1):
            (place / f"{number:05}_change.sql").write_text(sql, encoding="utf-8")
        (found,) = _measured({"": [*OURS, "validate", "--no-cache", str(place)]}, rounds).values()
        each = statistics.median(cost.cpu_s for cost in found) / size * 1_000
        yield Row(f"a history of {size} files", found, remark=f"{each:.2f} ms of CPU a file")


def _history(size: int) -> Iterator[str]:
    """Yield migrations as a project of that age has them: most change what is there, some make something."""
    dice = random.Random(SEED)  # noqa: S311
    tables = 0
    for number in range(size):
        if tables < TABLES or number % 20 == 0:
            tables += 1
            yield (
                f"CREATE TABLE public.t{tables} (id bigint PRIMARY KEY, owner uuid, name text,\n"
                f"  parent bigint REFERENCES public.t{max(tables - 1, 1)} (id));\n"
                f"ALTER TABLE public.t{tables} ENABLE ROW LEVEL SECURITY;\n"
                f"CREATE POLICY own ON public.t{tables} TO authenticated USING (owner = (SELECT auth.uid()));\n"
            )
            continue
        table = f"public.t{dice.randint(1, tables)}"
        body = f"BEGIN UPDATE {table} SET name = NEW.name WHERE id = NEW.id; RETURN NEW; END"
        yield dice.choice([
            f"ALTER TABLE {table} ADD COLUMN c{number} integer DEFAULT 0;\n",
            f"CREATE INDEX i{number} ON {table} (owner, name);\n",
            f"UPDATE {table} SET name = trim(name) WHERE name IS NOT NULL;\n",
            f"CREATE OR REPLACE FUNCTION f{number % 50}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$;\n",
            f"INSERT INTO {table} (id, name) VALUES ({number}, 'a'), ({number + 1}, 'b');\n",
            f"CREATE VIEW public.v{number} AS SELECT id, name FROM {table};\n",
        ])  # fmt: skip


def _served(files: Sequence[Path], folder: Path) -> Iterator[Row]:
    """Ask a running MCP server about a file of the corpus's median size, alone and after a history."""
    median = sorted(files, key=lambda path: path.stat().st_size)[len(files) // 2]
    sql = median.read_text(encoding="utf-8")
    place = folder / "served"
    for history in (0, 100):
        migrations = place / str(history) / "migrations"
        migrations.mkdir(parents=True)
        for number, text in enumerate(_history(history), start=1):
            (migrations / f"{number:05}_change.sql").write_text(text, encoding="utf-8")
        time.sleep(2.5)  # a file that was just written is read again
        taken = _calls(migrations.parent, sql)
        what = f"MCP over stdio, {len(sql)} characters after {history} files"
        middle, last = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
        yield Row(what, [Cost(0, middle, 0)], remark=f"p50 {middle * 1e3:.1f} ms, p99 {last * 1e3:.1f} ms")


def _calls(folder: Path, sql: str) -> list[float]:
    with subprocess.Popen(
        [*OURS, "mcp"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin and server.stdout
        number = 0

        def ask(method: str, parameters: dict[str, object]) -> dict[str, object]:
            nonlocal number
            number += 1
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            server.stdin.write(json.dumps(message).encode() + b"\n")
            server.stdin.flush()
            while (answer := json.loads(server.stdout.readline())).get("id") != number:
                pass
            return answer

        hello = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "b", "version": "1"},
        }
        ask("initialize", hello)
        server.stdin.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
        taken = []
        for call in range(CALLS + 20):
            before = time.perf_counter()
            answer = ask("tools/call", {"name": "validate_migration", "arguments": {"sql": sql}})
            if call >= 20:  # the first ones import the rules
                taken.append(time.perf_counter() - before)
            assert "result" in answer, answer
        server.stdin.close()
    return taken


def _measured(commands: dict[str, list[str]], rounds: int, told: bytes = b"") -> dict[str, list[Cost]]:
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            cost = _run(command, told)
            if number:  # the first round warms the caches of the file system, and ours
                found[name].append(cost)
    return found


def _run(command: Sequence[str], told: bytes) -> Cost:
    # As an installed tool, which may use compiled modules; not as in CI, where nothing is kept.
    left_out = {"PYTHONDONTWRITEBYTECODE", "CI", "GUARDRAILS_NO_CACHE"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(told)
        given.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=given, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        _, status, used = os.wait4(process.pid, 0)
        clock = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 1, 2}:
            said.seek(0)
            sys.exit(f"{command[0]} failed: {said.read().decode()[-500:]}")
    return Cost(used.ru_utime + used.ru_stime, clock, used.ru_maxrss / 1024)


def _print(row: Row) -> None:
    def middle(name: str) -> float:
        return statistics.median(getattr(cost, name) for cost in row.ours)

    cells = [
        row.what,
        f"{middle('cpu_s') * 1e3:.1f}" if middle("cpu_s") else "",
        f"{middle('clock_s') * 1e3:.1f}",
        f"{middle('peak_mb'):.0f}" if middle("peak_mb") else "",
        row.beside,
        _ratio(row, "cpu_s"),
        _ratio(row, "clock_s"),
        row.remark,
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


def _ratio(row: Row, name: str) -> str:
    pairs = [
        getattr(one, name) / getattr(other, name) for one, other in zip(row.ours, row.theirs, strict=False)
    ]
    if not pairs:
        return ""
    low, median, high = statistics.quantiles(pairs, n=4) if len(pairs) > 1 else (*pairs, *pairs, *pairs)
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
