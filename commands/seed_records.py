"""`.guardrails/seeds/runs.jsonl`: what seed runs wrote to which database, a line each.

It stays out of git, since it speaks of a database on this machine. Only `seed reset` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from guardrails.approval.storing import write_whole
from guardrails.files import read_text
from guardrails.lint.contracts import GuardrailsError
from seeds.guard.mark import Identity
from seeds.recording import Place, Wrote

_FOLDER = ".guardrails"
_FILE = "runs.jsonl"
_MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class RecordedRun:
    """One run.

    Attributes:
        at: when it was over, in UTC.
        identity: the database that it wrote to.
        transaction: the run's, as PostgreSQL counts them from the beginning.
    """

    at: str
    identity: Identity
    transaction: int
    wrote: tuple[Wrote, ...]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def runs_of(root: Path, identity: Identity) -> tuple[RecordedRun, ...]:
    """Return the runs that wrote to a database, oldest first.

    Raises:
        GuardrailsError: what is recorded can't be read.
    """
    return tuple(run for run in _all(root) if run.identity == identity)


def keep(root: Path, run: RecordedRun) -> None:
    """Add a run.

    Raises:
        GuardrailsError: it can't be written.
    """
    _write(root, (*_all(root), run))


def put(root: Path, identity: Identity, runs: Iterable[RecordedRun]) -> None:
    """Put these runs in the place of all that are recorded for a database; errors as with `keep`."""
    _write(root, (*(run for run in _all(root) if run.identity != identity), *runs))


def _all(root: Path) -> tuple[RecordedRun, ...]:
    path = _folder(root) / _FILE
    if not path.exists():
        return ()
    try:
        lines = read_text(path, root, _MOST_BYTES).splitlines()
        return tuple(_run(json.loads(line)) for line in lines)
    except (ValueError, TypeError, KeyError) as error:
        raise GuardrailsError(
            f"{_FOLDER}/seeds/{_FILE} can't be read, so what was seeded can't be told; "
            "remove the file, and the rows by hand"
        ) from error


def _run(data: dict[str, object]) -> RecordedRun:
    wrote = data["wrote"]
    identity = data["identity"]
    if not isinstance(wrote, list) or not isinstance(identity, dict):
        raise TypeError(data)
    return RecordedRun(
        str(data["at"]), Identity(**identity), int(str(data["transaction"])), tuple(map(_wrote, wrote))
    )


def _wrote(data: dict[str, object]) -> Wrote:
    place, keys = data["place"], data["keys"]
    if not isinstance(place, dict):
        raise TypeError(data)
    return Wrote(
        Place(**{**place, "key": tuple(place["key"])}),
        tuple(int(str(number)) for number in _list(data["transactions"])),
        int(str(data["rows"])),
        None if keys is None else tuple(map(_key, _list(keys))),
        tuple(map(_key, _list(data["touched"]))),
    )


def _key(value: object) -> tuple[str, ...]:
    return tuple(map(str, _list(value)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _write(root: Path, runs: Iterable[RecordedRun]) -> None:
    folder = _folder(root)
    text = "".join(json.dumps(asdict(run), separators=(",", ":")) + "\n" for run in runs)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / ".gitignore", "*\n")
        write_whole(folder / _FILE, text)
    except OSError as error:
        raise GuardrailsError(
            f"{_FOLDER}/seeds/{_FILE} can't be written: {(error.strerror or str(error)).lower()}"
        ) from error


def _folder(root: Path) -> Path:
    folder = root / _FOLDER / "seeds"
    if not folder.resolve().is_relative_to(root.resolve()):
        raise GuardrailsError(f"{_FOLDER} leads out of the project; make it a folder of its own")
    return folder
