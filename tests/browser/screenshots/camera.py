"""The camera: browsers of every size and colour scheme, and what becomes of a picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from services.sessions import COOKIE, Sessions
from tests.system.server import ROOT, Server

DOCS = ROOT / "docs" / "screenshots"
KEPT = [("light", "wide"), ("dark", "phone")]  # in the repository; the others are made to be looked at
SIZES = {"wide": (1280, 800), "phone": (390, 844)}
VARIANTS = [(scheme, size) for scheme in ("light", "dark") for size in SIZES]
PATIENCE_MS = 240_000
_TALLEST = 4000
_PHONE = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)


@dataclass(frozen=True)
class Camera:
    """Takes the pictures of one variant. `folder`: where all of them go, None: only those that are kept are written."""

    server: Server
    browser: Browser
    scheme: str
    size: str
    folder: Path | None

    @property
    def variant(self) -> str:
        return f"{self.scheme}-{self.size}"

    @contextmanager
    def opened(self, path: str, *, user: str | None) -> Iterator[Page]:
        """That page in a browser of its own, signed in as that user."""
        width, height = SIZES[self.size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=2,
            color_scheme=self.scheme,
            has_touch=self.size == "phone",
            is_mobile=self.size == "phone",
            user_agent=_PHONE if self.size == "phone" else None,
        )
        context.set_default_timeout(PATIENCE_MS)
        if user:
            context.add_cookies([{"name": COOKIE, "value": self._token(user), "url": self.server.url}])
        page = context.new_page()
        page.goto(self.server.url + path)
        yield page
        context.close()

    def _token(self, user: str) -> str:
        return Sessions((self.server.data / "session_key").read_text(), 7).issue(user)

    def take(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Writes the picture as it is on the screen, and for looking at also all of a long page; `whole`: only that."""
        width, height = SIZES[self.size]
        if whole:
            self._stretch(page)
        page.mouse.move(width - 3, height - 3)  # nothing there to light up
        page.evaluate("document.activeElement?.blur()")
        picture = _photograph(page)
        if (self.scheme, self.size) in KEPT:
            picture.save(DOCS / f"{name}-{self.variant}.webp", quality=82, method=6)
        if self.folder:
            picture.save(self.folder / f"{name}-{self.variant}.png")
            if not whole and self._stretch(page):
                _photograph(page).save(self.folder / f"{name}-{self.variant}-whole.png")

    def _stretch(self, page: Page) -> bool:
        """Makes the window as long as what is in it; whether it was shorter."""
        width, height = SIZES[self.size]
        length = min(_TALLEST, page.evaluate(_LENGTH))
        if length > height:
            page.set_viewport_size({"width": width, "height": length})
        return length > height


_LENGTH = """() => (document.querySelector("[data-testid=stDialog]")
    ?? document.querySelector("[data-testid=stMain]")).scrollHeight"""


def _photograph(page: Page) -> Image.Image:
    page.wait_for_timeout(1500)  # charts and posters are still fading in
    return Image.open(BytesIO(page.screenshot())).convert("RGB")
