"""In a real browser: the bell, the banner of a blocked endpoint, and trying a selection again."""

import json
from collections.abc import Iterator
from typing import BinaryIO

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from services.sessions import COOKIE
from tests.gateways.http_server import Request, reply, serving
from tests.system.server import Server

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("bell")]
PATIENCE_MS = 90_000


class Moody:
    """A RunPod in a mood: every job `fails` or stays `queued`, or none is taken because the key is `blocked`."""

    def __init__(self) -> None:
        self.mood, self._taken = "queued", 0

    def __call__(self, request: Request, out: BinaryIO) -> None:
        if self.mood == "blocked":
            out.write(reply(401))
            return
        self._taken += request.path.endswith("/run")
        failed = {"status": "FAILED", "error": "CUDA out of memory"}
        said = failed if self.mood == "fails" and "/status/" in request.path else {"status": "IN_QUEUE"}
        job_id = request.path.rsplit("/", 1)[1] if "/status/" in request.path else f"job-{self._taken}"
        out.write(reply(200, json.dumps({"id": job_id, **said}).encode()))


@pytest.fixture(scope="module")
def runpod() -> Moody:
    """What stands behind the server; each test sets its mood."""
    return Moody()


@pytest.fixture(scope="module")
def studio(runpod: Moody, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of these; nobody counts on what another has left."""
    with serving(runpod) as endpoint:
        settings = {
            "RUNPOD_API_KEY": "a-key-for-tests",
            "RUNPOD_API_URL": endpoint.url,
            "RUNPOD_ENDPOINT_ID": "own",
            "RECONCILE_SECONDS": "0.2",
            "MAX_CONCURRENT_JOBS": "50",
            "ADMIN_USERNAME": "anna",
            "ADMIN_PASSWORD": "a long password",
        }
        server = Server(tmp_path_factory.mktemp("bell") / "data", settings)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def gallery(studio: Server, context: BrowserContext) -> Iterator[str]:
    """The address of anna's gallery, for a browser that is signed in already."""
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    token = studio.signed_in("anna").cookies[COOKIE]
    context.add_cookies([{"name": COOKIE, "value": token, "url": studio.url}])
    yield f"{studio.url}/gallery"
    expect.set_options(timeout=15_000)


def order(studio: Server, prompt: str) -> None:
    body = {"prompt": prompt, "modelName": "mochi", "frames": 7}
    answer = studio.signed_in("anna").post(f"{studio.url}/api/runpod", json=body, timeout=60)
    assert answer.status_code == 201, answer.text


def unread(page: Page) -> Locator:
    return page.locator(".st-key-notifications .stMarkdownBadge")


def read_all(page: Page) -> None:
    """Opens and closes the bell."""
    bell = page.get_by_role("button", name="Notifications")
    bell.click()
    page.get_by_test_id("stPopoverBody").wait_for()
    expect(unread(page)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def test_the_bell_counts_by_itself_opens_clips_and_stays_read(
    studio: Server, runpod: Moody, page: Page, gallery: str
) -> None:
    """On a page left open the number comes by itself; once read it stays read, after a reload as well."""
    page.goto(gallery)
    read_all(page)
    runpod.mood = "fails"
    order(studio, "First fox of the evening")
    expect(unread(page)).to_have_text("1")

    page.get_by_role("button", name="Notifications").click()
    entry = page.get_by_role("button", name="First fox of the evening", exact=True)
    expect(page.get_by_test_id("stPopoverBody").get_by_text("CUDA out of memory")).to_be_visible()
    expect(unread(page)).to_have_count(0)
    entry.click()
    expect(page.get_by_role("dialog").get_by_test_id("stText")).to_have_text("First fox of the evening")
    expect(entry).to_have_count(0)

    page.goto(gallery)
    page.get_by_role("heading", name="Gallery").wait_for()
    expect(unread(page)).to_have_count(0)


def test_failed_clips_are_selected_and_tried_again(
    studio: Server, runpod: Moody, page: Page, gallery: str
) -> None:
    """Both are queued with one press, and the bar says so."""
    runpod.mood = "fails"
    prompts = ["Moth number one", "Moth number two"]
    for prompt in prompts:
        order(studio, prompt)
    page.goto(f"{gallery}?q=Moth+number&state=Failed")
    expect(page.locator(".card")).to_have_count(2)
    page.get_by_text("Select", exact=True).click()
    for prompt in prompts:
        page.locator(".card").filter(has_text=prompt).locator(".check").click()
    expect(page.get_by_text("2 selected, 2 of them can be tried again")).to_be_visible()

    runpod.mood = "queued"
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("2 clips queued again.")).to_be_visible()
    page.goto(f"{gallery}?q=Moth+number&state=In+work")
    expect(page.locator(".card")).to_have_count(2)


def test_a_blocked_endpoint_is_told_on_an_open_page_and_goes_when_it_works_again(
    studio: Server, runpod: Moody, page: Page, gallery: str
) -> None:
    """Nobody has to load anything anew, and nobody has to submit anything again."""
    runpod.mood = "queued"
    page.goto(gallery)
    page.get_by_role("heading", name="Gallery").wait_for()
    runpod.mood = "blocked"
    order(studio, "A blocked brook")
    banner = page.get_by_text("RunPod takes no jobs for the endpoint own")
    expect(banner).to_be_visible()

    runpod.mood = "queued"
    expect(banner).to_have_count(0)
