"""A condition of a CHECK constraint -> the ways to meet it.

A constraint is met when its condition is not false; with a NULL in it, it may be neither true nor false.
So each part is read for one of four outcomes: not false, not true, true, false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, BoolTestType, NullTestType

from guardrails.lint.parsing import names_of
from seeds.checks.arrays import array_operator, elements_of, membership
from seeds.checks.branches import ALWAYS, NEVER, UNKNOWN, Ways, all_of, any_of, one
from seeds.checks.comparing import compare
from seeds.checks.contracts import Domain, Pattern, PatternKind
from seeds.checks.jsons import json_condition, json_operator
from seeds.checks.terms import (
    COMPARISONS,
    MATCHES,
    Constant,
    Linear,
    NotUnderstoodError,
    Reader,
    has_column,
    is_condition,
    literal,
    text_of,
)

_NEGATED = {"=": "<>", "<>": "=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TRUE_OF_ALL = frozenset({"isfinite", "st_isvalid", "st_issimple"})
"""Functions that are true of every value that is made here."""


@dataclass(frozen=True)
class Outcome:
    """What a condition is to be: true or false, and `strict` if NULL is not enough."""

    positive: bool = True
    strict: bool = False

    def turned(self) -> Outcome:
        return Outcome(not self.positive, self.strict)


NOT_FALSE = Outcome()


def ways_of(node: object, reader: Reader, outcome: Outcome = NOT_FALSE) -> Ways:
    """Return the ways in which a condition has an outcome; what is not understood is left open."""
    try:
        found = _read(node, reader, outcome)
    except NotUnderstoodError:
        return UNKNOWN
    return found


def _read(node: object, reader: Reader, outcome: Outcome) -> Ways:
    match node:
        case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(argument,)):
            return ways_of(argument, reader, outcome.turned())
        case ast.BoolExpr(boolop=operator, args=arguments):
            parts = [ways_of(argument, reader, outcome) for argument in arguments or ()]
            together = (operator == BoolExprType.AND_EXPR) == outcome.positive
            return all_of(parts, reader.columns) if together else any_of(parts)
        case ast.NullTest(arg=argument, nulltesttype=kind):
            return _null_test(argument, reader, (kind == NullTestType.IS_NULL) == outcome.positive)
        case ast.BooleanTest(arg=argument, booltesttype=kind):
            return _boolean_test(argument, kind, reader, outcome.positive)
        case ast.CaseExpr(args=whens, defresult=default, arg=argument):
            return _case(argument, whens or (), default, reader, outcome)
        case ast.A_Expr():
            return _expression(node, reader, outcome)
        case ast.FuncCall(funcname=name, args=arguments):
            return _call(names_of(name)[-1], arguments or (), node, reader, outcome)
        case ast.CoalesceExpr(args=(first, second)) if (fallback := literal(second)) is not None:
            truth = fallback.text in {"true", "t", "1"}
            strict = Outcome(outcome.positive, strict=truth != outcome.positive or outcome.strict)
            return ways_of(
                first, reader, strict if truth != outcome.positive else replace(strict, strict=False)
            )
        case ast.TypeCast(arg=argument) if is_condition(argument):
            return ways_of(argument, reader, outcome)
    known = literal(node)
    if known is not None:
        return ALWAYS if known.text is None or (known.text == "true") == outcome.positive else NEVER
    column = reader.column(node)
    if column is not None:
        return one(column, Domain(values=("true" if outcome.positive else "false",), null=_null(outcome)))
    return _column_free(node, reader, outcome)


def _column_free(node: object, reader: Reader, outcome: Outcome) -> Ways:
    if not isinstance(node, ast.Node) or has_column(node):
        raise NotUnderstoodError(text_of(node))
    truth = reader.evaluated(text_of(node))
    return ALWAYS if truth is None or (truth in {"true", "t"}) == outcome.positive else NEVER


def _null(outcome: Outcome) -> bool | None:
    return False if outcome.strict else None


def _null_test(argument: object, reader: Reader, is_null: bool) -> Ways:
    column = reader.column(argument)
    if column is not None:
        return one(column, Domain(null=is_null))
    if isinstance(argument, ast.RowExpr):
        parts = [_null_test(part, reader, is_null) for part in argument.args or ()]
        return all_of(parts, reader.columns)
    found = json_condition(argument, reader, is_null=is_null)
    if found is not None:
        return found
    if (
        isinstance(argument, ast.FuncCall)
        and names_of(argument.funcname)[-1] == "array_position"
        and argument.args
    ):
        array, item = argument.args[0], argument.args[1]
        column, items = reader.column(item), elements_of(array, reader)
        if column and items is not None:
            return one(
                column, Domain(excluded=items, null=None) if is_null else Domain(values=items, null=False)
            )
        if reader.column(array) and literal(item) == Constant(None):
            return ALWAYS if is_null else NEVER
    term = reader.term(argument)
    if isinstance(term, Linear):
        parts = [one(name, Domain(null=is_null)) for name in term.factors]
        return any_of(parts) if is_null else all_of(parts, reader.columns)
    raise NotUnderstoodError(text_of(argument))


def _boolean_test(argument: object, kind: object, reader: Reader, positive: bool) -> Ways:
    match kind:
        case BoolTestType.IS_TRUE:
            wanted = Outcome(strict=True) if positive else Outcome(positive=False)
        case BoolTestType.IS_NOT_TRUE:
            wanted = Outcome(positive=False) if positive else Outcome(strict=True)
        case BoolTestType.IS_FALSE:
            wanted = Outcome(positive=False, strict=True) if positive else NOT_FALSE
        case BoolTestType.IS_NOT_FALSE:
            wanted = NOT_FALSE if positive else Outcome(positive=False, strict=True)
        case _:
            return _null_test(argument, reader, (kind == BoolTestType.IS_UNKNOWN) == positive)
    return ways_of(argument, reader, wanted)


def _case(
    argument: object, whens: Sequence[object], default: object, reader: Reader, outcome: Outcome
) -> Ways:
    """Read `CASE` as: the first condition that is true, and those before it not true."""
    before: list[Ways] = []
    found: list[Ways] = []
    for when in whens:
        if not isinstance(when, ast.CaseWhen):
            continue
        condition = when.expr
        if isinstance(argument, ast.Node):
            condition = ast.A_Expr(
                kind=A_Expr_Kind.AEXPR_OP, name=(ast.String("="),), lexpr=argument, rexpr=when.expr
            )
        holds = ways_of(condition, reader, Outcome(strict=True))
        result = ways_of(when.result, reader, outcome)
        found.append(all_of([*before, holds, result], reader.columns))
        before.append(ways_of(condition, reader, Outcome(positive=False)))
    last = ALWAYS if default is None else ways_of(default, reader, outcome)
    if default is None and outcome.strict:
        last = NEVER
    found.append(all_of([*before, last], reader.columns))
    return any_of([ways for ways in found if ways.branches] or [NEVER])


def _call(name: str, arguments: tuple[object, ...], node: object, reader: Reader, outcome: Outcome) -> Ways:
    if name in _TRUE_OF_ALL and outcome.positive:
        return ALWAYS
    if name == "isempty" and arguments and (column := reader.column(arguments[0])):
        if outcome.positive:
            raise NotUnderstoodError(text_of(node))
        return one(column, Domain(not_empty=True))
    if name == "starts_with" and len(arguments) == 2 and (column := reader.column(arguments[0])):
        start = reader.constant(arguments[1]).text or ""
        return _pattern(
            column, PatternKind.LIKE, f"{_plain(start)}%", negated=not outcome.positive, outcome=outcome
        )
    if (
        name in {"regexp_like", "like_escape"}
        and len(arguments) == 2
        and (column := reader.column(arguments[0]))
    ):
        text = reader.constant(arguments[1]).text or ""
        return _pattern(column, PatternKind.REGEX, text, negated=not outcome.positive, outcome=outcome)
    found = json_condition(node, reader, is_null=not outcome.positive)
    if found is not None:
        return found
    if (body := reader.called(node)) is not None:
        return ways_of(*body, outcome)
    return _column_free(node, reader, outcome)


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _expression(node: ast.A_Expr, reader: Reader, outcome: Outcome) -> Ways:
    operator = names_of(node.name)[-1]
    left, right = node.lexpr, node.rexpr
    match node.kind:
        case A_Expr_Kind.AEXPR_IN:
            return _in(left, right if isinstance(right, tuple) else (), operator == "<>", reader, outcome)
        case A_Expr_Kind.AEXPR_OP_ANY | A_Expr_Kind.AEXPR_OP_ALL:
            return _any_all(node, operator, reader, outcome)
        case A_Expr_Kind.AEXPR_BETWEEN | A_Expr_Kind.AEXPR_BETWEEN_SYM | A_Expr_Kind.AEXPR_NOT_BETWEEN:
            low, high = right if isinstance(right, tuple) else (None, None)
            wanted = outcome.turned() if node.kind == A_Expr_Kind.AEXPR_NOT_BETWEEN else outcome
            parts = [
                _comparison(left, ">=", low, reader, wanted),
                _comparison(left, "<=", high, reader, wanted),
            ]
            return all_of(parts, reader.columns) if wanted.positive else any_of(parts)
        case A_Expr_Kind.AEXPR_DISTINCT | A_Expr_Kind.AEXPR_NOT_DISTINCT:
            distinct = (node.kind == A_Expr_Kind.AEXPR_DISTINCT) == outcome.positive
            return _distinct(left, right, distinct, reader)
        case A_Expr_Kind.AEXPR_LIKE | A_Expr_Kind.AEXPR_ILIKE | A_Expr_Kind.AEXPR_SIMILAR:
            return _match(left, operator, right, node.kind == A_Expr_Kind.AEXPR_SIMILAR, reader, outcome)
        case A_Expr_Kind.AEXPR_OP:
            return _comparison(left, operator, right, reader, outcome)
    raise NotUnderstoodError(text_of(node))


def _in(left: object, items: tuple[object, ...], negated: bool, reader: Reader, outcome: Outcome) -> Ways:
    equal = outcome.positive != negated
    parts = [
        _comparison(left, "=" if equal else "<>", item, reader, Outcome(strict=outcome.strict))
        for item in items
    ]
    return any_of(parts) if equal else all_of(parts, reader.columns)


def _any_all(node: ast.A_Expr, operator: str, reader: Reader, outcome: Outcome) -> Ways:
    every = node.kind == A_Expr_Kind.AEXPR_OP_ALL
    items = elements_of(node.rexpr, reader)
    if items is None:
        found = membership(node, operator, reader, positive=outcome.positive, every=every)
        if found is None:
            raise NotUnderstoodError(text_of(node))
        return found
    # A_Const of a text stands for whatever the left side is compared with.
    literals = [ast.A_Const(val=ast.String(item)) for item in items]
    parts = [_comparison(node.lexpr, operator, item, reader, outcome) for item in literals]
    together = every == outcome.positive
    return all_of(parts, reader.columns) if together else any_of(parts)


def _distinct(left: object, right: object, distinct: bool, reader: Reader) -> Ways:
    if (known := literal(right)) is not None and known.text is None:
        return _null_test(left, reader, not distinct)
    column, other = reader.column(left), reader.column(right)
    if column and other:
        operator = "<>" if distinct else "="
        both = [one(name, Domain(null=False)) for name in (column, other)]
        held = _comparison(left, operator, right, reader, Outcome(strict=True))
        return all_of([*both, held], reader.columns)
    if distinct:
        return any_of(
            [_comparison(left, "<>", right, reader, Outcome(strict=True)), _null_test(left, reader, True)]
        )
    return _comparison(left, "=", right, reader, Outcome(strict=True))


def _match(
    left: object, operator: str, right: object, similar: bool, reader: Reader, outcome: Outcome
) -> Ways:
    negated = operator.startswith("!") == outcome.positive
    column = reader.column(left)
    case = None
    if (
        column is None
        and isinstance(left, ast.FuncCall)
        and names_of(left.funcname)[-1] in {"lower", "upper", "btrim"}
    ):
        column, case = reader.column((left.args or (None,))[0]), names_of(left.funcname)[-1]
    if column is None or has_column(right):
        raise NotUnderstoodError(text_of((left, right)))
    text = _pattern_text(right, similar, reader)
    kind = PatternKind.SIMILAR if similar else PatternKind(operator.removeprefix("!"))
    if case in {"lower", "upper"}:
        kind = {
            PatternKind.REGEX: PatternKind.REGEX_ANY_CASE,
            PatternKind.LIKE: PatternKind.LIKE_ANY_CASE,
        }.get(kind, kind)
    if reader.type_of(column) == "citext":
        kind = {
            PatternKind.REGEX: PatternKind.REGEX_ANY_CASE,
            PatternKind.LIKE: PatternKind.LIKE_ANY_CASE,
        }.get(kind, kind)
    return _pattern(column, kind, text, negated=negated, outcome=outcome)


def _pattern_text(node: object, similar: bool, reader: Reader) -> str:
    """Return a pattern; `SIMILAR TO` comes as the call that turns it into a regular expression."""
    if similar and isinstance(node, ast.FuncCall):
        return reader.constant((node.args or (node,))[0]).text or ""
    return reader.constant(node).text or ""


def _pattern(column: str, kind: PatternKind, text: str, *, negated: bool, outcome: Outcome) -> Ways:
    return one(column, Domain(patterns=(Pattern(kind, text, negated),), null=_null(outcome)))


def _comparison(left: object, operator: str, right: object, reader: Reader, outcome: Outcome) -> Ways:
    if operator in MATCHES:
        if isinstance(right, ast.FuncCall) and names_of(right.funcname)[-1].startswith("similar_"):
            return _match(left, operator, right, True, reader, outcome)
        return _match(left, operator, right, False, reader, outcome)
    if operator == "^@":
        column = reader.column(left)
        if column:
            start = _plain(reader.constant(right).text or "")
            return _pattern(
                column, PatternKind.LIKE, f"{start}%", negated=not outcome.positive, outcome=outcome
            )
    if operator not in COMPARISONS:
        found = json_operator(operator, left, right, reader, absent=not outcome.positive)
        if found is None:
            found = array_operator(operator, left, right, reader, positive=outcome.positive)
        if found is None:
            raise NotUnderstoodError(f"{text_of(left)} {operator} {text_of(right)}")
        return found
    if operator in {"=", "<>", "!="} and (is_condition(left) or is_condition(right)):
        return _equivalence(left, right, (operator == "=") == outcome.positive, reader, outcome.strict)
    wanted = operator if outcome.positive else _NEGATED[operator]
    if isinstance(left, ast.RowExpr) or isinstance(right, ast.RowExpr):
        raise NotUnderstoodError(text_of(left))
    return compare(
        reader.term(left),
        "<>" if wanted == "!=" else wanted,
        reader.term(right),
        reader,
        strict=outcome.strict,
        condition=lambda node, holds: ways_of(
            node, reader, Outcome(holds, strict=True) if holds else Outcome(False)
        ),
    )


def _equivalence(left: object, right: object, equal: bool, reader: Reader, strict: bool) -> Ways:
    """Read `a = b` of two conditions: both hold or neither does."""
    found = []
    for holds in (True, False):
        one_side = ways_of(left, reader, Outcome(holds, strict))
        other = ways_of(right, reader, Outcome(holds == equal, strict))
        found.append(all_of([one_side, other], reader.columns))
    whole = all(ways.whole for ways in found)
    chosen = any_of([ways for ways in found if ways.branches] or [NEVER])
    return Ways(chosen.branches, whole)
