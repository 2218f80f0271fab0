"""json and jsonb: the shape that a constraint, a comment, a trigger or the name tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from seeds.checks.contracts import ANYTHING, JsonShape
from seeds.generators.contracts import Built, Column, Generator, Kinds, Request, Type
from seeds.generators.matching import score
from seeds.generators.registry import by_name, types_of
from seeds.generators.tables import singular, words_of

Write = Callable[[Sequence[int]], "list[str]"]
"""Row numbers -> json texts."""

_SHAPES: tuple[tuple[frozenset[str], Mapping[str, str]], ...] = (
    (frozenset({"address", "addresses"}), {"street": "street_address", "city": "city", "state": "state_code", "postal_code": "postal_code", "country": "country_code"}),
    (frozenset({"settings", "preferences", "config", "configuration", "prefs", "options"}), {"theme": "theme", "language": "language", "notifications": "?"}),
    (frozenset({"dimensions", "size", "bounds", "bbox"}), {"width": "length", "height": "length", "depth": "length"}),
    (frozenset({"location", "coordinates", "geo", "position", "coords"}), {"lat": "latitude", "lng": "longitude"}),
    (frozenset({"links", "social", "socials"}), {"website": "website", "github": "social_url"}),
    (frozenset({"translations", "i18n", "localized"}), {"en": "title", "de": "title"}),
    (frozenset({"user", "author", "customer", "contact", "profile"}), {"name": "full_name", "email": "email"}),
    (frozenset({"payload", "event", "body", "request", "message", "webhook"}), {"event": "event_name", "id": "uuid", "attempt": "attempts"}),
    (frozenset({"response", "result", "output"}), {"ok": "?", "status": "http_status", "message": "sentence"}),
    (frozenset({"error", "errors", "failure"}), {"code": "http_status", "message": "error_message"}),
    (frozenset({"price", "pricing", "amount", "money"}), {"amount": "amount", "currency": "currency"}),
    (frozenset({"permissions", "features", "flags", "capabilities"}), {"read": "?", "write": "?", "export": "?"}),
    (frozenset({"usage", "stats", "statistics", "metrics", "counts"}), {"views": "count", "clicks": "count", "rate": "rate"}),
    (frozenset({"device", "client"}), {"os": "operating_system", "browser": "browser", "type": "device"}),
    (frozenset({"schedule", "hours", "opening"}), {"monday": "=09:00-17:00", "friday": "=09:00-15:00"}),
    (frozenset({"changes", "diff", "old", "new", "before", "after", "snapshot", "record"}), {"status": "status", "title": "title"}),
    (frozenset({"attributes", "specs", "specifications", "properties", "variant", "details"}), {"color": "color_name", "material": "material", "size": "clothes_size"}),
)  # fmt: skip
"""What an object usually holds, by a word of the column's name: keys and generators, `?` for true or false."""

_USUAL = {"source": "source", "reference": "code", "reviewed": "?"}
_SIGN_UP = {
    "name": "full_name", "full_name": "full_name", "display_name": "full_name", "first_name": "first_name",
    "last_name": "last_name", "username": "username", "user_name": "username", "handle": "username", "email": "email",
    "contact_email": "email", "avatar_url": "avatar_url",
}  # fmt: skip
"""What a person told at sign-up: triggers on Supabase's auth.users copy it into profiles."""

_LISTS = frozenset(
    [
        "tags",
        "labels",
        "items",
        "images",
        "photos",
        "urls",
        "links",
        "keywords",
        "roles",
        "scopes",
        "categories",
        "choices",
        "answers",
        "attachments",
        "members",
        "steps",
        "questions",
        "skills",
        "languages",
        "interests",
        "ingredients",
        "permissions",
        "emails",
        "phones",
        "events",
        "list",
        "array",
        "messages",
        "sections",
        "blocks",
        "files",
        "media",
        "sizes",
        "colors",
        "aliases",
        "topics",
        "recipients",
        "participants",
    ]
)
_OBJECT_LISTS: Mapping[str, Mapping[str, str]] = {
    "item": {"sku": "sku", "name": "product_name", "quantity": "quantity", "price": "price"},
    "message": {"role": "=user", "content": "sentence"},
    "step": {"name": "title", "done": "?"},
    "question": {"text": "sentence", "type": "kind"},
    "field": {"name": "word", "type": "=text"},
    "member": {"name": "full_name", "email": "email"},
    "attachment": {"name": "file_name", "size": "file_size"},
    "event": {"name": "event_name", "count": "count"},
    "block": {"type": "=paragraph", "text": "sentence"},
    "section": {"title": "title", "text": "sentence"},
}


def _document(request: Request) -> Built:
    shape = request.domain.json or JsonShape()
    kind = _kind(request, shape)
    write = _of_kind(request, shape, kind)
    name = request.column.name
    if request.unique and kind == "object":
        write = _with_number(write)
    unique = request.unique and kind == "object"
    if request.domain.values is not None or name == "raw_app_meta_data":
        values = request.domain.values or ('{"provider": "email", "providers": ["email"]}',)
        return Built(lambda rows: [values[row % len(values)] for row in rows], plain=False)
    return Built(lambda rows: list(write(rows)), None, unique=unique, plain=False)


def _with_number(write: Write) -> Write:
    return lambda rows: [
        f'{text[:-1]}{", " if len(text) > 2 else ""}"number": {row + 1}}}'
        for row, text in zip(rows, write(rows), strict=True)
    ]


def _kind(request: Request, shape: JsonShape) -> str:
    """Return what the document is: an object, unless constraint, comment or name say otherwise."""
    if shape.kinds:
        return "object" if "object" in shape.kinds else shape.kinds[0]
    if shape.fewest is not None or shape.most is not None:
        return "array"
    if request.context.json_keys.get(request.column.name) or shape.keys:
        return "object"
    example = _example(request.column.comment)
    if example is not None:
        return "array" if isinstance(example, list) else "object"
    words = words_of(request.column.name)
    return "array" if words and words[-1] in _LISTS else "object"


def _of_kind(request: Request, shape: JsonShape, kind: str) -> Write:
    match kind:
        case "object":
            return _object(request, _keys(request, shape), shape)
        case "array":
            return _array(request, shape)
        case "string":
            return _quoted(request, request.column.name)
        case "number":
            return _value(request, request.column.name, "number")
        case "boolean":
            return _value(request, request.column.name, "boolean")
    return lambda rows: ["null" for _ in rows]


def _keys(request: Request, shape: JsonShape) -> dict[str, str]:
    """Return the keys of an object, with a generator for each; "" to go by the name of the key."""
    name = request.column.name
    if name in {"raw_user_meta_data", "user_metadata"}:
        keys = dict(_SIGN_UP)
    elif shape.keys or shape.absent or request.context.json_keys.get(name):
        keys = {}
    else:
        example = _example(request.column.comment)
        keys = dict.fromkeys(example, "") if isinstance(example, dict) else _usual(name)
    wanted = (*request.context.json_keys.get(name, ()), *shape.keys)
    keys |= {key: "" for key in wanted if key not in keys}
    return {key: generator for key, generator in keys.items() if key not in shape.absent}


def _usual(name: str) -> dict[str, str]:
    words = words_of(name)
    for known, keys in _SHAPES:
        if known & set(words):
            return dict(keys)
    return dict(_USUAL)


def _example(comment: str) -> object:
    """Return the document that a comment quotes, or None."""
    for opening, closing in (("{", "}"), ("[", "]")):
        first, last = comment.find(opening), comment.rfind(closing)
        if 0 <= first < last:
            try:
                return json.loads(comment[first : last + 1])
            except ValueError:
                continue
    return None


def _object(request: Request, keys: Mapping[str, str], shape: JsonShape) -> Write:
    writers: list[tuple[str, Write]] = []
    for key, generator in keys.items():
        kinds = shape.keys.get(key, ())
        if shape.values.get(key):
            texts = [json.dumps(text) for text in shape.values[key]]
            writers.append((json.dumps(key), _around(texts)))
        else:
            writers.append((json.dumps(key), _value(request, key, kinds[0] if kinds else "", generator)))

    def write(rows: Sequence[int]) -> list[str]:
        columns = [(key, make(rows)) for key, make in writers]
        return [
            "{" + ", ".join(f"{key}: {values[place]}" for key, values in columns) + "}"
            for place in range(len(rows))
        ]

    return write


def _around(texts: Sequence[str]) -> Write:
    return lambda rows: [texts[row % len(texts)] for row in rows]


def _array(request: Request, shape: JsonShape) -> Write:
    fewest = 1 if shape.fewest is None else shape.fewest
    most = max(fewest, 3 if shape.most is None else min(shape.most, max(3, fewest)))
    word = singular((words_of(request.column.name) or ("word",))[-1])
    if word in _OBJECT_LISTS:
        write = _object(request, _OBJECT_LISTS[word], JsonShape())
    else:
        write = _quoted(request, word)
    most = min(most, shape.most) if shape.most is not None else most

    def arrays(rows: Sequence[int]) -> list[str]:
        sizes = [fewest + row * 7 % (most - fewest + 1) for row in rows]
        numbers = [row * 8 + place for row, size in zip(rows, sizes, strict=True) for place in range(size)]
        items = iter(write(numbers))
        return ["[" + ", ".join(next(items) for _ in range(size)) + "]" for size in sizes]

    return arrays


def _quoted(request: Request, key: str, generator: str = "") -> Write:
    make = _texts(request, key, generator)
    return lambda rows: ["null" if text is None else _text(text) for text in make(rows)]


def _text(text: str) -> str:
    """Write a json string; most texts need no escaping."""
    return f'"{text}"' if text.isalnum() else json.dumps(text, ensure_ascii=False)


def _value(request: Request, key: str, kind: str, generator: str = "") -> Write:
    """Return the values of a key, of the kind that is asked for, or that its name tells."""
    if generator.startswith("="):
        return _around([json.dumps(generator[1:])])
    if generator and generator != "?" and not kind:
        filled = types_of(by_name()[generator])
        kind = "string" if "text" in filled else "number"
    kind = kind or ("boolean" if generator == "?" else _told(request, key))
    match kind:
        case "object":
            return _object(request, dict(_USUAL), JsonShape())
        case "array":
            return _array(replace(request, column=replace(request.column, name=key)), JsonShape())
        case "number":
            name = generator or _best(request, key, "int4") or "integer"
            column = _column(key, "int4" if "int4" in types_of(by_name()[name]) else "numeric")
            built = by_name()[name].build(_inner(request, column))
            return lambda rows: [text or "0" for text in built.make(rows)] if built else ["1" for _ in rows]
        case "boolean":
            built = by_name()["boolean"].build(_inner(request, _column(key, "bool")))
            return lambda rows: (
                [text or "true" for text in built.make(rows)] if built else ["true" for _ in rows]
            )
        case "null":
            return lambda rows: ["null" for _ in rows]
    return _quoted(request, key, generator)


def _told(request: Request, key: str) -> str:
    words = set(words_of(key))
    if words & {
        "is",
        "has",
        "can",
        "enabled",
        "active",
        "notifications",
        "verified",
        "allow",
        "allowed",
        "show",
        "hide",
    }:
        return "boolean"
    strengths = {
        kind: _strength(request, key, name) for kind, name in (("string", "text"), ("number", "int4"))
    }
    return "number" if strengths["number"] > strengths["string"] else "string"


def _strength(request: Request, key: str, type_name: str) -> int:
    relation = request.context.relation
    return max(
        (score(key, relation, one) for one in by_name().values() if type_name in types_of(one)), default=0
    )


def _best(request: Request, key: str, type_name: str) -> str | None:
    relation = request.context.relation
    found = [
        (score(key, relation, one), one.name)
        for one in by_name().values()
        if type_name in types_of(one) and one.names
    ]
    points, name = max(found, key=lambda one: one[0], default=(0, ""))
    return name if points else None


def _texts(request: Request, key: str, generator: str) -> Callable[[Sequence[int]], list[str | None]]:
    name = generator or _best(request, key, "text") or "word"
    built = by_name()[name].build(_inner(request, _column(key, "text")))
    return built.make if built is not None else lambda rows: ["word" for _ in rows]


def _column(key: str, type_name: str) -> Column:
    return Column(key, Type(type_name), not_null=True)


def _inner(request: Request, column: Column) -> Request:
    """Ask for the value of a key; chance comes from the name of the column and of the key."""
    named = replace(column, name=f"{request.column.name}.{column.name}")
    return Request(named, ANYTHING, request.context)


GENERATORS = (
    Generator(
        "document", "A json document with the keys that a constraint, a trigger, a comment or the name tells.",
        (Kinds.JSON,), _document,
    ),
)  # fmt: skip
