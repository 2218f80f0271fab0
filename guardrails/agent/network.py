"""Requests over the network, and git: what the words of `curl`, `gh api` and `git` would change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from guardrails.agent.catalogue.guards import FORCE, GH_API, NO_VERIFY, PUSH
from guardrails.agent.catalogue.rows import PERSON, REVIEW, Row
from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DEPLOYED = frozenset(
    {"main", "master", "production", "prod", "staging", "stage", "release", "live", "trunk", "deploy"}
)

API = Row(
    ("curl", "wget", "http", "https", "xh", "curlie", "Invoke-WebRequest", "Invoke-RestMethod"),
    ("POST|PUT|PATCH|DELETE …/v1/projects/…/database/query", "POST …/rest/v1/…", "POST …/graphql/v1"),
    "writes to a database, or to the platform it lives on, over HTTP",
    "read with GET, or draft the change with create_migration",
    targeted=False,
)

_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE", "MERGE", "COPY", "MOVE"})
_BODY = re.compile(
    r"-(?:d|F|T).*|--(?:data\S*|json|form\S*|upload-file|post-data|post-file|body-data|body-file|raw|Body)(?:=.*)?"
)
_READS_BODY = frozenset({"-G", "--get"})
_PLATFORM = re.compile(
    r"api\.supabase\.(?:com|io|green)/(?:v\d|platform)/|console\.neon\.tech/api|api\.neon\.tech|api\.planetscale\.com|api\.turso\.tech|backboard\.railway\.(?:app|com)/graphql|api\.machines\.dev|api\.heroku\.com|api\.render\.com"
    r"|api\.digitalocean\.com/v2/databases|api\.xata\.io|sqladmin\.googleapis\.com|api\.aiven\.io|database\.azure\.com",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"/rest/v1/|/graphql/v1|/pg-meta/|/pg/(?:query|tables|columns|policies)|/api/platform/pg-meta|\.supabase\.(?:co|in|red)(?:/|$|:)|/v[12]/(?:metadata|query|graphql)$|/api/rest/|:3000/rpc/|/rpc/\w+|neon\.tech/sql|/sql$",
    re.IGNORECASE,
)
_GITHUB = re.compile(
    r"pending_deployments|deployment_protection|/reviews|/merges?\b|protection|rulesets|environments|/secrets|/variables|dispatches|actions/|contents/|git/refs|/hooks|/keys|/collaborators|pulls/\d+/merge|mutation|deployments",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"(?:^|//|@)(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0|kong|host\.docker\.internal)(?:[:/]|$)",
    re.IGNORECASE,
)


class _Request(NamedTuple):
    method: str
    address: str
    everything: str


def request(words: Sequence[str], stdin: str | None) -> Decision:
    """Return the answer to a request over HTTP."""
    asked = _request(words)
    if asked.method not in _METHODS:
        return PASS
    text = asked.everything
    if UNKNOWN in asked.address and not (_PLATFORM.search(text) or _DATA.search(text)):
        return PASS
    if re.search(r"api\.github\.com|github\.\S+/api/", text) and _GITHUB.search(text + (stdin or "")):
        return _decided(GH_API, Verdict.DENY, f"{asked.method} {asked.address}")
    if _PLATFORM.search(text):
        return _decided(API, Verdict.DENY, f"{asked.method} {asked.address}")
    if _DATA.search(text) and not re.search(r"/auth/v1/|/storage/v1/object/(?:public|sign)", text):
        verdict = Verdict.ASK if _HERE.search(text) else Verdict.DENY
        return _decided(API, verdict, f"{asked.method} {asked.address}")
    return PASS


def _request(words: Sequence[str]) -> _Request:
    method, body, gets, address = "", False, False, ""
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if word in {"-X", "--request", "--method", "-Method"}:
            method = following
        elif found := re.match(r"(?:-X|--request=|--method=)(.+)", word):
            method = found[1]
        elif re.fullmatch(r"-[A-Za-z]*X", word) and not word.startswith("--"):
            method = following
        elif word in _READS_BODY:
            gets = True
        elif _BODY.fullmatch(word) and not word.startswith("-H"):
            body = True
        elif word.upper() in _METHODS | {"GET", "HEAD"} and place < 3:
            method = word
        if (
            re.search(r"://|^localhost|^127\.|\.\w{2,}/|^:\d", word)
            and not word.startswith("-")
            and not address
        ):
            address = word
        elif (found := re.match(r"(?:--url=)(.+)", word)) and not address:
            address = found[1]
    if not method and any(
        re.fullmatch(r"[\w.-]+(?::=|=|:=@|=@)[^=].*", word) and "://" not in word for word in words[1:]
    ):
        body = True
    inferred = "GET" if gets or not body else "POST"
    return _Request((method or inferred).upper(), address, " ".join(words))


def github(words: Sequence[str], stdin: str | None) -> Decision:
    """Return the answer to `gh api`."""
    rest = list(words)
    if rest[:1] != ["api"]:
        return PASS
    text = " ".join(rest) + (stdin or "" if "--input" in rest else "")
    asked = _request(rest[1:])
    fields = any(re.fullmatch(r"-[fF].*|--(?:raw-)?field(?:=.*)?|--input(?:=.*)?", word) for word in rest)
    method = (
        asked.method
        if asked.method != "GET" or any(word.startswith(("-X", "--method")) for word in rest)
        else "POST"
        if fields
        else "GET"
    )
    if "graphql" in rest:
        method = "POST" if "mutation" in text else "GET"
    if method not in _METHODS:
        return PASS
    seen = f"gh api {method}"
    return _decided(GH_API, Verdict.DENY if _GITHUB.search(text) else Verdict.ASK, seen)


def git(words: Sequence[str], variables: Mapping[str, str], branch: Callable[[], str | None]) -> Decision:
    """Return the answer to a git command.

    Args:
        words: those after `git`.
        variables: what its environment is known to hold.
        branch: gives the name of the current branch, None when nobody knows.
    """
    settings, rest = _own_options(words)
    unhooked = any(re.match(r"core\.hookspath", one, re.IGNORECASE) for one in settings)
    if unhooked or any(
        name.upper().startswith("GIT_CONFIG") and "hookspath" in value.lower()
        for name, value in variables.items()
    ):
        return _decided(NO_VERIFY, Verdict.DENY, "git -c core.hooksPath")
    match rest:
        case ["config", *more]:
            return _config(more)
        case ["push", *more]:
            return _push(more, branch)
        case ["commit" | "merge" | "rebase" | "am" | "cherry-pick" | "pull" as verb, *more]:
            if (
                _skips_checks(verb, more)
                or variables.get("HUSKY") == "0"
                or variables.get("LEFTHOOK") in {"0", "false"}
                or "guardrails" in f"{variables.get('SKIP')} {variables.get('LEFTHOOK_EXCLUDE')}"
            ):
                return _decided(NO_VERIFY, Verdict.DENY, f"git {verb} --no-verify")
            if (
                variables.get("SKIP")
                or variables.get("PRE_COMMIT_ALLOW_NO_CONFIG")
                or variables.get("LEFTHOOK_EXCLUDE")
            ):
                return _decided(NO_VERIFY, Verdict.ASK, f"git {verb} with checks left out")
        case ["filter-branch" | "filter-repo", *_]:
            return _decided(FORCE, Verdict.ASK, f"git {rest[0]}")
    return PASS


def _own_options(words: Sequence[str]) -> tuple[list[str], list[str]]:
    settings: list[str] = []
    place = 0
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        place += 1
        if word in {
            "-c",
            "-C",
            "--git-dir",
            "--work-tree",
            "--namespace",
            "--exec-path",
            "--super-prefix",
            "--config-env",
        }:
            if word in {"-c", "--config-env"} and place < len(words):
                settings.append(words[place])
            place += 1
        elif word.startswith("--config-env="):
            settings.append(word.partition("=")[2])
    return settings, list(words[place:])


def aliases_of(words: Sequence[str]) -> list[str]:
    """Return the shell text that git would run: aliases, `rebase --exec`, `bisect run`, `submodule foreach`."""
    settings, rest = _own_options(words)
    texts = [one.partition("=")[2] for one in settings if re.match(r"alias\.", one)]
    texts += [
        one.partition("=")[2]
        for one in settings
        if re.match(
            r"core\.(?:pager|editor|sshcommand|fsmonitor)|\S+\.(?:textconv|external|cmd|command)",
            one,
            re.IGNORECASE,
        )
    ]
    match rest:
        case ["config", *more] if any(word.startswith("alias.") for word in more):
            texts.append(more[-1])
        case ["bisect", "run", *more]:
            texts.append(" ".join(more))
        case ["submodule", "foreach", *more]:
            texts.append(" ".join(word for word in more if word != "--recursive"))
        case ["rebase", *more]:
            texts += [more[i + 1] for i, word in enumerate(more[:-1]) if word in {"-x", "--exec"}]
            texts += [word.partition("=")[2] for word in more if word.startswith("--exec=")]
    return [text.removeprefix("!") for text in texts]


def _config(more: list[str]) -> Decision:
    names = [word for word in more if not word.startswith("-")]
    writes = len(names) > 1 or any(
        word in {"--unset", "--unset-all", "--remove-section", "--add", "--replace-all", "unset", "set"}
        for word in more
    )
    for word in names:
        if writes and re.match(r"core\.hookspath", word, re.IGNORECASE):
            return _decided(NO_VERIFY, Verdict.DENY, "git config core.hooksPath")
    return PASS


def _skips_checks(verb: str, more: list[str]) -> bool:
    own = more[: more.index("--")] if "--" in more else more
    for place, word in enumerate(own):
        if place and own[place - 1] in {
            "-m",
            "--message",
            "-F",
            "--file",
            "-C",
            "-c",
            "--author",
            "--date",
            "-t",
        }:
            continue
        if re.fullmatch(r"--no-v(?:e(?:r(?:i(?:f(?:y)?)?)?)?)?", word):
            return True
        # In a cluster of letters, what follows one that takes a value is that value.
        if (
            verb == "commit"
            and re.fullmatch(r"-[A-Za-z]+", word)
            and "n" in re.split(r"[mFCctSu]", word[1:])[0]
        ):
            return True
    return False


def _push(more: list[str], branch: Callable[[], str | None]) -> Decision:
    own = [word for word in more if word != "--"]
    if any(re.fullmatch(r"--no-v(?:e(?:r(?:i(?:f(?:y)?)?)?)?)?", word) for word in own):
        return _decided(NO_VERIFY, Verdict.DENY, "git push --no-verify")
    if "--dry-run" in own or "-n" in own:
        return PASS
    names: list[str] = []
    skip = False
    for word in own:
        if skip or word.startswith("-"):
            skip = not skip and word in {"-o", "--push-option", "--repo", "--receive-pack", "--exec"}
        else:
            names.append(word)
    for reference in names[1:]:
        target = reference.lstrip("+").rpartition(":")[2]
        name = target.removeprefix("refs/heads/")
        if name in {"HEAD", "@"} and ":" not in reference:
            name = branch() or name
        if name.lower() in DEPLOYED or name.lower().startswith(("release/", "production/")):
            return _decided(PUSH, Verdict.DENY, f"git push to {name}")
        if UNKNOWN in name:
            return _decided(PUSH, Verdict.ASK, "git push to a branch that only shows when it runs")
    if len(names) < 2 and (branch() or "").lower() in DEPLOYED and "--tags" not in own:
        return _decided(PUSH, Verdict.DENY, f"git push from {branch()}")
    if any(
        re.fullmatch(r"--force.*|-[a-z]*f[a-z]*|--mirror|--all|--branches|--delete|-d|--prune", word)
        for word in own
    ):
        return _decided(FORCE, Verdict.ASK, "git push --force")
    if any(reference.startswith(("+", ":")) for reference in names[1:]):
        return _decided(FORCE, Verdict.ASK, "git push --force")
    return PASS


def _decided(row: Row, verdict: Verdict, seen: str) -> Decision:
    return Decision(
        verdict,
        seen.replace(UNKNOWN, "…")[:200],
        row.why,
        "",
        row.instead or (REVIEW if row is PUSH else PERSON),
    )
