"""Every shape of a CHECK constraint is understood, and PostgreSQL takes the rows that are made for it."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails.lint.parsing import parse
from guardrails.shadow.engine import Server, disposable_server
from seeds.checks.contracts import Check, Domain
from seeds.checks.solve import questions, solve
from tests.seeds.judging import Judge


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture(scope="module")
def judge(server: Server) -> Judge:
    return Judge(server)


SHAPES = [
    "state text NOT NULL CHECK (state = 'open')",
    "state text NOT NULL CHECK (state IN ('open', 'done'))",
    "state text NOT NULL CHECK (state = ANY (ARRAY['open', 'in, progress', 'it''s']))",
    "state varchar(9) NOT NULL CHECK (state = ANY ('{open,\"in, progress\",done}'::text[]) AND state <> 'in, progress')",
    "state text NOT NULL CHECK (state <> ALL (ARRAY['word', 'open']))",
    "state text NOT NULL CHECK (state NOT IN ('member', 'a'))",
    "state text NOT NULL CHECK (lower(state) IN ('open', 'done'))",
    "role text CHECK (role IS NULL OR role IN ('a', 'b'))",
    "n int NOT NULL CHECK (n > 0)",
    "n int NOT NULL CHECK (n >= 1000000 AND n < 1000010)",
    "n int NOT NULL CHECK (n BETWEEN 3 AND 5)",
    "n int NOT NULL CHECK (n NOT BETWEEN 3 AND 500)",
    "n int NOT NULL CHECK (-5 < n AND 0 > n)",
    "n int NOT NULL CHECK (NOT (n < 10 OR n > 20))",
    "n int NOT NULL CHECK (n <> 1 AND n <> 2 AND n > 0 AND n < 6)",
    "n int NOT NULL CHECK (n % 5 = 0)",
    "n int NOT NULL CHECK (mod(n, 7) = 0 AND n > 0)",
    "n numeric(6, 2) NOT NULL CHECK (n > 0 AND n < 1)",
    "n numeric(4, 3) NOT NULL CHECK (n >= 0.5 AND n <= 1)",
    "n numeric NOT NULL CHECK (n = round(n, 2) AND n > 0)",
    "n double precision NOT NULL CHECK (n >= '-90'::integer::double precision AND n <= 90)",
    "n smallint NOT NULL CHECK (n = ANY (ARRAY[1, 2, 4]))",
    "n bigint NOT NULL CHECK (n * 2 <= 10 AND n > 0)",
    "amount money NOT NULL CHECK (amount >= '5'::money)",
    "name text NOT NULL CHECK (length(name) > 0)",
    "name text NOT NULL CHECK (char_length(btrim(name)) BETWEEN 3 AND 8)",
    "name text NOT NULL CHECK (length(trim(both from name)) >= 40)",
    "name text NOT NULL CHECK (name <> '' AND octet_length(name) <= 12)",
    "name text NOT NULL CHECK (length(name) = 5)",
    "name text NOT NULL CHECK (length(name) = ANY (ARRAY[8, 9]))",
    "name text NOT NULL CHECK (trim(name) <> '')",
    "name text NOT NULL CHECK (name = lower(name))",
    "name text NOT NULL CHECK (name = upper(btrim(name)))",
    "name text NOT NULL CHECK (name = btrim(name))",
    "code char(6) NOT NULL CHECK (code ~ '^[A-Z]{3}[0-9]{3}$')",
    "slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')",
    "slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9_]+$' AND length(slug) BETWEEN 3 AND 20)",
    "code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{2}-\\d{6}$')",
    "code text NOT NULL CHECK (code ~* '^[A-F]+$')",
    "code text NOT NULL CHECK (code !~ '[^[:alnum:]]')",
    "email text NOT NULL CHECK (email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]+$')",
    "email text NOT NULL CHECK (email LIKE '%_@_%._%')",
    "url text NOT NULL CHECK (url LIKE 'https://%' AND url NOT LIKE '% %')",
    "path text NOT NULL CHECK (path ILIKE '/API/%')",
    "color text NOT NULL CHECK (color ~ '^#[0-9a-f]{6}$')",
    "phone text NOT NULL CHECK (phone ~ '^\\+[1-9]\\d{1,14}$')",
    "zip text NOT NULL CHECK (zip SIMILAR TO '[0-9]{5}(-[0-9]{4})?')",
    "currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$' AND currency = upper(currency))",
    "hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$')",
    "name text NOT NULL CHECK (starts_with(name, 'x-'))",
    "name text NOT NULL CHECK (left(name, 3) = 'ab_')",
    "name text NOT NULL CHECK (position('@' in name) > 1 OR strpos(name, '@') = 0)",
    "a int, b int, CHECK (a IS NOT NULL AND b IS NULL)",
    "a int, b int, CHECK ((a IS NULL) = (b IS NULL))",
    "a int, b int, CHECK ((a IS NULL) <> (b IS NULL))",
    "a int, b text, c date, CHECK (num_nonnulls(a, b, c) = 1)",
    "a int, b text, c date, CHECK (num_nulls(a, b, c) >= 2)",
    "a int, b int, c int, CHECK ((a IS NOT NULL)::int + (b IS NOT NULL)::int + (c IS NOT NULL)::int = 2)",
    "a int, b int, CHECK (CASE WHEN a IS NOT NULL THEN 1 ELSE 0 END + CASE WHEN b IS NOT NULL THEN 1 ELSE 0 END <= 1)",
    "a int, b int, CHECK (NOT (a IS NOT NULL AND b IS NOT NULL))",
    "a int, b int, CHECK (coalesce(a, 0) > 0 OR b IS NOT NULL)",
    "status text NOT NULL CHECK (status IN ('open', 'done')), done_at timestamptz, CHECK ((status = 'done') = (done_at IS NOT NULL))",
    "status text NOT NULL CHECK (status IN ('open', 'done')), done_at timestamptz, CHECK (status <> 'done' OR done_at IS NOT NULL)",
    "kind text NOT NULL, n int, CHECK ((kind = 'fixed' AND n > 100) OR (kind = 'percent' AND n BETWEEN 1 AND 100))",
    "kind text NOT NULL, n int, CHECK (CASE kind WHEN 'a' THEN n > 5 WHEN 'b' THEN n < 3 ELSE n IS NULL END)",
    "kind text NOT NULL, n int, CHECK (CASE WHEN kind = 'a' THEN n > 5 ELSE kind = 'b' AND n IS NULL END)",
    "open boolean, weight text, CHECK ((open IS TRUE AND weight IS NOT NULL) OR (open IS NOT TRUE AND weight IS NULL))",
    "is_on boolean NOT NULL CHECK (is_on), is_off boolean CHECK (NOT is_off), maybe boolean CHECK (maybe IS NOT FALSE)",
    "all_day boolean NOT NULL, zone text, CHECK (NOT all_day OR zone IS NULL)",
    "starts date NOT NULL, ends date NOT NULL, CHECK (ends > starts)",
    "starts_at timestamptz NOT NULL, ends_at timestamptz, CHECK (ends_at IS NULL OR ends_at >= starts_at + interval '1 hour')",
    "a timestamptz NOT NULL, b timestamptz NOT NULL, CHECK (b - a >= interval '2 days')",
    "a timestamptz NOT NULL, b timestamptz NOT NULL, c timestamptz NOT NULL, CHECK (a < b AND b < c)",
    "a int NOT NULL, b int NOT NULL, CHECK (a <= b)",
    "low int NOT NULL CHECK (low >= 0), high int NOT NULL CHECK (high <= 10), CHECK (high > low)",
    "a int NOT NULL, b int NOT NULL, CHECK (a <> b)",
    "a text NOT NULL CHECK (a IN ('x', 'y')), b text NOT NULL CHECK (b IN ('x', 'y')), CHECK (a <> b)",
    "a int, b int, CHECK (a IS DISTINCT FROM b)",
    "a text, CHECK (a IS DISTINCT FROM 'x')",
    "a int, CHECK (a IS NOT DISTINCT FROM 4)",
    "subtotal numeric(10, 2) NOT NULL, tax numeric(10, 2) NOT NULL, total numeric(10, 2) NOT NULL, CHECK (total = subtotal + tax)",
    "quantity int NOT NULL CHECK (quantity > 0), price int NOT NULL, line int NOT NULL, CHECK (line = quantity * price)",
    "price numeric(8, 2) NOT NULL CHECK (price > 0), discount numeric(8, 2) NOT NULL, CHECK (price - discount >= 0)",
    "born date NOT NULL CHECK (born <= current_date - interval '18 years')",
    "created_at timestamptz NOT NULL CHECK (created_at <= now())",
    "expires_at timestamptz NOT NULL CHECK (expires_at > now())",
    "day date NOT NULL CHECK (day >= '2020-02-01' AND day < '2020-02-05')",
    "at timestamptz NOT NULL CHECK (at >= '2020-01-01 00:00:00+00'::timestamptz)",
    "at timestamp NOT NULL CHECK (date_trunc('day', at) = at)",
    "at date NOT NULL CHECK (date_trunc('month', at) = at)",
    "length interval NOT NULL CHECK (length >= '00:00:01'::interval)",
    "data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object')",
    "data jsonb NOT NULL CHECK (jsonb_typeof(data) IN ('number', 'string', 'boolean'))",
    "data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'array' AND jsonb_array_length(data) > 1)",
    "data jsonb NOT NULL CHECK (data ? 'url' AND data ? 'size')",
    "data jsonb NOT NULL CHECK (data ?& ARRAY['url', 'size'] AND NOT data ? 'secret')",
    "data jsonb NOT NULL CHECK (data ->> 'kind' IN ('a', 'b') AND (data ->> 'name') IS NOT NULL)",
    "data jsonb NOT NULL CHECK (jsonb_typeof(data -> 'count') = 'number')",
    "data jsonb NOT NULL CHECK (data @> '{\"version\": \"1\"}')",
    "data jsonb NOT NULL CHECK (data = '{}' OR data ->> 'version' IS NOT NULL)",
    "data text NOT NULL CHECK (data::text <> 'x'::text)",
    "tags text[] NOT NULL CHECK (array_length(tags, 1) BETWEEN 1 AND 2)",
    "tags text[] NOT NULL CHECK (cardinality(tags) >= 4)",
    "tags text[] NOT NULL CHECK (tags <@ ARRAY['a', 'b', 'c'])",
    "tags text[] NOT NULL CHECK (tags @> ARRAY['a'])",
    "tags text[] NOT NULL CHECK (tags && ARRAY['a', 'b'])",
    "tags text[] NOT NULL CHECK ('a' = ANY (tags))",
    "tags text[] NOT NULL CHECK (array_position(tags, NULL) IS NULL)",
    "span daterange NOT NULL CHECK (NOT isempty(span))",
    "span tstzrange NOT NULL CHECK (lower(span) < upper(span))",
    "sum bytea NOT NULL CHECK (octet_length(sum) = 32)",
    "sum bytea NOT NULL CHECK (length(sum) <= 8)",
    "id int NOT NULL CHECK (id = 1)",
    "kind int NOT NULL CHECK (kind = 1 OR kind = 2)",
    "a text, b text, CHECK (a = 'x' OR md5(b) = 'never')",
    "a text, b int, CHECK ((a, b) IS NULL OR a IS NOT NULL)",
]  # fmt: skip


@pytest.mark.parametrize("columns", SHAPES)
def test_rows_of_every_shape_are_taken(judge: Judge, columns: str) -> None:
    count = 1 if "id = 1" in columns else 60

    judged = judge.judged(f"CREATE TABLE t ({columns})", count)

    assert judged.solved.unsolved == ()
    assert len(judged.rows) == count


FUNCTIONS = """
CREATE FUNCTION is_slug(slug text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN slug IS NOT NULL AND slug <> '' AND length(slug) <= 20 AND slug ~ '^[a-zA-Z_][a-zA-Z0-9_]*$';
END $$;
CREATE FUNCTION between_one_and_five(numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 BETWEEN 1 AND 5';
CREATE FUNCTION known(text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 IN ('a', 'b');
"""


@pytest.mark.parametrize(
    "columns",
    [
        "slug text NOT NULL CHECK (is_slug(slug))",
        "rating numeric NOT NULL CHECK (between_one_and_five(rating))",
        "kind text NOT NULL CHECK (known(kind))",
    ],
)
def test_functions_that_are_one_expression_are_looked_into(judge: Judge, columns: str) -> None:
    judged = judge.judged(f"{FUNCTIONS} CREATE TABLE t ({columns})")

    assert judged.solved.unsolved == ()


def test_domains_allow_what_their_constraints_do(judge: Judge) -> None:
    judged = judge.judged(
        """CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100) CHECK (VALUE <> 50);
        CREATE DOMAIN handle AS text CHECK (VALUE ~ '^[a-z]{2,8}$');
        CREATE TABLE t (done percent NOT NULL, nick handle NOT NULL)"""
    )

    assert judged.solved.unsolved == ()


@pytest.mark.parametrize(
    "columns",
    [
        "a text CHECK (md5(a) = 'never')",
        "a int CHECK (factorial(a) > 100)",
        "a int, b int, CHECK (a * a + b * b < 100)",
        "a int, b int, CHECK (b = a * a)",
        "a text CHECK (reverse(a) = a)",
    ],
)
def test_what_is_not_understood_is_said(judge: Judge, columns: str) -> None:
    unsolved = judge.unsolved(f"CREATE TABLE t ({columns})")

    assert len(unsolved) == 1


def test_branches_that_contradict_each_other_are_dropped() -> None:
    checks = [
        Check("one", "CHECK (((kind = 'a'::text) AND (n > 5)) OR ((kind = 'b'::text) AND (n < 0)))"),
        Check("two", "CHECK ((n >= 0))"),
    ]

    solved = solve(checks, {"kind": "text", "n": "int4"}, required=("kind", "n"))

    assert [branch.domain("kind").values for branch in solved.branches] == [("a",)]
    assert solved.unsolved == ()


def test_a_contradiction_leaves_null_where_that_is_allowed() -> None:
    checks = [Check("one", "CHECK (n > 5)"), Check("two", "CHECK (n < 3)")]

    free = solve(checks, {"n": "int4"})
    bound = solve(checks, {"n": "int4"}, required=("n",))

    assert free.branches[0].domain("n") == Domain(null=True)
    assert [check.name for check in bound.unsolved] == ["two"]


def test_an_understood_disjunct_is_enough() -> None:
    solved = solve(
        [Check("c", "CHECK ((a = 'x'::text) OR (md5(b) = 'y'::text))")], {"a": "text", "b": "text"}
    )

    assert solved.unsolved == ()
    assert solved.branches[0].domain("a").values == ("x",)


def test_the_number_of_branches_stays_small() -> None:
    checks = [Check(f"c{n}", f"CHECK ((a{n} IS NULL) <> (b{n} IS NULL))") for n in range(12)]

    solved = solve(checks, {})

    assert 2 <= len(solved.branches) <= 64
    assert solved.unsolved == ()


def test_the_clock_is_asked_of_the_database() -> None:
    checks = [Check("c", "CHECK (expires_at > (now() - '1 day'::interval))")]
    types = {"expires_at": "timestamptz"}

    asked = questions(checks, types)
    solved = solve(checks, types, {asked[0]: "2030-01-01 00:00:00+00"})

    assert len(asked) == 1
    lowest = solved.branches[0].domain("expires_at").lowest
    assert lowest is not None and lowest.moving
    assert solve(checks, types).unsolved == tuple(checks)


def test_a_text_in_a_constraint_never_becomes_sql() -> None:
    checks = [Check("c", "CHECK (((b - a) - '1 day''; DROP TABLE x; --'::interval) >= '00:00:00'::interval)")]

    for asked in questions(checks, {"a": "timestamptz", "b": "timestamptz"}):
        assert len(parse(f"SELECT ({asked})::text").statements) == 1


ATOMS = st.sampled_from(
    [
        "a > 3", "a <= 7", "a = 5", "a <> 5", "a IN (1, 2, 9)", "a BETWEEN 2 AND 6", "a IS NULL", "a IS NOT NULL",
        "b < 4", "b >= 0", "b IS NULL", "b IS DISTINCT FROM 3", "a < b", "a <> b", "a = b", "b - a >= 2",
        "s = 'x'", "s <> 'x'", "s IN ('x', 'y')", "s IS NULL", "s ~ '^[a-z]+$'", "length(s) > 2", "length(s) < 9",
        "s LIKE 'x%'", "f", "NOT f", "f IS TRUE", "f IS NOT TRUE", "(a IS NULL) = (b IS NULL)", "num_nonnulls(a, b, s) = 1",
        "coalesce(a, 1) > 0", "(s = 'x') = (a IS NOT NULL)",
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda both: f"({both[0]} AND {both[1]})"),
        st.tuples(inner, inner).map(lambda both: f"({both[0]} OR {both[1]})"),
        inner.map(lambda one: f"(NOT ({one}))"),
        st.tuples(inner, inner, inner).map(
            lambda three: f"(CASE WHEN {three[0]} THEN {three[1]} ELSE {three[2]} END)"
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(condition=CONDITIONS, more=ATOMS, required=st.booleans())
def test_whatever_the_solver_understands_the_database_accepts(
    judge: Judge, condition: str, more: str, required: bool
) -> None:
    null = "NOT NULL" if required else ""
    ddl = (
        f"CREATE TABLE t (a int {null}, b int, s text {null}, f boolean, CHECK ({condition}), CHECK ({more}))"
    )
    if not judge.unsolved(ddl):
        judge.judged(ddl, 40)
