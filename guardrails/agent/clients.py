"""`psql` and its relatives: which server they reach, what SQL they are given, and the answer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guardrails.agent.catalogue.clients import RESTORE, SQL
from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Verdict
from guardrails.agent.starts import Place
from guardrails.agent.targets import Target, of_host, of_text, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Text = Callable[[str], str | None]
    Variable = Callable[[str], str | None]

# The letters of options that take a value.
_SHORT = {"psql": "cdfFhLopPRTUv", "cockroach": "dehpuf", "pgcli": "hpUduDg", "pg_restore": "dfFhIjLnNpPStTU"}
_OTHERS = "dDEhjlnNOpPStTU"
_LONG = frozenset(
    {
        "command",
        "dbname",
        "file",
        "host",
        "port",
        "username",
        "output",
        "log-file",
        "set",
        "variable",
        "pset",
        "execute",
        "url",
        "field-separator",
        "record-separator",
        "table-attr",
        "maintenance-db",
        "role",
        "jobs",
        "schema",
        "table",
        "format",
    }
)
_SERVER = ("PGHOST", "PGHOSTADDR", "PGSERVICE")


class _Options(NamedTuple):
    given: dict[str, list[str]]
    rest: list[str]
    flags: frozenset[str]


def sql_client(
    name: str,
    words: Sequence[str],
    stdin: str | None,
    variables: Mapping[str, str],
    place: Place,
    text_of: Text,
    variable: Variable,
) -> Decision:
    """Return the answer to a client that runs SQL.

    Args:
        name: what it is called.
        words: its arguments.
        stdin: what it reads, None for nothing in particular.
        variables: what the command sets.
        place: where it runs.
        text_of: gives the text of a file.
        variable: gives a variable of the environment that the command inherits.
    """
    options = _options(name, words)
    sqls = [
        *options.given.get("c", []),
        *options.given.get("command", []),
        *options.given.get("e", []),
        *options.given.get("execute", []),
    ]
    files = [*options.given.get("f", []), *options.given.get("file", [])]
    if not sqls and not files and options.flags & {"V", "version", "?", "help", "l", "list"}:
        return PASS
    texts = [*sqls, *(_file(path, stdin, text_of) for path in files)]
    if not texts and stdin is not None:
        texts = [stdin]
    if any(path.startswith("|") for path in (*options.given.get("o", []), *options.given.get("output", []))):
        texts.append(UNKNOWN)
    target = server_of(name, words, variables, place, variable)
    return sql_decision(name, texts, target)


def sql_decision(name: str, texts: Sequence[str], target: Target) -> Decision:
    """Return the answer to running SQL; without any text it will be typed in."""
    from guardrails.agent.sql import Effect, effect_of  # noqa: PLC0415  (loads PostgreSQL's parser)

    known = [text for text in texts if text.strip(UNKNOWN + " \n\t")]
    effect = Effect.UNKNOWN if len(known) < len(texts) or not texts else Effect.READS
    effect = max(effect, *(effect_of(text) for text in known)) if known else effect
    local = target is Target.LOCAL
    match effect:
        case Effect.READS if local:
            return PASS
        case Effect.READS:
            why = f"it reads {target.value}"
        case Effect.UNKNOWN:
            why = f"it runs SQL that can't be read from here, or calls a function that may do anything, on {target.value}"
        case Effect.WRITES:
            why = f"its SQL changes {target.value}"
        case Effect.DESTROYS:
            why = f"its SQL destroys what {target.value} holds"
    verdict = Verdict.ASK if local or effect is Effect.READS else Verdict.DENY
    return Decision(verdict, name, why, "", SQL.instead)


def restore(words: Sequence[str], variables: Mapping[str, str], place: Place, variable: Variable) -> Decision:
    """Return the answer to `pg_restore`."""
    options = _options("pg_restore", words)
    into = {"d", "dbname"} & set(options.given)
    if options.flags & {"l", "list", "V", "version", "help", "?"} or not into:
        return PASS
    target = server_of("pg_restore", words, variables, place, variable)
    verdict = Verdict.ASK if target is Target.LOCAL else Verdict.DENY
    return Decision(verdict, "pg_restore", f"it writes a dump into {target.value}", "", RESTORE.instead)


def server_of(
    name: str, words: Sequence[str], variables: Mapping[str, str], place: Place, variable: Variable
) -> Target:
    """Return which server a client of PostgreSQL reaches: without any word about it, that of this machine."""
    if place is Place.ELSEWHERE:
        return Target.REMOTE
    options = _options(name, words)
    hosts = [host for key in ("h", "host") for host in options.given.get(key, [])]
    if place is Place.CONTAINER:
        # A name without a dot is that of the container beside it.
        hosts = [host for host in hosts if "." in host or UNKNOWN in host]
    found = [of_host(host) for host in hosts]
    names = [
        value for key in ("d", "dbname", "url", "maintenance-db") for value in options.given.get(key, [])
    ]
    for spelling in (*names, *options.rest[:1]):
        spelled = of_text(spelling)
        if spelled is not Target.UNSAID:
            found.append(spelled)
        elif UNKNOWN in spelling:
            found.append(Target.OPEN)
    found.append(target_of((), {key: value for key, value in variables.items() if key.startswith("PG")}))
    if found == [Target.UNSAID] and place is Place.HERE:
        inherited = {key: value for key in _SERVER if key not in variables and (value := variable(key))}
        found.append(target_of((), inherited))
    for target in (Target.REMOTE, Target.OPEN):
        if target in found:
            return target
    return Target.LOCAL


def _file(path: str, stdin: str | None, text_of: Text) -> str:
    if path in {"-", "/dev/stdin"}:
        return stdin if stdin is not None else UNKNOWN
    return text_of(path) or UNKNOWN


def _options(name: str, words: Sequence[str]) -> _Options:
    letters = _SHORT.get(name) or (_SHORT["psql"] if name in SQL.programs else _OTHERS)
    given: dict[str, list[str]] = {}
    rest: list[str] = []
    flags: set[str] = set()
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        if word == "--":
            rest += words[place:]
            break
        if word.startswith("--"):
            long, sign, value = word[2:].partition("=")
            if not sign and long in _LONG and place < len(words):
                value, place = words[place], place + 1
            elif not sign:
                flags.add(long)
                continue
            given.setdefault(long, []).append(value)
        elif word.startswith("-") and len(word) > 1:
            at = next((i for i, char in enumerate(word[1:], 1) if char in letters), None)
            flags |= set(word[1:at])
            if at is not None:
                value = word[at + 1 :]
                if not value and place < len(words):
                    value, place = words[place], place + 1
                given.setdefault(word[at], []).append(value)
        else:
            rest.append(word)
    return _Options(given, rest, frozenset(flags))
