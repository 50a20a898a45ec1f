"""A real browser on a real server whose rows and files are in Supabase, which goes away and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Locator, Page, expect

from services.sessions import COOKIE
from tests.browser.harness.watching import assert_undisturbed, play, watch
from tests.services.test_feed import until
from tests.supabase.gateway import SERVICE_KEY, SupabaseStandIn
from tests.system.server import Server

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("outage")]
PATIENCE_MS = 90_000
SENTENCE = "The database cannot be reached right now. Nothing is lost; this page recovers by itself."


@pytest.fixture
def studio(supabase: SupabaseStandIn, tmp_path: Path) -> Iterator[Server]:
    """A server on that project, with nothing of its own but the demo endpoint."""
    server = Server(tmp_path / "data", {"SUPABASE_URL": supabase.url, "SUPABASE_KEY": SERVICE_KEY})
    server.start()
    yield server
    supabase.faults.clear()
    server.stop()


@pytest.fixture
def visitor(studio: Server, context: BrowserContext, page: Page) -> Iterator[Page]:
    """The Create page, signed in as the demo user."""
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": COOKIE, "value": studio.signed_in().cookies[COOKIE], "url": studio.url}])
    page.goto(studio.url)
    prompt_field(page).wait_for()
    yield page
    expect.set_options(timeout=15_000)


def prompt_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt", exact=True)


def generate(page: Page, prompt: str) -> None:
    prompt_field(page).fill(prompt)
    page.get_by_role("button", name="Generate").click()


def is_away(studio: Server) -> bool:
    return requests.get(f"{studio.url}/api/health", timeout=30).status_code == 503


def test_an_outage_is_said_and_passes_without_a_reload(
    visitor: Page, supabase: SupabaseStandIn, studio: Server
) -> None:
    """A clip plays on; who asks for more reads a sentence until all is as it was, and gets one clip when it is over."""
    loads: list[str] = []
    visitor.on("load", lambda page: loads.append(page.url))
    generate(visitor, "A calm sea at sunset")
    watch(play(card(visitor, "A calm sea")))

    supabase.faults.always = "drop"
    assert until(lambda: is_away(studio))
    assert_undisturbed(visitor)
    generate(visitor, "A fox in the snow")
    expect(visitor.get_by_text(SENTENCE).first).to_be_visible()
    expect(visitor.get_by_text("Traceback")).to_have_count(0)

    supabase.faults.clear()
    expect(visitor.get_by_text(SENTENCE)).to_have_count(0)
    expect(visitor.get_by_text("Press it again: it stays one clip.")).to_be_visible()
    expect(prompt_field(visitor)).to_have_value("A fox in the snow")
    visitor.get_by_role("button", name="Generate").click()
    expect(card(visitor, "A fox in the snow").locator(".play")).to_be_visible()
    assert loads == []


def card(page: Page, prompt: str) -> Locator:
    return page.locator(".gallery:not(.large) .card").filter(has_text=prompt)
