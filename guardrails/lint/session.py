"""The statements of one migration so far -> the state of the session that runs them.

A transaction is what the tool, or a BEGIN in the file, puts round statements; a single statement
outside of any is one for itself, with all that runs from inside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from pglast import ast
from pglast.enums import AlterTableType, ReindexObjectType, TransactionStmtKind, VariableSetKind

from guardrails.lint.contracts import Name, Transactions
from guardrails.lint.locks import Lock, LockMode, is_concurrent
from guardrails.lint.parsing import names_of
from guardrails.lint.patterns import regex
from guardrails.lint.values import NamedTuple

LOCK_TIMEOUT = "lock_timeout"
STATEMENT_TIMEOUT = "statement_timeout"
IDLE_TIMEOUT = "idle_in_transaction_session_timeout"
TIMEOUTS = (LOCK_TIMEOUT, STATEMENT_TIMEOUT, IDLE_TIMEOUT)

_BEGINS = frozenset({TransactionStmtKind.TRANS_STMT_BEGIN, TransactionStmtKind.TRANS_STMT_START})
_ENDS = frozenset({
    TransactionStmtKind.TRANS_STMT_COMMIT, TransactionStmtKind.TRANS_STMT_ROLLBACK,
    TransactionStmtKind.TRANS_STMT_PREPARE,
})  # fmt: skip
_AMOUNT = regex(r"\s*(\d+(?:\.\d*)?)\s*(us|ms|s|min|h|d)?\s*")
_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_WHOLE_DATABASE = frozenset({
    ReindexObjectType.REINDEX_OBJECT_SCHEMA, ReindexObjectType.REINDEX_OBJECT_SYSTEM,
    ReindexObjectType.REINDEX_OBJECT_DATABASE,
})  # fmt: skip


class Change(NamedTuple):
    """What a statement does to one setting; `value` is None for the server's own, "" for one not constant."""

    name: str
    value: str | None
    local: bool


class Taken(NamedTuple):
    """A lock that a statement took, and the timeouts that were in force, in milliseconds."""

    lock: Lock
    lock_timeout: float | None
    statement_timeout: float | None


class Session:
    """What the statements so far did.

    Attributes:
        nodes: the top-level statements of the file, also those to come.
        begun: the BEGIN of the transaction that the file itself opened and that is open; at the end of
            the file, the one that it left open.
        wrapped: the transaction that the tool put round the file, or a part of it, is open.
        current: the statement that runs now, not one that is a part of it.
        ran: the statements in this transaction before this one, also those inside others.
        held: the locks that they took, which this transaction holds; of plain changes of rows only those that
            work through a table.
        taken: such locks of all statements of the file so far.
        elsewhere: what runs now runs at another time, in somebody else's session: a scheduled job, a trigger.
        inside: what runs now stands inside another statement of this session, so in its transaction.
    """

    def __init__(
        self, transactions: Transactions, nodes: tuple[ast.Node, ...], *, elsewhere: bool = False
    ) -> None:
        self.elsewhere = elsewhere
        self.transactions = transactions
        self.nodes = nodes
        self.begun: ast.TransactionStmt | None = None
        self.wrapped = _wraps(transactions, nodes)
        self.current: ast.Node | None = None
        self.ran: list[ast.Node] = []
        self.held: list[Lock] = []
        self.taken: list[Taken] = []
        self.inside = False
        self._number = -1
        self._settings: dict[str, str] = {}
        self._local: dict[str, str | None] = {}
        self._before: dict[str, str] = {}

    @property
    def in_transaction(self) -> bool:
        """A transaction of more than one statement is open."""
        return self.wrapped or self.begun is not None

    def setting(self, name: str) -> str | None:
        """Return a setting's value in this session, None when the server's own holds, "" when it is not constant."""
        return self._local[name] if name in self._local else self._settings.get(name)

    def timeout(self, name: str) -> float | None:
        """Return a timeout in milliseconds, 0 when it is switched off, None when no statement set it."""
        value = self.setting(name)
        return None if value is None else milliseconds(value)

    @cached_property
    def can_stop_half_way(self) -> bool:
        """A statement of the file refuses to run in a transaction, so no transaction holds them all together."""
        return any(map(refuses_transaction, self.nodes))

    @property
    def before(self) -> tuple[ast.Node, ...]:
        """The statements of the file that ran before the one that runs now."""
        return self.nodes[: max(self._number, 0)]

    @property
    def shares_transaction(self) -> bool:
        """The statement that runs now can't commit for itself alone."""
        return self.in_transaction or self.inside

    def waited_without_limit(self) -> Name | None:
        """Return the first table that was locked against writes so far while no lock_timeout was in force."""
        return next(
            (
                taken.lock.table
                for taken in self.taken
                if taken.lock.mode.blocks_writes and not taken.lock_timeout
            ),
            None,
        )

    def begin_statement(self) -> None:
        """Go on to the next statement of the file."""
        self.inside = False
        self._number += 1
        if not self.in_transaction:
            self._forget()

    def apply(self, node: ast.Node, locks: Sequence[Lock], *, certain: bool) -> None:
        """Take in one statement that ran.

        Args:
            node: the statement.
            locks: those that it took.
            certain: False when a condition stands around it, or a rollback undoes it.
        """
        self.ran.append(node)
        if telling := [lock for lock in locks if lock.scans or lock.mode is not LockMode.ROW_EXCLUSIVE]:
            lock_timeout, statement_timeout, _ = map(self.timeout, TIMEOUTS)
            self.held.extend(telling)
            self.taken.extend(Taken(lock, lock_timeout, statement_timeout) for lock in telling)
        if isinstance(node, ast.TransactionStmt) and not self.inside:
            self._transaction(node)
        elif certain or _asks_for_nothing(node):
            for change in changes(node):
                self._change(change)

    def _transaction(self, node: ast.TransactionStmt) -> None:
        if node.kind in _BEGINS and self.begun is None:
            if not self.wrapped:
                self._forget()
            self.begun = node
            self._before = dict(self._settings)
        elif node.kind in _ENDS:
            if node.kind == TransactionStmtKind.TRANS_STMT_ROLLBACK and self.begun is not None:
                self._settings = self._before
            if not node.chain:
                # After a COMMIT, PostgreSQL opens the next one for what is left of the text.
                self.wrapped = self.transactions is Transactions.BATCH and len(self.nodes) > 1
                self.begun = None
            self._forget()

    def _change(self, change: Change) -> None:
        if change.local:
            if self.shares_transaction:
                self._local[change.name] = change.value
        elif change.name == "all":
            self._settings.clear()
            self._local.clear()
        else:
            self._local.pop(change.name, None)
            self._settings.pop(change.name, None)
            if change.value is not None:
                self._settings[change.name] = change.value

    def _forget(self) -> None:
        self.ran.clear()
        self.held.clear()
        self._local.clear()


def changes(node: ast.Node) -> Iterator[Change]:
    """Yield what a statement does to settings: SET, SET LOCAL, RESET, DISCARD ALL and calls of set_config()."""
    match node:
        case ast.VariableSetStmt(kind=VariableSetKind.VAR_RESET_ALL):
            yield Change("all", None, local=False)
        case ast.DiscardStmt(target=0):  # DISCARD_ALL in PostgreSQL's parsenodes.h
            yield Change("all", None, local=False)
        case ast.VariableSetStmt(name=str(name), kind=kind, is_local=local):
            value = _value(node.args or ()) if kind == VariableSetKind.VAR_SET_VALUE else None
            yield Change(name.lower(), value, bool(local))
        case ast.SelectStmt(targetList=tuple(targets)):
            for target in targets:
                yield from _configured(target.val)


def milliseconds(value: str) -> float | None:
    """Read a timeout as PostgreSQL does: without a unit it is in milliseconds. None when it can't be read."""
    found = _AMOUNT.fullmatch(value)
    return float(found[1]) * _MILLISECONDS[found[2] or "ms"] if found else None


def refuses_transaction(node: ast.Node) -> str | None:
    """Return what a statement is called that PostgreSQL refuses to run in a transaction, else None."""
    match node:
        case ast.IndexStmt(concurrent=True):
            return "CREATE INDEX CONCURRENTLY"
        case ast.DropStmt(concurrent=True):
            return "DROP INDEX CONCURRENTLY"
        case ast.ReindexStmt() if is_concurrent(node):
            return "REINDEX CONCURRENTLY"
        case ast.ReindexStmt(kind=kind) if kind in _WHOLE_DATABASE:
            return "REINDEX of a schema or database"
        case ast.AlterTableStmt(cmds=tuple(commands)):
            for command in commands:
                if command.subtype == AlterTableType.AT_DetachPartition and command.def_.concurrent:
                    return "DETACH PARTITION CONCURRENTLY"
        case ast.VacuumStmt(is_vacuumcmd=True):
            return "VACUUM"
        case ast.ClusterStmt(relation=None):
            return "CLUSTER of all tables"
        case ast.CreatedbStmt():
            return "CREATE DATABASE"
        case ast.DropdbStmt():
            return "DROP DATABASE"
        case ast.AlterSystemStmt():
            return "ALTER SYSTEM"
        case ast.CreateTableSpaceStmt() | ast.DropTableSpaceStmt():
            return "CREATE or DROP TABLESPACE"
    return None


def _wraps(transactions: Transactions, nodes: Sequence[ast.Node]) -> bool:
    match transactions:
        case Transactions.FILE:
            return True
        case Transactions.ALONE:
            return len(nodes) != 1 or refuses_transaction(nodes[0]) is None
        case Transactions.DETECTED:
            return not all(map(refuses_transaction, nodes))
        case Transactions.BATCH:
            return len(nodes) > 1
        case Transactions.NONE:
            return False


def _asks_for_nothing(node: ast.Node) -> bool:
    """Tell whether a statement takes timeouts away: that counts even when it is not sure to run."""
    return any(change.value is None or milliseconds(change.value) == 0 for change in changes(node))


def _configured(call: object) -> Iterator[Change]:
    match call:
        case ast.FuncCall(
            funcname=funcname, args=(ast.A_Const(val=ast.String(sval=str(name))), value, local)
        ) if names_of(funcname)[-1:] == ("set_config",):
            yield Change(name.lower(), _value((value,)), not _is_false(local))


def _is_false(value: object) -> bool:
    return isinstance(value, ast.A_Const) and isinstance(value.val, ast.Boolean) and not value.val.boolval


def _value(arguments: Sequence[object]) -> str:
    parts = []
    for argument in arguments:
        match argument:
            case ast.A_Const(val=ast.String(sval=text)):
                parts.append(text or "")
            case ast.A_Const(val=ast.Integer(ival=number)):
                parts.append(str(number or 0))
            case ast.A_Const(val=ast.Float(fval=str(digits))):
                parts.append(digits)
            case _:
                return ""
    return ", ".join(parts)
