"""The main job in a real browser, on a real server: sign in, prompt, watch, play, open, copy, delete."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from services.sessions import COOKIE
from tests.browser.harness.watching import assert_undisturbed, play, watch
from tests.system.server import Server

# A whole server that renders clips, on a machine that may be busy: what is slow is no failure here.
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("main job")]
PATIENCE_MS = 90_000
PROMPT = "A forest in the <b>morning</b> mist"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of these; nobody counts on what another has left."""
    server = Server(tmp_path_factory.mktemp("main job") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gallery(studio: Server, context: BrowserContext) -> str:
    """The address of the demo user's gallery, for a browser that is signed in already."""
    context.set_default_timeout(PATIENCE_MS)
    token = studio.signed_in().cookies[COOKIE]
    context.add_cookies([{"name": COOKIE, "value": token, "url": studio.url}])
    return f"{studio.url}/gallery"


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=15_000)


def order(studio: Server, prompt: str, **more: object) -> int:
    """Asks for a short clip through the HTTP API; its id."""
    body = {"prompt": prompt, "modelName": "mochi", "frames": 19, "input": {"steps": 10}, **more}
    answer = studio.signed_in().post(f"{studio.url}/api/runpod", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


@pytest.fixture(scope="module")
def clip(studio: Server) -> int:
    """The id of a clip that can be played, with PROMPT; tests leave it as they have found it."""
    video_id = order(studio, PROMPT)
    wait_until_kept(studio, video_id)
    return video_id


def wait_until_kept(studio: Server, video_id: int) -> None:
    """Until its poster is there, and with it the file."""
    session, end = studio.signed_in(), time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        (video,) = [one for one in session.get(f"{studio.url}/api/videos").json() if one["id"] == video_id]
        assert video["status"] != "failed", video
        if video["posterUrl"]:
            return
        time.sleep(0.2)  # between two looks
    raise AssertionError(f"The clip was not made.\n{studio.log()}")


def card(page: Page, prompt: str) -> Locator:
    return page.locator(".gallery:not(.large) .card").filter(has_text=prompt)


def test_three_clicks_and_one_sentence_lead_to_a_playing_clip(
    studio: Server, page: Page, requested: list[str]
) -> None:
    """Sign in, prompt, Generate, Play; and no request leaves this machine."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(studio.url)
    page.get_by_role("button", name="Try it as a demo user").click()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("A calm sea at sunset, slow waves")
    page.get_by_role("button", name="Generate").click()
    play(card(page, "A calm sea at sunset"))

    asked = {urlsplit(url).hostname for url in requested if not url.startswith(("data:", "blob:"))}
    assert asked == {"127.0.0.1"}


def test_a_clip_is_opened_copied_deleted_and_brought_back(clip: int, page: Page, gallery: str) -> None:
    """Its details tell everything, its settings go to Create, and it goes only after a question."""
    page.goto(gallery)
    card(page, PROMPT).get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("stText")).to_have_text(PROMPT)
    expect(dialog.get_by_role("link", name="Download")).to_be_visible()
    dialog.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(PROMPT)

    page.get_by_role("link", name="Gallery").click()
    page.get_by_role("heading", name="Gallery").wait_for()
    card(page, PROMPT).get_by_role("button", name="Details").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_text("Delete this clip?")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 clip deleted.")).to_be_visible()
    expect(card(page, PROMPT)).to_have_count(0)

    page.get_by_role("button", name="Undo").click()
    expect(card(page, PROMPT)).to_have_count(1)


def test_a_deleted_clip_is_found_again_and_restored(clip: int, page: Page, gallery: str) -> None:
    """Long after Undo: in a page opened anew it is under Deleted, and Restore makes it play again."""
    page.goto(f"{gallery}?clip={clip}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_text("under Deleted in the gallery")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 clip deleted.")).to_be_visible()

    page.goto(gallery)
    page.get_by_role("radio", name="Deleted").click()
    expect(card(page, PROMPT).get_by_text("Restore it under Details")).to_be_visible()
    card(page, PROMPT).get_by_role("button", name="Details").click()
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog.get_by_role("link", name="Download")).to_be_visible()
    expect(card(page, PROMPT)).to_have_count(0)

    page.goto(gallery)
    play(card(page, PROMPT))


def test_a_clip_plays_on_while_another_comes_and_gets_ready(
    studio: Server, clip: int, page: Page, gallery: str
) -> None:
    """The gallery shows a job that a script asked for, from waiting to playable, and leaves the viewer alone."""
    page.goto(gallery)
    watch(play(card(page, PROMPT)))

    order(studio, "Peaks of the first range")
    newcomer = card(page, "Peaks of the first range")
    expect(newcomer).to_be_visible()
    assert_undisturbed(page)
    expect(newcomer.locator(".play")).to_be_visible()

    assert_undisturbed(page)


def test_open_details_stay_while_another_clip_comes_and_gets_ready(
    studio: Server, clip: int, page: Page, gallery: str
) -> None:
    """A link opens them, news neither close them nor disturb the clip in them, and Escape clears the address."""
    page.goto(f"{gallery}?clip={clip}")
    dialog = page.get_by_role("dialog")
    watch(play(dialog.locator(".large .card")))

    order(studio, "Peaks of the second range")
    expect(card(page, "Peaks of the second range").locator(".play")).to_be_attached()
    expect(page.get_by_text("Ready: Peaks of the second range")).to_be_attached()
    assert_undisturbed(page)
    expect(dialog.get_by_test_id("stText")).to_have_text(PROMPT)

    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.wait_for_url(gallery)


def test_a_job_is_followed_in_its_details(studio: Server, page: Page, gallery: str) -> None:
    """Opened while it waits, they turn into the clip by themselves."""
    video_id = order(studio, "A sea that is still to come")
    page.goto(f"{gallery}?clip={video_id}")
    dialog = page.get_by_role("dialog")

    play(dialog.locator(".large .card"))

    expect(dialog.get_by_text("Saved and ready to play.")).to_be_visible()


def test_several_clips_are_selected_and_deleted_after_one_question(
    studio: Server, page: Page, gallery: str
) -> None:
    """The bar counts them, Clear unchecks them, Delete asks once for all, and Undo brings all back."""
    prompts = ["Shore number five", "Shore number six"]
    for video_id in [order(studio, prompt) for prompt in prompts]:
        wait_until_kept(studio, video_id)
    page.goto(f"{gallery}?q=Shore+number")
    page.get_by_text("Select", exact=True).click()
    for prompt in prompts:
        card(page, prompt).locator(".check").click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".card.selected")).to_have_count(0)

    for prompt in prompts:
        card(page, prompt).locator(".check").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 clips deleted.")).to_be_visible()
    expect(page.locator(".card")).to_have_count(0)

    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".card")).to_have_count(2)


def test_a_toast_leaves_the_switch_free(studio: Server, page: Page, gallery: str) -> None:
    """It stays while the mouse is on it, so whoever goes for the switch must not come across it."""
    page.goto(gallery)
    switch = page.get_by_text("Select", exact=True)
    expect(switch).to_be_visible()
    order(studio, "A toast to the seventh shore")
    toast = page.get_by_test_id("stToast").filter(has_text="A toast to the seventh shore")
    expect(toast).to_be_visible()

    beside, above = switch.bounding_box(), toast.bounding_box()
    assert beside
    assert above
    assert beside["x"] + beside["width"] < above["x"]


@pytest.mark.parametrize(("agent", "shown"), [("Desktop", 1), ("Mobile", 0)])
def test_generate_names_its_keys_only_where_there_are_some(
    studio: Server, browser: Browser, agent: str, shown: int
) -> None:
    """A phone has no Ctrl."""
    context = browser.new_context(user_agent=f"Mozilla/5.0 Chrome/140.0 {agent} Safari/537.36")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": COOKIE, "value": studio.signed_in().cookies[COOKIE], "url": studio.url}])
    page = context.new_page()
    page.goto(studio.url)
    button = page.get_by_role("button", name="Generate")
    expect(button).to_be_visible()
    expect(button.get_by_text("Ctrl")).to_have_count(shown)
    context.close()


def test_a_smuggled_script_does_not_run(studio: Server, browser: Browser) -> None:
    """Even if somebody's text became part of a page, the browser would not run what stands in it."""
    page = browser.new_page()
    page.goto(studio.url)
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.smuggled = 1\">')"
        )
    assert page.evaluate("window.smuggled") is None
    page.close()
