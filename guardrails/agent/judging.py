"""The text of a command -> the strictest answer to anything that it would start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.agent import clients, filing, grammar, paths, tasks
from guardrails.agent.catalogue.clients import CLIENTS, RESTORE, SQL
from guardrails.agent.catalogue.guards import ANY, GUARDS
from guardrails.agent.catalogue.platforms import PLATFORMS
from guardrails.agent.catalogue.rows import Match, Row, exempt, matched
from guardrails.agent.catalogue.tools import TOOLS
from guardrails.agent.contracts import PASS, UNKNOWN, Decision, Verdict, softened, worst
from guardrails.agent.launchers import Place, name_of, starts
from guardrails.agent.shell import Leaf, TooMuchError, Walk
from guardrails.agent.targets import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.agent.contracts import Project
    from guardrails.agent.launchers import Code

ROWS = (*PLATFORMS, *TOOLS, *CLIENTS, *GUARDS)


def _by_program(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        for program in row.programs:
            found.setdefault(program, []).append(row)
    return found


_ROWS = _by_program(ROWS)
_CLIENTS = frozenset(program for row in CLIENTS for program in row.programs)
_PROGRAMS = tuple(
    dict.fromkeys((*_ROWS, *SQL.programs, *RESTORE.programs, "bash", "sh", "python", "node", "git"))
)
# A form that no other kind of program has: enough to recognise a tool under another name.
_TELLING = tuple(
    row._replace(forms=forms)
    for row in (*PLATFORMS[:4], *TOOLS)
    if (
        forms := tuple(
            form
            for form in row.forms
            if re.match(
                r"(?:\.\.\.)?(?:db|migrate|migrations?\|?\w*|database|schema) \w|[\w|.]*(?:db|migrat\w*|schema|doctrine|ecto)[:.]\w",
                form,
            )
        )
    )
)
_SUBJECT = re.compile(
    r"supabase|psql|pg_restore|prisma|drizzle|alembic|flyway|liquibase|dropdb|createdb|migrat|postgres|psycopg|asyncpg|pgcli|atlas|dbmate|goose|sqitch|knex|typeorm|sequelize|hasura|diesel|sqlx|artisan|doctrine|rails|ecto|manage\.py|\bdb\b.{1,20}\b(?:push|reset|drop)|\.sql\b|pg-guardrails",
    re.IGNORECASE | re.DOTALL,
)
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
# Programs that only mention what they are given, or that have nothing to do with databases.
_MENTIONS = frozenset(
    [
        "<",
        "echo",
        "printf",
        "cat",
        "tee",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "ag",
        "ack",
        "man",
        "info",
        "which",
        "type",
        "whereis",
        "whatis",
        "help",
        "apropos",
        "tldr",
        "jq",
        "yq",
        "prettier",
        "eslint",
        "biome",
        "code",
        "open",
        "xdg-open",
        "ls",
        "eza",
        "exa",
        "tree",
        "less",
        "more",
        "head",
        "tail",
        "wc",
        "diff",
        "cmp",
        "bat",
        "cd",
        "pushd",
        "popd",
        "pwd",
        "test",
        "[",
        "[[",
        "export",
        "declare",
        "local",
        "readonly",
        "typeset",
        "unset",
        "set",
        "alias",
        "unalias",
        "rm",
        "cp",
        "mv",
        "ln",
        "mkdir",
        "rmdir",
        "touch",
        "chmod",
        "chown",
        "stat",
        "file",
        "du",
        "df",
        "sort",
        "uniq",
        "cut",
        "tr",
        "sed",
        "awk",
        "gawk",
        "sha256sum",
        "md5sum",
        "pbcopy",
        "pbpaste",
        "xclip",
        "xsel",
        "true",
        "false",
        ":",
        "sleep",
        "wait",
        "kill",
        "date",
        "cal",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "seq",
        "yes",
        "tar",
        "zip",
        "unzip",
        "gzip",
        "gunzip",
        "zcat",
        "xz",
        "pip",
        "pip3",
        "npm",
        "pnpm",
        "yarn",
        "bun",
        "apt",
        "apt-get",
        "brew",
        "dnf",
        "yum",
        "apk",
        "pacman",
        "cargo",
        "go",
        "rustc",
        "gcc",
        "g++",
        "clang",
        "cmake",
        "make",
        "jest",
        "vitest",
        "pytest",
        "mocha",
        "rspec",
        "phpunit",
        "playwright",
        "cypress",
        "mypy",
        "ruff",
        "black",
        "isort",
        "flake8",
        "pylint",
        "tsc",
        "vite",
        "webpack",
        "rollup",
        "esbuild",
        "next",
        "nuxt",
        "astro",
        "sqlfluff",
        "squawk",
        "eugene",
        "sqlc",
        "pg_dump",
        "pg_dumpall",
        "pg_isready",
        "pg_config",
        "pg_format",
        "pg_controldata",
        "pg_verifybackup",
        "pg_amcheck",
        "pg_basebackup",
        "pg_receivewal",
        "docker",
        "podman",
        "docker-compose",
        "kubectl",
        "helm",
        "gh",
        "git",
        "hub",
        "glab",
        "ssh-keygen",
        "ssh-add",
        "scp",
        "rsync",
        "uname",
        "whoami",
        "id",
        "hostname",
        "env",
        "printenv",
        "ps",
        "top",
        "htop",
        "lsof",
        "netstat",
        "ss",
        "ping",
        "dig",
        "nslookup",
        "history",
        "fc",
        "clear",
        "reset",
        "tput",
        "stty",
        "bind",
        "complete",
        "compgen",
        "shopt",
        "ulimit",
        "umask",
        "return",
        "exit",
        "break",
        "continue",
        "shift",
        "getopts",
        "hash",
        "dirs",
        "jobs",
        "fg",
        "bg",
        "disown",
        "times",
        "logger",
        "notify-send",
        "osascript",
        "say",
        "figlet",
        "cowsay",
        "base64",
        "xxd",
        "od",
        "hexdump",
        "strings",
        "openssl",
        "gpg",
        "column",
        "fmt",
        "fold",
        "nl",
        "paste",
        "rev",
        "tac",
        "shuf",
        "split",
        "csplit",
        "comm",
        "join",
        "patch",
        "ed",
        "cloc",
        "tokei",
        "scc",
        "fzf",
        "pandoc",
        "markdownlint",
        "vale",
        "shellcheck",
        "shfmt",
        "hadolint",
        "actionlint",
        "zizmor",
        "pre-commit",
        "commitlint",
        "semgrep",
        "trivy",
        "snyk",
        "terraform-docs",
        "tflint",
        "source",
        ".",
        "node",
        "python",
        "ruby",
        "perl",
        "php",
        "java",
        "deno",
        "bundle",
        "composer",
        "uv",
        "poetry",
    ]
)


def judge(text: str, folder: str, project: Project, depth: int = 0) -> Decision:
    """Return the answer to running a text in a shell."""
    walk = Walk(project, _PROGRAMS)
    try:
        walk.over(text, folder)
    except TooMuchError as error:
        return _ask("a command that can't be followed", str(error))
    except RecursionError:
        return _ask("a command that can't be followed", "it is nested too deeply")
    found = [_of_leaf(leaf, walk, project, depth) for leaf in walk.leaves]
    if walk.broken and _SUBJECT.search(text) and not depth:
        found.append(_of_broken(text))
    decision = worst(PASS, *found)
    if decision.verdict and not decision.person:
        return decision._replace(person=_shown(text))
    return decision


def _of_broken(text: str) -> Decision:
    """Judge a text that is no bash: another shell's, or cut off."""
    words = re.findall(r"[^\s;|&()<>\"'`]+", text)
    for place, word in enumerate(words):
        rows = _ROWS.get(name_of(word), [])
        if rows and (found := matched(rows, words[place + 1 : place + 12])) and found.certain:
            return _ask(
                f"{name_of(word)} {found.form}".strip(),
                f"the command is no bash that can be read, and it {found.row.why}",
            )
    return PASS


def _of_leaf(leaf: Leaf, walk: Walk, project: Project, depth: int) -> Decision:
    found = [paths.changed(path, leaf.folder, project, paths.Way.SHELL) for path in leaf.writes]
    if leaf.code is not None:
        found.append(_of_code(leaf.code))
    elif leaf.opaque is not None:
        found.append(_ask(_shown(" ".join(leaf.argv)), leaf.opaque))
    elif leaf.argv:
        found.append(_of_command(leaf, walk, project, depth))
        found.append(_of_script_written(leaf, project, depth))
    return worst(*found)


def _of_command(leaf: Leaf, walk: Walk, project: Project, depth: int) -> Decision:
    program, words = leaf.argv[0], leaf.argv[1:]
    if UNKNOWN in program:
        return _of_unknown_program(words)
    name = name_of(program)
    found = [_of_files(name, words, leaf, project)]
    known = name in _MENTIONS
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
    if rows := _ROWS.get(name):
        known = True
        if match := matched(rows, words):
            found.append(_of_match(name, match, words, leaf, project))
    found += _of_surroundings(name, words, leaf, project)
    if (task := tasks.names_a_migration(name, words)) and not (
        rows and not matched(rows, words) and name in _CLIENTS
    ):
        found.append(
            _ask(
                f"{name} {_shown(task)}",
                "what it runs can't be read, and its name says that it changes a database",
            )
        )
        known = True
    if not (known and words) and (named := _of_its_name(program, words, leaf)):
        found.append(named)
        known = True
    if not known:
        found.append(_of_stranger(name, words, leaf, project, depth))
    return worst(*found)


def _of_code(code: Code) -> Decision:
    from guardrails.agent import programs  # noqa: PLC0415  (its patterns take long to build)

    return programs.judged(code.language, code.text, code.file)


def _of_request(
    name: str, words: Sequence[str], leaf: Leaf, project: Project, depth: int
) -> Iterator[Decision]:
    from guardrails.agent import network  # noqa: PLC0415  (its patterns take long to build)

    if name == "gh":
        yield network.github(words, leaf.stdin)
    elif name == "git":
        yield network.git(words, leaf.variables, lambda: _branch(leaf.folder, project))
        for text in network.aliases_of(words) if depth < 3 else ():
            yield judge(text, leaf.folder, project, depth + 1)
    else:
        yield network.request(words, leaf.stdin)


def _of_match(name: str, match: Match, words: Sequence[str], leaf: Leaf, project: Project) -> Decision:
    row = match.row
    verdict, where = row.verdict, ""
    if row.targeted:
        if name in _CLIENTS:
            target = clients.server_of(words, leaf.variables, leaf.place, project.variable)
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
        verdict, f"{name} {_shown(match.form)}".strip(), f"it {row.why}{where}", "", row.instead
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


def _of_surroundings(name: str, words: Sequence[str], leaf: Leaf, project: Project) -> Iterator[Decision]:
    """Judge what a command does to its surroundings: credentials shown, marks removed, names taken over."""
    if (name == "printenv" and not words) or (name == "env" and not words):
        yield _ask(name, "it shows every variable, credentials among them")
    if name == "printenv" and any(re.search(r"URL|PASS|KEY|TOKEN|SECRET|DSN", word) for word in words):
        yield _ask(f"printenv {_shown(words[0])}", "it shows a credential")
    if name == "unset" and any(
        re.match(r"CLAUDE|AI_AGENT|CURSOR_AGENT|GEMINI_CLI|CODEX", word) for word in words
    ):
        yield _ask("unset of a mark of an assistant", "it hides that an assistant is at work")
    if name == "pg-guardrails" and "PATH" in leaf.variables:
        yield _ask("pg-guardrails with another PATH", "another program may answer in its place")
    if (
        name == "alias"
        and any(
            word.partition("=")[0] in {"pg-guardrails", "git", "supabase", "psql"} and "=" in word
            for word in words
        )
        and any(word.startswith("pg-guardrails=") for word in words)
    ):
        yield _ask("alias pg-guardrails", "another program would answer in its place")
    if _runs_tests(name, words):
        url = leaf.variables.get("DATABASE_URL") or project.variable("DATABASE_URL")
        if url and target_of((), {"DATABASE_URL": url}) is Target.REMOTE:
            yield _ask(f"{name} with DATABASE_URL", "tests would run against a database of another machine")


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


def _of_unknown_program(words: Sequence[str]) -> Decision:
    text = " ".join(words)
    if matched(_TELLING, words) or _SUBJECT.search(text) or not words:
        return (
            _ask(f"… {_shown(text)}".strip(), "the program's name only shows when it runs") if words else PASS
        )
    return PASS


def _of_stranger(name: str, words: Sequence[str], leaf: Leaf, project: Project, depth: int) -> Decision:
    """Judge a program that nobody knows: does it carry a command that somebody knows?"""
    if depth > 2:
        return PASS
    if (match := matched(_TELLING, words)) and match.certain:
        return _ask(
            f"{name} {_shown(match.form)}",
            f"nobody knows {name}, and the words are those of a tool that {match.row.why}",
        )
    if match := matched([ANY], words):
        return Decision(ANY.verdict, f"{name} {_shown(match.form)}", f"it {ANY.why}", "", ANY.instead)
    for place in range(len(words)):
        inner = words[place]
        if re.search(r"\s", inner) and len(inner) < 20_000 and _SUBJECT.search(inner):
            found = judge(inner, leaf.folder, project, depth + 1)
        elif place < 12 and _is_program(inner) and len(words) - place > 1:
            found = judge(" ".join(map(_quoted, words[place:])), leaf.folder, project, depth + 1)
        else:
            continue
        if found.verdict and found.certain:
            return softened(found._replace(why=f"{name} may run it: {found.why}"))
    if leaf.stdin and UNKNOWN not in leaf.stdin and _SUBJECT.search(leaf.stdin) and len(leaf.stdin) < 20_000:
        found = judge(leaf.stdin, leaf.folder, project, depth + 1)
        if found.verdict and found.certain:
            return softened(found._replace(why=f"{name} may run what it reads: {found.why}"))
    return PASS


def _of_its_name(program: str, words: Sequence[str], leaf: Leaf) -> Decision | None:
    """Judge a program of the project's own by its name, or by that of the function that it is told to call."""
    name = name_of(program)
    stem = re.sub(r"\.\w+$", "", name)
    calls = (
        words[1:2]
        if words[:1] and words[0] in {"eval", "rpc", "run", "exec", "task", "command", "call", "invoke"}
        else ()
    )
    named = [
        word
        for word in ((stem,) if "/" in program or stem != name or name not in _ROWS else ())
        if tasks.says_it_migrates(word)
    ]
    named += [word for word in calls if tasks.says_it_migrates(re.sub(r"\W+$", "", word))]
    if not named or exempt(words, ("--dry-run", "-n", "status", "create", "new")):
        return None
    decision = _ask(
        f"{name} {' '.join(calls)}".strip(),
        "its name says that it changes a database, and what it does can't be read",
    )
    return decision._replace(verdict=Verdict.DENY) if leaf.place is Place.ELSEWHERE else decision


def _is_program(word: str) -> bool:
    name = name_of(word)
    return (
        name in _ROWS
        or name in SQL.programs
        or name in RESTORE.programs
        or grammar.is_shell(name)
        or starts([name, "--", "true"], None, {}, lambda _: None, "") is not None
    )


def _of_script_written(leaf: Leaf, project: Project, depth: int) -> Decision:
    """Judge text that is written to a file which could be run later."""
    name = name_of(leaf.argv[0])
    if depth or name not in {"echo", "printf", "cat", "tee"}:
        return PASS
    targets = [*leaf.writes, *(leaf.argv[1:] if name == "tee" else ())]
    if not any(not paths.is_document(path) for path in targets if not path.startswith("-")):
        return PASS
    text = leaf.stdin if name in {"cat", "tee"} else " ".join(leaf.argv[1:])
    if not text or not _SUBJECT.search(text):
        return PASS
    found = judge(text.replace(UNKNOWN, "$__unknown"), leaf.folder, project, depth + 1)
    if found.verdict and found.certain:
        return softened(found._replace(why=f"it is written to a file that could be run: {found.why}"))
    return PASS


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


def _ask(seen: str, why: str) -> Decision:
    return Decision(
        Verdict.ASK,
        seen,
        why,
        "",
        "write the command out so that it can be read, or say what you need and let a person do it",
    )


def _shown(text: str) -> str:
    return " ".join(
        "".join(char if char.isprintable() else " " for char in text.replace(UNKNOWN, "…")).split()
    )[:300]


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''").replace(UNKNOWN, "'$__unknown'") + "'"
