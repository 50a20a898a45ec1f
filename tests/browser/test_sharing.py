"""Sharing between two people with a browser each: what one shares the other sees, plays, and sees no more."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from services.accounts import ensure_user
from services.gateways.postgres import PostgresDatabase
from services.sessions import COOKIE
from tests.browser.harness.watching import play
from tests.system.server import Server

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("sharing")]
PATIENCE_MS = 90_000
Visit = Callable[[str, str], Page]
PROMPT = "A calm sea for everybody"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose pages look often, whatever is in work, and which has a guest, who only looks at clips."""
    server = Server(tmp_path_factory.mktemp("sharing") / "data", {"REFRESH_SECONDS": "1,1"})
    server.start()
    database = PostgresDatabase((server.data / "postgres" / "connection").read_text())
    ensure_user(database, "guest", role="restricted")
    database.close()
    yield server
    server.stop()


@pytest.fixture
def visit(studio: Server, browser: Browser) -> Iterator[Visit]:
    """Opens a page of the server in a browser of that user's own."""
    contexts = []

    def open_page(name: str, path: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(
            [{"name": COOKIE, "value": studio.signed_in(name).cookies[COOKIE], "url": studio.url}]
        )
        page = context.new_page()
        page.goto(studio.url + path)
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield open_page
    expect.set_options(timeout=15_000)
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def clip(studio: Server) -> int:
    """The id of a clip of the demo user's that can be played; tests leave it private."""
    session, end = studio.signed_in(), time.monotonic() + PATIENCE_MS / 1000
    body = {"prompt": PROMPT, "modelName": "mochi", "frames": 19, "input": {"steps": 10}}
    session.post(f"{studio.url}/api/runpod", json=body, timeout=30).raise_for_status()
    while time.monotonic() < end:
        (video,) = session.get(f"{studio.url}/api/videos", timeout=30).json()
        if video["posterUrl"]:
            return int(video["id"])
        time.sleep(0.2)  # between two looks
    raise AssertionError(f"The clip was not made.\n{studio.log()}")


def test_a_clip_is_shared_played_by_another_and_taken_back(studio: Server, clip: int, visit: Visit) -> None:
    """It comes and goes in an open gallery by itself, and once it is gone its file is, too, also for who has played it."""
    team = visit("guest", "/gallery?whose=Shared+with+the+team")
    expect(team.get_by_text("Nobody else shares a clip yet")).to_be_visible()
    owner = visit("demo", f"/gallery?clip={clip}")
    switch = owner.get_by_role("dialog").get_by_text("Share with the team")
    switch.click()
    expect(owner.get_by_role("dialog").get_by_text("Everybody with an account")).to_be_visible()

    shown = team.locator(".card").filter(has_text=PROMPT)
    expect(shown.locator(".facts")).to_contain_text("Demo user")
    play(shown)

    switch.click()
    expect(owner.get_by_role("dialog").get_by_text("Only you and admins can see")).to_be_visible()
    expect(team.get_by_text("Nobody else shares a clip yet")).to_be_visible()
    expect(team.locator("video")).to_have_count(0)


def test_a_browser_plays_nothing_from_its_cache_that_is_not_shared(
    studio: Server, clip: int, visit: Visit
) -> None:
    """Neither clip nor poster: it asks anew, and is told that they are not there."""
    share(studio, clip, True)
    page = visit("guest", "/gallery?whose=Shared+with+the+team")
    play(page.locator(".card").filter(has_text=PROMPT))
    addresses = [f"/api/videos/{clip}/{kind}" for kind in ("file", "poster")]
    assert [status_of(page, address) for address in addresses] == [200, 200]

    share(studio, clip, False)

    assert [status_of(page, address) for address in addresses] == [404, 404]


def share(studio: Server, clip: int, shared: bool) -> None:
    body = {"shared": shared}
    studio.signed_in().post(f"{studio.url}/api/videos/{clip}/share", json=body, timeout=30).raise_for_status()


def status_of(page: Page, address: str) -> int:
    return int(page.evaluate("async address => (await fetch(address)).status", address))
