"""The scenes: each page with what stands in it, brought to where its picture is taken."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from services.gateways.database import Database
from tests.browser.screenshots.camera import Camera
from tests.browser.screenshots.clips import CLIPS, OWNER, WIDE, forget, let_fail, order
from tests.browser.screenshots.team import NEWCOMER

_NEXT = "A lighthouse on a stormy coast, waves against the rocks"
_IN_WORK = "A paper boat on a rainy street, city lights in the puddles"
_TO_FAIL = {  # what has been read once is no longer new: each variant has its own
    "light-wide": "A thousand balloons above the old town, wide shot",
    "light-phone": "A steam train crossing a viaduct in autumn",
    "dark-wide": "A hummingbird in slow motion, macro",
    "dark-phone": "A market street in the rain, umbrellas from above",
}
_OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 2.31 GiB."
Scene = Callable[[Camera, Database], None]


def take_sign_in(camera: Camera, _: Database) -> None:
    with camera.opened("/", user=None) as page:
        page.get_by_role("button", name="Try it as a demo user").wait_for()
        camera.take(page, "sign-in", whole=True)


def take_registration(camera: Camera, _: Database) -> None:
    with camera.opened("/?invite=7KQF-M2XD-PW9R-T4HB", user=None) as page:
        page.get_by_role("textbox", name="User name").fill("aino")
        page.get_by_role("textbox", name="Your name").fill("Aino Virtanen")
        camera.take(page, "registration", whole=True)


def take_terms(camera: Camera, _: Database) -> None:
    with camera.opened("/", user=NEWCOMER) as page:
        page.get_by_role("button", name="I accept").wait_for()
        page.get_by_role("textbox", name="Prompt", exact=True).fill(_NEXT)
        page.get_by_role("textbox", name="Prompt", exact=True).blur()
        page.get_by_text("Read the terms of use").click()
        page.get_by_text("Version 20").wait_for()
        camera.take(page, "terms", whole=True)


def take_bell(camera: Camera, database: Database) -> None:
    video = order(camera.server, _TO_FAIL[camera.variant], WIDE, 0)
    let_fail(database, video, _OUT_OF_MEMORY)
    with camera.opened("/gallery", user=OWNER) as page:
        if camera.size == "phone":
            page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_role("button", name="Notifications").click()
        page.get_by_test_id("stPopoverBody").get_by_text("out of memory").first.wait_for()
        camera.take(page, "bell")
    forget(camera.server, video)


def take_create(camera: Camera, _: Database) -> None:
    video = order(camera.server, _IN_WORK, WIDE, 0, frames=127)
    with camera.opened("/", user=OWNER) as page:
        page.get_by_role("textbox", name="Prompt", exact=True).fill(_NEXT)
        page.get_by_text(re.compile(r"[1-9]\d % done")).wait_for()
        await_posters(page.locator(".gallery"))
        camera.take(page, "create")
    forget(camera.server, video)


def take_gallery(camera: Camera, _: Database) -> None:
    with camera.opened("/gallery", user=OWNER) as page:
        await_posters(page.locator(".gallery"))
        camera.take(page, "gallery")


def take_team_gallery(camera: Camera, _: Database) -> None:
    with camera.opened("/gallery?whose=Shared+with+the+team", user=OWNER) as page:
        await_posters(page.locator(".gallery"))
        camera.take(page, "team")


def take_details(camera: Camera, _: Database) -> None:
    with camera.opened("/gallery", user=OWNER) as page:
        await_posters(page.locator(".gallery"))
        page.get_by_role("button", name=f"Details: {CLIPS[-1][0]}").click()
        await_posters(page.locator(".large"))
        page.get_by_role("dialog").locator("table").last.wait_for()
        camera.take(page, "details")


def take_statistics(camera: Camera, _: Database) -> None:
    with camera.opened("/statistics", user=OWNER) as page:
        page.locator("canvas").nth(1).wait_for()
        camera.take(page, "statistics")


def take_account(camera: Camera, _: Database) -> None:
    with camera.opened("/account", user=OWNER) as page:
        page.get_by_text("Nightly renders").last.wait_for()
        camera.take(page, "account", whole=True)


def take_workspace(camera: Camera, _: Database) -> None:
    with camera.opened("/workspace", user=OWNER) as page:
        page.get_by_role("button", name="Send a test message").wait_for()
        camera.take(page, "workspace", whole=True)


def take_people(camera: Camera, _: Database) -> None:
    with camera.opened("/people?person=jonas", user=OWNER) as page:
        page.get_by_role("button", name="Reset password").wait_for()
        camera.take(page, "people", whole=True)


def take_invites(camera: Camera, _: Database) -> None:
    with camera.opened("/invites", user=OWNER) as page:
        page.get_by_role("button", name="Revoke").wait_for()
        camera.take(page, "invites")


def take_audit(camera: Camera, _: Database) -> None:
    with camera.opened("/audit", user=OWNER) as page:
        page.get_by_test_id("stDataFrame").wait_for()
        camera.take(page, "audit")


def await_posters(place: Locator) -> None:
    """Waits until every poster on the screen is there."""
    place.locator(".poster.loaded").first.wait_for()
    page: Page = place.page
    page.wait_for_function(
        """list => [...list.querySelectorAll(".poster[src]")].every(poster =>
             poster.classList.contains("loaded") || poster.getBoundingClientRect().top > innerHeight)""",
        arg=place.first.element_handle(),
    )


SCENES: dict[str, Scene] = {
    "sign-in": take_sign_in,
    "registration": take_registration,
    "terms": take_terms,
    "bell": take_bell,
    "create": take_create,
    "gallery": take_gallery,
    "team": take_team_gallery,
    "details": take_details,
    "statistics": take_statistics,
    "account": take_account,
    "workspace": take_workspace,
    "people": take_people,
    "invites": take_invites,
    "audit": take_audit,
}
