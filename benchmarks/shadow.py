"""How long `verify` takes: with nothing kept, with an empty cluster kept, with the history kept, and after one more file.

Run from the project's root with the environment of the project: .venv/bin/python benchmarks/shadow.py
"""

import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from commands.verify import verify
from guardrails.shadow.contracts import Verdict

RUNS = 5
FILES = 60
MIGRATION = """
CREATE TABLE public.things_{0} (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), owner uuid NOT NULL REFERENCES auth.users (id),
    name text NOT NULL CHECK (length(name) > 0), made_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON public.things_{0} (owner);
ALTER TABLE public.things_{0} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.things_{0} USING (owner = auth.uid()) WITH CHECK (owner = auth.uid());
CREATE FUNCTION public.count_{0}() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.things_{0}';
"""


def write(folder: Path, number: int, text: str) -> None:
    (folder / f"20260101{number:06}_x.sql").write_text(text, encoding="utf-8")


def seconds(root: Path, *, whole: bool) -> float:
    """Verify the last migration; without rows and tenants unless it is the `whole` proof."""
    before = time.perf_counter()
    found = verify(root, rows=whole, isolation=whole)
    assert found.verdict in {Verdict.PROVED, Verdict.RESERVATIONS}, found
    return time.perf_counter() - before


def measured(whole: bool) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
            root = Path(folder, "project")
            migrations = root / "supabase" / "migrations"
            migrations.mkdir(parents=True)
            for number in range(FILES):
                write(migrations, number, MIGRATION.format(number))
            write(migrations, FILES, "ALTER TABLE public.things_0 ADD COLUMN size int;")
            times["nothing kept"].append(seconds(root, whole=whole))
            times["history kept, the same again"].append(seconds(root, whole=whole))
            write(migrations, FILES, "ALTER TABLE public.things_1 ADD COLUMN size int DEFAULT 1;")
            times["history kept, migration changed"].append(seconds(root, whole=whole))
            write(migrations, FILES + 1, "CREATE INDEX ON public.things_1 (size);")
            times["history one file longer"].append(seconds(root, whole=whole))
            write(migrations, 0, MIGRATION.format(0) + "SELECT 1;")
            times["another history, empty cluster kept"].append(seconds(root, whole=whole))
    return times


def main() -> None:
    """Print the times."""
    print(
        f"verify of one migration after a history of {FILES} files and {FILES} tables, median of {RUNS} runs"
    )
    for what, whole in (("without made-up rows and tenants", False), ("all of it", True)):
        print(what)
        for name, times in measured(whole).items():
            print(f"  {name:<38} {statistics.median(times):6.2f} s")


if __name__ == "__main__":
    main()
