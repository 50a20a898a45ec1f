"""What the gallery's controls do, with the mouse and with the keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.gallery_scene import await_ticks, card, named, pending


@pytest.mark.parametrize("key", ["Enter", " "])
def test_the_keyboard_plays_and_pauses_a_focused_card(page: Page, show: Any, key: str) -> None:
    """Enter and Space do on a card what a click on its poster does."""
    show([card("a"), card("b", 1)])

    named(page, "b").focus()
    page.keyboard.press(key)
    video = named(page, "b").locator("video")
    page.wait_for_function("video => video.currentTime > 0", arg=video.element_handle())
    page.keyboard.press(key)

    assert video.evaluate("video => video.paused")


def test_arrow_keys_go_from_card_to_card(page: Page, show: Any) -> None:
    """Left and right go to the neighbour, down to the card below."""
    page.set_viewport_size({"width": 800, "height": 800})
    show([card(name) for name in "abcdef"])
    columns = page.locator(".gallery").evaluate(
        "list => getComputedStyle(list).gridTemplateColumns.split(' ').length"
    )

    named(page, "a").focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)

    expect(page.locator(".card").nth(columns)).to_be_focused()


def test_the_focus_is_shown_and_survives_changes(page: Page, show: Any) -> None:
    """A focused card has a visible ring, keeps the focus when it moves, and hands it on when it leaves."""
    show([card("a"), card("b", 1), card("c", 2)])
    named(page, "a").focus()
    page.keyboard.press("ArrowRight")
    ring = named(page, "b").evaluate("node => getComputedStyle(node).outlineColor")

    show([card("c", 2), card("a"), card("b", 1)])
    expect(named(page, "b")).to_be_focused()
    show([card("c", 2), card("a")])

    expect(named(page, "a")).to_be_focused()
    assert ring != "rgba(0, 0, 0, 0)"


def test_details_tells_python_once(page: Page, show: Any) -> None:
    """The button reports the card in one run, with the keyboard as with the mouse, and not again later."""
    show([card("a"), card("b", 1)])

    page.get_by_role("button", name="Details: Prompt of b").click()
    expect(page.get_by_text("Opened: b", exact=True)).to_be_visible()
    page.get_by_role("button", name="Details: Prompt of a").press("Enter")

    expect(page.get_by_text("Opened: b a", exact=True)).to_be_visible()


def test_enter_opens_a_card_that_has_nothing_to_play(page: Page, show: Any) -> None:
    """A failed job's card leads to its details."""
    show([pending("a", status="failed", note="The worker ran out of memory.")])

    named(page, "a").press("Enter")

    expect(page.get_by_text("Opened: a", exact=True)).to_be_visible()


def test_selection_reaches_python_and_survives_updates(page: Page, show: Any) -> None:
    """Checked cards stay checked while others come; one that left is not selected when it comes back."""
    show([card("a"), card("b", 1), card("c", 2)], selecting=True)
    page.get_by_role("checkbox", name="Select: Prompt of a").check(force=True)
    page.get_by_role("checkbox", name="Select: Prompt of c").check(force=True)
    expect(page.get_by_text("Selected: a c", exact=True)).to_be_visible()

    show([pending("new"), card("b", 1), card("c", 2)], selecting=True)
    expect(page.get_by_text("Selected: c", exact=True)).to_be_visible()
    show([pending("new"), card("a"), card("c", 2)], selecting=True)

    await_ticks(page, 2)
    expect(page.get_by_text("Selected: c", exact=True)).to_be_visible()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)


@pytest.mark.parametrize("ending", [{"selecting": True, "cleared": True}, {"selecting": False}])
def test_a_selection_can_be_ended(page: Page, show: Any, ending: dict[str, bool]) -> None:
    """Clearing it, or leaving the mode, unchecks everything on both sides, and selecting again starts afresh."""
    cards = [card("a"), card("b", 1)]
    show(cards, selecting=True)
    page.get_by_role("checkbox", name="Select: Prompt of a").check(force=True)
    expect(page.get_by_text("Selected: a", exact=True)).to_be_visible()

    show(cards, **ending)
    expect(page.get_by_text("Selected:", exact=True)).to_be_visible()
    show(cards, selecting=True)
    page.get_by_role("checkbox", name="Select: Prompt of b").check(force=True)

    expect(page.get_by_text("Selected: b", exact=True)).to_be_visible()
    expect(page.get_by_role("checkbox", name="Select: Prompt of a")).not_to_be_checked()
