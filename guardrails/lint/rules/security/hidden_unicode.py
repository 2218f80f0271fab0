"""Text that a reviewer sees as something else than PostgreSQL reads.

Reported are characters that reorder the text around them, invisible ones outside strings and comments, those that
spell a hidden text for a model anywhere (tags, and variation selectors in a row),
letters of another alphabet inside a Latin word (with a Cyrillic e, `users` is another table), and
SQL behind hundreds of blanks or empty lines.

Text in any language is fine in strings and comments, and so are names in other alphabets. A string of
a language that is written from right to left may order itself.

Source: <https://www.unicode.org/reports/tr36/>,
<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
"""

import re
from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, reported_by_engine
from guardrails.lint.parsing import ParseError, Token, scan
from guardrails.lint.patterns import regex
from guardrails.lint.unicode import (
    INVISIBLE,
    REORDERING,
    SMUGGLED,
    SUSPICIOUS,
    impostor_in,
    named,
    reads_right_to_left,
)

_MOST_NESTED = 4
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_NON_ASCII = regex(r"[^\x00-\x7f]")
_GAPS = ((" " * 200, regex(r" {200,}(?=\S)")), ("\t" * 40, regex(r"\t{40,}(?=\S)")),
         ("\n" * 100, regex(r"\n{100,}(?=\S)")))  # fmt: skip
_RUN_WHAT_FOLLOWS = frozenset({"DO", "EXECUTE"})
_SEMICOLON = "ASCII_59"
_QUOTE = regex(r"[Ee]?'")
_DOLLAR = regex(r"\$\w*\$")


def check_text(text: str) -> Iterator[Problem]:
    gaps = [match.end() for blanks, gap in _GAPS if blanks in text for match in gap.finditer(text)]
    start = text.startswith("\ufeff")  # a byte order mark is no secret there
    if not gaps and (text.isascii() or not SUSPICIOUS.search(text, int(start))):
        return
    yield from _code(text, int(start), 0, gaps)


def _code(text: str, start: int, depth: int, gaps: list[int]) -> Iterator[Problem]:
    """Look at what stands between `start` and the end of a text that is SQL from there on."""
    try:
        tokens = scan(_NON_ASCII.sub("x", text[start:]))
    except ParseError:
        yield from _invisible(text, start, len(text), REORDERING if depth else INVISIBLE)
        return
    done = start
    runs = False
    previous = ""
    for token in tokens:
        begin, end = start + token.start, start + token.end + 1
        runs = (runs or token.name in _RUN_WHAT_FOLLOWS) and token.name != _SEMICOLON
        yield from _invisible(text, done, begin, INVISIBLE)
        yield from _token(text, token, begin, end, depth, runs or previous == "AS")
        previous = token.name
        if begin in gaps and token.name not in _COMMENTS:
            yield Problem(
                "this stands behind so many blanks or empty lines that a reviewer won't see it", begin
            )
        done = end
    yield from _invisible(text, done, len(text), INVISIBLE)


def _token(text: str, token: Token, begin: int, end: int, depth: int, is_code: bool) -> Iterator[Problem]:
    content = text[begin:end]
    if token.name in _COMMENTS or token.name.endswith("SCONST"):
        yield from _invisible(text, begin, end, SMUGGLED)
    if token.name in _COMMENTS:
        yield from _invisible(text, begin, end, REORDERING)
    elif token.name.endswith("SCONST"):
        quote = _DOLLAR.match(content) or (_QUOTE.match(content) if is_code else None)
        if quote and depth < _MOST_NESTED:
            inner = text[: end - len(quote[0].lstrip("Ee"))]
            gaps = [match.end() for _, gap in _GAPS for match in gap.finditer(inner, begin)]
            if gaps or SUSPICIOUS.search(content):
                yield from _code(inner, begin + len(quote[0]), depth + 1, gaps)
        elif not reads_right_to_left(content):
            yield from _invisible(text, begin, end, REORDERING)
    elif not content.isascii():
        yield from _invisible(text, begin, end, INVISIBLE)
        if impostor := impostor_in(content):
            yield Problem(
                f"the name {content} has {named(impostor)} among its Latin letters: it is not the name it looks like",
                begin,
            )


def _invisible(text: str, start: int, end: int, kind: re.Pattern[str]) -> Iterator[Problem]:
    found = kind.search(text, start, end)
    if found is not None:
        what = "reorders the text around it" if REORDERING.match(found[0]) else "can't be seen"
        yield Problem(
            f"{named(found[0][-1])} stands here, which {what}: this is not what it looks like", found.start()
        )


RULE = Rule(
    code="HIDDEN_UNICODE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Type the names again in plain letters, and remove the characters that can't be seen.",
    check=reported_by_engine,
    check_text=check_text,
    bad=(
        "DELETE FROM us\u0435rs WHERE id = 1;",
        "SELECT 1; -- safe \u202e ;sresu ELBAT PORD",
        "CREATE TABLE internal.or\u200bders (id bigint PRIMARY KEY);",
        "SELECT\u00a01;",
        "SELECT 1;" + " " * 300 + "SELECT 2;",
        "DO $$ BEGIN DELETE FROM \uff4frders WHERE id = 1; END $$;",
        "SELECT 1;" + "\n" * 200 + "SELECT 2;",
        "SELECT 'admin\u2066 \u2069';",
        "-- harmless\U000e0041\U000e0042\nSELECT 1;",
        "SELECT 'a\ufe01\ufe02\ufe03\ufe04';",
        "SELECT '\U0001f3f4" + "\U000e0041" * 9 + "';",
        "DO 'BEGIN DROP VIEW \u043erders; END';",
        "DO $$ BEGIN EXECUTE format('DROP VIEW \u043erders'); END $$;",
    ),
    good=(
        "-- Таблица заказов, für später, 注文\nSELECT 'Привет, 世界, \u05e9\u05dc\u05d5\u05dd\u200f';",
        "CREATE TABLE internal.заказы (номер bigint PRIMARY KEY);",
        "CREATE TABLE internal.注文_items (id bigint PRIMARY KEY);",
        "CREATE TABLE internal.größen (größe_id bigint PRIMARY KEY);",
        "\ufeffSELECT 1;",
        "SELECT '\U0001f469\u200d\U0001f4bb';",
        "SELECT '\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f \u2764\ufe0f';",
        "DO $$ BEGIN RAISE NOTICE 'готово'; END $$;",
        f"SELECT 1;{' ' * 300}\n",
        "SELECT '\u2067\u05e9\u05dc\u05d5\u05dd\u2069';",
    ),
)
