"""A path -> what it means to the guardrails: a guard, a migration, a credential; and what may be done to it."""

from __future__ import annotations

import os
import re
from enum import Enum
from typing import TYPE_CHECKING

from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Kept, Verdict, worst

if TYPE_CHECKING:
    from guardrails.agent.contracts import Project

_GUARD = re.compile(
    r"(?:^|/)(?:"
    r"\.claude(?:/(?:settings[^/]*\.json|hooks(?:/.*)?|managed[^/]*|plugins(?:/.*)?))?|\.claude\.json|managed-settings\.json|managed-mcp\.json"
    r"|\.codex(?:/.*)?|\.cursor(?:/(?:hooks[^/]*|mcp\.json|cli\.json|hooks/.*|permissions\.json|sandbox\.json))?|\.gemini(?:/(?:settings\.json|hooks(?:/.*)?|policies(?:/.*)?))?"
    r"|\.vscode/mcp\.json|\.github/(?:hooks|workflows|actions)(?:/.*)?|\.github/copilot[^/]*|\.mcp\.json"
    r"|\.pre-commit-config\.ya?ml|\.husky(?:/.*)?|lefthook[^/]*\.ya?ml|\.lefthook(?:/.*)?|\.git/hooks(?:/.*)?|\.git/config|\.git|\.gitlab-ci\.yml|\.gitlab/(?:ci|agents)(?:/.*)?"
    r"|(?:docs/|\.github/|\.gitlab/)?CODEOWNERS|guardrails\.toml|\.guardrails(?:/(?!drafts/).*)?|(?:supabase|migrations|db|prisma)/approvals(?:/.*)?|allowed_signers|(?:site|dist)-packages/(?:guardrails|pg_guardrails[^/]*)(?:/.*)?"
    r")$",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"(?:^|/)pg-guardrails(?:\.exe)?$", re.IGNORECASE)
_SERVER_FILES = re.compile(
    r"(?:^|/)var/lib/(?:postgresql|pgsql)(?:/|$)|(?:^|/)(?:PG_?DATA|postgres(?:ql)?[-_]?data)(?:/|$)",
    re.IGNORECASE,
)
_MOST_NAMES, _MOST_ASKED, _MOST_MARKS = 256, 3, 6
_FOLDER = re.compile(
    r"(?:^|/)(?:migrations?|drizzle|alembic|alembic/versions|db/migrate|supabase|prisma)/?$",
    re.IGNORECASE,
)
_MIGRATION = re.compile(
    r"(?:^|/)(?:migrations?|drizzle|alembic/versions|db/migrate|flyway|liquibase|changelogs?)/(?:[^/]+/){0,2}[^/]+\.(?:sql|py|rb|ts|js|php|exs|xml|ya?ml|json|toml|lock|snap)$"
    r"|(?:^|/)(?:atlas\.sum|schema\.prisma\.lock|structure\.sql)$",
    re.IGNORECASE,
)
_SQL_MIGRATION = re.compile(
    r"(?:^|/)(?:[^/]*migrat[^/]*|drizzle|changelogs?|flyway)/(?:[^/]+/){0,2}[^/]+\.sql$", re.IGNORECASE
)
_ENVIRONMENT = re.compile(r"^\.env(?:rc)?(?:\..+|-.+|_.+)?$|^.+\.env$|^\.dev\.vars(?:\..+)?$", re.IGNORECASE)
_SAMPLE = re.compile(r"example|sample|template|dist|default|schema", re.IGNORECASE)
_SECRET = re.compile(
    r"(?:^|/)(?:\.pgpass|pgpass\.conf|\.pg_service\.conf|\.netrc|\.my\.cnf|credentials\.json|service-account[^/]*\.json|database\.yml\.enc|master\.key|[^/]+\.pem|id_(?:rsa|ed25519|ecdsa)(?:_sk)?)$"
    r"|(?:^|/)\.supabase/|(?:^|/)supabase/\.temp/|(?:^|/)\.aws/credentials$|(?:^|/)\.config/(?:gh/hosts\.yml|neonctl/|gcloud/|configstore/|railway/)|(?:^|/)\.(?:fly|railway|neon|turso)/"
    r"|(?:^|/)\.kube/config$|(?:^|/)\.docker/config\.json$|(?:^|/)\.npmrc$|^/proc/(?:self|\d+|\*)/environ$",
    re.IGNORECASE,
)


class Way(Enum):
    """How a file is about to be changed."""

    TOOL = "tool"  # by the assistant's own tool, after which it can be validated
    SHELL = "shell"


def changed(path: str, folder: str, project: Project, way: Way) -> Decision:
    """Return the answer to writing, moving or removing a file, or all that a shell's pattern stands for."""
    named = _fitting(path, folder) if way is Way.SHELL else []
    # Each look into git costs a process; the first few of a folder of migrations tell what the rest is.
    asked = [one for one in named if _is_guard(one, folder)] + named[:_MOST_ASKED]
    return worst(
        _changed(path, folder, project, way), *(_changed(one, folder, project, way) for one in asked)
    )


def _changed(path: str, folder: str, project: Project, way: Way) -> Decision:
    """Return the answer to writing, moving or removing a file, or a folder with all in it."""
    if UNKNOWN in path or not path:
        return PASS
    spelled, real = _both(path, folder)
    if _is_guard(path, folder):
        return Decision(
            Verdict.DENY,
            f"a change of {_shown(path)}",
            "it is one of the files that guard this repository, or the assistant itself",
            f"edit {_shown(path)} in an editor of your own",
            "say which change you need and why; a person makes it",
        )
    if _SERVER_FILES.search(spelled):
        return Decision(
            Verdict.ASK,
            f"a change of {_shown(path)}",
            "a server keeps its databases there",
            "",
            "leave the files of a server to the server",
        )
    for place in (spelled, real):
        if _MIGRATION.search(place) or _SQL_MIGRATION.search(place) or _is_folder_of_migrations(place):
            return _migration(path, real, project, way)
    return PASS


def read(path: str, folder: str) -> Decision:
    """Return the answer to reading a file, or all that a shell's pattern stands for."""
    return worst(_read(path, folder), *(_read(one, folder) for one in _fitting(path, folder)))


def _read(path: str, folder: str) -> Decision:
    if UNKNOWN in path:
        return PASS
    spelled, real = _both(path, folder)
    for place in (spelled, real):
        name = place.rpartition("/")[2]
        if _SECRET.search(place) or (_ENVIRONMENT.match(name) and not _SAMPLE.search(name)):
            return Decision(
                Verdict.ASK,
                f"reading {_shown(path)}",
                "it holds credentials, and with them an assistant could reach the database",
                f"read {_shown(path)} yourself and tell the assistant what it needs",
                "ask for the one value that you need, or read the example file",
            )
    return PASS


def _is_guard(path: str, folder: str) -> bool:
    spelled, real = _both(path, folder)
    return any(
        _GUARD.search(place) or (_PROGRAM.search(place) and not os.path.isdir(place))
        for place in (spelled, real)
    )


def _fitting(path: str, folder: str) -> list[str]:
    """Return the files that a shell would put in the place of a pattern."""
    if UNKNOWN in path or UNKNOWN in folder or sum(map(path.count, "*?[")) not in range(1, _MOST_MARKS):
        return []
    from glob import iglob  # noqa: PLC0415  (few commands hold a pattern)
    from itertools import islice  # noqa: PLC0415

    pattern = os.path.join(folder, os.path.expanduser(path))
    return list(islice(iglob(pattern), _MOST_NAMES))


def is_migration(path: str) -> bool:
    """Tell whether a file is a migration in SQL, by where it stands."""
    return bool(_SQL_MIGRATION.search(path.replace("\\", "/")))


def is_document(path: str) -> bool:
    """Tell whether a file is one that nothing runs."""
    return bool(
        re.search(
            r"(?:\.(?:md|mdx|txt|rst|adoc|log|json|html?|toml|csv|tsv|sql|patch|diff|org|lock)|/dev/\w+|^&?\d+|(?:^|/)[A-Z_]+)$",
            path,
        )
    )


def _migration(path: str, real: str, project: Project, way: Way) -> Decision:
    kept = project.kept(real)
    person = f"change {_shown(path)} in an editor of your own"
    if kept is Kept.BASE:
        return Decision(
            Verdict.DENY,
            f"a change of the migration {_shown(path)}",
            "it is on the branch that is deployed, so it may be applied already: its tool would not run it again",
            person,
            "draft a new migration with create_migration that makes the difference",
        )
    if kept is Kept.COMMITTED or way is Way.SHELL:
        committed = "it is committed, and somebody may have applied it" if kept is Kept.COMMITTED else ""
        return Decision(
            Verdict.ASK,
            f"a change of the migration {_shown(path)}",
            committed or "what a shell writes there is not validated",
            person,
            "use create_migration for a new one, or the edit tool, after which it is validated",
        )
    return PASS


def _is_folder_of_migrations(place: str) -> bool:
    return _FOLDER.search(place) is not None


def _both(path: str, folder: str) -> tuple[str, str]:
    """Return a path as spelled, without its detours, and where it leads once links are followed."""
    whole = os.path.normpath(
        os.path.join("/" if UNKNOWN in folder else folder, os.path.expanduser(path.replace("\\", "/")))
    )
    return whole, os.path.realpath(whole)


def _shown(path: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in path)[:200]
