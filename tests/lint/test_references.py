"""Names that lead nowhere are told from those whose making was only not seen."""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import Finding, MigrationFile, Transactions
from guardrails.lint.engine import check

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, "fullName" text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id), total int);
CREATE VIEW open_orders AS SELECT o.id, o.total AS amount FROM orders o;
CREATE TABLE internal.notes (id bigint PRIMARY KEY, body text);
"""


def unknown(sql: str, *history: str) -> list[Finding]:
    texts = history or (SHOP,)
    before = [MigrationFile(f"{number}.sql", str(number), "", text) for number, text in enumerate(texts)]
    (result,) = check([MigrationFile("9.sql", "9", "", sql)], before)
    return [finding for finding in result.findings if finding.code == "UNKNOWN_REFERENCE"]


@pytest.mark.parametrize(
    ("sql", "near"),
    [
        ("ALTER TABLE ordrs ADD COLUMN note text;", "orders"),
        ("CREATE INDEX ON public.order (total);", "public.orders"),
        ("CREATE TABLE items (order_id bigint REFERENCES order_s (id));", "orders"),
        ("CREATE POLICY p ON custmers USING (true);", "customers"),
        ("INSERT INTO custommers (id) VALUES (1);", "customers"),
        ("DELETE FROM open_order WHERE id = 1;", "open_orders"),
        ("GRANT SELECT ON custmers TO authenticated;", "customers"),
        ("COMMENT ON TABLE ordrs IS 'x';", "orders"),
        ("CREATE TRIGGER t BEFORE UPDATE ON ordrs FOR EACH ROW EXECUTE FUNCTION f();", "orders"),
        ("CREATE VIEW v AS SELECT 1 AS one FROM ordrs;", "orders"),
        ("SELECT * FROM orders o JOIN custmers c ON c.id = o.customer_id;", "customers"),
        ("ALTER TABLE notes ADD COLUMN a int;", "internal.notes"),
        ("TRUNCATE ordrs;", "orders"),
        ("DO $$ BEGIN UPDATE ordrs SET total = 1 WHERE id = 2; END $$;", "orders"),
    ],
)
def test_a_relation_that_nobody_made_is_told_with_the_nearest_name(sql: str, near: str) -> None:
    (finding,) = unknown(sql)

    assert "there is no relation" in finding.message
    assert finding.suggestion == f"Write {near}."
    assert finding.will_fail


@pytest.mark.parametrize(
    ("sql", "near"),
    [
        ("UPDATE orders SET totl = 1 WHERE id = 1;", "total"),
        ("INSERT INTO orders (id, cutomer_id) VALUES (1, 2);", "customer_id"),
        ("CREATE INDEX ON customers (emial);", "email"),
        ("SELECT o.totl FROM orders o;", "total"),
        ("SELECT c.fullname FROM customers c;", '"fullName"'),
        ("SELECT amout FROM open_orders;", "amount"),
        ("SELECT 1 FROM orders JOIN customers USING (idd);", "id"),
        ("ALTER TABLE orders ALTER COLUMN totl DROP NOT NULL;", "total"),
        ("ALTER TABLE orders ADD FOREIGN KEY (custmer_id) REFERENCES customers (id);", "customer_id"),
        ("ALTER TABLE orders RENAME COLUMN totl TO sum;", "total"),
        ("GRANT UPDATE (emial) ON customers TO authenticated;", "email"),
        ("CREATE POLICY p ON orders USING (custmer_id = 1);", "customer_id"),
        ("WITH x AS (SELECT id AS order_id FROM orders) SELECT ordr_id FROM x;", "order_id"),
        ("SELECT (SELECT max(totl) FROM orders) FROM customers;", "total"),
        ("INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET totl = 1;", "total"),
        ("DELETE FROM orders USING customers c WHERE c.emial = 'a';", "email"),
        ("DO $$ BEGIN UPDATE orders SET totl = 1 WHERE id = 2; END $$;", "total"),
    ],
)
def test_a_column_that_nobody_made_is_told_with_the_nearest_name(sql: str, near: str) -> None:
    (finding,) = unknown(sql)

    assert "there is no column" in finding.message
    assert finding.suggestion == f"Write {near}."


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM pg_class WHERE relname = 'a';",
        "SELECT * FROM information_schema.tables;",
        "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id));",
        "CREATE POLICY p ON storage.objects USING (bucket_id = 'a');",
        "INSERT INTO cron.job (schedule) VALUES ('a');",
        "DELETE FROM schema_migrations WHERE version = '1';",
        "SELECT o, o.ctid, o.xmin, tableoid FROM orders o;",
        "SELECT amount FROM open_orders GROUP BY amount ORDER BY amount;",
        "SELECT total * 2 AS twice FROM orders ORDER BY twice;",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t;",
        "SELECT x.key, value FROM orders, jsonb_each('{}') AS x;",
        "SELECT l.top FROM orders o, LATERAL (SELECT max(c.id) AS top FROM customers c WHERE c.id = o.id) l;",
        "SELECT a, b FROM (VALUES (1, 2)) AS v (a, b);",
        "SELECT EXISTS (SELECT 1 FROM customers WHERE id = orders.customer_id) FROM orders;",
        "MERGE INTO orders o USING customers c ON c.id = o.id WHEN MATCHED THEN UPDATE SET total = c.id;",
        "CREATE TABLE items (id bigint, total int, CHECK (total > id));",
        "CREATE TEMP TABLE picked AS SELECT id AS anything FROM orders;\nSELECT whatever FROM picked;",
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM orders LOOP "
            "DELETE FROM orders WHERE id = r.id OR total = found_total; END LOOP; END $$;"
        ),
        "DO $$ BEGIN IF EXISTS (SELECT 1) THEN ALTER TABLE legacy ADD COLUMN a int; END IF; END $$;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT nothing FROM nowhere); END $$;",
        (
            "CREATE TRIGGER t BEFORE UPDATE OF total ON orders FOR EACH ROW WHEN (old.total <> new.total) "
            "EXECUTE FUNCTION f();"
        ),
        "SET search_path = elsewhere;\nALTER TABLE ordrs ADD COLUMN a int;",
        "UPDATE orders o SET total = 1 FROM customers c WHERE c.id = o.customer_id RETURNING o.total, c.email;",
        "ALTER TABLE orders DROP COLUMN IF EXISTS legacy_code;",
        "DROP TABLE IF EXISTS something_else;",
    ],
)
def test_nothing_is_said_about_what_exists_or_can_not_be_known(sql: str) -> None:
    assert unknown(sql) == []


def test_if_exists_does_not_hide_a_name_that_never_was_and_is_close_to_another() -> None:
    (finding,) = unknown("ALTER TABLE IF EXISTS ordrs ADD COLUMN note text;")

    assert "IF EXISTS hides that" in finding.message
    assert not finding.will_fail
    assert finding.suggestion == "Write orders."


def test_if_exists_may_pass_over_what_was_dropped_before() -> None:
    history = (SHOP, "CREATE TABLE order_x (id bigint PRIMARY KEY);", "DROP TABLE order_x;")

    assert unknown("DROP TABLE IF EXISTS order_x;", *history) == []


def test_a_table_that_was_renamed_is_not_there_any_more() -> None:
    history = (SHOP, "ALTER TABLE orders RENAME TO purchases;")
    (finding,) = unknown("ALTER TABLE orders ADD COLUMN note text;", *history)

    assert "any more" in finding.message


def test_a_history_that_lacks_a_table_says_nothing_about_relations() -> None:
    history = (SHOP, "ALTER TABLE made_by_hand ADD COLUMN a int;")

    assert unknown("ALTER TABLE ordrs ADD COLUMN note text;", *history) == []


def test_a_table_that_was_made_from_a_query_may_have_any_column() -> None:
    history = (SHOP, "CREATE TABLE copied AS SELECT * FROM elsewhere;")

    assert unknown("UPDATE copied SET anything = 1 WHERE something = 2;", *history) == []


def test_the_first_migration_of_a_project_may_speak_of_tables_that_were_there() -> None:
    assert unknown("CREATE TABLE a (id bigint PRIMARY KEY, b_id bigint REFERENCES b (id));", "") == []


def test_a_value_of_an_enum_that_nobody_made_is_told_with_the_nearest() -> None:
    (finding,) = unknown(
        "INSERT INTO a (m) VALUES ('opne');", "CREATE TYPE m AS ENUM ('open'); CREATE TABLE a (m m);"
    )

    assert finding.suggestion == "Write 'open'."


def test_a_function_of_a_trigger_is_told_only_when_its_name_is_close_to_another() -> None:
    made = "CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
    trigger = "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION {}();"

    assert [finding.suggestion for finding in unknown(trigger.format("touch_rows"), SHOP, made)] == [
        "Write touch_row."
    ]
    assert unknown(trigger.format("moddatetime"), SHOP, made) == []


@pytest.mark.parametrize("transactions", [Transactions.BATCH, Transactions.FILE])
def test_a_new_value_of_an_enum_is_used_in_the_transaction_of_the_file(transactions: Transactions) -> None:
    sql = "ALTER TYPE mood ADD VALUE 'calm'; UPDATE people SET mood = 'calm' WHERE id = 1;"
    (result,) = check([MigrationFile("1.sql", "1", "", sql, transactions=transactions)])

    assert "ENUM_VALUE_IN_TRANSACTION" in {finding.code for finding in result.findings}
