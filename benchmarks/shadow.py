"""How long a shadow database takes: with an empty cache, with an empty cluster kept, with the history kept.

Run from the project's root with the environment of the project: .venv/bin/python benchmarks/shadow.py
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable

from guardrails.lint.contracts import MigrationFile
from guardrails.shadow.engine import Platform, prepared_server
from guardrails.shadow.replay import replay

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
HISTORY = [MigrationFile(f"{n}.sql", str(n), "", MIGRATION.format(n)) for n in range(FILES)]
LAST = MigrationFile("last.sql", "last", "", "ALTER TABLE public.things_0 ADD COLUMN size int;")


def verify(platform: Platform) -> bool:
    """Run the history and a migration after it; return whether the history was kept."""

    def fill(conninfo: str) -> str:
        skipped = replay(conninfo, HISTORY).skipped
        assert skipped == (), skipped
        return ""

    history = [part for file in HISTORY for part in (file.path, file.sql)]
    with prepared_server(platform, history, fill) as prepared:
        assert replay(prepared.conninfo, [LAST]).skipped == ()
        return prepared.warm


def seconds(run: Callable[[], object]) -> float:
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def main() -> None:
    """Print the times and their ratio."""
    cold, started, warm = [], [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder
            cold.append(seconds(lambda: verify(Platform.SUPABASE)))
            warm.append(seconds(lambda: verify(Platform.SUPABASE)))
            HISTORY[0] = MigrationFile("0.sql", "0", "", HISTORY[0].sql + "\n")
            started.append(seconds(lambda: verify(Platform.SUPABASE)))
    print(f"a history of {FILES} files and a migration after it, median of {RUNS} runs")
    for name, times in (("empty cache", cold), ("empty cluster kept", started), ("history kept", warm)):
        print(f"{name:<20} {statistics.median(times):6.2f} s")
    print(f"second verify        {statistics.median(cold) / statistics.median(warm):6.1f} times as fast")


if __name__ == "__main__":
    main()
