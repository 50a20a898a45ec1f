"""A real Chromium for the tests of this folder, and a record of what its pages ask for."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.harness.gallery_scene import write_clips, write_scene
from tests.browser.harness.serving import served

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000


def installed_chromium() -> str | None:
    """Its path; None leaves the choice to Playwright, which then takes its own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


# Playwright keeps an event loop running in this thread: tests outside of this folder must not meet it.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed_chromium(), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package", autouse=True)
def patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a past: no cookies, nothing cached. Nothing its pages do may break their security policy."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    yield context
    context.close()
    assert [text for text in said if "Content Security Policy" in text] == []


@pytest.fixture
def requested(context: BrowserContext) -> list[str]:
    """Every address that the pages of this test ask for, web sockets included."""
    addresses: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: addresses.append(socket.url)))
    return addresses


@pytest.fixture
def page(context: BrowserContext, requested: list[str]) -> Page:
    return context.new_page()


@pytest.fixture(scope="package")
def gallery_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips and posters, and the scene that the harness draws."""
    folder = tmp_path_factory.mktemp("gallery")
    write_clips(folder)
    write_scene(folder, [])
    return folder


@pytest.fixture(scope="package")
def gallery_address(gallery_folder: Path) -> Iterator[str]:
    """The harness at work."""
    with served(Path(__file__).parent / "harness" / "gallery_app.py", str(gallery_folder)) as address:
        yield address


@pytest.fixture
def show(gallery_folder: Path, gallery_address: str, page: Page) -> Callable[..., None]:
    """Puts cards on the screen, in a page that is opened at the first call, and waits until they are there."""

    def show(cards: list[dict], **settings: bool) -> None:
        write_scene(gallery_folder, cards, **settings)
        if page.url == "about:blank":
            page.goto(gallery_address)
        expect(page.locator(".card .title")).to_have_text([card["title"] for card in cards])

    return show
