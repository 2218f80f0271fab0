"""A finding points at the name that it is about, whatever the text around it looks like."""

from __future__ import annotations

import pytest

from guardrails.lint.engine import check_sql


def positions(sql: str) -> list[tuple[str, int, int]]:
    result = check_sql(sql)
    return [
        (finding.code, finding.line, finding.column)
        for finding in sorted(result.findings, key=lambda finding: (finding.line, finding.column))
    ]


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks `»` out of a text, and return where each stood."""
    places: list[tuple[int, int]] = []
    sql = ""
    for character in text:
        if character == "»":
            places.append((sql.count("\n") + 1, len(sql) - sql.rfind("\n")))
        else:
            sql += character
    return sql, places


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE »orders;",
        "DROP TABLE IF EXISTS »orders, »shop.refunds ,\n  »items;",
        "SELECT 1; DROP TABLE »a; SELECT 2; DROP TABLE »b;",
        "SELECT 1;\r\nDROP TABLE »orders;\r\n\r\nDROP TABLE\r\n\t»refunds;\r\n",
        "\t\tDROP TABLE\t»orders;",
        "SELECT 'größer', '漢字', '😀'; DROP TABLE »orders;",
        'DROP TABLE »"größe", »"漢字";',
        'DROP TABLE »"table", »"drop me";',
        "/* DROP TABLE x;\n */ DROP TABLE »orders; -- DROP TABLE y;",
        "-- a\f comment\u2028 with odd line ends\nDROP TABLE »orders;",
        "DROP TABLE »orders",
        "DROP TABLE »Orders, »orders_old;",
        'ALTER TABLE a\n  DROP COLUMN »a,\n  DROP »b, DROP COLUMN IF EXISTS »"c d";',
        (
            "ALTER TABLE a ADD COLUMN n numeric(10, 2) DEFAULT 1, DROP COLUMN »n2, ADD CHECK (a IN (1, "
            "2)), DROP »x;"
        ),
        "TRUNCATE »a, ONLY »b;",
        "DELETE FROM »orders; UPDATE »shop.orders SET a = 1;",
        "WITH gone AS (\n  DELETE FROM »orders RETURNING *\n)\nSELECT * FROM gone;",
        "DROP SCHEMA »a, »b;",
        "DROP DATABASE »app;",
        "DROP OWNED BY »a, »b;",
        "CREATE TABLE »orders (id int PRIMARY KEY);",
        "CREATE TABLE »items (\n  id int PRIMARY KEY,\n  »order_id int REFERENCES orders\n);",
        "ALTER TABLE users ALTER COLUMN »age TYPE text, ALTER »name TYPE text;",
        "ALTER TABLE a DISABLE »TRIGGER ALL;",
        "ALTER TABLE a »DISABLE ROW LEVEL SECURITY;",
        "SET »session_replication_role = replica;",
        "SELECT 1, »set_config('session_replication_role', 'replica', true);",
    ],
)
def test_a_finding_points_at_the_name_it_is_about(text: str) -> None:
    sql, places = marked(text)

    assert [(line, column) for _, line, column in positions(sql)] == places


def test_cascade_is_pointed_at_itself() -> None:
    sql, places = marked("DROP TABLE »orders »CASCADE; TRUNCATE »orders »CASCADE;")

    assert positions(sql) == [
        ("DROP_TABLE", *places[0]),
        ("DROP_CASCADE", *places[1]),
        ("TRUNCATE", *places[2]),
        ("TRUNCATE_CASCADE", *places[3]),
    ]


def test_the_source_line_is_shown_without_its_line_end() -> None:
    result = check_sql("SELECT 1;\r\n  DROP TABLE orders;\r\nSELECT 2;\r\n")

    assert [finding.statement for finding in result.errors] == ["  DROP TABLE orders;"]


def test_a_statement_inside_a_do_block_is_pointed_at_where_it_stands() -> None:
    sql, places = marked("SELECT 1;\n»DO $$\nBEGIN\n  DROP TABLE »orders;\nEND $$;")

    assert positions(sql) == [("HIDDEN_DESTRUCTIVE", *places[0]), ("DROP_TABLE", *places[1])]
