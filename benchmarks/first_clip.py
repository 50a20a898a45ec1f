"""How long newcomers wait: from an empty folder to a server that answers, to Create, to a clip that plays."""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import QUIET, installed_chromium
from tests.browser.harness.watching import play
from tests.system.server import Server

ROUNDS = 3
PATIENCE_MS = 120_000
LIMITS = {"start to ready": None, "sign-in click to Create": None, "Generate to playing": 20.0}


def main() -> None:
    """Prints a table of the figures with the conditions they were measured under."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed_chromium(), args=QUIET)
        rounds = [measure(chromium) for _ in range(ROUNDS)]
        version = chromium.version
        chromium.close()
    print(f"first clip, Chromium {version}, {platform.platform()}, {os.cpu_count()} CPUs, load {load()}")
    print(f"{'':30} {'median s':>9} {'worst s':>9} {'limit s':>9}")
    for name, limit in LIMITS.items():
        seconds = [figures[name] for figures in rounds]
        print(f"{name:30} {statistics.median(seconds):9.2f} {max(seconds):9.2f} {limit or '':>9}")


def measure(chromium: Browser) -> dict[str, float]:
    """Seconds of each wait, at the defaults, on a data folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        server = Server(Path(place) / "data")
        start = timed(server.start)
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        try:
            return {"start to ready": start, **use(context.new_page(), server)}
        finally:
            context.close()
            server.stop()


def use(page: Page, server: Server) -> dict[str, float]:
    """Signs in, asks for a clip and plays it."""
    page.goto(server.url)
    demo, prompt = (
        page.get_by_role("button", name="Try it as a demo user"),
        page.get_by_label("Prompt", exact=True),
    )
    demo.wait_for()
    signing_in = timed(lambda: (demo.click(), prompt.wait_for()))
    prompt.fill("A calm sea at sunset, slow waves")
    generate = page.get_by_role("button", name="Generate")
    making = timed(lambda: (generate.click(), play(page.locator(".card").first)))
    return {"sign-in click to Create": signing_in, "Generate to playing": making}


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def load() -> str:
    """The load average of the last minute and the last five."""
    return " and ".join(f"{figure:.1f}" for figure in os.getloadavg()[:2])


if __name__ == "__main__":
    main()
