"""The Account page in a real browser, on a real server: tokens for programs, and a changed password."""

from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from services.sessions import COOKIE
from tests.system.server import Server

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("account")]
PATIENCE_MS = 90_000
NAME, PASSWORD, NEXT = "anna", "the first password", "another long password"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an admin who has a password."""
    settings = {"ADMIN_USERNAME": NAME, "ADMIN_PASSWORD": PASSWORD, "REFRESH_SECONDS": "1,1"}
    server = Server(tmp_path_factory.mktemp("account") / "data", settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=15_000)


@pytest.fixture
def open_account(studio: Server, browser: Browser) -> Iterator[Open]:
    """Opens Account in a browser of its own, where somebody has typed name and password."""
    contexts: list[BrowserContext] = []

    def sign_in(runs: list[str] | None = None) -> Page:
        contexts.append(browser.new_context())
        contexts[-1].set_default_timeout(PATIENCE_MS)
        page = contexts[-1].new_page()
        note_whole_runs(page, [] if runs is None else runs)
        page.goto(f"{studio.url}/account")
        page.get_by_role("textbox", name="Name").fill(NAME)
        page.get_by_role("textbox", name="Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect_account(page)
        return page

    yield sign_in
    for context in contexts:
        context.close()


def note_whole_runs(page: Page, runs: list[str]) -> None:
    """Adds every run that draws the whole page, as the server announces them."""

    def note(payload: str | bytes) -> None:
        message = ForwardMsg.FromString(payload) if isinstance(payload, bytes) else ForwardMsg()
        run = message.metadata.run
        if message.WhichOneof("type") == "new_session" and not run.fragment_ids:
            runs.append(run.script_run_id)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", note)

    page.on("websocket", listen)


def expect_account(page: Page) -> None:
    expect(page.get_by_role("heading", name="Account")).to_be_visible()


def cookie_of(page: Page) -> str:
    found = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return found[COOKIE]


def ask(studio: Server, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{studio.url}/api/videos", headers=headers, timeout=30).status_code


def test_a_token_is_made_used_and_revoked(studio: Server, open_account: Open) -> None:
    """Shown once on the page, good for HTTP until its owner revokes it, and never in the server's log."""
    page = open_account()
    page.get_by_role("textbox", name="What it is for").fill("Nightly renders")
    page.get_by_role("button", name="Make token").click()
    token = page.get_by_role("dialog").get_by_test_id("stCode").locator("code").inner_text()
    assert ask(studio, token) == 200
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Nightly renders")).to_be_visible()
    expect(page.get_by_text(token)).to_have_count(0)

    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Nightly renders")).to_have_count(0)

    assert ask(studio, token) == 401
    assert token not in studio.log()


def test_the_browsers_word_about_its_cookie_draws_no_page_anew(open_account: Open) -> None:
    """It comes by itself, at any moment: a click just then would be lost with the run that it began."""
    runs: list[str] = []
    page = open_account(runs)
    page.wait_for_function("name => document.cookie.includes(name)", arg=COOKIE)
    expect(page.locator("iframe")).to_have_count(0)
    assert len(runs) == 2, "one for the sign-in page, one for the click on it"

    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.wait_for_function("name => !document.cookie.includes(name)", arg=COOKIE)
    expect(page.locator("iframe")).to_have_count(0)
    assert len(runs) == 3


def test_a_changed_password_ends_other_sessions_and_keeps_this_one(open_account: Open) -> None:
    """Another browser is asked to sign in again; here the session goes on, also after a reload."""
    here, elsewhere = open_account(), open_account()
    second_tab = here.context.new_page()
    second_tab.goto(here.url)
    expect_account(second_tab)

    for label, typed in (
        ("Current password", PASSWORD),
        ("New password", NEXT),
        ("The new password again", NEXT),
    ):
        here.get_by_role("textbox", name=label, exact=True).fill(typed)
    before = cookie_of(here)
    here.get_by_role("button", name="Change password").click()

    expect(here.get_by_text("Your password is changed")).to_be_visible()
    here.wait_for_function("before => !document.cookie.includes(before)", arg=before)
    for page in (elsewhere, second_tab):
        expect(page.get_by_text("Your session has ended. Sign in again to go on.")).to_be_visible()
    for page in (here, second_tab):
        page.reload()
        expect_account(page)
