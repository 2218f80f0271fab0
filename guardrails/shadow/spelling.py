"""An object of a snapshot -> a line of SQL that shows it, for people to read; it is never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrails.shadow.snapshot import Key, Snapshot

Details = tuple[tuple[str, str, str], ...]
"""By property, what was and what is."""

_LONGEST = 400
_NONE = "none"


def spelt(key: Key, action: str, snapshot: Snapshot, details: Details = ()) -> str:
    """Return the line; `snapshot` is the one that has the object, or has it as it is now."""
    match action:
        case "removed":
            text = _dropped(key)
        case "changed":
            text = _changed(key, details) or _made(key, snapshot)
        case _:
            text = _made(key, snapshot)
    line = " ".join(text.split())
    return f"{line[: _LONGEST - 1]}…" if len(line) > _LONGEST else line


def _changed(key: Key, details: Details) -> str:
    now = {what: value for what, _, value in details}
    if key.kind == "column":
        table, _, column = key.name.rpartition(".")
        actions = {
            "type": f"TYPE {now.get('type')}",
            "required": "DROP NOT NULL" if now.get("required") == _NONE else "SET NOT NULL",
            "default": "DROP DEFAULT" if now.get("default") == _NONE else f"SET DEFAULT {now.get('default')}",
        }
        told = ", ".join(f"ALTER COLUMN {column} {actions[what]}" for what in now if what in actions)
        return told and f"ALTER TABLE {table} {told}"
    if key.kind == "table" and set(now) == {"row level security"}:
        word = "DISABLE" if now["row level security"] == _NONE else "ENABLE"
        return f"ALTER TABLE {key.name} {word} ROW LEVEL SECURITY"
    if key.kind in {"table", "view", "materialized view", "sequence", "schema"} and "definition" not in now:
        return f"ALTER {key.kind.upper()} {key.name} -- {', '.join(now)}"
    return ""


def _dropped(key: Key) -> str:
    match key.kind:
        case "column":
            table, _, column = key.name.rpartition(".")
            return f"ALTER TABLE {table} DROP COLUMN {column}"
        case "constraint":
            name, _, table = key.name.partition(" on ")
            return f"ALTER TABLE {table} DROP CONSTRAINT {name}"
        case "enum" | "range type":
            return f"DROP TYPE {key.name}"
        case "comment":
            return f"COMMENT ON {key.name.removeprefix('on ')} IS NULL"
    return f"DROP {key.kind.upper()} {key.name}"


def _made(key: Key, snapshot: Snapshot) -> str:
    item = snapshot[key]
    given = item.properties
    match key.kind:
        case "table" | "foreign table":
            return f"CREATE TABLE {key.name} ({', '.join(_columns(key.name, snapshot))}){_after(given)}"
        case "column":
            table, _, column = key.name.rpartition(".")
            return f"ALTER TABLE {table} ADD COLUMN {column} {_column(given)}"
        case "constraint":
            name, _, table = key.name.partition(" on ")
            return f"ALTER TABLE {table} ADD CONSTRAINT {name} {given['definition']}"
        case "view" | "materialized view":
            return f"CREATE {key.kind.upper()} {key.name} AS {given.get('definition', '')}"
        case "policy":
            return _policy(key, given)
        case "enum":
            return f"CREATE TYPE {key.name} AS ENUM ({given.get('values', '')})"
        case "domain":
            return f"CREATE DOMAIN {key.name} AS {given.get('base', '')} {given.get('checks', '')}".rstrip()
        case "function" | "procedure":
            return f"{given.get('head', '')} AS body {given.get('body', '')[:8]}"
        case "comment":
            quoted = given.get("text", "").replace("'", "''")
            return f"COMMENT ON {key.name.removeprefix('on ')} IS '{quoted}'"
        case "extension":
            return f"CREATE EXTENSION {key.name} VERSION '{given.get('version', '')}'"
    return given.get("definition") or f"{key.kind.upper()} {key.name}"


def _columns(table: str, snapshot: Snapshot) -> Iterator[str]:
    columns = [
        (int(item.properties.get("position", 0)), key.name.removeprefix(f"{table}."), item)
        for key, item in snapshot.items()
        if key.kind == "column" and item.table == table
    ]
    for _, name, item in sorted(columns, key=lambda one: one[0]):
        yield f"{name} {_column(item.properties)}"


def _column(given: Mapping[str, str]) -> str:
    words = [given.get("type", "")]
    if "collation" in given:
        words.append(f"COLLATE {given['collation']}")
    if "required" in given:
        words.append(given["required"])
    if "default" in given:
        words.append(f"DEFAULT {given['default']}")
    if "generated" in given:
        words.append(f"GENERATED ALWAYS AS ({given['generated']})")
    if "identity" in given:
        words.append(f"GENERATED {given['identity'].upper()} AS IDENTITY")
    return " ".join(words)


def _after(given: Mapping[str, str]) -> str:
    partitioned = f" PARTITION BY {given['partitioned']}" if "partitioned" in given else ""
    secured = "; ENABLE ROW LEVEL SECURITY" if "row level security" in given else ""
    return partitioned + secured


def _policy(key: Key, given: Mapping[str, str]) -> str:
    name, _, table = key.name.partition(" on ")
    kind = " AS RESTRICTIVE" if "kind" in given else ""
    using = f" USING ({given['using']})" if "using" in given else ""
    check = f" WITH CHECK ({given['check']})" if "check" in given else ""
    return f"CREATE POLICY {name} ON {table}{kind} FOR {given['command']} TO {given['roles']}{using}{check}"
