"""The review page as a file, in a real browser: what it shows, on which screens, and what it never does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands.cli import main

BEFORE = """\
CREATE TABLE public.users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text, age int);
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.users TO authenticated USING ((SELECT auth.uid()) = id);
"""
MIGRATION = """\
-- Migration: Age as text
-- Purpose: Some people give it in words
-- Dependencies: users
ALTER TABLE public.users ALTER COLUMN age TYPE text USING age::text;
CREATE TABLE public.tags (id uuid PRIMARY KEY, owner uuid REFERENCES public.users (id));
ALTER TABLE public.users DROP COLUMN email;
"""
ATTACKS = (
    "</script><script>document.title = 'owned'</script>",
    "</script x='1' ><b>",
    "</script/><!-- <script ",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "'\"><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<!--<script>alert(1)//-->",
    "javascript:alert(1)",
    "]]><style>*{display:none}</style>",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;b&gt; &amp; \\u003cscript\\u003e %%script%% %%data%%",
    "line \u2028 and \u2029 paragraph",
    "a\\",
    "$& $` $' $1",
)  # fmt: skip
HIDDEN = {
    "\u202e": "U+202E", "\u2066": "U+2066", "\u200b": "U+200B", "\u00a0": "U+00A0", "\u3164": "U+3164",
    "\ufeff": "U+FEFF", "\u00ad": "U+00AD", "\U000e0041": "U+E0041", "\x07": "U+0007", "\x1b": "U+001B",
    "\u2028": "U+2028", "\u0600": "U+0600", "\ue000": "U+E000",
}  # fmt: skip
Page = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    (root / "supabase" / "migrations").mkdir(parents=True)
    (root / "supabase" / "config.toml").touch()
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def page(project: Path) -> Page:
    """Write a migration, and the page of it; return the page's address."""

    def write(sql: str, *arguments: str, before: str = BEFORE) -> str:
        folder = project / "supabase" / "migrations"
        (folder / "20260101000000_users.sql").write_text(before)
        path = folder / "20260102000000_next.sql"
        path.write_bytes(sql.encode())
        main(["review", str(path), "--html", "page.html", *arguments])
        return (project / "page.html").as_uri()

    return write


def wider_than(shown: Any, width: int) -> list[str]:
    """Return what reaches out of the screen to the right, where the page itself would have to be scrolled."""
    if shown.page.evaluate("document.documentElement.scrollWidth") <= width:
        return []
    found: list[str] = shown.page.evaluate(
        "[...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1)"
        ".map((node) => node.outerHTML.slice(0, 80))"
    )
    return found or ["something"]


def written(shown: Any) -> str:
    """Return the SQL as it is shown, with each hidden character that is written out put back."""
    lines: list[str] = shown.page.locator("#sql .text").evaluate_all(
        """(nodes) => nodes.map((node) => {
            const copy = node.cloneNode(true);
            for (const mark of copy.querySelectorAll(".unseen")) {
                mark.replaceWith(String.fromCodePoint(parseInt(mark.textContent.slice(2), 16)));
            }
            return copy.textContent;
        })"""
    )
    return "\n".join(lines) + "\n"


def test_the_page_shows_the_migration_with_its_findings_at_their_lines(page: Page, opened: Any) -> None:
    shown = opened(page(MIGRATION))

    assert shown.page.title() == "Review: Age as text"
    assert "1 error" in shown.page.locator("#headline").text_content()
    assert shown.page.locator("#about").text_content().count("users") == 1
    assert "DROP_COLUMN" in shown.page.locator("#L6").text_content()
    assert written(shown) == MIGRATION
    assert (
        "pg-guardrails approve supabase/migrations/20260102000000_next.sql"
        in shown.page.locator("#bar").text_content()
    )
    assert shown.page.get_by_role("button").count() == 0
    assert shown.said == []


def test_a_finding_leads_to_its_line(page: Page, opened: Any) -> None:
    shown = opened(page(MIGRATION))
    shown.page.get_by_role("link", name="Line 6").first.click()

    assert "DROP_COLUMN" in shown.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert shown.page.evaluate(
        "(() => { const at = document.activeElement.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight; })()"
    )


def test_what_the_configuration_turns_off_is_listed_and_leads_to_its_line(
    page: Page, project: Path, opened: Any
) -> None:
    (project / "guardrails.toml").write_text('[rules]\nDROP_COLUMN = "off"\n')
    shown = opened(page(MIGRATION))
    shown.page.get_by_text("Turned off").click()
    shown.page.locator("#findings a[href='#L6']").click()

    assert shown.page.evaluate("document.activeElement.id") == "L6"
    assert "the configuration hides 1 finding" in shown.page.locator("#facts").text_content()


def test_nothing_is_asked_of_any_machine(page: Page, opened: Any) -> None:
    address = page(MIGRATION + "".join(f"SELECT '{attack}';\n".replace("''", "'") for attack in ATTACKS))
    shown = opened(address)

    assert shown.requests == [address]


def test_markup_in_a_migration_stays_text(page: Page, opened: Any) -> None:
    sql = f"-- Migration: {' '.join(ATTACKS)}\n-- Purpose: {' '.join(ATTACKS)}\n-- Dependencies: {', '.join(ATTACKS)}\n"
    for attack in ATTACKS:
        name, quoted = attack.replace('"', '""'), attack.replace("'", "''")
        sql += (
            f"CREATE TABLE public.\"{name}\" (id int PRIMARY KEY, note text DEFAULT '{quoted}');\n"
            f'DROP TABLE public."{name}s";\n'
            f"-- guardrails: allow DROP_TABLE reason: {attack}\nDROP TABLE users;\n"
        )
    shown = opened(page(sql))

    assert written(shown) == sql
    assert "<img src=x onerror=alert(1)>" in shown.page.locator("h1").text_content()
    assert shown.page.title() != "owned"
    assert (
        shown.page.evaluate(
            "document.querySelectorAll('script, style, iframe, img, svg, object, link').length"
        )
        == 4
    )
    assert shown.said == []


def test_the_policy_of_the_page_lets_no_other_script_run(page: Page, opened: Any) -> None:
    shown = opened(page(MIGRATION))
    done = shown.page.evaluate(
        """async () => {
            const tried = [];
            try { document.body.insertAdjacentHTML("beforeend", "<b id=planted></b>"); tried.push("markup"); } catch {}
            const script = document.createElement("script");
            try { script.textContent = "window.planted = true"; document.body.append(script); } catch {}
            try { await fetch("http://127.0.0.1:9/"); tried.push("request"); } catch {}
            return [...tried, ...(window.planted ? ["script"] : [])];
        }"""
    )

    policy = shown.page.locator("meta[http-equiv]").get_attribute("content")
    assert done == []
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_what_can_not_be_seen_is_written_out(page: Page, opened: Any) -> None:
    sql = "".join(f"SELECT 'a{character}b'; -- {character}\n" for character in HIDDEN)
    shown = opened(page(sql))

    marks = shown.page.locator("#sql .text .unseen").all_text_contents()
    assert marks == [label for label in HIDDEN.values() for _ in range(2)]
    assert written(shown) == sql
    assert "Unseen characters" in shown.page.locator("#unseen").text_content()


def test_text_is_shown_in_the_order_in_which_it_is_stored(page: Page, opened: Any) -> None:
    shown = opened(page("SELECT '\u05d0\u05d1\u05d2' || 'abc';\n"))
    places = shown.page.locator("#L1 .foreign").first.evaluate(
        """(node) => [0, 1, 2].map((place) => {
            const range = document.createRange();
            range.setStart(node.firstChild ? node.childNodes[place] ?? node.firstChild : node, 0);
            range.setEnd(node.childNodes[place] ?? node.firstChild, 1);
            return range.getBoundingClientRect().left;
        })"""
    )

    assert places == sorted(places)


def test_emoji_and_letters_of_other_scripts_are_no_alarm(page: Page, opened: Any) -> None:
    shown = opened(page("SELECT '\u2764\ufe0f \U0001f469\u200d\U0001f4bb caf\u00e9 \u65e5\u672c';\n"))

    assert shown.page.locator(".unseen:visible").count() == 0
    assert shown.page.locator("#unseen").is_hidden()


@pytest.fixture
def proved(page: Page) -> str:
    more = "".join(f"ALTER TABLE public.users ADD COLUMN note_{number} text;\n" for number in range(9))
    return page(MIGRATION + more, "--verify")


def test_a_phone_never_has_to_scroll_sideways(proved: str, opened: Any) -> None:
    shown = opened(proved, width=400)
    wide = wider_than(shown, 400)
    shown.page.set_viewport_size({"width": 320, "height": 640})

    assert wide == []
    assert wider_than(shown, 320) == []
    drawing = shown.page.get_by_role("region", name="Drawing of the locks")
    assert drawing.evaluate("node => { node.scrollLeft = 9999; return node.scrollLeft > 0; }")


def test_a_long_line_stays_on_a_phone(page: Page, opened: Any) -> None:
    shown = opened(page(f'SELECT \'{"x" * 5000}\', "{"a" * 63}";\nDROP TABLE "{"b" * 63}";\n'), width=320)

    assert wider_than(shown, 320) == []


def test_what_the_proof_showed_is_there(proved: str, opened: Any, axe: Any) -> None:
    shown = opened(proved, bypass_csp=True, color_scheme="dark")
    locks, schema, tenants = (shown.page.locator(f"#{part}") for part in ("locks", "schema", "tenants"))

    assert locks.get_by_role("rowheader", name="public.users").count() == 1
    assert "ACCESS EXCLUSIVE" in locks.text_content()
    assert "DROP COLUMN email" in schema.text_content()
    assert tenants.get_by_role("cell", name="proved").count() > 0
    assert "reads and writes wait" in shown.page.locator("#facts").text_content()
    assert axe(shown.page.main_frame) == []


def test_a_long_migration_with_many_findings_is_shown_whole(page: Page, opened: Any) -> None:
    lines = [f"ALTER TABLE public.t{number} DROP COLUMN gone;" for number in range(200)]
    lines += [f"INSERT INTO public.labels VALUES ({number}, 'label {number}');" for number in range(4800)]
    shown = opened(page("\n".join(lines) + "\n"))

    assert shown.page.locator("#sql li[value]").count() == 5000
    assert shown.page.locator("#sql .note").count() >= 200
    assert "200 errors" in shown.page.locator("#headline").text_content()

    shown.page.evaluate("location.hash = ''")
    shown.page.locator("#findings summary").first.click()
    shown.page.get_by_role("link", name="Line 200", exact=True).click()

    assert shown.page.locator("#L200").evaluate(
        "node => node.getBoundingClientRect().bottom <= innerHeight + 400"
    )


def test_a_screen_reader_finds_its_way(page: Page, opened: Any) -> None:
    shown = opened(page(MIGRATION))
    shape = shown.page.locator("body").aria_snapshot()

    for landmark in ("banner", "main", "contentinfo", 'navigation "On this page"', 'region "Your answer"'):
        assert f"- {landmark}" in shape
    for heading in ('"Age as text" [level=1]', '"Findings (', '"SQL" [level=2]', '"Rollback" [level=2]'):
        assert f"heading {heading}" in shape
    assert (
        "- status" in shown.page.locator("body").aria_snapshot()
        or shown.page.locator("[role=status][aria-live]").count() == 1
    )
    assert 'note "Error DROP_COLUMN, line 6"' in shape


def test_a_migration_can_be_read_without_colours(page: Page, opened: Any) -> None:
    shown = opened(page(MIGRATION), forced_colors="active")

    assert shown.page.locator("#L6").get_attribute("data-sign") == "✗"
    assert "Error" in shown.page.locator("#L6 .badge").first.text_content()
