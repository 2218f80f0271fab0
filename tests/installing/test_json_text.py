"""Merging into JSON: what stood there stays where it was, and taking out gives the bytes back."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails.installing.contracts import Form, Json, Wanted
from guardrails.installing.json_text import add, subtract
from guardrails.lint.contracts import GuardrailsError

WANTED: dict[str, Json] = {
    "servers": {"ours": {"command": "x", "args": ["a"]}},
    "permissions": {"deny": ["d1", "d2"], "ask": ["q"]},
    "on": True,
}

NAMES = st.sampled_from(["servers", "permissions", "deny", "ask", "on", "ours", "é", "a b", '"'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES | st.text(string.printable, max_size=4), VALUES, max_size=4)
LAYOUTS = st.sampled_from([None, 1, 2, 4, "\t"])


def merged(text: str, *, comments: bool = False) -> str:
    insertions, _, _ = add(text, WANTED, "x.json", comments=comments)
    for one in reversed(insertions):
        text = text[: one.at] + one.text + text[one.at :]
    return text


def contains(value: Json, wanted: Json) -> bool:
    match value, wanted:
        case dict(), dict() if "command" not in wanted:
            return all(key in value and contains(value[key], one) for key, one in wanted.items())
        case list(), list():
            return all(one in value for one in wanted)
    return True


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(OBJECTS, LAYOUTS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n", "\r\n\r\n"]))
def test_whatever_stands_there_is_kept_and_comes_back(
    present: dict[str, Json], indent: int | str | None, newline: str, end: str
) -> None:
    text = json.dumps(present, indent=indent, ensure_ascii=False).replace("\n", newline) + end
    try:
        insertions, additions, _ = add(text, WANTED, "x.json")
    except GuardrailsError:
        return

    after = merged(text)

    assert contains(json.loads(after), WANTED)
    assert contains(json.loads(after), present)
    assert list(json.loads(after))[: len(present)] == list(present)
    assert merged(after) == after
    assert ("\r\n" in text) == ("\r\n" in after) or "\n" not in text
    assert json.loads(subtract(after, additions, "x.json")) == present
    for one in reversed(insertions):
        text = text[: one.at] + one.text + text[one.at :]
    assert text == after


def test_additions_take_up_the_indentation_of_the_file() -> None:
    text = '{\n    "permissions": {\n        "deny": [\n            "mine"\n        ]\n    }\n}'

    assert merged(text) == (
        '{\n    "permissions": {\n        "deny": [\n            "mine",\n            "d1",\n            "d2"\n        ],\n'
        '        "ask": ["q"]\n    },\n    "servers": {"ours": {"command": "x", "args": ["a"]}},\n    "on": true\n}'
    )


def test_a_file_on_one_line_stays_on_one_line() -> None:
    assert merged('{"permissions":{}}') == (
        '{"permissions":{"deny": ["d1", "d2"], "ask": ["q"]}, "servers": {"ours": {"command": "x", "args": ["a"]}}, "on": true}'
    )


def test_comments_and_trailing_commas_stay_where_the_reader_allows_them() -> None:
    text = (
        '{\n  // servers, "of ours": {\n  "servers": { /* none, */ },\n  "url": "https://a//b", // last,\n}\n'
    )

    after = merged(text, comments=True)
    _, additions, _ = add(text, WANTED, "x.json", comments=True)

    assert "// last," in after
    assert '"https://a//b"' in after
    assert merged(after, comments=True) == after
    assert "d1" not in subtract(after, additions, "x.json", comments=True)


def test_what_somebody_added_to_our_part_stays() -> None:
    after = json.loads(merged("{}"))
    after["servers"]["theirs"] = {}
    after["permissions"]["deny"].insert(0, "mine")
    _, additions, _ = add("{}", WANTED, "x.json")

    left = json.loads(subtract(json.dumps(after, indent=3), additions, "x.json"))

    assert left == {"servers": {"theirs": {}}, "permissions": {"deny": ["mine"]}}


HOOKS: dict[str, Json] = {
    "servers": {"ours": {"command": "x", "args": ["mcp"]}},
    "hooks": {"before": [{"matcher": "a", "hooks": [{"command": "x", "args": ["hook"], "timeout": 1}]}]},
}


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ('"timeout": 1', '"timeout": 2', {}),
        ('"matcher": "a"', '"matcher": "b"', {}),
        ('["mcp"]', '["mcp", "--more"]', {}),
        (
            '{"command": "x", "args": ["hook"]',
            '{"command": "theirs"}, {"command": "x", "args": ["hook"]',
            {"hooks": {"before": [{"matcher": "a", "hooks": [{"command": "theirs"}]}]}},
        ),
        (
            '"before": [',
            '"before": [{"hooks": [{"command": "theirs"}]}, ',
            {"hooks": {"before": [{"hooks": [{"command": "theirs"}]}]}},
        ),
    ],
)
def test_what_starts_our_program_is_taken_out_although_it_was_changed(old: str, new: str, left: Json) -> None:
    _, additions, _ = add("{}", HOOKS, "x.json")
    text = json.dumps(HOOKS)
    assert old in text

    assert json.loads(subtract(text.replace(old, new), additions, "x.json")) == left


def test_a_value_of_the_users_own_is_not_replaced() -> None:
    text = '{"on": false, "servers": {"ours": {"command": "mine", "args": ["-a"]}}}'

    _, _, kept = add(text, WANTED, "x.json")

    assert json.loads(merged(text))["servers"]["ours"] == {"command": "mine", "args": ["-a"]}
    assert kept == ('x.json: "servers.ours" stays as it is', 'x.json: "on" stays as it is')


@pytest.mark.parametrize(
    "text", ['{"a": 1,}', "[]", '{"a": 1', "nonsense", '{"permissions": []}', "[" * 100_000]
)
def test_a_broken_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(GuardrailsError, match=r"^x\.json"):
        add(text, WANTED, "x.json")


def test_a_path_can_not_lead_out_of_the_repository() -> None:
    with pytest.raises(ValueError, match="leads out"):
        Wanted("../x", Form.WHOLE, "")
