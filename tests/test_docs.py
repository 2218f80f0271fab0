"""What the documents say is so: links lead somewhere, commands exist, prompts keep to the house rules."""

import re
from pathlib import Path

import pytest

from commands.cli import _parser
from commands.prompts import load_prompts
from commands.rules import pages

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PROMPTS = sorted((ROOT / ".claude" / "commands").glob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HOUSE_KEYS = [
    "name", "description", "argument-hint", "version", "lane", "tags", "when_to_use", "arguments", "inputs", "outputs",
    "riskLevel", "requiresHITL", "riskPolicyRef", "allowed-tools", "preconditions", "postconditions", "artifacts",
    "permissions", "timeouts", "idempotent", "dryRun", "estimatedRuntimeSec", "costHints", "references",
]  # fmt: skip
SECTIONS = ["**Slash Command:**", "**Goal:**", "**Prompt:**", "**Examples:**", "**Failure & Recovery:**"]


def anchors(page: Path) -> set[str]:
    headings = [line.lstrip("#").strip() for line in page.read_text().splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def front_of(page: Path) -> dict[str, str]:
    _, front, _ = page.read_text().split("---\n", 2)
    lines = [line for line in front.splitlines() if re.match(r"[A-Za-z_-]+:", line)]
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        if link.startswith("http"):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_pages_of_the_rules_are_current() -> None:
    """They show the exact report of every bad example, so they are the snapshot of messages and positions."""
    docs = ROOT / "docs"
    written = {
        path.relative_to(docs).as_posix(): path.read_text("utf-8")
        for path in (docs / "rules.md", *(docs / "rules").iterdir())
    }
    current = pages()

    stale = sorted(name for name in written | current if written.get(name) != current.get(name))
    assert stale == [], f"run: make docs (and remove pages of families that are gone), for {stale}"


def test_every_command_is_in_the_readme_and_every_one_there_exists() -> None:
    usage = _parser().format_help()
    listed = set(re.findall(r"^    (\w+)(?: |$)", usage, re.MULTILINE))
    readme = (ROOT / "README.md").read_text()

    named = set(re.findall(r"`pg-guardrails (\w+)", readme))

    assert listed
    assert named == listed


@pytest.mark.parametrize("page", PROMPTS, ids=lambda page: page.stem)
def test_a_prompt_has_the_keys_of_the_house_in_their_order(page: Path) -> None:
    assert list(front_of(page)) == HOUSE_KEYS


@pytest.mark.parametrize("page", PROMPTS, ids=lambda page: page.stem)
def test_a_prompt_has_its_parts_in_their_order(page: Path) -> None:
    text = page.read_text()
    places = [text.index(section) for section in SECTIONS]

    assert places == sorted(places)


@pytest.mark.parametrize("page", PROMPTS, ids=lambda page: page.stem)
def test_the_policy_that_a_prompt_refers_to_is_there(page: Path) -> None:
    path, _, anchor = front_of(page)["riskPolicyRef"].strip('"').partition("#")

    assert anchor in anchors(ROOT / path)


@pytest.mark.parametrize("page", PROMPTS, ids=lambda page: page.stem)
def test_a_prompt_allows_no_tool_that_could_apply(page: Path) -> None:
    allowed = re.findall(r'"([^"]+)"', front_of(page)["allowed-tools"])

    assert allowed
    for tool in allowed:
        assert tool.startswith(
            ("mcp__pg-guardrails__", "Bash(pg-guardrails validate:", "Bash(pg-guardrails rules:")
        )


@pytest.mark.parametrize("page", PROMPTS, ids=lambda page: page.stem)
def test_a_prompt_says_never_to_apply_and_to_ask_and_validate(page: Path) -> None:
    text = page.read_text()

    assert "Never apply" in text
    assert re.search(r"asks? the human|ask for human confirmation", text)
    assert "validate" in text


def test_prompts_are_read_from_the_same_files() -> None:
    prompts = load_prompts()

    assert [prompt.name for prompt in prompts] == [page.stem for page in PROMPTS]
    assert all(prompt.text in page.read_text() for prompt, page in zip(prompts, PROMPTS, strict=True))


def test_no_file_names_the_host_of_a_package_registry() -> None:
    hosts = (
        "py" + "pi.org",
        "files.python" + "hosted",
        "registry.npm" + "js",
        "npm" + "js.com",
        "deb.debian",
    )
    pages = [
        *PAGES,
        ROOT / "requirements.txt",
        ROOT / "pyproject.toml",
        ROOT / "Makefile",
        *(ROOT / "scripts").iterdir(),
    ]
    for page in pages:
        assert not [host for host in hosts if host in page.read_text()], page
