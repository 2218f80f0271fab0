"""`[seeds]` in the configuration: every key is read, and a mistake is one sentence that names it."""

from pathlib import Path

import pytest

from guardrails.config import load_config
from guardrails.lint.contracts import GuardrailsError
from guardrails.seed_settings import SeedReference, SeedSettings

EVERYTHING = """
[seeds]
users = 20
organizations = 3
seed = 7
locales = { de_DE = 3, en_US = 1 }
excluded = ["public.audit_log"]
test_data = "db/rows.toml"
hosts = ["db"]

[seeds.rows]
posts = 500

[seeds.generators]
"users.nickname" = "username"
plate = "faker:license_plate"

[seeds.fixed]
"orders.currency" = "EUR"
"orders.deleted_at" = { null = true }
"orders.placed_on" = 2024-02-29
"orders.extra" = { a = [1, 2] }

[[seeds.references]]
from = "comments.subject_id"
to = "posts.id"
when = { subject_kind = "post" }

[[seeds.references]]
from = ["shop.items.a", "shop.items.b"]
to = ["shop.parts.a", "shop.parts.b"]
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(EVERYTHING)

    assert load_config(tmp_path).seeds == SeedSettings(
        users=20,
        organizations=3,
        seed=7,
        locales={"de_DE": 3, "en_US": 1},
        rows={"posts": 500},
        excluded=("public.audit_log",),
        generators={"users.nickname": "username", "plate": "faker:license_plate"},
        fixed={
            "orders.currency": "EUR",
            "orders.deleted_at": None,
            "orders.placed_on": "2024-02-29",
            "orders.extra": '{"a": [1, 2]}',
        },
        references=(
            SeedReference("comments", ("subject_id",), "posts", ("id",), {"subject_kind": "post"}),
            SeedReference("shop.items", ("a", "b"), "shop.parts", ("a", "b"), {}),
        ),
        test_data="db/rows.toml",
        hosts=("db",),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds = 3", '"seeds" is no table'),
        ("[seeds]\nuser = 3", 'unknown key "seeds.user": did you mean "users"?'),
        ("[seeds]\nusers = -1", '"seeds.users" can\'t be -1, it has to be a number from 0 on'),
        ("[seeds]\nusers = true", '"seeds.users" can\'t be True'),
        ("[seeds]\nlocale = 3", '"seeds.locale" can\'t be 3'),
        ("[seeds]\nrows = { posts = 'many' }", '"seeds.rows" can\'t be'),
        ("[seeds]\nexcluded = 'posts'", '"seeds.excluded" can\'t be'),
        ("[seeds]\ngenerators = { a = 3 }", '"seeds.generators" can\'t be'),
        ("[seeds]\ntest_data = '../rows.toml'", '"seeds.test_data" can\'t be'),
        ("[seeds]\nhosts = ['db.example.com']", '"seeds.hosts" can\'t be'),
        ("[seeds]\nhosts = ['10.0.0.1']", '"seeds.hosts" can\'t be'),
        ("[[seeds.references]]\nfrom = 'a.b'", 'reference 1 needs "from" and "to"'),
        ("[[seeds.references]]\nfrom = 'a'\nto = 'b.c'", "reference 1: \"from\" can't be 'a'"),
        ("[[seeds.references]]\nfrom = ['a.b', 'c.d']\nto = ['e.f', 'e.g']", 'reference 1: "from" can\'t be'),
        ("[[seeds.references]]\nfrom = 'a.b'\nto = ['c.d', 'c.e']", "reference 1 needs"),
        ("[[seeds.references]]\nform = 'a.b'", 'reference 1 has an unknown key "form": did you mean "from"?'),
        ("[seeds]\nreferences = 'a.b'", "references is no list of tables"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_key(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(text)

    with pytest.raises(GuardrailsError) as caught:
        load_config(tmp_path)

    assert said in str(caught.value)
    assert str(caught.value).startswith("guardrails.toml")
    assert "\n" not in str(caught.value)
