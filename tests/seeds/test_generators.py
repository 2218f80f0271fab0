"""Every generator makes values that a column of its types takes, unique ones included, the same each time."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.generators import list_generators, with_generators
from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.engine import Server, connect, disposable_server
from guardrails.shadow.platform import Platform
from seeds.checks.contracts import ANYTHING, Branch, Check, Domain, Solved
from seeds.checks.solve import solve
from seeds.contracts import SeedConfig
from seeds.generators.choosing import choose, compose
from seeds.generators.contracts import Column, Context, Type
from seeds.generators.registry import families, serving, types_of
from tests.seeds.judging import Judge

ROOT = Path(__file__).parents[2]
EVERY = [generator for family in families().values() for generator in family]
SQL_TYPES = {
    "char": '"char"', "bpchar": "char(12)", "varchar": "varchar(40)", "bit": "bit(8)", "varbit": "varbit(8)", "[]": "text[]",
    "range": "daterange", "()": "parts", "name": "name",
}  # fmt: skip
ELSEWHERE = frozenset(
    [
        "xml",
        "hstore",
        "ltree",
        "vector",
        "halfvec",
        "sparsevec",
        "geometry",
        "geography",
        "xid",
        "xid8",
        "cid",
        "tid",
        "pg_lsn",
        "txid_snapshot",
        "pg_snapshot",
        "regclass",
        "regproc",
        "regtype",
        "regrole",
        "regnamespace",
        "citext",
    ]
)
"""Types that are not installed here, and of the system's own objects, which are left NULL."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture(scope="module")
def judge(server: Server) -> Judge:
    return Judge(server)


def context(relation: str = "things", **columns: str | Type) -> Context:
    known = {
        name: Column(name, kind if isinstance(kind, Type) else Type(kind)) for name, kind in columns.items()
    }
    return Context(f"public.{relation}", relation, known)


def values(chosen_from: Context, name: str, count: int = 100, domain: Domain = ANYTHING) -> list[str | None]:
    return choose(chosen_from.columns[name], domain, chosen_from).make(range(count))


def test_every_generator_has_a_name_of_its_own_and_says_what_it_makes() -> None:
    names = [generator.name for generator in EVERY]

    assert len(names) == len(set(names))
    assert all(generator.doc.endswith(".") and generator.types for generator in EVERY)


@pytest.mark.parametrize("generator", EVERY, ids=lambda generator: generator.name)
def test_a_column_of_each_type_takes_the_values_of_its_generators(judge: Judge, generator: object) -> None:
    assert hasattr(generator, "name")
    names = sorted(types_of(generator) - ELSEWHERE)  # type: ignore[arg-type]
    if not names:
        pytest.skip("its types are not installed here")
    columns = ", ".join(f"c{place} {SQL_TYPES.get(name, name)}" for place, name in enumerate(names))
    ddl = f"CREATE TYPE parts AS (name text, count int); CREATE TABLE t ({columns})"
    config = SeedConfig(generators={f"c{place}": generator.name for place in range(len(names))})

    judged = judge.judged(ddl, 200, config=config)

    assert len(judged.rows) == 200
    assert {one.generator for one in judged.composed.chosen.values()} == {generator.name}


UNIQUE = [
    ("email", "text"), ("username", "text"), ("slug", "text"), ("name", "text"), ("title", "varchar(30)"), ("code", "text"),
    ("code", "varchar(8)"), ("phone", "text"), ("id", "uuid"), ("token", "text"), ("sku", "text"), ("url", "text"),
    ("number", "int"), ("amount", "numeric(12, 2)"), ("created_at", "timestamptz"), ("ip_address", "inet"), ("x", "text"),
    ("ratio", "double precision"), ("mac", "macaddr"), ("span", "tstzrange"), ("domain", "text"), ("color", "text"),
    ("first_name", "text"), ("country", "text"), ("external_id", "text"), ("file_path", "text"), ("position", "int"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), UNIQUE)
def test_a_hundred_thousand_unique_values_are_different(judge: Judge, name: str, kind: str) -> None:
    judged = judge.judged(f"CREATE TABLE t ({name} {kind} NOT NULL UNIQUE)", 3)
    chosen = judged.composed.chosen[name]
    made = chosen.make(range(100_000))

    assert chosen.capacity is None or chosen.capacity >= 100_000
    assert None not in made
    assert len({text.lower() for text in made if text}) == 100_000


def test_a_unique_column_with_few_values_knows_how_many() -> None:
    here = replace(context(kind="text"), unique=frozenset({"kind"}))

    chosen = choose(here.columns["kind"], Domain(values=("a", "b", "c")), here)

    assert chosen.capacity == 3
    assert sorted(text or "" for text in chosen.make(range(3))) == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["email", "bio", "created_at", "id", "price", "tags", "data"])
def test_a_value_depends_on_the_number_of_its_row_alone(name: str) -> None:
    kinds = {"created_at": Type("timestamptz"), "id": Type("uuid"), "price": Type("numeric"), "tags": Type("text", dimensions=1), "data": Type("jsonb")}  # fmt: skip
    here = context("users", **{name: kinds.get(name, Type("text"))})
    whole = values(here, name, 500)

    make = choose(here.columns[name], ANYTHING, here).make

    assert make([499, 3, 77, 3]) == [whole[499], whole[3], whole[77], whole[3]]
    assert make(range(130, 140)) == whole[130:140]


def test_another_seed_makes_other_values() -> None:
    here = context("users", email="text")

    assert values(here, "email") != values(replace(here, seed=1), "email")


_PRINT = """
import hashlib
from tests.seeds.test_generators import digest
print(digest())
"""


def digest() -> str:
    """Return a fingerprint of many values of every kind."""
    seen = hashlib.sha256()
    for locale in ("en_US", "de_DE", "ja_JP"):
        for generator in EVERY:
            for type_name in sorted(types_of(generator))[:1]:
                shapes = {"[]": Type("text", dimensions=1), "()": Type("p", attributes=(("a", Type("text")),)), "range": Type("r", subtype=Type("date"))}  # fmt: skip
                column = Column("value", shapes.get(type_name, Type(type_name)))
                here = Context(
                    "public.t",
                    "t",
                    {"value": column},
                    locales={locale: 1},
                    configured={"value": generator.name},
                )
                seen.update(repr(choose(column, ANYTHING, here).make(range(40))).encode())
    solved = solve([Check("c", "CHECK (code ~ '^[A-Z]{2}(-[a-f0-9]{2,4}|_x)+$'::text)")], {"code": "text"})
    seen.update(repr(compose(solved, context(code="text")).chosen["code"].make(range(50))).encode())
    return seen.hexdigest()


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8"},
    ],
)
def test_the_surroundings_change_nothing(environment: dict[str, str]) -> None:
    found = subprocess.run(
        [sys.executable, "-c", _PRINT],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert found.stdout.strip() == digest()


def test_the_e_mail_address_the_user_name_and_the_name_are_of_one_person() -> None:
    here = context(
        "users", first_name="text", last_name="text", email="text", username="text", full_name="text"
    )
    rows = zip(*(values(here, name) for name in here.columns), strict=True)

    for first, last, email, username, full in rows:
        assert full == f"{first} {last}"
        assert email == f"{first}.{last}@example.com".lower()
        assert username == f"{first}_{last}".lower()


def test_the_guest_of_a_booking_has_the_guests_address() -> None:
    here = context("bookings", guest_name="text", guest_email="text", owner_name="text", owner_email="text")
    rows = list(zip(*(values(here, name) for name in here.columns), strict=True))

    for guest, address, _, other in rows:
        assert address == f"{(guest or '').replace(' ', '.').lower()}@example.com"
        assert address != other


def test_the_parts_of_an_address_belong_together() -> None:
    here = context(
        "addresses", city="text", state="text", state_code="text", postal_code="text", country="text"
    )
    rows = set(zip(*(values(here, name, 2000) for name in here.columns), strict=True))
    cities = [city for city, *_ in rows]

    assert len(cities) == len(set(cities))
    assert ("Seattle", "Washington", "WA", "98101", "United States") in rows


def test_moments_come_in_the_order_of_life() -> None:
    names = (
        "created_at",
        "paid_at",
        "shipped_at",
        "delivered_at",
        "completed_at",
        "updated_at",
        "last_seen_at",
        "deleted_at",
    )
    here = context("orders", **dict.fromkeys(names, "timestamptz"))

    for row in zip(*(values(here, name, 300) for name in names), strict=True):
        there = [moment for moment in row if moment is not None]
        assert there == sorted(there)


def test_only_what_is_paid_was_paid_at_some_time() -> None:
    here = context("invoices", status="text", paid_at="timestamptz", cancelled_at="timestamptz")
    solved = Solved((Branch({"status": Domain(values=("draft", "sent", "paid", "refunded", "cancelled"))}),))

    made = compose(solved, here).chosen
    rows = list(zip(*(made[name].make(range(300)) for name in here.columns), strict=True))

    assert {status for status, paid, _ in rows if paid} == {"paid", "refunded"}
    assert {status for status, paid, _ in rows if not paid} == {"draft", "sent", "cancelled"}
    assert all((status == "cancelled") == (gone is not None) for status, _, gone in rows)


def test_totals_add_up_without_a_constraint() -> None:
    here = context("order_items", quantity="int4", unit_price=Type("numeric", ((10 << 16) | 2) + 4), line_total=Type("numeric", ((10 << 16) | 2) + 4))  # fmt: skip

    made = compose(Solved(), here).chosen
    rows = zip(*(made[name].make(range(100)) for name in here.columns), strict=True)

    for quantity, price, total in rows:
        assert round(int(quantity or 0) * float(price or 0), 2) == float(total or 0)


@pytest.mark.parametrize(
    ("relation", "name", "kind", "generator"),
    [
        ("users", "name", "text", "full_name"), ("organizations", "name", "text", "company"), ("products", "name", "text", "product_name"),
        ("tasks", "title", "text", "title"), ("users", "emailAddress", "text", "email"), ("posts", "coverImageURL", "text", "image_url"),
        ("users", "avatar_url", "text", "avatar_url"), ("x", "IPAddress", "inet", "ip_address"), ("x", "billing_city", "text", "city"),
        ("x", "unit_price", "numeric", "price"), ("x", "is_admin", "bool", "boolean"), ("x", "zip", "text", "postal_code"),
        ("x", "expires_at", "timestamptz", "expires_at"), ("x", "dob", "date", "birth_date"), ("x", "user_agent", "text", "user_agent"),
        ("x", "sha256", "text", "sha256"), ("x", "commit_sha", "text", "sha1"), ("x", "latitude", "float8", "latitude"),
        ("x", "stripe_customer_id", "text", "external_id"), ("x", "stars", "int4", "rating"), ("x", "qty", "int4", "quantity"),
        ("x", "zzz", "text", "text"), ("x", "zzz", "int4", "integer"), ("countries", "code", "text", "country_code"),
    ],
)  # fmt: skip
def test_the_name_of_a_column_tells_what_it_holds(
    relation: str, name: str, kind: str, generator: str
) -> None:
    here = context(relation, **{name: kind})

    assert choose(here.columns[name], ANYTHING, here).generator == generator


def test_the_comment_of_a_column_tells_what_it_holds() -> None:
    column = Column("val", Type("text"), comment="The two letter country code of the branch")
    listed = Column("lvl", Type("text"), comment="one of: low, mid, high")
    here = Context("public.t", "t", {"val": column, "lvl": listed})

    assert choose(column, ANYTHING, here).generator == "country_code"
    assert set(choose(listed, ANYTHING, here).make(range(100))) == {"low", "mid", "high"}


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR", "ja_JP", "pt_BR", "ar_SA"])
def test_every_locale_has_unique_addresses_in_plain_letters(locale: str) -> None:
    here = replace(context("users", email="text"), locales={locale: 1.0}, unique=frozenset({"email"}))

    made = [text or "" for text in values(here, "email", 20_000)]

    assert len(set(made)) == 20_000
    assert all(text.isascii() for text in made)


def test_locales_are_mixed_by_weight() -> None:
    mixed = {"en_US": 3.0, "ja_JP": 1.0}
    here = replace(context("users", name="text", email="text"), locales=mixed, unique=frozenset({"email"}))

    names = [text or "" for text in values(here, "name", 4000)]
    addresses = values(here, "email", 50_000)

    assert 0.15 < sum(not name.isascii() for name in names) / 4000 < 0.35
    assert len(set(addresses)) == 50_000


def test_configuration_chooses_by_name() -> None:
    here = replace(
        context("users", bio="text", suffix="text"),
        configured={"bio": "sku", "suffix": "faker:company_suffix"},
    )

    assert values(here, "bio", 1)[0] is not None
    assert choose(here.columns["bio"], ANYTHING, here).generator == "sku"
    assert set(values(here, "suffix")) <= {"Inc", "and Sons", "LLC", "Group", "PLC", "Ltd"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("paragraf", "did you mean paragraph"),
        ("faker:company_sufix", "did you mean company_suffix"),
        ("latitude", None),
        ("uuid_value", "public.users.bio: the generator 'uuid_value' makes uuid, not text"),
    ],
)
def test_a_generator_that_is_not_there_is_refused_with_the_nearest(asked: str, said: str | None) -> None:
    here = replace(context("users", bio="text"), configured={"bio": asked})

    if said is None:
        assert values(here, "bio")[0]
        return
    with pytest.raises(GuardrailsError, match=said):
        values(here, "bio")


@pytest.mark.parametrize(
    ("ddl", "name", "said"),
    [
        ("data jsonb NOT NULL CHECK (data ? 'p256dh' AND data ? 'auth')", "data", {"p256dh", "auth"}),
        ("settings jsonb NOT NULL", "settings", {"theme", "language", "notifications"}),
        (
            "shipping_address jsonb NOT NULL",
            "shipping_address",
            {"street", "city", "state", "postal_code", "country"},
        ),
    ],
)
def test_json_has_the_keys_that_constraint_or_name_tell(
    judge: Judge, ddl: str, name: str, said: set[str]
) -> None:
    judged = judge.judged(f"CREATE TABLE t ({ddl})")

    assert all(set(json.loads(text or "")) == said for text in judged.column(name))


def test_types_of_every_kind_are_filled(judge: Judge) -> None:
    judged = judge.judged(
        """CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TYPE spot AS (x int, label text, at timestamptz);
        CREATE DOMAIN short AS varchar(5); CREATE DOMAIN shorts AS short[];
        CREATE TABLE t (
          a smallint NOT NULL, b bigint NOT NULL, c real NOT NULL, d numeric(5, 3) NOT NULL, e money NOT NULL, f char(3) NOT NULL,
          g bytea NOT NULL, i int[] NOT NULL, j text[][] NOT NULL, k int4range NOT NULL, l tstzrange NOT NULL, m datemultirange NOT NULL,
          n inet NOT NULL, o cidr NOT NULL, p macaddr8 NOT NULL, q bit(11) NOT NULL, r varbit(5) NOT NULL, s interval NOT NULL,
          u time(2) NOT NULL, v timetz NOT NULL, w tsvector NOT NULL, x tsquery NOT NULL, y point NOT NULL, z polygon NOT NULL,
          aa mood NOT NULL, ab spot NOT NULL, ac short NOT NULL, ad shorts NOT NULL, ae mood[] NOT NULL, af timestamp(0) NOT NULL,
          ag json NOT NULL, ah oid, ai "char" NOT NULL, aj name NOT NULL, ak nummultirange NOT NULL, al spot[] NOT NULL, am uuid[] NOT NULL,
          an numeric(3, -2) NOT NULL, ao regclass, ap jsonb[] NOT NULL, aq circle NOT NULL, ar line NOT NULL, au lseg NOT NULL
        )""",
        200,
    )
    empty = {name for name in judged.columns if all(value is None for value in judged.column(name))}

    assert empty == {"ah", "ao"}


def test_ranges_never_overlap(judge: Judge) -> None:
    judge.judged(
        "CREATE TABLE t (during tstzrange NOT NULL, days daterange NOT NULL, EXCLUDE USING gist (during WITH &&), EXCLUDE USING gist (days WITH &&))",
        2000,
    )


def test_the_page_of_the_generators_is_current() -> None:
    page = (ROOT / "docs/generators.md").read_text(encoding="utf-8")

    assert with_generators(page) == page, "run `make docs`"


def test_the_list_has_an_example_of_nearly_everything() -> None:
    lines = list_generators()

    assert [line.name for line in lines if not line.example] == ["object_id"]
    assert len(lines) == len(EVERY)


def test_every_type_of_the_catalogue_is_served(server: Server) -> None:
    """Types that a column of a user's may have, without those of the system's own."""
    query = """SELECT typname FROM pg_type WHERE typtype = 'b' AND typcategory <> 'A' AND typnamespace = 'pg_catalog'::regnamespace
        AND typname NOT LIKE 'pg\\_%' AND typname NOT LIKE 'reg%' AND typname NOT IN ('refcursor', 'int2vector', 'oidvector', 'jsonpath', 'gtsvector', 'aclitem', 'xid', 'cid', 'unknown')"""
    with connect(server.database(Platform.PLAIN)) as connection:
        names = [name for (name,) in connection.execute(query.encode())]

    assert [name for name in names if not serving(name)] == []
