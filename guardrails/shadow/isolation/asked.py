"""What policies, and the functions they call, want columns of the tables they look up to equal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from pglast import ast, parse_plpgsql, parse_sql
from pglast.enums import A_Expr_Kind
from pglast.parser import ParseError

from guardrails.shadow.isolation.catalog import Catalog, Relation
from guardrails.shadow.isolation.expressions import bare, constant_of, found_in, last_name, parsed

_EQUAL = frozenset({A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_OP_ANY, A_Expr_Kind.AEXPR_IN})
_STATEMENTS = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.ReturnStmt)
_FUNCTIONS = """
SELECT p.proname, l.lanname, pg_catalog.pg_get_functiondef(p.oid),
  coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc), coalesce(p.proargnames, '{}')
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.prokind = 'f' AND l.lanname IN ('sql', 'plpgsql')
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'auth', 'storage', 'extensions')"""


@dataclass(frozen=True)
class Asked:
    """A column of a looked up table that has to equal one of some constants, given in their order."""

    relation: int
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Function:
    queries: tuple[ast.Node, ...]
    arguments: tuple[str, ...]


@dataclass
class Reader:
    """Reads the constants that expressions ask for, through the functions they call."""

    catalog: Catalog
    functions: Mapping[str, tuple[_Function, ...]] = field(default_factory=dict)

    def of_table(self, relation: Relation, role: str | None = None, command: str = "") -> tuple[Asked, ...]:
        """Return what the policies of a table ask of other rows; only those for a role and command if given."""
        policies = relation.policies if role is None else relation.policies_for(role, command)
        found: dict[Asked, None] = {}
        for policy in policies:
            for expression in (policy.using, policy.check):
                if (node := parsed(expression)) is not None:
                    found |= dict.fromkeys(self._in(node, {}, frozenset()))
        return tuple(found)

    def everywhere(self) -> tuple[Asked, ...]:
        """Return what any policy asks for."""
        return tuple(
            dict.fromkeys(
                one for relation in self.catalog.relations.values() for one in self.of_table(relation)
            )
        )

    def _in(self, node: ast.Node, given: Mapping[str, str], seen: frozenset[str]) -> Iterator[Asked]:
        # Outside of its queries, the columns of a policy are those of its own table.
        queries = (node,) if isinstance(node, _STATEMENTS) else tuple(found_in(node, ast.SubLink))
        tables = self._tables(node)
        for comparison in found_in(node, ast.A_Expr):
            if comparison.kind in _EQUAL and comparison.name[-1].sval == "=":
                left, right = comparison.lexpr, comparison.rexpr
                for column, other in ((left, right), (right, left)):
                    yield from self._answered(column, _constants(other, given))
        for link in found_in(node, ast.SubLink):
            if link.testexpr is not None:
                yield from self._answered(link, _constants(link.testexpr, given))
        for comparison in found_in(queries, ast.A_Expr):
            if comparison.kind in _EQUAL and comparison.name[-1].sval == "=":
                left, right = comparison.lexpr, comparison.rexpr
                for column, other in ((left, right), (right, left)):
                    yield from _compared(column, _constants(other, given), tables, given)
        for call in found_in(node, ast.FuncCall):
            name = call.funcname[-1].sval
            for function in self.functions.get(name, ()) if name not in seen else ():
                passed = _passed(function, call.args or (), given)
                for query in function.queries:
                    yield from self._in(query, passed, seen | {name})

    def _tables(self, node: ast.Node) -> dict[str, Relation]:
        return {
            table.alias.aliasname if table.alias else table.relname: relation
            for table in found_in(node, ast.RangeVar)
            for relation in self._relations(table)
        }

    def _answered(self, side: object, values: tuple[str, ...]) -> Iterator[Asked]:
        """Yield the columns that a query, or a function, hands out to be compared."""
        if not values:
            return
        match bare(side):
            case ast.SubLink(subselect=ast.SelectStmt() as selected):
                queries: Sequence[ast.Node] = (selected,)
            case ast.FuncCall(funcname=(*_, ast.String(sval=str(name)))):
                queries = [query for one in self.functions.get(name, ()) for query in one.queries]
            case _:
                return
        for query in queries:
            tables = self._tables(query)
            for target in getattr(query, "targetList", None) or ():
                yield from _compared(target.val, values, tables, {})
                yield from self._answered(target.val, values)

    def _relations(self, table: ast.RangeVar) -> Iterator[Relation]:
        for relation in self.catalog.relations.values():
            if (
                relation.kind in "rp"
                and relation.name == table.relname
                and table.schemaname in {None, relation.schema}
            ):
                yield relation


def reader(connection: psycopg.Connection, catalog: Catalog) -> Reader:
    """Read the functions of the project that policies may call."""
    functions: dict[str, tuple[_Function, ...]] = {}
    for name, language, definition, body, arguments in connection.execute(_FUNCTIONS):
        queries = tuple(_queries(language, definition, body))
        functions[name] = (*functions.get(name, ()), _Function(queries, tuple(arguments)))
    return Reader(catalog, functions)


def _queries(language: str, definition: str, body: str) -> Iterator[ast.Node]:
    if language == "sql":
        texts: Sequence[str] = (
            [body.strip().removeprefix("RETURN ")] if body.startswith("RETURN ") else [body]
        )
    else:
        try:
            texts = list(_spoken(parse_plpgsql(definition)))
        except (ParseError, json.JSONDecodeError):
            texts = []
    for text in texts:
        try:
            for statement in parse_sql(text):
                if statement.stmt is not None:
                    yield statement.stmt
        except ParseError:
            if (node := parsed(text)) is not None:
                yield node


def _spoken(tree: object) -> Iterator[str]:
    """Yield the text of every expression and statement in a function of PL/pgSQL."""
    match tree:
        case {"PLpgSQL_expr": {"query": str(text)}}:
            yield text
        case dict():
            for part in tree.values():
                yield from _spoken(part)
        case list():
            for part in tree:
                yield from _spoken(part)


def _passed(function: _Function, arguments: Sequence[object], given: Mapping[str, str]) -> dict[str, str]:
    passed: dict[str, str] = {}
    for number, argument in enumerate(arguments):
        values = _constants(argument, given)
        if len(values) == 1:
            passed[f"${number + 1}"] = values[0]
            if number < len(function.arguments) and function.arguments[number]:
                passed[function.arguments[number]] = values[0]
    return passed


def _compared(
    column: object, values: tuple[str, ...], tables: Mapping[str, Relation], given: Mapping[str, str]
) -> Iterator[Asked]:
    reference = bare(column)
    if not isinstance(reference, ast.ColumnRef) or not values:
        return
    *qualifiers, name = [part.sval if isinstance(part, ast.String) else "" for part in reference.fields or ()]
    if not name or (not qualifiers and name in given):
        return
    for alias, relation in tables.items():
        if (not qualifiers or qualifiers[-1] == alias) and any(one.name == name for one in relation.columns):
            yield Asked(relation.oid, name, values)


def _constants(node: object, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the constants that a side of a comparison lists; none where it holds anything else."""
    match bare(node):
        case ast.A_Const() as constant:
            value = constant_of(constant)
            return () if value is None else (value,)
        case ast.A_ArrayExpr(elements=tuple(parts)) | tuple(parts):
            found = [_constants(part, given) for part in parts]
            return tuple(value for one in found for value in one) if all(found) else ()
        case ast.ParamRef(number=number):
            return (given[f"${number}"],) if f"${number}" in given else ()
        case ast.ColumnRef() as reference:
            name = last_name(reference)
            return (given[name],) if name in given else ()
    return ()
