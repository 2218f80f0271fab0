"""`guardrails.toml`, or `[tool.pg-guardrails]` in pyproject.toml -> what a project asks of its migrations.

What neither of them says is taken from Supabase's own `supabase/config.toml`, when there is one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from guardrails.files import escape, read_text, real
from guardrails.lint.contracts import GuardrailsError, Profile, Settings
from guardrails.lint.values import dataclass, field
from guardrails.rule_levels import rule_levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from guardrails.seed_settings import SeedSettings

    T = TypeVar("T")

FILE = "guardrails.toml"
PYPROJECT = "pyproject.toml"
TABLE = "tool.pg-guardrails"
VERSIONS = (15, 16, 17, 18)

# Supabase lists it among the schemas of its API, but it holds no tables of the project's.
_WITHOUT_TABLES = "graphql_public"

_KEYS = (
    "profile",
    "exposed_schemas",
    "rollbacks",
    "postgres_version",
    "migrations",
    "isolation",
    "rules",
    "overrides",
    "shadow",
    "seeds",
)

_Table = Mapping[str, object]


@dataclass(frozen=True)
class ShadowSettings:
    """How a shadow database is run.

    Attributes:
        postgres_bin: folder of `postgres` and `initdb` of an installation; None: the embedded one.
        accept_weaker: run it where the system has no sandbox.
    """

    postgres_bin: Path | None = None
    accept_weaker: bool = False


@dataclass(frozen=True)
class Config:
    """What a project's files say.

    Attributes:
        settings: what the linter asks; `settings.rollbacks` is true only where the file says so.
        migrations: folder of the migrations, relative to the root with `/`; None: find it.
        rollbacks: every migration comes with a way back; None: by what the project does.
        api_declared: a file says which schemas clients reach, so that `settings.exposed_schemas`
            is no guess.
        supabase: there is a supabase/config.toml.
        auto_expose_new_tables: it gives what is new in `public` to the roles of Supabase's API; without
            a word it doesn't, as the Supabase CLI reads it since version 2.106.
        shared: tables whose rows all tenants may read, as `schema.table`.
        seeds: what it says of rows to seed.
        source: name of the file that was read, None when there is none.
    """

    settings: Settings = field(default_factory=Settings)
    migrations: str | None = None
    rollbacks: bool | None = None
    api_declared: bool = False
    supabase: bool = False
    auto_expose_new_tables: bool = False
    source: str | None = None
    shadow: ShadowSettings = field(default_factory=ShadowSettings)
    shared: frozenset[str] = frozenset()
    seeds: SeedSettings | None = None


def load_config(root: Path) -> Config:
    """Read the configuration of the project at `root`; without any file, everything has its default.

    Raises:
        GuardrailsError: a file is broken or says what can't be, or both files configure the tool.
    """
    source, table = _own_table(root)
    asked = Asked(source or FILE, table)
    asked.expect_known(_KEYS)
    migrations = asked.value("migrations", partial(folder_below, root), "a folder below the project's own")
    supabase = _supabase(root, migrations)
    schemas = asked.value("exposed_schemas", _schemas, 'a list of schemas, as in ["public"]')
    exposed = supabase.exposed_schemas if schemas is None else schemas
    version = asked.value("postgres_version", _version, _one_of(map(str, VERSIONS)))
    rollbacks = asked.value("rollbacks", _boolean, "true or false")
    defaults = Settings()
    settings = Settings(
        profile=asked.value("profile", _profile, _one_of(f'"{profile}"' for profile in Profile))
        or defaults.profile,
        exposed_schemas=defaults.exposed_schemas if exposed is None else exposed,
        rollbacks=bool(rollbacks),
        postgres_version=version or supabase.postgres_version or defaults.postgres_version,
        levels=rule_levels(table, asked.source),
    )
    return Config(
        settings,
        migrations,
        rollbacks,
        api_declared=exposed is not None,
        supabase=supabase.configured,
        auto_expose_new_tables=supabase.auto_expose_new_tables,
        source=source,
        shadow=_shadow(root, table, asked.source),
        shared=_shared(table, asked.source),
        seeds=_seeds(root, table, asked.source),
    )


def configured(folder: Path) -> bool:
    """Tell whether a folder has a configuration of this tool.

    Raises:
        GuardrailsError: its pyproject.toml is broken, so that nobody can tell.
    """
    return os.path.lexists(folder / FILE) or _pyproject_table(folder) is not None


@dataclass(frozen=True)
class _Supabase:
    configured: bool = False
    exposed_schemas: frozenset[str] | None = None
    postgres_version: int | None = None
    auto_expose_new_tables: bool = False


@dataclass(frozen=True)
class Asked:
    """A table of a configuration file, with the name by which errors call the file, and what stands before its keys."""

    source: str
    table: _Table
    prefix: str = ""

    def expect_known(self, known: tuple[str, ...]) -> None:
        for key in self.table:
            if key not in known:
                import difflib  # noqa: PLC0415

                near = difflib.get_close_matches(key, known, n=1)
                hint = f'did you mean "{near[0]}"? ' if near else ""
                keys = ", ".join(known)
                raise GuardrailsError(
                    f'{self.source} has an unknown key "{self.prefix}{escape(key)}": {hint}the keys are {keys}'
                )

    def value(self, key: str, read: Callable[[object], T | None], choices: str) -> T | None:
        """Return what a key says, None when it is absent; what `read` turns into None is an error."""
        if key not in self.table:
            return None
        found = read(self.table[key])
        if found is None:
            written = escape(repr(self.table[key]))
            raise GuardrailsError(
                f'{self.source}: "{self.prefix}{key}" can\'t be {written}, it has to be {choices}'
            )
        return found


def _shadow(root: Path, table: _Table, source: str) -> ShadowSettings:
    asked_for = table.get("shadow", {})
    if not isinstance(asked_for, dict):
        raise GuardrailsError(f'{source}: "shadow" is no table: write [shadow] above its keys')
    asked = Asked(source, asked_for)
    asked.expect_known(("postgres_bin", "accept_weaker"))
    choices = "the absolute path of a folder outside of the project"
    return ShadowSettings(
        asked.value("postgres_bin", partial(_folder_elsewhere, root), choices),
        bool(asked.value("accept_weaker", _boolean, "true or false")),
    )


def _seeds(root: Path, table: _Table, source: str) -> SeedSettings | None:
    if "seeds" not in table:
        return None
    # Only seeding asks for it.
    from guardrails.seed_settings import seed_settings  # noqa: PLC0415

    return seed_settings(root, table["seeds"], source)


def _shared(table: _Table, source: str) -> frozenset[str]:
    asked_for = table.get("isolation", {})
    if not isinstance(asked_for, dict):
        raise GuardrailsError(f'{source}: "isolation" is no table: write [isolation] above its keys')
    asked = Asked(source, asked_for)
    asked.expect_known(("shared",))
    choices = 'a list of tables with their schema, as in ["public.countries"]'
    return asked.value("shared", _tables, choices) or frozenset()


def _own_table(root: Path) -> tuple[str | None, _Table]:
    """Return what configures this tool, with the name of its file."""
    own, shared = _parsed(root, FILE), _pyproject_table(root)
    match own, shared:
        case None, None:
            return None, {}
        case dict(), None:
            return FILE, own
        case None, dict():
            return PYPROJECT, shared
        case None, _:
            raise GuardrailsError(f"{PYPROJECT}: {TABLE} is no table: write [{TABLE}] above its keys")
    raise GuardrailsError(
        f"both {FILE} and [{TABLE}] in {PYPROJECT} configure pg-guardrails: keep one of them"
    )


def _pyproject_table(root: Path) -> object:
    tool = (_parsed(root, PYPROJECT) or {}).get("tool")
    return tool.get(TABLE.partition(".")[2]) if isinstance(tool, dict) else None


def _parsed(root: Path, name: str) -> dict[str, object] | None:
    path = root / name
    if not os.path.lexists(path):
        return None
    # Most projects have no such file, and it takes its time to import.
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(read_text(path, root))
    except tomllib.TOMLDecodeError as error:
        raise GuardrailsError(f"{name} can't be read as TOML: {escape(str(error))}") from error


def _supabase(root: Path, migrations: str | None) -> _Supabase:
    """Return what the nearest Supabase project says: the one of the migrations, else the root's."""
    folder = PurePosixPath(migrations).parent if migrations else PurePosixPath("supabase")
    name = str((folder if folder.name == "supabase" else PurePosixPath("supabase")) / "config.toml")
    table = _parsed(root, name)
    if table is None:
        return _Supabase()
    api, database = table.get("api"), table.get("db")
    schemas = _schemas(api.get("schemas")) if isinstance(api, dict) else None
    version = _version(database.get("major_version")) if isinstance(database, dict) else None
    return _Supabase(
        configured=True,
        exposed_schemas=None if schemas is None else schemas - {_WITHOUT_TABLES},
        postgres_version=version,
        auto_expose_new_tables=isinstance(api, dict) and api.get("auto_expose_new_tables") is True,
    )


def folder_below(root: Path, value: object) -> str | None:
    """Return a path below `root` as a file says it, relative to that; None when it is none."""
    if not isinstance(value, str) or not value or "\0" in value or PureWindowsPath(value).is_absolute():
        return None
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or not real(root / path).is_relative_to(real(root)):
        return None
    return path.as_posix()


def _folder_elsewhere(root: Path, value: object) -> Path | None:
    """Return a folder of programs: one that comes with a repository must never be run."""
    if not isinstance(value, str) or "\0" in value or not Path(value).is_absolute():
        return None
    return None if real(Path(value)).is_relative_to(real(root)) else Path(value)


def _schemas(value: object) -> frozenset[str] | None:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        return None
    return frozenset(value)


def _tables(value: object) -> frozenset[str] | None:
    names = _schemas(value)
    return names if names is None or all(all(name.partition(".")) for name in names) else None


def _version(value: object) -> int | None:
    # `True` is an int to Python, and `1` no choice anyway.
    return value if isinstance(value, int) and value in VERSIONS else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _profile(value: object) -> Profile | None:
    return next((profile for profile in Profile if profile == value), None)


def _one_of(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}"
