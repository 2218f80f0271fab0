"""The review page in a real browser, inside a host with Apps around the real server."""

from typing import Any

import pytest

DARK = "rgb(17, 20, 24)"
LIGHT = "rgb(246, 247, 249)"


def ground(shown: Any) -> str:
    return str(shown.frame.locator("body").evaluate("node => getComputedStyle(node).backgroundColor"))


def focused(shown: Any) -> str:
    return str(
        shown.frame.locator("body").evaluate(
            "() => document.activeElement.id || document.activeElement.textContent"
        )
    )


def approve(shown: Any, answer: str = "Approved") -> None:
    """Do what a person does, and wait for what the page says."""
    shown.frame.get_by_label("I have read it").check()
    shown.frame.get_by_role("button", name="Approve and write the file").click()
    shown.wait_for_answer(answer)


def test_a_draft_is_shown_once_the_host_hands_it_over(host: Any, opened: Any) -> None:
    created = host.draft()
    shown = host.show(opened)

    assert shown.frame.locator("h1").text_content() == "Add notes"
    assert shown.frame.locator("#purpose").text_content() == "People write them down"
    assert "ENABLE ROW LEVEL SECURITY" in shown.frame.locator("#sql").text_content()
    assert "DROP TABLE public.notes;" in shown.frame.locator("#rollback").text_content()
    assert created["draft_path"] in shown.frame.locator("#about").text_content()
    assert [one["protocolVersion"] for one in shown.sent("ui/initialize")] == ["2026-01-26"]
    assert len(shown.sent("ui/notifications/initialized")) == 1
    assert shown.sent("ui/notifications/size-changed")
    assert shown.said == []


def test_approve_writes_the_file_and_the_assistant_is_told(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    approve(shown)

    (written,) = host.migrations
    assert f"supabase/migrations/{written.name}" in shown.answer
    assert shown.frame.locator("#bar").is_hidden()
    (context,) = shown.sent("ui/update-model-context")
    assert "not applied" in context["content"][0]["text"]


def test_approve_without_a_tick_sends_nothing(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    shown.frame.get_by_role("button", name="Approve and write the file").click()

    assert "First tick" in shown.answer
    assert focused(shown) == "read"
    assert shown.sent("tools/call") == []
    assert host.migrations == []


def test_a_click_that_no_person_made_is_no_answer(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    shown.frame.locator("#read").evaluate("node => { node.checked = true; }")
    shown.frame.locator("button.yes").evaluate("node => node.click()")

    assert shown.sent("tools/call") == []
    assert host.migrations == []


def test_reject_writes_nothing_and_passes_on_what_the_person_says(host: Any, opened: Any) -> None:
    created = host.draft()
    shown = host.show(opened)
    shown.frame.get_by_role("button", name="Reject").click()
    shown.frame.get_by_label("What should be different?").fill("Call it memos")
    shown.frame.get_by_role("button", name="Send the rejection").click()
    shown.wait_for_answer("Rejected")

    assert host.migrations == []
    (message,) = shown.sent("ui/message")
    assert message["content"][0]["text"] == f"I rejected draft {created['draft_id']}: Call it memos"


def test_an_answer_that_is_sent_again_is_refused(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    approve(shown)
    (sent,) = shown.sent("tools/call")
    again = host.rpc("tools/call", sent)

    assert again["isError"]
    assert len(host.migrations) == 1


def test_a_page_that_can_not_answer_any_more_says_how_a_person_can(host: Any, opened: Any) -> None:
    created = host.draft()
    shown = host.show(opened)
    host.rpc("tools/call", {"name": "create_migration", "arguments": host.setting["arguments"]})
    approve(shown, "Nothing was decided")

    assert f"pg-guardrails confirm {created['draft_id']}" in shown.answer
    assert host.migrations == []


def test_a_page_that_a_host_kept_from_an_earlier_server_reads_its_key_anew(host: Any, opened: Any) -> None:
    host.draft()
    key = host.html().split('name="pg-guardrails-key" content="')[1].split('"')[0]
    host.setting["html"] = host.html().replace(key, "0" * len(key))
    shown = host.show(opened)
    approve(shown)

    assert len(shown.sent("resources/read")) == 1
    assert len(host.migrations) == 1


def test_a_draft_with_errors_is_shown_without_a_way_to_approve(host: Any, opened: Any) -> None:
    host.draft("DROP TABLE users;")
    shown = host.show(opened)

    assert "Blocked" in shown.frame.locator("#headline").text_content()
    assert shown.frame.get_by_role("button", name="Approve").count() == 0
    assert "ask the assistant to mend them" in shown.frame.locator("#bar").text_content().lower()


def test_a_draft_that_is_written_already_says_where(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    approve(shown)
    host.draft()
    again = host.show(opened)

    assert f"{host.migrations[0].name} stands there already" in again.answer
    assert again.frame.locator("#bar").is_hidden()


def test_a_host_that_keeps_the_draft_to_itself_gets_the_command_for_a_person(host: Any, opened: Any) -> None:
    created = host.draft()
    del host.setting["result"]["_meta"]
    shown = host.show(opened, review=False)

    assert f"pg-guardrails confirm {created['draft_id']}" in shown.frame.locator("#waiting").text_content()
    assert shown.frame.locator("#bar").is_hidden()


def test_a_message_that_is_not_from_the_host_changes_nothing(host: Any, opened: Any) -> None:
    host.draft()
    del host.setting["result"]["_meta"]
    shown = host.show(opened, review=False)
    forged = {
        "jsonrpc": "2.0",
        "method": "ui/notifications/host-context-changed",
        "params": {"theme": "dark"},
    }
    shown.frame.locator("body").evaluate(
        "(_, forged) => new Promise((done) => { window.postMessage(forged, '*'); setTimeout(done, 50); })",
        forged,
    )

    assert ground(shown) == LIGHT


def test_the_host_chooses_the_theme(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened, color_scheme="dark")

    assert ground(shown) == LIGHT

    shown.page.evaluate(
        "send({ method: 'ui/notifications/host-context-changed', params: { theme: 'dark' } })"
    )
    shown.frame.locator(':root[data-theme="dark"]').wait_for(state="attached")

    assert ground(shown) == DARK


def test_the_keyboard_is_enough(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    shown.page.locator("#before").focus()
    passed = []
    while "read" not in passed and len(passed) < 60:
        shown.page.keyboard.press("Tab")
        passed.append(focused(shown))
    shown.page.keyboard.press("Space")
    while focused(shown) != "Approve and write the file":
        shown.page.keyboard.press("Tab")
    shown.page.keyboard.press("Enter")
    shown.wait_for_answer("Approved")

    assert passed[0] == "Skip to the findings"
    assert len(host.migrations) == 1


def test_the_tab_key_leaves_the_page_at_its_end(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    shown.page.locator("#before").focus()
    for _ in range(60):
        shown.page.keyboard.press("Tab")
        if shown.page.evaluate("document.activeElement.id") == "after":
            break

    assert shown.page.evaluate("document.activeElement.id") == "after"


def test_letters_lead_to_findings_and_can_be_switched_off(host: Any, opened: Any) -> None:
    host.draft(SQL_WITH_WARNINGS)
    shown = host.show(opened)
    shown.frame.locator("h1").evaluate("node => node.focus()")
    shown.page.keyboard.press("n")
    first = focused(shown)
    shown.page.keyboard.press("n")
    second = focused(shown)
    shown.page.keyboard.press("p")

    assert first.startswith("F")
    assert second.startswith("F")
    assert second != first
    assert focused(shown) == first

    shown.page.keyboard.press("a")

    assert focused(shown) == "read"

    shown.page.keyboard.press("?")
    shown.frame.get_by_label("Single letters are shortcuts").uncheck()
    before = focused(shown)
    shown.page.keyboard.press("n")

    assert focused(shown) == before


SQL_WITH_WARNINGS = "ALTER TABLE public.users ALTER COLUMN age TYPE text;\nALTER TABLE public.users ALTER COLUMN size TYPE text;"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_axe_is_broken(host: Any, opened: Any, axe: Any, theme: str) -> None:
    host.draft(SQL_WITH_WARNINGS)
    host.setting["context"]["theme"] = theme
    shown = host.show(opened, bypass_csp=True)

    assert axe(shown.page.frames[1]) == []


def test_a_draft_is_proved_from_the_page_and_can_be_approved_after_that(host: Any, opened: Any) -> None:
    host.draft()
    shown = host.show(opened)
    shown.page.set_default_timeout(60_000)
    shown.frame.get_by_role("button", name="Prove it first").click()
    shown.wait_for_answer("Proof: proved")

    assert shown.frame.locator("#schema").is_visible()
    assert shown.frame.get_by_role("button", name="Prove it first").count() == 0

    approve(shown)

    assert len(host.migrations) == 1
