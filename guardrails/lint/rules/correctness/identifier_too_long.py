"""PostgreSQL cuts a name after 63 bytes, and says so only in a notice.

Two long names that begin alike become one: the second CREATE fails, or `IF NOT EXISTS` takes the
first for it. Code that looks the object up by its full name doesn't find it. A letter that is not
ASCII takes two to four bytes.

Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, reported_by_engine
from guardrails.lint.parsing import ParseError, scan
from guardrails.lint.patterns import regex
from guardrails.lint.spelling import written

_LONGEST = 63  # bytes: NAMEDATALEN - 1
_BETWEEN_WORDS = regex(r"[^\w$]+")
_LONG_QUOTATION = regex(r'"[^"\n]{16}[^"\n]*')
_NON_ASCII = regex(r"[^\x00-\x7f]")
_SHOWN = 24


def check_text(text: str) -> Iterator[Problem]:
    if not _has_long_word(text):
        return
    try:
        tokens = scan(_NON_ASCII.sub("x", text))
    except ParseError:
        return
    for token in tokens:
        if token.name == "IDENT":
            raw = text[token.start : token.end + 1]
            name = raw[1:-1].replace('""', '"') if raw.startswith('"') else raw
            if len(name.encode("utf-8", "replace")) > _LONGEST:
                kept = name.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
                yield Problem(
                    f"the name {name[:_SHOWN]}… is longer than 63 bytes: PostgreSQL makes it {written((kept,))}",
                    token.start,
                )


def _has_long_word(text: str) -> bool:
    """Tell whether something may be a long name; most texts have none, and need not be scanned."""
    if text.isascii() and max(map(len, text.split()), default=0) <= _LONGEST and '"' not in text:
        return False  # the quick way to say so of most
    return any(
        len(word) > _LONGEST or (not word.isascii() and len(word.encode("utf-8", "replace")) > _LONGEST)
        for word in (*_BETWEEN_WORDS.split(text), *_LONG_QUOTATION.findall(text))
    )


RULE = Rule(
    code="IDENTIFIER_TOO_LONG",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Choose a name of at most 63 bytes.",
    check=reported_by_engine,
    check_text=check_text,
    bad=(
        f"CREATE TABLE internal.{'orders_' * 10} (id bigint PRIMARY KEY);",
        f'ALTER TABLE orders ADD COLUMN "{"größe " * 10}" text;',
        f"CREATE TABLE internal.{'заказ' * 7} (id bigint PRIMARY KEY);",
    ),
    good=(
        f"CREATE TABLE internal.{'a' * 63} (id bigint PRIMARY KEY);",
        f"SELECT '{'a' * 100}';",
        f"-- {'a' * 100}\nSELECT 1;",
        f"DO $$ BEGIN RAISE NOTICE '{'a' * 100}'; END $$;",
    ),
)
