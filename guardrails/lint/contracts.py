"""The nouns of the linter: frozen values that every other module passes around.

An *offset* is a 0-based index into the migration text, in Unicode code points.
A *line* and a *column* are 1-based and meant for people; only `position` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from re import Pattern

from guardrails.lint.values import NamedTuple, dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pglast import ast

    from guardrails.lint.schema import Schema
    from guardrails.lint.session import Session


class Severity(StrEnum):
    """What a finding does to a migration that nobody approved."""

    ERROR = "error"  # blocks
    WARNING = "warning"  # informs


class Profile(StrEnum):
    """How much is asked of a migration. `STRICT` holds everything that `RECOMMENDED` does."""

    RECOMMENDED = "recommended"
    STRICT = "strict"


class Level(StrEnum):
    """What a project's configuration makes of the findings of a rule."""

    OFF = "off"
    WARNING = "warning"
    ERROR = "error"


class Transactions(StrEnum):
    """What a tool puts round the statements of a file when it runs it."""

    FILE = "file"  # one transaction, whatever the file holds
    ALONE = "alone"  # one, unless the file is a single statement that refuses to run in one
    DETECTED = "detected"  # one, unless the file holds nothing but such statements
    BATCH = "batch"  # one that PostgreSQL opens itself for a text of several statements
    NONE = "none"  # each statement for itself, so a BEGIN in the file decides


class Habit(StrEnum):
    """A precaution that some migration of a project takes, so that its absence in another is worth a word."""

    LOCK_TIMEOUT = "lock_timeout"
    CONCURRENTLY = "concurrently"
    NOT_VALID = "not valid"


class GuardrailsError(Exception):
    """Something the user can put right. Its message is shown as it is by the CLI and by MCP."""


Name = tuple[str, ...]
"""A possibly qualified name as written: `("shop", "orders")`. Never joined to compare."""


class Position(NamedTuple):
    line: int
    column: int


def position(text: str, offset: int) -> Position:
    """Return where `offset` is for a person: only a line feed ends a line, as in psql and editors."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - line_start + 1)


@dataclass(frozen=True)
class MigrationFile:
    """One migration, as its tool would run it forwards.

    Attributes:
        path: where it stands, with `/`, relative to the project's root when it is below it.
        timestamp: what its name sorts by (`20251001120000`, `0007`), "" when it has none.
        name: what is left of the file's name (`add_orders`).
        sql: the whole text of the file.
        up: the part of `sql` that moves forwards, as offsets `(start, end)`. Statements
            outside it (a goose or dbmate "down" section) are no part of the history.
        has_rollback: the project's own tool has something to undo it with.
        transactions: what the tool puts round it.
        down: the text of that; where it is a section of `sql`, from its mark to the end.
    """

    path: str
    timestamp: str
    name: str
    sql: str
    up: tuple[int, int] | None = None
    has_rollback: bool = False
    transactions: Transactions = Transactions.NONE
    down: str = ""


@dataclass(frozen=True)
class RuleLevel:
    """A line of the configuration: the level of one rule, everywhere or in some files.

    Attributes:
        paths: matches the whole path of each file that it is for; None: all of them.
    """

    code: str
    level: Level
    paths: Pattern[str] | None = None


@dataclass(frozen=True)
class Settings:
    """What a project asks of its migrations; `guardrails.config` reads it from a file.

    Attributes:
        exposed_schemas: schemas that an API serves to clients, where a table wants RLS.
        rls_by_habit: ask for RLS only where some migration already enables it, because nothing
            else tells that clients reach the tables.
        rollbacks: every migration is expected to come with a way back.
        before_rollbacks: paths of migrations that are not, being older than the first way back.
        postgres_version: major version of the server that the migrations are for.
        levels: other levels than the rules' own; of those that fit, the last one counts.
        least: the levels of an older configuration, which `levels` may raise but not lower; None:
            there is no such floor.
        habits: precautions that migrations of the project take already.
    """

    profile: Profile = Profile.RECOMMENDED
    exposed_schemas: frozenset[str] = frozenset({"public"})
    rls_by_habit: bool = False
    rollbacks: bool = False
    before_rollbacks: frozenset[str] = frozenset()
    postgres_version: int = 17
    levels: tuple[RuleLevel, ...] = ()
    least: tuple[RuleLevel, ...] | None = None
    habits: frozenset[Habit] = frozenset()

    def asks_for(self, habit: Habit) -> bool:
        """Tell whether a migration that lacks this precaution is to be told so."""
        return self.profile is Profile.STRICT or habit in self.habits

    @property
    def minds_locks(self) -> bool:
        """Some migration takes a precaution against locks, or a strict profile asks for all of them."""
        return self.profile is Profile.STRICT or bool(self.habits)


@dataclass(frozen=True)
class Statement:
    """One SQL statement with its surroundings, as a rule sees it.

    Attributes:
        node: root of the pglast tree.
        text: the text that `node`'s locations count into. For a top-level statement
            this is the whole migration; for SQL found inside another statement it is
            that SQL alone.
        start, end: offsets in `text` of the statement's first character and of the one after its
            last; a statement nested in another (`WITH … DELETE`) has those of the outer one.
        schema: what the statements before this one made, including those of the history.
            It goes on changing: read it during the check, or in `Problem.unless`.
        session: what the statements of the file so far did to the session that runs them; it goes on
            changing like the schema.
        settings: what the project asks.
        via: where the statement was found when it does not stand at the top level:
            "do", "function:f", "execute", "cron", ...
        runs: it runs when the migration does. False in the body of a function that the
            migration only defines.
        certain: no condition, loop or exception handler stands around it.
        nested: it is a part of another statement (`WITH … DELETE`, a sub-select), which is seen as well.
        file: the migration that the statement stands in.
    """

    node: ast.Node
    text: str
    start: int
    end: int
    schema: Schema
    session: Session
    settings: Settings
    via: str | None
    runs: bool
    certain: bool
    nested: bool
    file: MigrationFile


class Problem(NamedTuple):
    """What a check yields. The engine adds the rule's code, severity and suggestion.

    Attributes:
        offset: where in `Statement.text` it stands; the engine turns it into a line and a column.
        suggestion: instead of the rule's own, with the names of this case in it.
        severity: instead of the rule's own.
        unless: asked once every migration of the change set was read; the problem is
            dropped when it then returns true.
        will_fail: PostgreSQL refuses the statement.
        secret: text that no report may show; the lines that findings quote are cleaned of it.
    """

    message: str
    offset: int
    suggestion: str | None = None
    severity: Severity | None = None
    unless: Callable[[], bool] | None = None
    will_fail: bool = False
    secret: str = ""


Check = Callable[[Statement], Iterator[Problem]]
TextCheck = Callable[[str], Iterator[Problem]]


def reported_by_engine(_: Statement) -> Iterator[Problem]:
    """Check nothing: for rules about the text itself, which the engine sees first."""
    return iter(())


def reported_by_project(_: Statement) -> Iterator[Problem]:
    """Check nothing: for rules about a project's files as a whole, which no text of one shows.

    Such a rule has no examples; tests of its own take their place.
    """
    return iter(())


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Everything there is to say about one rule, in one place.

    Attributes:
        code: stable name; users write it in `allow` comments, so it never changes.
        docs: Markdown; the first line is the one-line summary.
        suggestion: what to write instead, as an order that a model or a person can act on.
        bad: migrations the rule must report.
        good: migrations on which the rule has nothing to say.
        nodes: names of the pglast classes of statement that `check` wants to see.
        check_text: asked once for each file, about its whole text.
        in_bodies: also a warning is about code that the migration only defines: it runs later.
        profile: the least demanding profile that runs it.
        settings: what a project must ask for its examples to hold.
    """

    code: str
    severity: Severity
    docs: str
    suggestion: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    check: Check
    nodes: tuple[str, ...] = ()
    check_text: TextCheck | None = None
    in_bodies: bool = False
    profile: Profile = Profile.RECOMMENDED
    settings: Settings = field(default_factory=Settings)

    @property
    def summary(self) -> str:
        return self.docs.strip().partition("\n")[0]


@dataclass(frozen=True)
class Finding:
    """One thing to look at, flat enough to print, to serialise and to show to a model.

    Attributes:
        line, column: 1-based; a tab is one column, so is any other character.
        statement: the source line that `line` names, without its line end.
        via: where the statement was found when it does not stand at the top level.
        will_fail: PostgreSQL refuses the statement, so the migration can't be applied.
        requested: the reason that an `allow` comment gives. On a warning it settles the
            finding; on an error it changes nothing until a human's approval covers it.
        lowered: an error that the project's configuration makes a warning.
    """

    code: str
    severity: Severity
    message: str
    line: int
    column: int
    suggestion: str
    statement: str
    via: str | None = None
    will_fail: bool = False
    requested: str | None = None
    lowered: bool = False


@dataclass(frozen=True)
class ValidationResult:
    """All there is to say about one migration.

    Attributes:
        valid: no error is left that a human's approval does not cover. A field and not a
            property, so that it is in the JSON that a model or a CI job reads.
        errors, warnings: what stands, in reading order.
        allowed: warnings settled by an `allow` comment, and errors covered by an approval.
        hidden: what the project's configuration turns off, with the severity it would have.
    """

    path: str
    valid: bool
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]
    hidden: tuple[Finding, ...] = ()

    @property
    def findings(self) -> Iterable[Finding]:
        return (*self.errors, *self.warnings)
