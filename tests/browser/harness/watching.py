"""A clip that plays in the page, and whatever disturbs it."""

from playwright.sync_api import Locator, Page

# A clip that loops seeks by itself: only what a viewer would notice counts.
_WATCH = """video => {
  window.watched = video
  window.beats = 0
  window.disturbances = []
  video.addEventListener("timeupdate", () => window.beats++)
  for (const name of ["emptied", "pause", "abort", "loadstart", "ratechange", "error"])
    video.addEventListener(name, () => window.disturbances.push(name))
  const gone = () => video.isConnected || window.disturbances.includes("gone") || window.disturbances.push("gone")
  new MutationObserver(gone).observe(video.closest(".gallery"), { childList: true, subtree: true })
}"""


def play(card: Locator) -> Locator:
    """Presses play on a card and waits until pictures move."""
    card.locator(".play").click()
    video = card.locator("video")
    video.page.wait_for_function("video => video.currentTime > 0.1", arg=video.element_handle())
    return video


def watch(video: Locator) -> None:
    """Notes from here on what happens to the clip, in the page itself: a reload of the page would lose the notes."""
    video.evaluate(_WATCH)


def assert_undisturbed(page: Page) -> None:
    """The watched clip is still in the page, has met with nothing, and goes on."""
    before = page.evaluate("window.beats")
    page.wait_for_function("before => window.beats > before", arg=before)
    assert page.evaluate("window.disturbances") == []
    assert page.evaluate("window.watched.isConnected && !window.watched.paused")
