"""The main job on a small sample project in a temporary folder, told line by line."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from commands.create import draft_migration, question, write_draft
from commands.seed import seed_dev
from commands.validate import validate_text
from commands.verify import verify
from guardrails.lint.report.plain import plain
from guardrails.shadow.report.drawing import draw
from guardrails.shadow.report.sentences import headline, of_rollback
from seeds.contracts import SeedConfig

_SAMPLE = {
    "supabase/migrations/20260105090000_profiles.sql": """\
CREATE TABLE public.profiles (
  id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  username text NOT NULL UNIQUE,
  full_name text,
  avatar_url text,
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own profile" ON public.profiles TO authenticated USING ((SELECT auth.uid()) = id);
""",
    "supabase/config.toml": 'project_id = "demo"\n',
}
_DANGEROUS = "DO $$ BEGIN EXECUTE 'TRUNCATE public.' || 'profiles'; END $$;\nALTER TABLE public.profiles DROP COLUMN full_name;\n"
_WANTED = """\
CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  profile_id uuid NOT NULL REFERENCES public.profiles (id),
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'shipped')),
  total numeric(10, 2) NOT NULL CHECK (total >= 0),
  created_at timestamptz NOT NULL DEFAULT now()
);
"""


def demo() -> Iterator[str]:
    """Show the tool in one screen: what it refuses, what it completes, what it asks, and the rows it makes."""
    with tempfile.TemporaryDirectory(prefix="pg-guardrails-demo-") as folder:
        root = Path(folder)
        for name, text in _SAMPLE.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield from _refuses(root)
        path = yield from _drafts(root)
        yield from _proves(root, path)
        yield from _seeds(root)
    yield "Nothing was applied to a database of yours: no part of pg-guardrails can do that."


def _refuses(root: Path) -> Iterator[str]:
    yield "1. An assistant writes a migration that would lose data. It is read with PostgreSQL's own parser:"
    yield from (f"     {line}" for line in _DANGEROUS.splitlines())
    for finding in validate_text(_DANGEROUS, root, path="draft.sql").errors:
        yield f"   ✗ line {finding.line}: {finding.code}: {plain(finding.message)}"
    yield ""


def _drafts(root: Path) -> Generator[str, None, Path]:
    yield "2. It drafts another one, a table of orders. What is missing is added, and it is validated:"
    draft = draft_migration(
        root, "add orders", "Customers place orders", sql=_WANTED, dependencies=["profiles"]
    )
    for words in draft.added:
        yield f"   + {plain(words)}"
    yield f"   ✓ {len(draft.result.errors)} errors, {len(draft.result.warnings)} warnings"
    yield ""
    yield "3. A human is asked, in the assistant's window or at a terminal. Here the demo says yes for you:"
    yield from (f"   | {line}" for line in question(draft).splitlines())
    written = write_draft(root, draft.id)
    yield f"   ✓ written: {written.path}"
    yield f"   ✓ to take it back: {written.rollback_path}"
    yield ""
    return root / written.path


def _proves(root: Path, path: Path) -> Iterator[str]:
    yield "4. A throwaway PostgreSQL of our own runs the history, the migration, and what takes it back:"
    verification = verify(root, [path])
    for verified in verification.files:
        yield from (f"     {plain(line)}" for line in draw(verified.steps))
        yield from (f"   ✗ {plain(finding.message)}" for finding in verified.findings)
        yield f"   after the rollback {plain(of_rollback(verified))}"
        if verified.isolation is not None:
            yield f"   two tenants tried every command: {plain(verified.isolation.lines[-1]).removeprefix('isolation: ')}"
    yield f"   {plain(headline(verification))}"
    yield ""


def _seeds(root: Path) -> Iterator[str]:
    yield "5. Another one gets the migrations, and rows to work with:"
    seeded = seed_dev(root, SeedConfig(user_count=20), environ={})
    for error in seeded.result.errors:
        yield f"   ✗ {plain(error)}"
    for table, number in seeded.result.created.items():
        columns, *rows = seeded.result.samples[table]
        shown = _some(columns, rows[0] if rows else ())
        yield f"   {table:<16} {number:>4} rows, as {plain(shown)}"
    yield f"   ✓ {sum(seeded.result.created.values())} rows in {seeded.result.duration_ms} ms, every constraint held"
    yield ""


def _some(columns: Sequence[str], row: Sequence[str]) -> str:
    wanted = ("email", "username", "full_name", "status", "total")
    return ", ".join(value for name, value in zip(columns, row, strict=False) if name in wanted and value)


@dataclass(frozen=True)
class _Look:
    """How the picture of a terminal is drawn, in pixels."""

    line: int = 20
    letter: float = 8.4
    margin: int = 20


def drawn(lines: Sequence[str]) -> str:
    """Return a picture of a terminal that printed these lines, as SVG."""
    look = _Look()
    shown = [line[:118] for line in ("$ pg-guardrails demo", *lines)]
    width = int(max(map(len, shown)) * look.letter) + 2 * look.margin
    height = len(shown) * look.line + 2 * look.margin
    colours = {"✗": "#ff7b72", "✓": "#7ee787", "+": "#79c0ff", "$": "#d2a8ff"}
    texts = "\n".join(
        f'<text x="{look.margin}" y="{look.margin + 14 + number * look.line}" '
        f'fill="{colours.get(line.strip()[:1], "#e6edf3")}" xml:space="preserve">{escape(line)}</text>'
        for number, line in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" role="img" '
        'aria-label="What pg-guardrails demo prints">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n{texts}\n</svg>\n'
    )
