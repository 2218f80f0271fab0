"""SQL, as a client is given it -> whether it only reads. The linter's parser reads it, loaded only here."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from pglast import ast


class Effect(IntEnum):
    READS = 0
    UNKNOWN = 1  # it can't be read, or calls what may do anything
    WRITES = 2
    DESTROYS = 3


_META = re.compile(r"(?m)^[ \t]*\\(?P<name>[A-Za-z?!]+)(?P<rest>[^\n]*)$")
_GOES = re.compile(r"\\(gexec|gset|gdesc|gx|g|watch|crosstabview)\b([^\n]*)")
_READING = re.compile(
    r"d\w*\+?|l\+?|z|sf\+?|sv\+?|h|\?|q|x|a|t|f|H|C|T|timing|pset|echo|qecho|warn|conninfo|encoding|errverbose|if|elif|else|endif|set|unset|prompt|p|r|s|gdesc"
)
_SESSION = frozenset(
    {
        "TransactionStmt",
        "VariableShowStmt",
        "DeallocateStmt",
        "ClosePortalStmt",
        "FetchStmt",
        "CheckPointStmt",
    }
)
_DESTROYING = frozenset(
    {
        "DropStmt",
        "TruncateStmt",
        "DeleteStmt",
        "DropdbStmt",
        "DropRoleStmt",
        "DropOwnedStmt",
        "DropTableSpaceStmt",
        "DropUserMappingStmt",
        "DropSubscriptionStmt",
    }
)
_PURE = re.compile(
    r"count|sum|avg|min|max|every|bool_(?:and|or)|bit_(?:and|or|xor|length)|array_\w+|string_agg|string_to_\w+|xmlagg|jsonb?_\w+|to_\w+|row_to_json|row_number|rank|dense_rank|percent_rank"
    r"|cume_dist|ntile|lag|lead|first_value|last_value|nth_value|mode|percentile_\w+|stddev\w*|var(?:iance|_pop|_samp)|corr|covar_\w+|regr_\w+|grouping|any_value"
    r"|lower|upper|initcap|length|char_length|character_length|octet_length|substr|substring|left|right|trim|btrim|ltrim|rtrim|lpad|rpad|replace|translate|reverse|repeat|split_part|strpos|position"
    r"|concat|concat_ws|format|quote_\w+|md5|sha\d+|encode|decode|ascii|chr|starts_with|regexp_\w+|overlay|normalize|unistr|similarity|word_similarity|unaccent|levenshtein|soundex|metaphone"
    r"|now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|age|date_\w+|extract|make_\w+|justify_\w+|isfinite|timezone"
    r"|abs|ceil|ceiling|floor|round|trunc|mod|power|sqrt|cbrt|exp|ln|log|log10|sign|random|random_normal|gcd|lcm|div|degrees|radians|pi|sin|cos|tan|width_bucket|greatest|least|coalesce|nullif|factorial"
    r"|generate_series|generate_subscripts|unnest|cardinality|int4range|int8range|numrange|tsrange|tstzrange|daterange|lower_inc|upper_inc|isempty"
    r"|current_\w+|session_user|user|version|inet_\w+|host|network|masklen|family|broadcast|hostmask|netmask|abbrev|uuid_generate_v\d\w*|gen_random_uuid|uuidv\d"
    r"|ts_\w+|plainto_tsquery|phraseto_tsquery|websearch_to_tsquery|setweight|numnode|querytree|get_current_ts_config"
    r"|has_\w+_privilege|pg_has_role|row_security_active|obj_description|col_description|shobj_description|txid_current_if_assigned|pg_typeof|format_type|num_nonnulls|num_nulls"
    r"|pg_get_\w+|pg_size_pretty|pg_(?:table|relation|total_relation|database|indexes|tablespace|column)_size|pg_\w+_is_visible|pg_is_\w+|pg_postmaster_start_time|pg_conf_load_time|pg_backend_pid|pg_blocking_pids"
    r"|pg_last_\w+|pg_current_\w+|pg_stat_get_\w+|pg_encoding_to_char|pg_char_to_encoding|pg_options_to_table|pg_describe_object|pg_identify_object|pg_index_column_has_property|pg_sequence_last_value|pg_listening_channels"
    r"|st_\w+|box|circle|point|polygon|line|lseg|path|area|center|diameter|height|width|cosine_distance|l2_distance|inner_product|vector_dims|vector_norm|hstore|akeys|avals|skeys|svals|each|nlevel|subpath|lca|crosstab\d*"
)
# The pattern for to_… and st_… must not swallow what has an effect.
_IMPURE = re.compile(r"currval_set|st_createtable|to_regexec")


def effect_of(text: str) -> Effect:
    """Return the strongest effect of what psql, or a tool that takes SQL, is given."""
    if UNKNOWN in text:
        known = _effect(text.replace(UNKNOWN, " ")) if text.strip(UNKNOWN + " \n;") else Effect.UNKNOWN
        return max(Effect.UNKNOWN, known)
    return _effect(text)


def _effect(text: str) -> Effect:
    found = [Effect.READS]

    def meta(line: re.Match[str]) -> str:
        reads = _READING.fullmatch(line["name"]) and "|" not in line["rest"] and "`" not in line["rest"]
        found.append(Effect.READS if reads else Effect.UNKNOWN)
        return ""

    def goes(command: re.Match[str]) -> str:
        harmless = command[1] in {"gx", "g", "gdesc", "crosstabview", "gset"} and not command[2].strip()
        found.append(Effect.READS if harmless else Effect.UNKNOWN)
        return ";"

    sql = _GOES.sub(goes, _META.sub(meta, text))
    if sql.strip().strip(";"):
        found += _statements(sql)
    return max(found)


def _statements(sql: str) -> list[Effect]:
    from guardrails.lint.parsing import parse, walk  # noqa: PLC0415  (loads PostgreSQL's parser)

    script = parse(sql)
    if not script.faults and not script.statements:
        return [Effect.READS]
    found = [Effect.UNKNOWN for _ in script.faults]
    for statement in script.statements:
        kinds = [(type(node).__name__, node) for node in walk(statement.node)]
        found.append(
            max((_of_node(kind, node, statement.node) for kind, node in kinds), default=Effect.READS)
        )
        found.append(_of_statement(type(statement.node).__name__, statement.node))
    return found


def _of_statement(kind: str, node: ast.Node) -> Effect:
    """Return what the kind of a statement says by itself."""
    if kind in _DESTROYING:
        return Effect.DESTROYS
    if kind in _SESSION or kind in {"SelectStmt", "PrepareStmt", "DeclareCursorStmt"}:
        return Effect.READS
    if kind == "VariableSetStmt":
        name = getattr(node, "name", None) or ""
        return (
            Effect.READS
            if name not in {"session_replication_role", "role", "session_authorization"}
            else Effect.UNKNOWN
        )
    if kind == "ExplainStmt":
        inner = getattr(node, "query", None)
        names = {(option.defname or "").lower() for option in getattr(node, "options", None) or ()}
        if "analyze" in names and inner is not None:
            return _of_statement(type(inner).__name__, inner)
        return Effect.READS
    if kind == "CopyStmt":
        goes_out = not getattr(node, "is_from", False) and not getattr(node, "is_program", False)
        return Effect.READS if goes_out and getattr(node, "filename", None) is None else Effect.WRITES
    if kind == "AlterTableStmt":
        commands = getattr(node, "cmds", None) or ()
        drops = any(
            "Drop" in str(getattr(command, "subtype", "")) or "DROP" in str(getattr(command, "subtype", ""))
            for command in commands
        )
        return Effect.DESTROYS if drops else Effect.WRITES
    return Effect.WRITES


def _of_node(kind: str, node: ast.Node, top: ast.Node) -> Effect:
    """Return what one node of a statement adds to it."""
    if type(top).__name__ == "ExplainStmt" and _of_statement("ExplainStmt", top) is Effect.READS:
        return Effect.READS
    match kind:
        case "DeleteStmt" | "TruncateStmt" | "DropStmt":
            return Effect.DESTROYS
        case (
            "InsertStmt"
            | "UpdateStmt"
            | "MergeStmt"
            | "IntoClause"
            | "LockingClause"
            | "DoStmt"
            | "CallStmt"
            | "ExecuteStmt"
        ):
            return Effect.WRITES
        case "FuncCall":
            parts = [str(getattr(part, "sval", "")) for part in getattr(node, "funcname", None) or ()]
            name = parts[-1].lower() if parts else ""
            known = len(parts) == 1 or parts[0] in {"pg_catalog", "extensions", "auth"}
            pure = _PURE.fullmatch(name) or (
                parts[:1] == ["auth"] and name in {"uid", "role", "jwt", "email"}
            )
            return Effect.READS if known and pure and not _IMPURE.fullmatch(name) else Effect.UNKNOWN
    return Effect.READS
