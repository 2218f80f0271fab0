"""A condition -> whether it is true of every row, or of none, as far as its text shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import (
    A_Expr_Kind,
    BoolExprType,
    BoolTestType,
    NullTestType,
    SQLValueFunctionOp,
    SubLinkType,
)

from guardrails.lint.contracts import Name
from guardrails.lint.parsing import name_of, names_of, walk

_ALWAYS_THERE = frozenset({"id", "ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"})
_EVERY_PATTERN = {
    "~~": frozenset({"%"}),
    "~~*": frozenset({"%"}),
    "~": frozenset({"", "^", "$", ".*", "^.*", ".*$", "^.*$"}),
    "~*": frozenset({"", "^", "$", ".*", "^.*", ".*$", "^.*$"}),
}
_NEVER_NEGATIVE = frozenset(
    {"abs", "array_length", "bit_length", "cardinality", "char_length", "count", "length", "octet_length"}
)
_NEVER_NULL = frozenset(
    {"clock_timestamp", "count", "gen_random_uuid", "now", "random", "statement_timestamp"}
)
_OPPOSITES = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CREATION = frozenset({"created_at", "inserted_at", "createdAt"})
_COMPARISONS = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
_TRUE_WORDS = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE_WORDS = frozenset({"f", "false", "n", "no", "off", "0"})


Calls = Callable[[ast.FuncCall], bool | None]
"""What a call always returns, if its function is known so well."""


def always_true(
    condition: ast.Node, relation: ast.RangeVar | None, not_null: frozenset[str], calls: Calls
) -> bool:
    """Tell whether a condition holds for every row of `relation`, by its form and by these facts.

    Args:
        condition: any expression.
        relation: the table whose columns it speaks of.
        not_null: columns of that table that always have a value.
        calls: asked for what a function is known to return.
    """
    return _Truth(relation, not_null, calls).of(condition) is True


def never_true(condition: ast.Node, relation: ast.RangeVar | None) -> bool:
    """Tell whether a condition holds for no row, by its form alone: it is false, or NULL."""
    match condition:
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(arguments)):
            return any(never_true(argument, relation) for argument in arguments)
        case ast.BoolExpr(boolop=BoolExprType.OR_EXPR, args=tuple(arguments)):
            return all(never_true(argument, relation) for argument in arguments)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, lexpr=left, rexpr=right) if left is not None:
            if _is_null(left) or _is_null(right):
                return True
    return _is_null(condition) or _Truth(relation).of(condition) is False


def leaves_no_row_out(
    condition: ast.Node | None, relation: ast.RangeVar | None, others: tuple[ast.Node, ...] = ()
) -> bool:
    """Tell whether a statement reaches every row of `relation`.

    True when there is no condition, when it is true by its form alone (whatever a NULL in a
    column makes of it), and when it only speaks about `others`, the tables joined to it.
    """
    if condition is None or _Truth(relation).of(condition) is True:
        return True
    return bool(others) and not _mentions(condition, relation, others)


def _mentions(condition: ast.Node, relation: ast.RangeVar | None, others: tuple[ast.Node, ...]) -> bool:
    """Tell whether a condition may speak of `relation`: a column without a table may belong to any."""
    if isinstance(condition, ast.CurrentOfExpr):
        return True
    names_of_others = {name for other in others for name in _names_given(other)}
    for node in walk(condition):
        match node:
            case ast.SubLink() | ast.ParamRef():
                return True
            case ast.ColumnRef(fields=fields):
                parts = names_of(fields)
                if len(parts) < 2 or parts[-2] not in names_of_others or parts[-2] in _names_given(relation):
                    return True
    return False


def _names_given(relation: ast.Node | None) -> Iterator[str]:
    for node in walk(relation) if relation is not None else ():
        match node:
            case ast.RangeVar(alias=ast.Alias(aliasname=str(name))):
                yield name
            case ast.RangeVar(relname=str(name)):
                yield name
            case ast.RangeSubselect(alias=ast.Alias(aliasname=str(name))):
                yield name
            case ast.RangeFunction(alias=ast.Alias(aliasname=str(name))):
                yield name


class _Truth:
    """What an expression is by its form alone: True, False, or None when that depends on the rows."""

    def __init__(
        self,
        relation: ast.RangeVar | None,
        not_null: frozenset[str] = frozenset(),
        calls: Calls = lambda _: None,
    ) -> None:
        self.relation = relation
        self.names = frozenset(_names_given(relation))
        self.not_null = not_null | _ALWAYS_THERE
        self.calls = calls

    def of(self, node: object) -> bool | None:
        match node:
            case ast.A_Const() | ast.TypeCast(arg=ast.A_Const()):
                return _as_boolean(node)
            case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(argument,)):
                inner = self.of(argument)
                return None if inner is None else not inner
            case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(arguments)):
                return self._all(arguments)
            case ast.BoolExpr(boolop=BoolExprType.OR_EXPR, args=tuple(arguments)):
                return self._any(arguments)
            case ast.NullTest(nulltesttype=kind, arg=argument):
                return self._null_test(kind == NullTestType.IS_NULL, argument)
            case ast.TypeCast(arg=argument, typeName=ast.TypeName(names=names)) if names_of(names)[-1:] == (
                "bool",
            ):
                return self.of(argument)
            case ast.BooleanTest(booltesttype=kind, arg=argument):
                return self._boolean_test(kind, self.of(argument))
            case ast.CoalesceExpr(args=tuple(arguments)):
                return next((self.of(argument) for argument in arguments if not _is_null(argument)), None)
            case ast.CaseExpr():
                return self._case(node)
            case ast.FuncCall():
                return self.calls(node)
            case ast.A_Expr():
                return self._compare(node)
            case ast.SubLink():
                return self._subquery(node)
        return None

    def _boolean_test(self, kind: int | None, value: bool | None) -> bool | None:
        if value is None:
            return None
        match kind:
            case BoolTestType.IS_TRUE | BoolTestType.IS_NOT_FALSE:
                return value
            case BoolTestType.IS_FALSE | BoolTestType.IS_NOT_TRUE:
                return not value
        return kind == BoolTestType.IS_NOT_UNKNOWN

    def _case(self, node: ast.CaseExpr) -> bool | None:
        results: set[bool | None] = set()
        for when in node.args or ():
            holds = self.of(when.expr) if node.arg is None else None
            if holds is not False:
                results.add(self.of(when.result))
            if holds is True:
                break
        else:
            results.add(self.of(node.defresult))
        return results.pop() if len(results) == 1 else None

    def _any(self, arguments: tuple[ast.Node, ...]) -> bool | None:
        values = [self.of(argument) for argument in arguments]
        if True in values or self._holds_opposites(arguments):
            return True
        return None if None in values else False

    def _all(self, arguments: tuple[ast.Node, ...]) -> bool | None:
        values = [self.of(argument) for argument in arguments]
        if False in values or self._holds_opposites(arguments):
            return False
        return None if None in values else True

    def _holds_opposites(self, arguments: tuple[ast.Node, ...]) -> bool:
        return any(
            self._opposite(left, right)
            for number, left in enumerate(arguments)
            for right in arguments[number + 1 :]
        )

    def _opposite(self, left: ast.Node, right: ast.Node) -> bool:
        match left, right:
            case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(negated,)), _:
                return self._same(negated, right)
            case _, ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(negated,)):
                return self._same(negated, left)
            case ast.NullTest(), ast.NullTest():
                return left.nulltesttype != right.nulltesttype and self._same(left.arg, right.arg)
            case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP), ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP):
                operators = names_of(left.name)[-1:], names_of(right.name)[-1:]
                return (
                    bool(operators[0])
                    and (_OPPOSITES.get(operators[0][0]),) == operators[1]
                    and self._same(left.lexpr, right.lexpr)
                    and self._same(left.rexpr, right.rexpr)
                )
        return False

    def _null_test(self, is_null: bool, argument: object) -> bool | None:
        if _is_null(argument):
            return is_null
        column = self._column(argument)
        if (
            _constant(argument) is not None
            or (column is not None and len(column) == 1 and column[0] in self.not_null)
            or (isinstance(argument, ast.FuncCall) and names_of(argument.funcname)[-1:][0] in _NEVER_NULL)
            or isinstance(argument, ast.A_ArrayExpr | ast.SQLValueFunction)
        ):
            return not is_null
        return None

    def _compare(self, node: ast.A_Expr) -> bool | None:
        (operator,) = names_of(node.name)[-1:] or ("",)
        match node.kind:
            case A_Expr_Kind.AEXPR_OP:
                return self._operator(operator, node)
            case A_Expr_Kind.AEXPR_LIKE | A_Expr_Kind.AEXPR_ILIKE:
                pattern = _constant(node.rexpr)
                return (
                    True
                    if isinstance(pattern, str) and operator in _EVERY_PATTERN and set(pattern) == {"%"}
                    else None
                )
            case A_Expr_Kind.AEXPR_NOT_DISTINCT | A_Expr_Kind.AEXPR_DISTINCT:
                same = self._equal(node.lexpr, node.rexpr)
                return same if same is None or node.kind == A_Expr_Kind.AEXPR_NOT_DISTINCT else not same
            case A_Expr_Kind.AEXPR_IN if isinstance(node.rexpr, tuple):
                return self._among(operator, node.lexpr, node.rexpr)
            case A_Expr_Kind.AEXPR_OP_ANY if operator == "=" and isinstance(node.rexpr, ast.A_ArrayExpr):
                return self._among(operator, node.lexpr, node.rexpr.elements or ())
            case A_Expr_Kind.AEXPR_OP_ANY if operator == "=":
                match node.rexpr:
                    case ast.SubLink(subLinkType=SubLinkType.ARRAY_SUBLINK, subselect=rows):
                        among = ast.SubLink(
                            subLinkType=SubLinkType.ANY_SUBLINK, testexpr=node.lexpr, subselect=rows
                        )
                        return self._subquery(among)
            case A_Expr_Kind.AEXPR_BETWEEN | A_Expr_Kind.AEXPR_BETWEEN_SYM if isinstance(node.rexpr, tuple):
                return self._between(node.lexpr, node.rexpr)
        return None

    def _operator(self, operator: str, node: ast.A_Expr) -> bool | None:
        left, right = _constant(node.lexpr), _constant(node.rexpr)
        if type(left) is type(right) and left is not None and operator in _COMPARISONS:
            return bool(_COMPARISONS[operator](left, right))
        if operator in {"~", "~*"} and right in _EVERY_PATTERN[operator]:
            return True
        if operator in _COMPARISONS and self._same(node.lexpr, node.rexpr):
            return operator in {"=", "<=", ">="}
        if self._holds_in_practice(operator, node.lexpr, right) or self._holds_in_practice(
            _MIRRORED.get(operator, ""), node.rexpr, left
        ):
            return True
        if _is_creation(self._column(node.lexpr)) and operator in {"<", "<="} and _is_now(node.rexpr):
            return True
        if _never_negative(node.lexpr) and isinstance(right, int | float):
            return True if (operator == ">=" and right <= 0) or (operator == ">" and right < 0) else None
        return None

    def _between(self, value: object, bounds: tuple[object, ...]) -> bool | None:
        known = [_constant(part) for part in (value, *bounds)]
        if all(isinstance(part, int | float) for part in known) or all(
            isinstance(part, str) for part in known
        ):
            found, low, high = known
            return bool(low <= found <= high)  # type: ignore[operator]
        return True if all(self._same(value, bound) for bound in bounds) else None

    def _holds_in_practice(self, operator: str, side: object, bound: object) -> bool:
        """Tell whether this compares an id with a number below all that a sequence hands out."""
        if self._column(side) != ("id",) or not isinstance(bound, int | float):
            return False
        return (operator in {">", "<>"} and bound <= 0) or (operator == ">=" and bound <= 1)

    def _equal(self, left: object, right: object) -> bool | None:
        known, other = _constant(left), _constant(right)
        if known is not None and type(known) is type(other):
            return known == other
        return True if self._same(left, right) else None

    def _among(self, operator: str, left: object, values: tuple[object, ...]) -> bool | None:
        found = [self._equal(left, value) for value in values]
        if True in found:
            return operator == "="
        return None if None in found else operator != "="

    def _subquery(self, node: ast.SubLink) -> bool | None:
        select = node.subselect
        exists = node.subLinkType == SubLinkType.EXISTS_SUBLINK
        if not isinstance(select, ast.SelectStmt) or any(
            (
                select.havingClause,
                select.groupClause,
                select.distinctClause and not exists,
                select.limitCount and not (exists and _positive(select.limitCount)),
                select.limitOffset,
                select.op,
            )
        ):
            return None
        if exists and _only_counts(select):
            return True
        if node.subLinkType == SubLinkType.EXPR_SUBLINK and select.fromClause is None:
            target = select.targetList[0] if select.targetList else None
            return self.of(target.val) if target and self._holds(select.whereClause) else None
        sources = select.fromClause or ()
        match sources:
            case ():
                every = self._holds(select.whereClause)
            case (ast.RangeSubselect(subquery=ast.SelectStmt() as rows),):
                row_exists = ast.SubLink(subLinkType=SubLinkType.EXISTS_SUBLINK, subselect=rows)
                every = self._subquery(row_exists) is True and self._holds(select.whereClause)
            case (ast.RangeVar() as source,):
                every = name_of(source) == name_of(self.relation) and self._holds(select.whereClause)
            case _:
                every = False
        if not every:
            return None
        if exists:
            return True
        if (
            node.subLinkType == SubLinkType.ANY_SUBLINK
            and sources
            and names_of(node.operName)[-1:] in {(), ("=",)}
            and not any(select.distinctClause or ())  # DISTINCT ON chooses among the rows
        ):
            match select.targetList:
                case (ast.ResTarget(val=ast.ColumnRef() as picked),):
                    column = self._column(node.testexpr)
                    return (
                        True if column is not None and column[-1:] == names_of(picked.fields)[-1:] else None
                    )
        return None

    def _holds(self, condition: ast.Node | None) -> bool:
        return condition is None or self.of(condition) is True

    def _same(self, left: object, right: object) -> bool:
        column = self._column(left)
        if column is not None:
            return column == self._column(right)
        return isinstance(left, ast.Node) and isinstance(right, ast.Node) and left == right

    def _column(self, node: object) -> Name | None:
        match node:
            case ast.SubLink(
                subLinkType=SubLinkType.EXPR_SUBLINK,
                subselect=ast.SelectStmt(
                    fromClause=None, whereClause=None, targetList=(ast.ResTarget(val=value),)
                ),
            ):
                return self._column(value)
        if not isinstance(node, ast.ColumnRef):
            return None
        parts = names_of(node.fields)
        return parts[-1:] if len(parts) > 1 and parts[-2] in self.names else parts or None


def _is_creation(column: Name | None) -> bool:
    return column is not None and len(column) == 1 and column[0] in _CREATION


def _is_now(node: object) -> bool:
    match node:
        case ast.FuncCall(funcname=funcname, args=None):
            return names_of(funcname)[-1] in {"now", "clock_timestamp", "statement_timestamp"}
        case ast.SQLValueFunction(op=SQLValueFunctionOp.SVFOP_CURRENT_TIMESTAMP):
            return True
    return False


def _is_null(node: object) -> bool:
    match node:
        case ast.A_Const(isnull=True):
            return True
        case ast.TypeCast(arg=argument):
            return _is_null(argument)
    return False


def _positive(limit: object) -> bool:
    count = _constant(limit)
    return isinstance(count, int | float) and count > 0


def _only_counts(select: ast.SelectStmt) -> bool:
    """Tell whether a query aggregates all its rows into one, so that it always has a row."""
    match select.targetList:
        case (ast.ResTarget(val=ast.FuncCall(funcname=funcname)),):
            return names_of(funcname)[-1] in {"bool_and", "bool_or", "count", "max", "min", "sum"}
    return False


def _never_negative(node: object) -> bool:
    match node:
        case ast.FuncCall(funcname=funcname):
            return names_of(funcname)[-1] in _NEVER_NEGATIVE
        case ast.SubLink(
            subLinkType=SubLinkType.EXPR_SUBLINK,
            subselect=ast.SelectStmt(groupClause=None, targetList=(ast.ResTarget(val=value),)),
        ):
            return isinstance(value, ast.FuncCall) and names_of(value.funcname)[-1] == "count"
    return False


def _constant(node: object) -> int | float | str | None:
    match node:
        case ast.TypeCast(arg=ast.A_Const() as inner):
            return _constant(inner)
        case ast.SubLink(
            subLinkType=SubLinkType.EXPR_SUBLINK,
            subselect=ast.SelectStmt(
                fromClause=None, whereClause=None, valuesLists=None, targetList=(ast.ResTarget(val=value),)
            ),
        ):
            return _constant(value)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=name, lexpr=left, rexpr=right):
            number = 0 if left is None else _constant(left)
            return _computed(names_of(name)[-1], number, _constant(right))
        case ast.A_Const(val=ast.Integer(ival=number)):
            return number or 0
        case ast.A_Const(val=ast.Float(fval=str(digits))):
            return float(digits)
        case ast.A_Const(val=ast.Boolean(boolval=value)):
            return int(bool(value))
        case ast.A_Const(val=ast.String(sval=text)):
            return text or ""
    return None


def _computed(operator: str, left: object, right: object) -> int | float | str | None:
    match operator, left, right:
        case "||", str(), str():
            return left + right
        case "+", int() | float(), int() | float():
            return left + right
        case "-", int() | float(), int() | float():
            return left - right
    return None


def _as_boolean(node: object) -> bool | None:
    value = _constant(node)
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE_WORDS else False if word in _FALSE_WORDS else None
    return None if value is None else bool(value)
