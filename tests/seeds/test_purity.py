"""A row depends on the seed, the table, the column and its number: on nothing else, wherever it is made."""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from guardrails.shadow.engine import Server, connect, disposable_server
from seeds.contracts import SeedConfig
from seeds.introspect import introspect
from seeds.plan import Plan, plan
from seeds.plan_report import described, document
from seeds.rows import fillings_of, rows_of, without_rows
from seeds.schema import Catalog
from tests.seeds.databases import SCHEMAS, dump, made, rows, seeded

PROGRAM = """
import hashlib, pickle, sys
from seeds.contracts import SeedConfig
from seeds.plan import plan
from seeds.rows import fillings_of
catalog = pickle.load(open(sys.argv[1], "rb"))
for name, filling in sorted(fillings_of(plan(catalog, SeedConfig(user_count=30, seed=7))).items()):
    text = repr(filling.rows(range(filling.plan.start, filling.plan.stop)))
    print(name, hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


def catalog_of(server: Server, sql: str) -> Catalog:
    with connect(made(server, sql), autocommit=True) as connection:
        return introspect(connection)


@pytest.fixture(scope="module")
def tenants(server: Server) -> Plan:
    return plan(catalog_of(server, SCHEMAS["tenants"]), SeedConfig(user_count=30, seed=7))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_rows_are_the_same_bytes_under_any_hash_seed_and_locale(
    server: Server, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "catalog"
    file.write_bytes(pickle.dumps(catalog_of(server, SCHEMAS[name])))

    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(file)],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, locale, zone in (
            ("0", "C", "UTC"),
            ("1", "tr_TR.UTF-8", "Asia/Tokyo"),
            ("77", "C.UTF-8", "America/New_York"),
        )
    }

    assert len(printed) == 1
    assert printed.pop().count(b"\n") > 10


def test_any_row_can_be_made_alone(tenants: Plan) -> None:
    for name, filling in fillings_of(tenants).items():
        one = filling.plan
        together = rows_of(tenants, name, one.start, one.stop, filling.columns)

        assert together[3:5] == rows_of(tenants, name, 3, 5, filling.columns)
        assert together[-1:] == rows_of(tenants, name, one.stop - 1, one.stop, filling.columns)


def test_the_database_holds_the_rows_that_the_plan_makes(server: Server) -> None:
    conninfo = made(server, SCHEMAS["wholesale"])
    config = SeedConfig(user_count=30)
    with connect(conninfo, autocommit=True) as connection:
        before = introspect(connection)
    seeded(conninfo, config)
    with connect(conninfo, autocommit=True) as connection:
        after = without_rows(introspect(connection))

    assert after == before
    keys = rows_of(plan(after, config), "public.order_details", 0, 20)
    there = set(rows(conninfo, "SELECT order_id::text, product_id::text FROM order_details"))
    assert set(keys) <= there


def test_a_further_table_changes_no_row_of_the_others(server: Server) -> None:
    more = (
        SCHEMAS["tenants"]
        + "CREATE TABLE tags (id int PRIMARY KEY, project uuid, made_by uuid REFERENCES users);"
    )
    one, other = made(server, SCHEMAS["tenants"]), made(server, more)
    seeded(one, SeedConfig(user_count=20))
    seeded(other, SeedConfig(user_count=20))
    tables = (
        "users",
        "organizations",
        "memberships",
        "projects",
        "posts",
        "tasks",
        "comments",
        "addresses",
        "bookings",
        "profiles",
    )

    for table in tables:
        assert dump(one, (table,)) == dump(other, (table,)), table


def test_a_plan_says_how_every_column_is_filled_and_why(tenants: Plan) -> None:
    told = document(tenants)
    tasks = next(table for table in told["tables"] if table["table"] == "public.tasks")
    columns = {column["column"]: column for column in tasks["columns"]}

    assert columns["project_id"]["generator"].startswith("key")
    assert columns["position"] == {
        "column": "position",
        "generator": "combination",
        "why": "each combination once",
    }
    assert columns["id"]["generator"] == "counter"
    assert any(line.startswith("public.memberships: ") for line in described(tenants))
    assert all(column["why"] for table in told["tables"] for column in table["columns"])


def test_a_plan_asks_nothing_and_changes_nothing(server: Server) -> None:
    catalog = catalog_of(server, SCHEMAS["rental"])

    first, second = (document(plan(catalog, SeedConfig(user_count=9))) for _ in range(2))

    assert first == second
    other = document(plan(catalog, replace(SeedConfig(user_count=9), seed=1)))
    assert [table["rows"] for table in other["tables"]] == [table["rows"] for table in first["tables"]]
    assert hashlib.sha256(repr(first).encode()).digest() != hashlib.sha256(repr(other).encode()).digest()
