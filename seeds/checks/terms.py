"""One side of a comparison -> what it measures of which columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from pglast import ast
from pglast.enums import A_Expr_Kind, NullTestType
from pglast.stream import RawStream

from guardrails.lint.parsing import names_of, walk
from seeds.checks.domains import TEXTS, number
from seeds.checks.functions import Function


class Measure(StrEnum):
    """What of a column is compared."""

    LENGTH = "length"
    BYTES = "bytes"
    LOWER = "lower"
    UPPER = "upper"
    TRIMMED = "trimmed"
    ITEMS = "items"
    ELEMENT = "element"
    JSON_KIND = "json kind"
    JSON_TEXT = "json text"
    JSON_ITEMS = "json items"
    TRUNCATED = "truncated"
    REMAINDER = "remainder"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    PLACE = "place"
    ROUNDED = "rounded"
    LOW_END = "low end"
    HIGH_END = "high end"


@dataclass(frozen=True)
class Constant:
    """A value without columns, as text; None for NULL. `moving` if it follows the clock."""

    text: str | None
    moving: bool = False


@dataclass(frozen=True)
class Linear:
    """Columns times factors, plus an offset: a number, or the text of an interval.

    Attributes:
        factors: by column.
        offset: None for nothing.
        product: the columns are multiplied with each other; their factors are 1.
    """

    factors: Mapping[str, Decimal]
    offset: str | None = None
    moving: bool = False
    product: bool = False

    @property
    def column(self) -> str | None:
        """The column, if it stands alone and unchanged."""
        if len(self.factors) == 1 and self.offset is None:
            ((name, factor),) = self.factors.items()
            return name if factor == 1 else None
        return None


@dataclass(frozen=True)
class Aspect:
    """A measure of a column; `detail` is a unit, a key, a divisor, a length or a text, as the measure needs."""

    measure: Measure
    column: str
    detail: str = ""


@dataclass(frozen=True)
class Count:
    """How many of some conditions hold."""

    conditions: tuple[ast.Node, ...]


@dataclass(frozen=True)
class Default:
    """A column, or a constant where it is NULL."""

    column: str
    constant: Constant


Term = Constant | Linear | Aspect | Count | Default


class NotUnderstoodError(Exception):
    """This expression is left to the database."""


@dataclass
class Reader:
    """What is known while a constraint is read, and what the database is to be asked.

    Attributes:
        columns: the names of their base types.
        answers: what the database said, by expression.
        value: the column that VALUE stands for.
        functions: what calls stand for, by name as written.
        parameters: what the names in the body of a function stand for.
        asked: expressions without an answer yet.
    """

    columns: Mapping[str, str]
    answers: Mapping[str, str | None]
    value: str | None = None
    functions: Mapping[str, Function] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)

    def evaluated(self, sql: str) -> str | None:
        """Return the value of an expression, as text.

        Raises:
            NotUnderstoodError: the database has not been asked yet, or could not say.
        """
        if sql in self.answers:
            return self.answers[sql]
        self.asked[sql] = None
        raise NotUnderstoodError(sql)

    @property
    def outer(self) -> Reader:
        """The reader of what a function's parameters stand for."""
        return replace(self, parameters={})

    def called(self, node: object) -> tuple[ast.Node, Reader] | None:
        """Return the body of a function that is called with columns and constants, and its reader."""
        match node:
            case ast.FuncCall(funcname=name, args=arguments) if not self.parameters:
                written = names_of(name)
                function = self.functions.get(".".join(written)) or self.functions.get(written[-1])
                if function is None:
                    return None
                given = dict(zip(function.parameters, arguments or (), strict=False))
                given |= {f"${place}": one for place, one in enumerate(arguments or (), start=1)}
                given.pop("", None)
                return function.expression, replace(self, parameters=given)
        return None

    def type_of(self, column: str) -> str:
        return self.columns.get(column, "")

    def column(self, node: object) -> str | None:
        """Return the column that an expression is, casts aside."""
        match node:
            case ast.ColumnRef(fields=fields) if (name := names_of(fields)) and name[-1] in self.parameters:
                return self.outer.column(self.parameters[name[-1]])
            case ast.ParamRef(number=place) if f"${place}" in self.parameters:
                return self.outer.column(self.parameters[f"${place}"])
            case ast.ColumnRef(fields=fields) if len(name := names_of(fields)) == len(fields or ()) == 1:
                return self.value if self.value and name[0].lower() == "value" else name[0]
            case ast.TypeCast(arg=argument, typeName=type_name):
                column = self.column(argument)
                if column and self.type_of(column) in TEXTS and names_of(type_name)[-1] not in _TEXT_CASTS:
                    raise NotUnderstoodError(text_of(node))
                return column
            case ast.CollateClause(arg=argument):
                return self.column(argument)
        return None

    def term(self, node: object) -> Term:
        """Return what an expression measures.

        Raises:
            NotUnderstoodError: it is of no known shape.
        """
        column = self.column(node)
        if column is not None:
            return Linear({column: Decimal(1)})
        if isinstance(node, ast.Node) and not has_column(node):
            return self.constant(node)
        match node:
            case ast.TypeCast(arg=ast.Node() as argument, typeName=type_name):
                if names_of(type_name)[-1] in {"int4", "int8", "int2"} and is_condition(argument):
                    return Count((argument,))
                return self.term(argument)
            case ast.CollateClause(arg=argument):
                return self.term(argument)
            case ast.FuncCall(funcname=name, args=arguments):
                return self._call(names_of(name)[-1], arguments or (), node)
            case ast.CoalesceExpr(args=(first, second)):
                inner = self.term(first)
                if isinstance(inner, Linear) and inner.column and not has_column(second):
                    return Default(inner.column, self.constant(second))
            case ast.CaseExpr(
                args=(ast.CaseWhen(expr=ast.Node() as condition, result=result),), defresult=default, arg=None
            ):
                if text_of(result) == "1" and (default is None or text_of(default) == "0"):
                    return Count((condition,))
            case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=name, lexpr=left, rexpr=right):
                return self._operator(names_of(name)[-1], left, right, node)
        raise NotUnderstoodError(text_of(node))

    def constant(self, node: object) -> Constant:
        """Return the value of an expression without columns."""
        plain = literal(node)
        if plain is not None:
            return plain
        return Constant(self.evaluated(text_of(node)), moves(node))

    def _call(self, name: str, arguments: tuple[object, ...], node: object) -> Term:
        if name in {"num_nonnulls", "num_nulls"}:
            kind = NullTestType.IS_NULL if name == "num_nulls" else NullTestType.IS_NOT_NULL
            return Count(
                tuple(
                    ast.NullTest(arg=one, nulltesttype=kind) for one in arguments if isinstance(one, ast.Node)
                )
            )
        if not arguments:
            raise NotUnderstoodError(text_of(node))
        first, *rest = arguments
        detail = [self.constant(one).text or "" for one in rest if not has_column(one)]
        measure = _MEASURES.get(name)
        if name in {"lower", "upper"} and self.type_of(self.column(first) or "").endswith("range"):
            measure = Measure.LOW_END if name == "lower" else Measure.HIGH_END
        if name in {"date_trunc", "strpos", "position", "mod", "array_position"}:
            return self._of_two(name, arguments, node)
        if measure is None:
            raise NotUnderstoodError(text_of(node))
        inner = self.term(first)
        if isinstance(inner, Aspect):
            return _nested(measure, inner, node)
        if not isinstance(inner, Linear) or inner.column is None:
            raise NotUnderstoodError(text_of(node))
        if measure is Measure.LENGTH and self.type_of(inner.column) == "bytea":
            measure = Measure.BYTES
        if measure is Measure.PREFIX and name == "substring":
            if len(detail) != 2 or detail[0] != "1":
                raise NotUnderstoodError(text_of(node))
            detail = detail[1:]
        return Aspect(measure, inner.column, detail[0] if detail else "")

    def _of_two(self, name: str, arguments: tuple[object, ...], node: object) -> Term:
        match name, arguments:
            case "date_trunc", (unit, column, *_) if (known := self.column(column)) and not has_column(unit):
                return Aspect(Measure.TRUNCATED, known, self.constant(unit).text or "")
            case "strpos" | "position", (column, text, *_) if (
                known := self.column(column)
            ) and not has_column(text):
                return Aspect(Measure.PLACE, known, self.constant(text).text or "")
            case "mod", (column, divisor) if (known := self.column(column)) and not has_column(divisor):
                return Aspect(Measure.REMAINDER, known, self.constant(divisor).text or "")
        raise NotUnderstoodError(text_of(node))

    def _operator(self, operator: str, left: object, right: object, node: object) -> Term:
        if operator in {"->", "->>"}:
            return self.json_path(left, right)
        if operator == "%" and (known := self.column(left)) and not has_column(right):
            return Aspect(Measure.REMAINDER, known, self.constant(right).text or "")
        if operator not in {"+", "-", "*", "/"}:
            raise NotUnderstoodError(text_of(node))
        if left is None:
            return self._scaled(self.term(right), Decimal(-1), node)
        one, other = self.term(left), self.term(right)
        if isinstance(one, Count) and isinstance(other, Count) and operator == "+":
            return Count(one.conditions + other.conditions)
        if operator in {"+", "-"}:
            return self._sum(one, other, operator, node)
        if operator == "*" and isinstance(one, Linear) and isinstance(other, Linear):
            both = {**one.factors, **other.factors}
            squared = not one.factors.keys().isdisjoint(other.factors)
            if one.offset is other.offset is None and set(both.values()) == {Decimal(1)} and not squared:
                return Linear(both, product=True)
            raise NotUnderstoodError(text_of(node))
        if isinstance(one, Constant) and operator == "*":
            one, other = other, one
        factor = number(other.text or "") if isinstance(other, Constant) else None
        if factor is None or factor == 0:
            raise NotUnderstoodError(text_of(node))
        return self._scaled(one, 1 / factor if operator == "/" else factor, node)

    def _scaled(self, term: Term, factor: Decimal, node: object) -> Term:
        if not isinstance(term, Linear) or term.product or term.offset is not None:
            raise NotUnderstoodError(text_of(node))
        return Linear({name: known * factor for name, known in term.factors.items()})

    def _sum(self, one: Term, other: Term, operator: str, node: object) -> Linear:
        sign = 1 if operator == "+" else -1
        left, right = _as_linear(one), _as_linear(other)
        if left is None or right is None or left.product or right.product:
            raise NotUnderstoodError(text_of(node))
        factors = dict(left.factors)
        for name, factor in right.factors.items():
            factors[name] = factors.get(name, Decimal(0)) + sign * factor
        offset = left.offset if right.offset is None else self.added(left.offset, right.offset, sign)
        return Linear(factors, offset, left.moving or right.moving)

    def added(self, one: str | None, other: str, sign: int = 1) -> str:
        """Return the sum of two offsets: numbers here, anything else is asked."""
        left, right = Decimal(0) if one is None else number(one), number(other)
        if left is not None and right is not None:
            return f"{left + sign * right:f}"
        if one is None and sign == 1:
            return other
        first = "" if one is None else _written(one)
        return self.evaluated(f"{first} {'+' if sign == 1 else '-'} {_written(other)}".strip()) or ""

    def json_path(self, left: object, right: object) -> Aspect:
        """Return what `column -> 'key'` measures.

        Raises:
            NotUnderstoodError: it goes deeper, or the key is not written out.
        """
        column, key = self.column(left), literal(right)
        if column is None or key is None or key.text is None or key.text.isdigit():
            raise NotUnderstoodError(text_of((left, right)))
        return Aspect(Measure.JSON_TEXT, column, key.text)


_TEXT_CASTS = frozenset({*TEXTS, "varchar"})
_MEASURES = {
    "length": Measure.LENGTH, "char_length": Measure.LENGTH, "character_length": Measure.LENGTH,
    "octet_length": Measure.BYTES, "lower": Measure.LOWER, "upper": Measure.UPPER,
    "btrim": Measure.TRIMMED, "ltrim": Measure.TRIMMED, "rtrim": Measure.TRIMMED, "trim": Measure.TRIMMED,
    "array_length": Measure.ITEMS, "cardinality": Measure.ITEMS, "jsonb_typeof": Measure.JSON_KIND,
    "json_typeof": Measure.JSON_KIND, "jsonb_array_length": Measure.JSON_ITEMS, "json_array_length": Measure.JSON_ITEMS,
    "left": Measure.PREFIX, "right": Measure.SUFFIX, "substring": Measure.PREFIX, "substr": Measure.PREFIX,
    "round": Measure.ROUNDED, "trunc": Measure.ROUNDED, "floor": Measure.ROUNDED, "ceil": Measure.ROUNDED,
}  # fmt: skip


def _nested(measure: Measure, inner: Aspect, node: object) -> Aspect:
    """Return the measure of a measure: the length of a trimmed text, the kind of a value in an object."""
    softened = {Measure.TRIMMED, Measure.LOWER, Measure.UPPER}
    if inner.measure in softened and measure in {*softened, Measure.LENGTH, Measure.BYTES}:
        if measure in softened and inner.measure is not Measure.TRIMMED:
            return inner
        return Aspect(measure, inner.column)
    if inner.measure is Measure.JSON_TEXT and measure is Measure.JSON_KIND:
        return Aspect(measure, inner.column, inner.detail)
    if inner.measure is Measure.JSON_TEXT and measure in softened:
        return inner
    raise NotUnderstoodError(text_of(node))


def _as_linear(term: Term) -> Linear | None:
    match term:
        case Linear():
            return term
        case Constant(text=str(text), moving=moving):
            return Linear({}, text, moving)
    return None


def _written(text: str) -> str:
    """Return a moment or an interval as SQL; its text may come from anybody, so its quotes are doubled."""
    quoted = text.replace("'", "''")
    return f"'{quoted}'::{'interval' if _interval(text) else 'timestamptz'}"


def _interval(text: str) -> bool:
    return not text[:4].isdigit() or text[4:5] != "-"


def literal(node: object) -> Constant | None:
    """Return the value of a constant that is written out, with or without a cast, else None."""
    match node:
        case ast.A_Const(isnull=True):
            return Constant(None)
        case ast.A_Const(val=ast.String(sval=str(text)) | ast.Float(fval=str(text))):
            return Constant(text)
        case ast.A_Const(val=ast.Integer(ival=value)):
            return Constant(str(value or 0))
        case ast.A_Const(val=ast.Boolean(boolval=flag)):
            return Constant("true" if flag else "false")
        case ast.A_Const():
            return None
        case ast.TypeCast(arg=argument, typeName=type_name):
            inner = literal(argument)
            if inner is None or inner.text is None:
                return inner
            if names_of(type_name)[-1] in _ASKED_CASTS:
                return _day(inner.text, names_of(type_name)[-1])
            return inner
        case ast.CollateClause(arg=argument):
            return literal(argument)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=name, lexpr=None, rexpr=right):
            inner = literal(right)
            negative = number(inner.text) if inner and inner.text and names_of(name)[-1] == "-" else None
            return None if negative is None else Constant(f"{-negative:f}")
    return None


_ASKED_CASTS = frozenset({"date", "timestamp", "timestamptz"})


def _day(text: str, _type: str) -> Constant | None:
    """Return a date that is written in ISO style; anything else, `now` or `infinity`, is asked."""
    return Constant(text) if text[:4].isdigit() and text[4:5] == "-" else None


_CLOCKS = frozenset(
    {"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "age"}
)


def moves(node: object) -> bool:
    """Tell whether an expression follows the clock."""
    return isinstance(node, ast.Node) and any(
        isinstance(part, ast.SQLValueFunction)
        or (
            isinstance(part, ast.FuncCall)
            and names_of(part.funcname)[-1:]
            and names_of(part.funcname)[-1] in _CLOCKS
        )
        for part in walk(node)
    )


def has_column(node: object) -> bool:
    """Tell whether an expression reads a row."""
    if isinstance(node, tuple):
        return any(map(has_column, node))
    return isinstance(node, ast.Node) and any(
        isinstance(part, ast.ColumnRef | ast.ParamRef | ast.SubLink) for part in walk(node)
    )


def is_condition(node: object) -> bool:
    """Tell whether an expression is true or false, by its shape."""
    match node:
        case ast.BoolExpr() | ast.NullTest() | ast.BooleanTest():
            return True
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=name):
            return names_of(name)[-1] in COMPARISONS | MATCHES | {"@>", "<@", "?", "?|", "?&", "&&"}
        case ast.A_Expr():
            return True
    return False


COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
MATCHES = frozenset({"~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"})


def text_of(node: object) -> str:
    """Return an expression as SQL."""
    return RawStream()(node) if isinstance(node, ast.Node | tuple) else ""
