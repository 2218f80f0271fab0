"""Histories to judge -> the results of their files, from one process or, where it pays, from several.

Histories don't depend on each other. Within one, judging a file wants the schema that the files before it
made, and taking them in is a third of the work: so each process takes in all of them and judges its share.

Processes are forked, which copies nothing and imports nothing, but only the thread that calls it: so only
on Linux, and only while no other thread runs, such as the parser's.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from guardrails.lint.contracts import MigrationFile, Settings, ValidationResult
from guardrails.lint.engine import Judged
from guardrails.lint.engine import judged as judge
from guardrails.lint.kept import keeping
from guardrails.lint.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    from commands.findings_cache import FindingsCache

_LEAST_WORK = 300_000
"""With less to judge, more processes take longer to start than they save; in characters of SQL."""

LEAST_CACHED = 20_000
"""With less to read, looking for what was found before takes longer than finding it; in characters of SQL."""

_MOST_PROCESSES = 8
_WORK_FOR_A_FILE = 500
"""What judging a file takes besides its text, in characters of it."""

_UNSET = frozenset({"", "0", "false", "no", "off"})

Approved = Mapping[str, frozenset[str]]
Told = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """A history in its order, what is asked of it, and the paths in it that are to be judged.

    `approved` holds by path the codes of errors that a person's approval covers, and `place` the root of the
    project, by which its findings are kept.
    """

    files: Sequence[MigrationFile]
    settings: Settings
    wanted: frozenset[str]
    approved: Approved
    place: str = ""


@dataclass(frozen=True)
class _Part:
    """What one process judges of a job: `number` is the job's, `paths` those of its share."""

    number: int
    paths: frozenset[str]
    work: int


_Found = list[tuple[int, Judged]]


def usable_processes() -> int:
    """Return how many processes may work at the same time here."""
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES) if sys.platform == "linux" else 1


def may_cache() -> bool:
    """Tell whether the environment lets findings be kept from one run to the next."""

    def is_set(name: str) -> bool:
        return os.environ.get(name, "").lower() not in _UNSET

    return not is_set("GUARDRAILS_NO_CACHE") and (not is_set("CI") or is_set("GUARDRAILS_CACHE"))


def judged(
    jobs: Sequence[Job],
    processes: int = 1,
    told: Told = lambda _path: None,
    *,
    cached: bool = False,
) -> list[dict[str, ValidationResult]]:
    """Return for each job the results of what it wants, by path.

    Args:
        jobs: what there is to judge.
        processes: how many may work at it; the results are the same.
        told: hears the path of each file that this process takes in; what it raises ends the work.
        cached: what was found in an earlier run need not be found again; the results are the same.
    """
    cache = _cache(jobs) if cached else None
    results = [cache.found(job) if cache else {} for job in jobs]
    missing = [job.wanted - found.keys() for job, found in zip(jobs, results, strict=True)]
    work = sum(
        _work(file)
        for job, left in zip(jobs, missing, strict=True)
        for file in job.files
        if file.path in left
    )
    if processes < 2 or work < _LEAST_WORK or threading.active_count() > 1 or sys.platform != "linux":
        processes = 1
    fresh: list[list[Judged]] = [[] for _ in jobs]
    for number, one in _at_once(jobs, _shares(jobs, missing, work, processes), told):
        fresh[number].append(one)
        results[number][one.result.path] = one.result
    if cache:
        for job, found in zip(jobs, fresh, strict=True):
            cache.keep(job, found)
        cache.save()
    return results


def _cache(jobs: Sequence[Job]) -> FindingsCache | None:
    if sum(len(file.sql) for job in jobs for file in job.files) < LEAST_CACHED:
        return None
    from commands.findings_cache import opened  # noqa: PLC0415

    return opened()


def _work(file: MigrationFile) -> int:
    return len(file.sql) + _WORK_FOR_A_FILE


def _shares(
    jobs: Sequence[Job], missing: Sequence[Collection[str]], work: int, processes: int
) -> list[list[_Part]]:
    """Deal the jobs out, the largest first, each to whom has least."""
    parts = [
        part
        for number, (job, left) in enumerate(zip(jobs, missing, strict=True))
        for part in _parts(number, job, left, work, processes)
    ]
    shares: list[list[_Part]] = [[] for _ in range(processes)]
    for part in sorted(parts, key=lambda part: -part.work):
        min(shares, key=lambda share: sum(one.work for one in share)).append(part)
    return shares


def _parts(number: int, job: Job, missing: Collection[str], work: int, processes: int) -> Iterator[_Part]:
    """Cut a job that is more than the share of one process into parts of about the same size."""
    wanted = sorted((file for file in job.files if file.path in missing), key=lambda file: -_work(file))
    own = sum(map(_work, wanted))
    count = min(max(round(own * processes / work), 1), processes) if work else 1
    paths: list[list[str]] = [[] for _ in range(count)]
    sizes = [0] * count
    for file in wanted:
        least = sizes.index(min(sizes))
        paths[least].append(file.path)
        sizes[least] += _work(file)
    yield from (
        _Part(number, frozenset(names), size) for names, size in zip(paths, sizes, strict=True) if names
    )


def _at_once(jobs: Sequence[Job], shares: Sequence[Sequence[_Part]], told: Told) -> _Found:
    mine, *others = shares
    children = [(share, *_started(jobs, share)) for share in others if share]
    found = _share(jobs, mine, told)
    for share, process, receiver in children:
        try:
            found += receiver.recv()
        except EOFError:  # it ended early, for whatever reason: that shows again here
            found += _share(jobs, share)
        process.join()
    return found


def _started(jobs: Sequence[Job], share: Sequence[_Part]) -> tuple[ForkProcess, Connection]:
    import multiprocessing  # noqa: PLC0415

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(jobs, share, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def _send(jobs: Sequence[Job], share: Sequence[_Part], sender: Connection) -> None:
    try:
        found = _share(jobs, share)
    except BaseException:
        os._exit(1)  # the parent does it over, and says what is wrong
    sender.send(found)
    sender.close()


def _share(jobs: Sequence[Job], share: Sequence[_Part], told: Told = lambda _path: None) -> _Found:
    with keeping():
        return _judged_in_turn(jobs, sorted(share, key=lambda part: part.number), told)


def _judged_in_turn(jobs: Sequence[Job], share: Sequence[_Part], told: Told) -> _Found:
    return [
        (part.number, result)
        for part in share
        for job in (jobs[part.number],)
        for result in judge(
            job.files,
            settings=job.settings,
            approved=job.approved,
            only=job.wanted,
            share=part.paths,
            told=told,
        )
    ]
