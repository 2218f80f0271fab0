"""The names and texts of a folder's migrations -> which tool wrote them, and in what order it runs them.

A file that its tool would not run is left out of the history, with the reason. What decides that is
read as the tool reads it, so that nothing can be hidden from the linter that would run all the same:
in doubt a file, or a part of it, counts as history.

How the tools order and read their files:

- Supabase CLI: `<digits>_<name>.sql`, by name. <https://github.com/supabase/cli/blob/main/pkg/migration/list.go>
- Prisma: folders by name, `migration.sql` in each.
- Diesel: folders by version (what stands before the first `_`, without `-`), `up.sql` in each.
- sqlx, golang-migrate: by number. <https://github.com/golang-migrate/migrate/blob/master/source/parse.go>
- goose: by number, sections. <https://github.com/pressly/goose/blob/main/internal/sqlparser/parser.go>
- dbmate: by name, sections. <https://github.com/amacneil/dbmate/blob/main/pkg/dbmate/migration.go>
- Flyway: by version, repeatable ones last. <https://documentation.red-gate.com/flyway/flyway-concepts/migrations>

What they put round the statements of a file is in `transactions_of`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePath

from guardrails.lint.contracts import Transactions
from guardrails.lint.patterns import regex
from guardrails.lint.values import dataclass, field
from guardrails.sections import IN_SECTIONS, MARKS, Tool, is_in_sections

NESTED = {Tool.PRISMA: "migration.sql", Tool.DIESEL: "up.sql"}
"""Tools that keep a folder for each migration, and the file in it that moves forwards."""

OTHER_DATABASES = frozenset(
    {
        "mysql",
        "mariadb",
        "sqlite",
        "sqlite3",
        "clickhouse",
        "mssql",
        "sqlserver",
        "cockroach",
        "cockroachdb",
        "crdb",
    }
    | {"h2", "hsqldb", "db2", "duckdb", "bigquery", "tidb"}
)
POSTGRESQL = frozenset({"postgres", "postgresql", "pg"})

Key = tuple[tuple[int, ...], str]

_REVERSIBLE = frozenset({Tool.SQLX, Tool.GOLANG_MIGRATE})
_BY_TEXT = frozenset({Tool.SUPABASE, Tool.PRISMA, Tool.DIESEL, Tool.DBMATE})
_NUMBERED = regex(r"([0-9]+)_(.*)\.sql")
# The first file of an old project, which Supabase's CLI had dumped itself, is not run by it any more.
_DUMPED_INIT = regex(r"([0-9]{14})_init\.sql")
_DUMPED_UNTIL = "20211209000000"
_FLYWAY = regex(r"([VUB])([0-9]+(?:[._][0-9]+)*)__(.*)\.sql")
_FLYWAY_REPEATABLE = regex(r"R__(.*)\.sql")
_LEADING_NUMBER = regex(r"([0-9]+)(?:[^0-9](.*))?\.sql", re.IGNORECASE | re.DOTALL)
_DATED_FOLDER = regex(r"([0-9][0-9-]*)(?:_(.*))?")
_LEADING_NUMBERS = regex(r"([0-9]+(?:[-._][0-9]+)*)(?![0-9A-Za-z])[-._]*(.*)\.sql", re.IGNORECASE | re.DOTALL)
_DIESEL_NO_TRANSACTION = regex(r"^[ \t]*run_in_transaction[ \t]*=[ \t]*false\b", re.MULTILINE)
_FLYWAY_NO_TRANSACTION = regex(
    r"^[ \t]*executeInTransaction[ \t]*[=:][ \t]*false\b", re.MULTILINE | re.IGNORECASE
)
_DBMATE_NO_TRANSACTION = regex(r"^--[ \t]*migrate:up[ \t]+transaction:false\b", re.MULTILINE)
_GOOSE_NO_TRANSACTION = regex(
    r"^--[ \t]*\+goose[ \t]+NO[ \t]+TRANSACTION[ \t\r]*$", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True)
class Listing:
    """What stands in a folder.

    Attributes:
        place: the folder's own path; its last two parts tell Supabase's folder from others.
        files: names of its SQL files, sorted.
        folders: its folders, each with the names in it that make it a migration.
        text: gives the text of one of `files`, None when it can't be read.
        rust: a Cargo.toml stands in it or above it.
    """

    place: PurePath
    files: tuple[str, ...]
    folders: Mapping[str, tuple[str, ...]]
    text: Callable[[str], str | None]
    rust: bool = False


@dataclass(frozen=True)
class Order:
    """Names below a folder (`0001_a.sql`, `20250101_a/migration.sql`).

    Attributes:
        forwards: what runs, in the order in which it runs.
        left_out: the other SQL files, each with why it is no part of the history.
    """

    forwards: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def tool_of(listing: Listing) -> Tool | None:
    """Return the tool whose layout a folder has, None when it holds no migrations at all.

    The majority of the names decides, so that one odd file can't hide the others.
    """
    files = listing.files
    if listing.place.parts[-2:] == ("supabase", "migrations") and any(map(_NUMBERED.fullmatch, files)):
        return Tool.SUPABASE
    for tool, forwards in NESTED.items():
        if 2 * sum(forwards in names for names in listing.folders.values()) > len(files):
            return tool
    if not files:
        return None
    if 2 * sum(_is_flyway(name) for name in files) > len(files):
        return Tool.FLYWAY
    for tool in IN_SECTIONS:
        if any(marked_in(listing, tool).values()):
            return tool
    return _tool_of_numbered(listing)


def marked_in(listing: Listing, tool: Tool) -> dict[str, bool]:
    """Return by name whether a file says where its way forwards begins, for all that can be read and would run."""
    texts = {name: listing.text(name) for name in listing.files if name[0].isdigit()}
    return {name: is_in_sections(tool, text) for name, text in texts.items() if text is not None}


def refused_by(tool: Tool, listing: Listing) -> dict[str, str]:
    """Return by name why files can't be judged in a folder where only some are in the sections of a tool.

    Where most have no mark, another tool may run them, and a mark must not hide a half of a file from it.
    """
    marked = marked_in(listing, tool) if tool in IN_SECTIONS else {}
    mark = MARKS.get(tool)
    refused = {
        name: f"{name} has no line `{mark}` as others beside it have, and {tool} refuses it"
        for name, is_marked in marked.items()
        if not is_marked
    }
    if 2 * len(refused) > len(marked):
        why = f"has a line `{mark}` and most files beside it have none, so that another tool may run it whole"
        refused |= {name: f"{name} {why}" for name in marked if name not in refused}
    return refused


def order_of(tool: Tool, listing: Listing) -> Order:
    """Return what a tool would run of a folder, in its order."""
    if tool in NESTED:
        forwards = [
            f"{name}/{NESTED[tool]}" for name, inside in listing.folders.items() if NESTED[tool] in inside
        ]
        left_out = dict.fromkeys(listing.files, f"{tool} runs only the {NESTED[tool]} of a folder")
    else:
        left_out = _left_out(tool, listing.files)
        forwards = [name for name in listing.files if name not in left_out]
    forwards.sort(key=lambda name: sort_key(tool, name))
    return Order(tuple(forwards), left_out)


def sort_key(tool: Tool, name: str) -> Key:
    """Return what a tool sorts a migration by; equal only for the same name."""
    if tool is Tool.FLYWAY:
        version, _ = parts_of(tool, name)
        numbers = [int(part) for part in re.split(r"[._]", version)] if version else []
        while numbers and numbers[-1] == 0:
            numbers.pop()
        return ((0, *numbers) if version else (1,)), name
    if tool in _BY_TEXT:
        first = name.partition("/")[0]
        # "_" sorts after the digits, so Diesel's versions must be compared without their names.
        return (), f"{first.partition('_')[0].replace('-', '')}\0{first}" if tool is Tool.DIESEL else first
    version, _ = parts_of(tool, name)
    return ((0, *map(int, re.findall(r"[0-9]+", version))) if version else (1,)), name


def parts_of(tool: Tool, name: str) -> tuple[str, str]:
    """Split a migration's name into what it sorts by ("" when it has none) and what it is called."""
    if tool in NESTED:
        folder = name.partition("/")[0]
        dated = _DATED_FOLDER.fullmatch(folder)
        return (dated[1], dated[2] or "") if dated else ("", folder)
    if tool is Tool.FLYWAY:
        if found := _FLYWAY.fullmatch(name):
            return found[2], found[3]
        return "", (_FLYWAY_REPEATABLE.fullmatch(name) or [name, _stem(name)])[1]
    pattern = _LEADING_NUMBERS if tool is Tool.PLAIN else _LEADING_NUMBER
    numbered = pattern.fullmatch(name)
    if numbered is None:
        return "", _stem(name)
    name = numbered[2] or ""
    return numbered[1], name.partition(".")[0] if tool in _REVERSIBLE else name


def undo_names(tool: Tool, name: str) -> tuple[str, ...]:
    """Return where a tool keeps what undoes a migration, the usual place first; () for a section or nowhere.

    The names are relative to the folder of the migrations.
    """
    match tool:
        case Tool.SUPABASE:
            # Beside the migrations, the CLI would run it.
            return (f"../rollbacks/{name}",)
        case Tool.PRISMA | Tool.DIESEL:
            return (f"{name.partition('/')[0]}/down.sql",)
        case Tool.SQLX | Tool.GOLANG_MIGRATE if name.endswith(".up.sql"):
            return (f"{name.removesuffix('.up.sql')}.down.sql", f"{name.partition('.')[0]}.down.sql")
        case Tool.FLYWAY if name.startswith("V"):
            return (f"U{name[1:]}",)
        case Tool.PLAIN:
            return _plain_undo_names(name)
    return ()


def switches(tool: Tool, name: str) -> str | None:
    """Return where, from the folder of the migrations, a tool looks for how to run one of them."""
    match tool:
        case Tool.DIESEL:
            return f"{name.partition('/')[0]}/metadata.toml"
        case Tool.FLYWAY:
            return f"{name}.conf"
    return None


def transactions_of(tool: Tool, sql: str, switched: str = "") -> Transactions:
    """Return what a tool puts round the statements of a file.

    Supabase's CLI runs a file that is one such statement by itself since version 2.109. Tools that hand
    the whole text to PostgreSQL at once get a transaction from it even where they open none.

    Args:
        tool: what runs it.
        sql: the file's text, which may hold the tool's switch.
        switched: the text of the file that `switches` names.
    """
    match tool:
        case Tool.SUPABASE:
            return Transactions.ALONE
        case Tool.FLYWAY:
            return Transactions.NONE if _FLYWAY_NO_TRANSACTION.search(switched) else Transactions.DETECTED
        case Tool.PRISMA | Tool.GOLANG_MIGRATE:
            return Transactions.BATCH
        case Tool.DIESEL:
            return Transactions.BATCH if _DIESEL_NO_TRANSACTION.search(switched) else Transactions.FILE
        case Tool.SQLX:
            return Transactions.BATCH if sql.startswith("-- no-transaction") else Transactions.FILE
        case Tool.DBMATE:
            return Transactions.BATCH if _DBMATE_NO_TRANSACTION.search(sql) else Transactions.FILE
        case Tool.GOOSE:
            return Transactions.NONE if _GOOSE_NO_TRANSACTION.search(sql) else Transactions.FILE
        case Tool.PLAIN:
            return Transactions.NONE


def other_database(parts: tuple[str, ...]) -> str | None:
    """Return the other database that the parts of a path name, unless they name PostgreSQL too."""
    words = [word for part in parts for word in _words(part)]
    if POSTGRESQL & set(words):
        return None
    return next((word for word in words if word in OTHER_DATABASES), None)


def _words(part: str) -> list[str]:
    return re.split(r"[-_. ]", part.lower())


def _stem(name: str) -> str:
    return name[:-4] if name.lower().endswith(".sql") else name


def _is_flyway(name: str) -> bool:
    return bool(_FLYWAY.fullmatch(name) or _FLYWAY_REPEATABLE.fullmatch(name))


def _tool_of_numbered(listing: Listing) -> Tool:
    if any(name.endswith(".up.sql") and name[0].isdigit() for name in listing.files):
        return Tool.SQLX if listing.rust else Tool.GOLANG_MIGRATE
    if listing.rust and all(map(_NUMBERED.fullmatch, listing.files)):
        return Tool.SQLX
    return Tool.PLAIN


def _left_out(tool: Tool, files: tuple[str, ...]) -> dict[str, str]:
    match tool:
        case Tool.SUPABASE:
            return _left_out_by_supabase(files)
        case Tool.FLYWAY:
            return _left_out_by_flyway(files)
        case Tool.GOOSE | Tool.DBMATE:
            return {
                name: f"{tool} runs only files whose names begin with a number"
                for name in files
                if not name[0].isdigit()
            }
    left_out = _left_out_for_databases(files)
    there = frozenset(files)
    for name in files:
        if tool in _REVERSIBLE and name.endswith(".down.sql"):
            left_out[name] = "it undoes a migration"
        elif tool in _REVERSIBLE and not _LEADING_NUMBER.fullmatch(name):
            left_out[name] = f"{tool} runs only files whose names begin with a number"
        elif tool is Tool.PLAIN:
            left_out |= {undo: f"it undoes {name}" for undo in undo_names(tool, name) if undo in there}
    return left_out


def _left_out_by_supabase(files: tuple[str, ...]) -> dict[str, str]:
    left_out = {
        name: "supabase runs only <digits>_<name>.sql" for name in files if not _NUMBERED.fullmatch(name)
    }
    dumped = _DUMPED_INIT.fullmatch(files[0])
    if dumped and dumped[1] < _DUMPED_UNTIL:
        left_out[files[0]] = "supabase skips the first file of a project older than December 2021"
    return left_out


def _left_out_by_flyway(files: tuple[str, ...]) -> dict[str, str]:
    left_out: dict[str, str] = {}
    for name in files:
        found = _FLYWAY.fullmatch(name)
        if found is None and not _FLYWAY_REPEATABLE.fullmatch(name):
            left_out[name] = "flyway runs only V<version>__<name>.sql and R__<name>.sql"
        elif found and found[1] == "U":
            left_out[name] = "it undoes a migration"
        elif found and found[1] == "B" and _repeats(name, files):
            left_out[name] = "it repeats what the migrations up to its version did"
    return left_out


def _repeats(baseline: str, files: tuple[str, ...]) -> bool:
    until = sort_key(Tool.FLYWAY, baseline)[0]
    return any(
        name.startswith("V") and sort_key(Tool.FLYWAY, name)[0] <= until for name in files if _is_flyway(name)
    )


def _left_out_for_databases(files: tuple[str, ...]) -> dict[str, str]:
    """Leave out variants for other databases, where the runner is seen to know about variants.

    `<version>_<name>.<database>.up.sql` goes before the one that names no database.
    """
    words = {name: frozenset(name.lower().split(".")[1:]) for name in files}
    ours = {_slot(name) for name in files if words[name] & POSTGRESQL}
    common = {_slot(name) for name in files if not words[name] & (POSTGRESQL | OTHER_DATABASES)}
    left_out: dict[str, str] = {}
    for name in files:
        others = words[name] & OTHER_DATABASES
        if others and (ours or _slot(name) in common):
            left_out[name] = f"it is for {min(others)}"
        elif not others and not words[name] & POSTGRESQL and _slot(name) in ours:
            left_out[name] = "a variant for PostgreSQL stands beside it"
    return left_out


def _slot(name: str) -> tuple[str, bool]:
    return name.partition(".")[0], name.endswith(".down.sql")


def _plain_undo_names(name: str) -> tuple[str, ...]:
    stem = _stem(name)
    base = next((stem.removesuffix(end) for end in (".up", "_up", "-up") if stem.endswith(end)), stem)
    beside = (
        f"{base}.down.sql",
        f"{base}_down.sql",
        f"{base}-down.sql",
        f"{stem}_rollback.sql",
        f"rollback_{name}",
    )
    return (f"../rollbacks/{name}", f"rollbacks/{name}", *beside, f"down/{name}", f"../down/{name}")
