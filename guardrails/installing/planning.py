"""A repository as it is and what is wanted in it -> what would be written, or taken out again. Nothing is written here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from guardrails.installing import blocks, json_text
from guardrails.installing.contracts import (
    Addition,
    Change,
    Form,
    Insertion,
    Installed,
    Json,
    Plan,
    Record,
    Wanted,
)
from guardrails.installing.record import PATH, read_record, written
from guardrails.installing.texts import Current, hash_of, read_current
from guardrails.installing.writing import missing_folders, place_in
from guardrails.lint.contracts import GuardrailsError

_JSON = frozenset({Form.JSON, Form.JSONC})


def plan_install(root: Path, wanted: Iterable[Wanted], parts: Iterable[str] = ()) -> Plan:
    """Return what has to be written so that the repository holds everything that is wanted.

    Args:
        root: the top of the repository.
        wanted: the files; of two that are one by a link, the first counts.
        parts: what they belong to, to be remembered beside what was set up before.

    Raises:
        GuardrailsError: a file is broken or can't be written: one sentence for each, and nothing would be written.
    """
    before = read_record(root) or Record()
    known = {file.path: file for file in before.files}
    changes: dict[str, Change] = {}
    notes: list[str] = []
    faults: list[str] = []
    for one in wanted:
        try:
            path = place_in(root, one.path)
            if path in changes:
                continue
            done = _install(root, replace(one, path=path), known.get(path))
        except GuardrailsError as error:
            faults.append(str(error))
            continue
        notes += done.notes
        if done.installed is not None:
            known[path] = done.installed
        if done.change is not None:
            changes[path] = done.change
    if faults:
        raise GuardrailsError(f"{'; '.join(dict.fromkeys(faults))}; nothing was written")
    remembered = tuple(dict.fromkeys((*before.parts, *parts)))
    if not changes and (remembered, tuple(known.values())) == (before.parts, before.files):
        return Plan((), tuple(notes), before)
    place_in(root, PATH)
    folders = (*before.folders, *missing_folders(root, [*changes, PATH]))
    record = Record(remembered, tuple(known.values()), tuple(dict.fromkeys(folders)))
    current = read_current(root / PATH, root)
    own = Change(PATH, current.data if current else None, written(record))
    return Plan((*changes.values(), own), tuple(notes), record)


def plan_uninstall(root: Path) -> Plan:
    """Return what has to be done so that nothing of ours is left; `record.folders` may then be removed.

    Raises:
        GuardrailsError: nothing was installed, or a file is broken or can't be written.
    """
    record = read_record(root)
    if record is None:
        raise GuardrailsError(f"there is no {PATH}, so init wrote nothing here; nothing was changed")
    changes: list[Change] = []
    notes: list[str] = []
    for file in record.files:
        place_in(root, file.path)
        current = read_current(root / file.path, root)
        if current is None:
            continue
        if file.form is Form.WHOLE:
            if current.is_whole(file.after):
                changes.append(Change(file.path, current.data, None))
                continue
            notes.append(f"{file.path} was changed since, so it stays; delete it if you don't want it")
            continue
        after = _taken_out(current, file)
        if current.hash != file.after and after is not None:
            notes.append(f"{file.path} was changed since; only our part of it is taken out")
        if after != current.data:
            changes.append(Change(file.path, current.data, after))
    changes.append(Change(PATH, (root / PATH).read_bytes(), None))
    return Plan(tuple(changes), tuple(notes), record)


@dataclass(frozen=True)
class _Done:
    installed: Installed | None = None
    change: Change | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Merged:
    text: str
    insertions: tuple[Insertion, ...]
    additions: tuple[Addition, ...] = ()
    notes: tuple[str, ...] = ()


def _install(root: Path, wanted: Wanted, known: Installed | None) -> _Done:
    current = read_current(root / wanted.path, root)
    if wanted.form is Form.WHOLE:
        return _whole(wanted, current, known)
    if wanted.instead is not None:
        whole = replace(wanted, form=Form.WHOLE, text=wanted.instead, instead=None)
        if current is None or current.text == whole.text or (known and known.form is Form.WHOLE):
            return _whole(whole, current, known)
    if (
        current is not None
        and known is not None
        and current.hash != known.after
        and _holds(current.text, wanted)
    ):
        return _Done()
    base = current
    if current is not None and known is not None:
        taken_out = _taken_out(current, known, to_add_again=True)
        base = Current(taken_out, _text_of(taken_out)) if taken_out is not None else None
    merged = _merged(base.text if base else None, wanted)
    if not merged.insertions:
        return _Done(notes=merged.notes)
    after = base.encoded(merged.text) if base else merged.text.encode()
    entry = Installed(
        wanted.path,
        wanted.form,
        base.hash if base else None,
        hash_of(after),
        merged.insertions if base else (),
        merged.additions,
    )
    if current is not None and current.data == after:
        return _Done(entry, None, merged.notes)
    added = tuple(line for one in merged.insertions for line in one.text.splitlines() if line.strip(" ,"))
    return _Done(entry, Change(wanted.path, current.data if current else None, after, added), merged.notes)


def _whole(wanted: Wanted, current: Current | None, known: Installed | None) -> _Done:
    data = wanted.text.encode()
    entry = Installed(wanted.path, Form.WHOLE, None, hash_of(data))
    if current is None:
        return _Done(entry, Change(wanted.path, None, data))
    if current.is_whole(entry.after):
        return _Done()
    if known is not None and current.is_whole(known.after):
        return _Done(entry, Change(wanted.path, current.data, data))
    why = "is there already and is not ours" if known is None else "was changed since it was written"
    return _Done(notes=(f"{wanted.path} {why}, so it stays as it is",))


def _merged(text: str | None, wanted: Wanted) -> _Merged:
    """Return the text with what is wanted, and where that was inserted."""
    if wanted.form in _JSON:
        return _with_values(text or "", wanted)
    start = text or ""
    if blocks.block_in(start, wanted.form) is not None:
        if _holds(start, wanted):
            return _Merged(start, ())
        start = blocks.without_block(start, wanted.form, ())
    added = blocks.add_block(start, wanted.form, wanted.text, wanted.path)
    if isinstance(added, str):
        return _Merged(start, (), (), (added,))
    return _Merged(_inserted(start, (added,)), (added,))


def _with_values(text: str, wanted: Wanted) -> _Merged:
    value: dict[str, Json] = json.loads(wanted.text)
    comments = wanted.form is Form.JSONC
    if not text:
        text = wanted.text
        return _Merged(text, (Insertion(0, text),), (Addition((), value),))
    insertions, additions, kept = json_text.add(text, value, wanted.path, comments=comments)
    after = _inserted(text, insertions)
    json_text.read_json(after, wanted.path, comments=comments)
    shift, placed = 0, []
    for one in insertions:
        placed.append(Insertion(one.at + shift, one.text))
        shift += len(one.text)
    return _Merged(after, tuple(placed), additions, kept)


def _holds(text: str, wanted: Wanted) -> bool:
    """Tell whether a text has all that is wanted already."""
    if wanted.form in _JSON:
        comments = wanted.form is Form.JSONC
        insertions, _, _ = json_text.add(text, json.loads(wanted.text), wanted.path, comments=comments)
        return not insertions
    place = blocks.block_in(text, wanted.form)
    if place is None:
        return False
    ours = [line.strip() for line in blocks.marked(wanted.form, wanted.text).split("\n")]
    return [line.strip() for line in text[place[0] : place[1]].split("\n")] == ours


def _taken_out(current: Current, file: Installed, *, to_add_again: bool = False) -> bytes | None:
    """Return a file's bytes without what was written into it; None when nothing else was in it."""
    if current.hash == file.after:
        if file.before is None:
            return None
        data = current.encoded(_cut(current.text, file.insertions))
        if hash_of(data) == file.before:
            return data
    if file.form in _JSON:
        comments = file.form is Form.JSONC
        text = json_text.subtract(
            current.text, file.additions, file.path, comments=comments, to_add_again=to_add_again
        )
        empty = not json_text.read_json(text, file.path, comments=comments) and "/" not in text
    else:
        text = blocks.without_block(current.text, file.form, file.insertions)
        empty = text.strip() in {"", "repos:"}
    return None if empty and file.before is None else current.encoded(text)


def _inserted(text: str, insertions: tuple[Insertion, ...]) -> str:
    for one in reversed(insertions):
        text = text[: one.at] + one.text + text[one.at :]
    return text


def _cut(text: str, insertions: tuple[Insertion, ...]) -> str:
    for one in reversed(insertions):
        text = text[: one.at] + text[one.at + len(one.text) :]
    return text


def _text_of(data: bytes) -> str:
    return data.removeprefix(b"\xef\xbb\xbf").decode()
