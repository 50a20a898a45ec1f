"""Takes the pictures of docs/screenshots: every page, light and dark, wide and on a phone. Run by scripts/screenshots."""

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from services.catalog import read_catalog
from services.demo_history import Plan, add_demo_history
from services.gateways.postgres import PostgresDatabase
from services.sessions import COOKIE
from tests.browser.conftest import QUIET, installed_chromium
from tests.system.server import ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
PATIENCE_MS = 240_000
WIDE, TALL, SQUARE = (848, 480), (480, 848), (640, 640)
CLIPS = (  # the last is the newest and comes first
    ("A valley at sunrise, mist between the hills, wild horses far away", WIDE, 7),
    ("Ink in clear water, slow swirls of blue and gold", SQUARE, 21),
    ("A campfire at night, embers rising into the dark", WIDE, 5),
    ("A lavender field in summer, butterflies above the flowers", WIDE, 11),
    ("An old redwood forest in the morning, rays of light between the trees", TALL, 3),
    ("Dunes of the Sahara at dusk, wind over the sand", WIDE, 12),
    ("Lava on its way down a volcano at night", WIDE, 4),
    ("A coral reef with fish, sunlight from above", WIDE, 9),
    ("A planet in front of a glowing nebula, slow flight past it", SQUARE, 0),
    ("Peaks of the Himalaya in the golden evening, aerial view", WIDE, 8),
    ("A neon-lit city street at night, light rain, reflections", WIDE, 2),
    ("Northern lights above a frozen lake", WIDE, 6),
    ("A calm sea at sunset, slow waves towards the shore", WIDE, 1),
)
NEXT = "A lighthouse on a stormy coast, waves against the rocks"


def main() -> None:
    """Starts a server, has the clips made, and takes all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        server = Server(Path(place) / "data", {"MAX_CONCURRENT_JOBS": "20"})
        server.start()
        chromium = playwright.chromium.launch(executable_path=installed_chromium(), args=QUIET)
        try:
            take_all(chromium, server)
        finally:
            chromium.close()
            server.stop()


def take_all(chromium: Browser, server: Server) -> None:
    """Page by page; Create last, because it shows a job at work."""
    for page, name in pages(chromium, server, user=None):
        page.goto(server.url)
        page.get_by_role("button", name="Try it as a demo user").wait_for()
        take(page, f"sign-in-{name}")
    make_clips(server)
    for page, name in pages(chromium, server):
        take_gallery(page, server, name)
    write_history(server)
    for page, name in pages(chromium, server, user="demo-admin"):
        page.goto(f"{server.url}/statistics")
        page.locator("canvas").nth(1).wait_for()
        take(page, f"statistics-{name}")
    for page, name in pages(chromium, server):
        take_create(page, server, name)


def take_gallery(page: Page, server: Server, name: str) -> None:
    """The gallery, and the details of a clip in it."""
    page.goto(f"{server.url}/gallery")
    await_posters(page.locator(".gallery"))
    take(page, f"gallery-{name}")
    page.get_by_role("button", name=f"Details: {CLIPS[-1][0]}").click()
    await_posters(page.locator(".large"))
    page.get_by_role("dialog").locator("table").last.wait_for()
    take(page, f"details-{name}")


def take_create(page: Page, server: Server, name: str) -> None:
    """Create with a filled-in form, a job at work, and the clips made last."""
    video = order(server, "A paper boat on a rainy street, city lights in the puddles", WIDE, 0, frames=127)
    page.goto(server.url)
    page.get_by_role("textbox", name="Prompt", exact=True).fill(NEXT)
    page.get_by_text(re.compile(r"[1-9]\d % done")).wait_for()
    await_posters(page.locator(".gallery"))
    take(page, f"create-{name}")
    server.signed_in().delete(f"{server.url}/api/videos", json={"ids": [video]}, timeout=30)


def take(page: Page, name: str) -> None:
    """Writes the picture as it is on the screen."""
    width, height = SIZES[name.rpartition("-")[2]]
    page.mouse.move(width - 3, height - 3)  # nothing there to light up
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_timeout(1500)  # charts and posters are still fading in
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.save(FOLDER / f"{name}.png", optimize=True)


def await_posters(place: Locator) -> None:
    """Waits until every poster on the screen is there."""
    place.locator(".poster.loaded").first.wait_for()
    place.page.wait_for_function(
        """list => [...list.querySelectorAll(".poster[src]")].every(poster =>
             poster.classList.contains("loaded") || poster.getBoundingClientRect().top > innerHeight)""",
        arg=place.first.element_handle(),
    )


def pages(chromium: Browser, server: Server, *, user: str | None = "demo") -> Iterator[tuple[Page, str]]:
    """A fresh browser for each size and scheme, signed in as that user, and what to call its pictures."""
    for scheme in SCHEMES:
        for size in SIZES:
            with opened(chromium, server, scheme=scheme, size=size, user=user) as page:
                yield page, f"{scheme}-{size}"


@contextmanager
def opened(chromium: Browser, server: Server, *, scheme: str, size: str, user: str | None) -> Iterator[Page]:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=size == "phone"
    )
    context.set_default_timeout(PATIENCE_MS)
    if user:
        token = server.signed_in(user).cookies[COOKIE]
        context.add_cookies([{"name": COOKIE, "value": token, "url": server.url}])
    yield context.new_page()
    context.close()


def make_clips(server: Server) -> None:
    """Has all of them made, and waits for the last."""
    for prompt, size, seed in CLIPS:
        order(server, prompt, size, seed)
    session, end = server.signed_in(), time.monotonic() + 20 * 60
    while time.monotonic() < end:
        videos = session.get(f"{server.url}/api/videos", timeout=30).json()
        if all(video["posterUrl"] for video in videos):
            return
        time.sleep(1)  # between two looks
    raise TimeoutError(f"The clips were not made.\n{server.log()}")


def order(server: Server, prompt: str, size: tuple[int, int], seed: int, *, frames: int = 49) -> int:
    """The id of the clip asked for."""
    shape = {"width": size[0], "height": size[1], "seed": seed}
    body = {"prompt": prompt, "modelName": "mochi", "frames": frames, "input": shape}
    answer = server.signed_in().post(f"{server.url}/api/runpod", json=body, timeout=30)
    answer.raise_for_status()
    return int(answer.json()["id"])


def write_history(server: Server) -> None:
    """Four weeks of other people's jobs, the same ones at every run."""
    database = PostgresDatabase((server.data / "postgres" / "connection").read_text())
    plan = Plan(videos=700, days=28)
    for _ in add_demo_history(database, read_catalog().for_demo(), plan, force=True):
        pass  # batch by batch
    database.close()


if __name__ == "__main__":
    main()
