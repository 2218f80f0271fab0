"""A program in another language than Python -> the commands and files that literals in its calls name."""

from __future__ import annotations

import re

from guardrails.agent.python_code import Doings
from guardrails.agent.starts import quoted

_LITERAL = r"(?:'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"|`((?:\\.|[^`\\$])*)`)"
_STARTS = re.compile(
    r"\b(?:exec(?:File)?(?:Sync)?|spawn(?:Sync)?|system|popen|shell_exec|passthru|proc_open|execa(?:Command)?(?:Sync)?|capture[23]e?|Deno\.Command)"
    rf"\s*\(?\s*{_LITERAL}(?P<more>\s*,\s*\{{\s*args\s*:\s*\[[^\]]*\]|\s*,\s*\[[^\]]*\]|(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*)"
)
_WORDS = re.compile(r"\b(?:exec|system)\s*\(?\s*qw\s*[(\[{/]([^)\]}/]*)")
_COMMAND_QUOTES = {
    "ruby": r"(?:`|%x[({\[])([^`)}\]]*)",
    "perl": r"(?:`|qx[({\[])([^`)}\]]*)",
    "php": r"`([^`]*)`",
}
_TAGGED = re.compile(r"\$`([^`]*)`")
_CHANGES = re.compile(
    r"\b(?:(?:write|append)(?:Text)?File(?:Sync)?|unlink(?:Sync)?|rm(?:Sync|dirSync)?|rename(?:Sync)?|cp(?:Sync)?|copyFile(?:Sync)?|truncate(?:Sync)?|chmod(?:Sync)?|symlink(?:Sync)?|createWriteStream"
    r"|Bun\.write|Deno\.(?:remove|rename|copyFile|writeTextFileSync|truncate)|(?:File|IO)\.(?:write|delete|rename|unlink|truncate|symlink)|FileUtils\.\w+|file_put_contents|copy)"
    rf"\s*\(?\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?"
)
_OPENS = re.compile(rf"\b(?:File\.open|fopen|open)\s*\(?\s*{_LITERAL}\s*,\s*['\"][wax+]")
_READS = re.compile(
    rf"\b(?:readFile(?:Sync)?|Deno\.readTextFile(?:Sync)?|Bun\.file|(?:File|IO)\.(?:read|readlines)|file_get_contents)\s*\(?\s*{_LITERAL}"
)
_PRINTS = re.compile(
    r"(?:\s*(?:console\.(?:log|error|info|warn)|puts|print|p|echo|say)\b\s*\(?\s*(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\#$@])*\")\s*\)?\s*(?:;|\n|$))+"
)


def doings(language: str, text: str) -> Doings:
    """Return what calls with literals plainly do; a call with anything else is not seen."""
    starts: list[str] = []
    for found in _STARTS.finditer(text):
        program = _literal(found)
        more = [one or other for one, other in re.findall(r"'([^']*)'|\"([^\"]*)\"", found["more"])]
        starts.append(" ".join((program, *map(quoted, more))))
    starts += [found[1] for found in _WORDS.finditer(text)]
    if quotes := _COMMAND_QUOTES.get(language):
        starts += [found[1] for found in re.finditer(quotes, text)]
    starts += [found[1] for found in _TAGGED.finditer(text)]
    changed = [one for found in _CHANGES.finditer(text) for one in found.groups() if one] + [
        _literal(found) for found in _OPENS.finditer(text)
    ]
    read = [_literal(found) for found in _READS.finditer(text)]
    return Doings(tuple(starts), tuple(changed), tuple(read), _PRINTS.fullmatch(text) is not None)


def _literal(found: re.Match[str]) -> str:
    return next((one for one in found.groups()[:3] if one), "")
