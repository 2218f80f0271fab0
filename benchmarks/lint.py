"""How long `validate` takes: cold for one file, for a thousand, and as a history grows. `make bench` runs it.

Machines differ and are rarely idle, so what counts are ratios, taken pair by pair: each round runs every
command once, one right after the other, and what is printed is the median of the rounds' ratios with the
quartiles around it. CPU time counts all processes of a command.

    python benchmarks/lint.py CORPUS [--squawk PATH] [--rounds N]

CORPUS is a folder with migrations of any projects, each in a folder of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

OURS = [sys.executable, "-I", "-c", "from commands.entry import start; start()", "validate"]
PYTHON = [sys.executable, "-I", "-c", "pass"]
SIZES = (100, 1_000, 10_000)
ONE_FILE = 2_048
SEED = 0
TABLES = 40

Cost = tuple[float, float]


class Measured(NamedTuple):
    """Seconds of CPU and of the clock, one for each round."""

    cpu: list[float]
    wall: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", help="none: only how the time grows with a history")
    parser.add_argument("--squawk", help="the program to compare with")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.corpus:
            files = sorted(path for path in asked.corpus.rglob("*.sql") if path.is_file())
            _cold(files, asked.squawk, asked.rounds, Path(folder))
            _thousand(files, asked.squawk, asked.rounds)
        _growth(Path(folder), max(asked.rounds // 2, 1))


def _cold(files: Sequence[Path], squawk: str | None, rounds: int, folder: Path) -> None:
    near = min(files, key=lambda path: abs(path.stat().st_size - ONE_FILE))
    one = folder / "0001_one.sql"
    one.write_bytes(near.read_bytes())
    print(f"\n## One file of {one.stat().st_size} bytes, cold\n")
    commands = {"pg-guardrails": [*OURS, str(one)], "python": PYTHON}
    if squawk:
        commands["squawk"] = [squawk, str(one)]
    _print(_measured(commands, rounds * 3), "pg-guardrails")


def _thousand(files: Sequence[Path], squawk: str | None, rounds: int) -> None:
    chosen = random.Random(SEED).sample(files, min(1_000, len(files)))  # noqa: S311
    print(f"\n## {len(chosen)} files of {sum(path.stat().st_size for path in chosen) / 1e6:.1f} MB\n")
    names = [str(path) for path in chosen]
    commands = {"pg-guardrails": [*OURS, *names], "python": PYTHON}
    if squawk:
        commands["squawk"] = [squawk, *names]
    _print(_measured(commands, rounds), "pg-guardrails")


def _growth(folder: Path, rounds: int) -> None:
    print("\n## One history as it grows\n\n| files | CPU s | clock s | CPU a file, ms |\n|---|---|---|---|")
    for size in SIZES:
        place = folder / str(size) / "migrations"
        place.mkdir(parents=True)
        for number, sql in enumerate(_history(size), start=1):
            (place / f"{number:05}_change.sql").write_text(sql, encoding="utf-8")
        found = _measured({"": [*OURS, str(place)]}, rounds)[""]
        cpu, wall = statistics.median(found.cpu), statistics.median(found.wall)
        print(f"| {size} | {cpu:.2f} | {wall:.2f} | {cpu / size * 1_000:.2f} |", flush=True)


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


def _measured(commands: dict[str, list[str]], rounds: int) -> dict[str, Measured]:
    found = {name: Measured([], []) for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            cpu, wall = _run(command)
            if number:  # the first round warms the caches of the file system
                found[name].cpu.append(cpu)
                found[name].wall.append(wall)
    return found


def _run(command: Sequence[str]) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    if done.returncode not in {0, 1}:
        sys.exit(f"{command[0]} failed: {done.stderr.decode()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def _print(found: dict[str, Measured], ours: str) -> None:
    print("| | CPU ms | clock ms | ours / theirs, CPU | ours / theirs, clock |\n|---|---|---|---|---|")
    for name, measured in found.items():
        cpu, wall = statistics.median(measured.cpu) * 1_000, statistics.median(measured.wall) * 1_000
        ratios = ("", "")
        if name != ours:
            ratios = _ratio(found[ours].cpu, measured.cpu), _ratio(found[ours].wall, measured.wall)
        print(f"| {name} | {cpu:.1f} | {wall:.1f} | {ratios[0]} | {ratios[1]} |", flush=True)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    pairs = [one / other for one, other in zip(ours, theirs, strict=True) if other]
    low, middle, high = statistics.quantiles(pairs, n=4) if len(pairs) > 1 else (*pairs, *pairs, *pairs)
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
