"""The text of a command -> the strictest answer to anything that it would start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent import clients, filing, paths, tasks
from guardrails.agent.catalogue.clients import RESTORE, SQL
from guardrails.agent.catalogue.harmless import MENTIONS
from guardrails.agent.catalogue.index import BY_PROGRAM, CLIENT_PROGRAMS, PROGRAMS, SUBJECT
from guardrails.agent.catalogue.rows import Match, Row, matched
from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Verdict, softened, worst
from guardrails.agent.shell import Leaf, TooMuchError, Walk
from guardrails.agent.starts import Place, name_of
from guardrails.agent.strangers import (
    ask,
    of_broken,
    of_carrier,
    of_its_name,
    of_script_written,
    of_stranger,
    of_unknown_program,
    shown,
)
from guardrails.agent.targets import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from guardrails.agent.contracts import Project
    from guardrails.agent.starts import Code

_REQUESTS = frozenset(
    {
        "git",
        "gh",
        "curl",
        "wget",
        "http",
        "https",
        "xh",
        "curlie",
        "xhs",
        "Invoke-WebRequest",
        "Invoke-RestMethod",
        "iwr",
        "irm",
        "httpie",
        "hurl",
        "grpcurl",
    }
)
_TESTS = frozenset(
    {
        "pytest",
        "py.test",
        "jest",
        "vitest",
        "mocha",
        "ava",
        "rspec",
        "phpunit",
        "pest",
        "playwright",
        "cypress",
        "tox",
        "nox",
    }
)


def judge(text: str, folder: str, project: Project, depth: int = 0) -> Decision:
    """Return the answer to running a text in a shell."""
    walk = Walk(project, PROGRAMS)
    found: list[Decision] = []
    try:
        walk.over(text, folder)
    except TooMuchError as error:
        found.append(ask("a command that can't be followed", str(error)))
    except RecursionError:
        found.append(ask("a command that can't be followed", "it is nested too deeply"))
    found += [_of_leaf(leaf, walk, project, depth) for leaf in walk.leaves]
    if walk.broken and SUBJECT.search(text) and not depth:
        found.append(of_broken(text))
    decision = worst(PASS, *found)
    if decision.verdict and not decision.person:
        return decision._replace(person=shown(text))
    return decision


def _again(leaf: Leaf, project: Project, depth: int) -> Callable[[str], Decision]:
    """Return what judges a text that a command may run, up to a depth."""
    return lambda text: judge(text, leaf.folder, project, depth + 1) if depth < 3 else PASS


def _of_leaf(leaf: Leaf, walk: Walk, project: Project, depth: int) -> Decision:
    found = [paths.changed(path, leaf.folder, project, paths.Way.SHELL) for path in leaf.writes]
    if leaf.code is not None:
        found.append(_of_code(leaf.code, _again(leaf, project, depth)))
    elif leaf.opaque is not None:
        found.append(ask(shown(" ".join(leaf.argv)), leaf.opaque))
    elif leaf.argv:
        found.append(_of_command(leaf, walk, project, depth))
        found.append(of_carrier(name_of(leaf.argv[0]), leaf.argv[1:], _again(leaf, project, depth)))
        if not depth:
            found.append(of_script_written(leaf, _again(leaf, project, depth)))
    return worst(*found)


def _of_command(leaf: Leaf, walk: Walk, project: Project, depth: int) -> Decision:
    program, words = leaf.argv[0], leaf.argv[1:]
    if UNKNOWN in program:
        return of_unknown_program(words)
    name = name_of(program)
    found = [_of_files(name, words, leaf, project), *_of_patch(name, words, leaf, walk, project)]
    known = name in MENTIONS
    if name in SQL.programs:
        known = True
        found.append(
            clients.sql_client(
                name,
                words,
                leaf.stdin,
                leaf.variables,
                leaf.place,
                lambda path: walk.text_of(path, leaf.folder),
                project.variable,
            )
        )
    elif name in RESTORE.programs:
        known = True
        found.append(clients.restore(words, leaf.variables, leaf.place, project.variable))
    elif name in _REQUESTS:
        known = True
        found += _of_request(name, words, leaf, project, depth)
    if name in {"supabase", "sb"} and (queried := _supabase_query(words, leaf, walk)) is not None:
        return worst(*found, queried)
    if rows := BY_PROGRAM.get(name):
        known = True
        if match := matched(rows, words):
            found.append(_of_match(name, match, words, leaf, project))
    found += _of_surroundings(name, words, leaf, project)
    if (task := tasks.names_a_migration(name, words)) and not (
        rows and not matched(rows, words) and name in CLIENT_PROGRAMS
    ):
        found.append(
            ask(
                f"{name} {shown(task)}",
                "what it runs can't be read, and its name says that it changes a database",
            )
        )
        known = True
    if not (known and words) and (named := of_its_name(program, words, leaf)):
        found.append(named)
        known = True
    if not known:
        found.append(of_stranger(name, words, leaf, _again(leaf, project, depth)))
    return worst(*found)


def _of_code(code: Code, judge: Callable[[str], Decision]) -> Decision:
    from guardrails.agent import programs  # noqa: PLC0415  (its patterns take long to build)

    return worst(
        programs.judged(code.language, code.text, code.file),
        *(
            softened(found._replace(why=f"a program starts it: {found.why}"))
            for found in map(judge, code.starts)
        ),
    )


def _of_request(
    name: str, words: Sequence[str], leaf: Leaf, project: Project, depth: int
) -> Iterator[Decision]:
    from guardrails.agent import network  # noqa: PLC0415  (its patterns take long to build)

    if name == "gh":
        yield network.github(words, leaf.stdin)
    elif name == "git":
        yield network.git(words, leaf.variables, lambda: _branch(leaf.folder, project))
        yield from map(_again(leaf, project, depth), network.aliases_of(words))
    else:
        yield network.request(words, leaf.stdin)


def _of_match(name: str, match: Match, words: Sequence[str], leaf: Leaf, project: Project) -> Decision:
    row = match.row
    verdict, where = row.verdict, ""
    if row.targeted:
        if name in CLIENT_PROGRAMS:
            target = clients.server_of(name, words, leaf.variables, leaf.place, project.variable)
        else:
            target = target_of(words, leaf.variables)
            if leaf.place is Place.ELSEWHERE and target in {Target.LOCAL, Target.UNSAID}:
                target = Target.REMOTE
        match target:
            case Target.REMOTE:
                verdict = Verdict.DENY
            case Target.LOCAL:
                verdict = Verdict.ASK
            case Target.UNSAID if row.at_home:
                verdict = Verdict.ASK
            case Target.OPEN if row.at_home:
                verdict = Verdict.DENY
        where = f"; it is aimed at {target.value}"
    decision = Decision(
        verdict, f"{name} {shown(match.form)}".strip(), f"it {row.why}{where}", "", row.instead
    )
    return decision if match.certain else softened(decision)


def _supabase_query(words: Sequence[str], leaf: Leaf, walk: Walk) -> Decision | None:
    row = Row(("supabase",), ("db query|execute", "inspect *"), "")
    match = matched([row], words)
    if match is None or not match.form.startswith("db"):
        return None
    target = target_of(words, leaf.variables)
    if target is Target.UNSAID:
        target = Target.REMOTE if leaf.place is Place.ELSEWHERE else Target.LOCAL
    texts: list[str] = []
    rest = list(words[words.index(match.form.split()[-1]) + 1 :]) if match.certain else []
    place = 0
    while place < len(rest):
        word = rest[place]
        place += 1
        if word in {"-f", "--file"} or word.startswith("--file="):
            path = word.partition("=")[2] or (rest[place] if place < len(rest) else "")
            place += 0 if "=" in word else 1
            texts.append(walk.text_of(path, leaf.folder) or UNKNOWN)
        elif word in {"--db-url", "-o", "--output", "--workdir", "--profile", "--network-id"}:
            place += 1
        elif not word.startswith("-"):
            texts.append(word)
    if not texts and leaf.stdin is not None:
        texts = [leaf.stdin]
    return clients.sql_decision("supabase db query", texts, target)


def _of_files(name: str, words: Sequence[str], leaf: Leaf, project: Project) -> Decision:
    files = filing.files_of(name, words)
    return worst(
        PASS,
        *(paths.changed(path, leaf.folder, project, paths.Way.SHELL) for path in files.changed),
        *(paths.read(path, leaf.folder) for path in files.read),
    )


def _of_patch(
    name: str, words: Sequence[str], leaf: Leaf, walk: Walk, project: Project
) -> Iterator[Decision]:
    """Judge what a patch would change, as far as it can be read."""
    if name not in {"patch", "gpatch", "git"} or (name == "git" and not {"apply", "am"} & set(words[:4])):
        return
    texts = [
        leaf.stdin or "",
        *(walk.text_of(word.partition("=")[2] or word, leaf.folder) or "" for word in words),
    ]
    for text in texts:
        for path in filing.patched(name, words, text):
            yield paths.changed(path, leaf.folder, project, paths.Way.SHELL)


def _of_surroundings(name: str, words: Sequence[str], leaf: Leaf, project: Project) -> Iterator[Decision]:
    """Judge what a command does to its surroundings: credentials shown, marks removed, names taken over."""
    if (name == "printenv" and not words) or (name == "env" and not words):
        yield ask(name, "it shows every variable, credentials among them")
    if name == "printenv" and any(re.search(r"URL|PASS|KEY|TOKEN|SECRET|DSN", word) for word in words):
        yield ask(f"printenv {shown(words[0])}", "it shows a credential")
    if name == "unset" and any(
        re.match(r"CLAUDE|AI_AGENT|CURSOR_AGENT|GEMINI_CLI|CODEX", word) for word in words
    ):
        yield ask("unset of a mark of an assistant", "it hides that an assistant is at work")
    if name == "pg-guardrails" and "PATH" in leaf.variables:
        yield ask("pg-guardrails with another PATH", "another program may answer in its place")
    if (
        name == "alias"
        and any(
            word.partition("=")[0] in {"pg-guardrails", "git", "supabase", "psql"} and "=" in word
            for word in words
        )
        and any(word.startswith("pg-guardrails=") for word in words)
    ):
        yield ask("alias pg-guardrails", "another program would answer in its place")
    if _runs_tests(name, words):
        url = leaf.variables.get("DATABASE_URL") or project.variable("DATABASE_URL")
        if url and target_of((), {"DATABASE_URL": url}) is Target.REMOTE:
            yield ask(f"{name} with DATABASE_URL", "tests would run against a database of another machine")


def _runs_tests(name: str, words: Sequence[str]) -> bool:
    if name in _TESTS:
        return True
    first = next((word for word in words if not word.startswith("-")), "")
    return first == "test" and name in {
        "npm",
        "pnpm",
        "yarn",
        "bun",
        "go",
        "cargo",
        "mix",
        "rails",
        "manage.py",
        "artisan",
        "dotnet",
        "gradle",
        "gradlew",
        "mvn",
        "mvnw",
        "deno",
    }


def _branch(folder: str, project: Project) -> str | None:
    """Return the branch that a folder of a git repository is on, from its HEAD."""
    if UNKNOWN in folder:
        return None
    place = folder
    for _ in range(12):
        text = project.text(f"{place}/.git/HEAD")
        if text is None and (link := project.text(f"{place}/.git")) and link.startswith("gitdir:"):
            text = project.text(f"{link.partition(':')[2].strip()}/HEAD")
        if text is not None:
            return text.strip().removeprefix("ref: refs/heads/") if text.startswith("ref:") else None
        if place == "/":
            return None
        place = place.rpartition("/")[0] or "/"
    return None
