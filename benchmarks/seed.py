"""How long seeding takes: beside a raw COPY of the same bytes, beside Faker row by row, and as rows grow.

Run from the project's root with the environment of the project: .venv/bin/python benchmarks/seed.py [ROWS]
The server is PostgreSQL with its own defaults (fsync on), in a temporary folder. Rounds are paired: the raw
COPY and the seed of the same table follow each other, and the ratio is taken within each round.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from faker import Faker

from guardrails.shadow.binaries import embedded, find_binaries, readable_by_others
from seeds.contracts import SeedConfig
from seeds.run import seed

ROUNDS = 3
MOST_COPIED = 1_000_000
FAKER_ROWS = 5_000
NOBODY = 65534
TABLE = """
DROP TABLE IF EXISTS users, copied;
CREATE TABLE users (
  id uuid PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, bio text, avatar_url text, role text NOT NULL,
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
);
CREATE TABLE copied (LIKE users INCLUDING ALL);
"""


@contextmanager
def server() -> Iterator[str]:
    """Start PostgreSQL with its defaults and give a connection string."""
    with tempfile.TemporaryDirectory(prefix="seed-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = NOBODY if os.geteuid() == 0 else None
        if account is not None:
            os.chown(folder, NOBODY, NOBODY)
        found = find_binaries()
        binaries = embedded(found if account is None else readable_by_others(found, folder)).bin
        how = {
            "user": account,
            "group": account,
            "cwd": folder,
            "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        }
        data = folder / "data"
        make = [binaries / "initdb", "-D", data, "-U", "root", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, **how)
        command = [
            binaries / "postgres",
            "-D",
            data,
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={folder}",
        ]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how
        ) as process:
            conninfo = f"host={folder} user=root dbname=postgres"
            try:
                _wait(conninfo)
                yield conninfo
            finally:
                process.terminate()


def _wait(conninfo: str) -> None:
    while True:
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError:
            threading.Event().wait(0.05)
        else:
            return


def seeded(connection: psycopg.Connection, rows: int) -> float:
    """Seed the table of users and return the seconds."""
    connection.execute(TABLE)
    began = time.perf_counter()
    result = seed(connection, SeedConfig(user_count=rows, excluded=("copied",)))
    took = time.perf_counter() - began
    assert result.created["public.users"] == rows, result
    return took


def copied(connection: psycopg.Connection) -> float:
    """Copy the bytes of the seeded table into one like it and return the seconds that writing them took."""
    with connection.cursor().copy("COPY users TO STDOUT") as source:
        blocks = [bytes(block) for block in source]
    joined = [b"".join(blocks[start : start + 1000]) for start in range(0, len(blocks), 1000)]
    began = time.perf_counter()
    with connection.transaction(), connection.cursor().copy("COPY copied FROM STDIN") as target:
        for block in joined:
            target.write(block)
    return time.perf_counter() - began


def fakered(connection: psycopg.Connection) -> float:
    """Insert rows made by Faker one by one with executemany; return the seconds for each."""
    connection.execute(TABLE)
    fake = Faker()
    Faker.seed(1)
    began = time.perf_counter()
    with connection.transaction():
        connection.cursor().executemany(
            "INSERT INTO users VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                (
                    fake.uuid4(),
                    f"{number}.{fake.email()}",
                    fake.name(),
                    fake.paragraph(),
                    fake.image_url(),
                    "member",
                    fake.date_time(),
                    fake.date_time(),
                )
                for number in range(FAKER_ROWS)
            ),
        )
    return (time.perf_counter() - began) / FAKER_ROWS


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with server() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        seeded(connection, 1000)  # fills the pools
        for number in (10_000, 100_000, 1_000_000, 10_000_000):
            if number <= rows:
                took = seeded(connection, number)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(
                    f"{number:>10,} rows: {took:7.2f} s, {took / number * 1e6:5.2f} us a row, peak memory so far {peak:.0f} MB",
                    flush=True,
                )
        ratios = []
        for _ in range(ROUNDS):
            own = seeded(connection, min(rows, MOST_COPIED))
            raw = copied(connection)
            ratios.append(own / raw)
            print(
                f"{min(rows, MOST_COPIED):,} rows: seed {own:6.2f} s, raw COPY {raw:6.2f} s, ratio {ratios[-1]:.2f}",
                flush=True,
            )
        print(f"ratio, median of {ROUNDS} pairs: {statistics.median(ratios):.2f}")
        each = fakered(connection)
        print(
            f"Faker row by row: {FAKER_ROWS:,} rows measured, {each * rows:,.0f} s for {rows:,} rows if they went on like that"
        )


if __name__ == "__main__":
    main()
