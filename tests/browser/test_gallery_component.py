"""The gallery in a real browser: a clip that plays is left alone, whatever happens around it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness.gallery_scene import await_ticks, card, named, pending, play

HOSTILE = "<img src=x onerror=\"document.title='broken into'\"><script>document.title='broken into'</script>"
WATCH = """video => {
  window.video = video
  window.disturbances = []
  for (const name of ["emptied", "pause", "abort", "loadstart", "seeking", "ratechange", "error"])
    video.addEventListener(name, () => window.disturbances.push(name))
  const moved = records => records.some(record => [...record.removedNodes].some(node => node.contains(video)))
  const note = records => moved(records) && window.disturbances.push("moved")
  new MutationObserver(note).observe(video.closest(".gallery"), { childList: true, subtree: true })
}"""
RECORD = """node => {
  window.changes = []
  const note = records => window.changes.push(...records.map(record => record.type))
  new MutationObserver(note).observe(node, { subtree: true, childList: true, attributes: true, characterData: true })
}"""


def advances(page: Page) -> float:
    """Waits until the watched clip has gone on, and tells where it is."""
    before = page.evaluate("window.video.currentTime")
    page.wait_for_function("before => window.video.currentTime > before + 0.05", arg=before)
    return page.evaluate("window.video.currentTime")


def record(part: Locator) -> None:
    """Notes every change of the elements from here on, once the posters are there."""
    expect(part.locator(".poster.loaded")).to_have_count(1)
    part.evaluate(RECORD)


def surroundings(step: int) -> list[dict[str, Any]]:
    """Another neighbourhood of the clip `kept` at each step: newcomers, leavers, news, and another order."""
    newcomers = [pending(f"new{number}") for number in range(step, max(step - 3, 0), -1)]
    working = pending("working", status="processing", note=f"Step {step}", progress=step / 12)
    neighbours = [card("left", 1), card("kept", when=f"{step} seconds ago"), card("right", 2)]
    if step % 3 == 1:
        neighbours = neighbours[1:]
    if step % 4 == 2:
        neighbours.reverse()
    return [*newcomers, working, *neighbours] if step % 2 else [*neighbours, working, *newcomers]


def test_a_playing_clip_plays_on_through_every_change_around_it(page: Page, show: Any) -> None:
    """Twelve updates insert, remove, patch and reorder its neighbours; the clip never pauses or reloads."""
    show(surroundings(0))
    play(page, "kept").evaluate(WATCH)
    times = []

    for step in range(1, 13):
        show(surroundings(step))
        times.append(advances(page))

    assert times == sorted(times)
    assert page.evaluate("window.disturbances") == []
    assert named(page, "kept").locator("video").evaluate("video => video === window.video && !video.paused")


def test_the_watched_clip_can_become_the_first_and_the_last(page: Page, show: Any) -> None:
    """Its place changes by moving the others, so that it plays on from one end of the list to the other."""
    show([card("a", 1), card("b", 2), card("kept")])
    play(page, "kept").evaluate(WATCH)

    show([card("kept"), card("b", 2), card("a", 1)])
    advances(page)
    show([card("a", 1), card("b", 2), card("kept")])
    advances(page)

    assert page.evaluate("window.disturbances") == []


def test_a_new_address_of_the_watched_clip_waits_for_its_end(page: Page, show: Any) -> None:
    """A clip that was stored meanwhile plays on from where it came; the next start takes the new address."""
    show([card("kept")])
    video = play(page, "kept")
    video.evaluate(WATCH)

    show([card("kept", number=1)])
    expect(named(page, "kept").locator(".poster")).to_have_attribute("src", "/clips/1.webp")
    advances(page)
    assert page.evaluate("window.disturbances") == []
    named(page, "kept").press("Enter")
    named(page, "kept").press("Enter")

    expect(video).to_have_attribute("src", "/clips/1.mp4")


def test_nodes_are_kept_when_their_content_changes(page: Page, show: Any) -> None:
    """A queued card turns into a clip without being rebuilt."""
    show([pending("a", note="Waiting for a worker")])
    expect(named(page, "a").locator(".note")).to_have_text("Waiting for a worker")
    named(page, "a").evaluate("node => { window.node = node }")

    show([card("a")])

    expect(named(page, "a").locator(".play")).to_be_visible()
    assert named(page, "a").evaluate("node => node === window.node")


def test_nothing_is_touched_while_nothing_changes(page: Page, show: Any) -> None:
    """Ticks without news leave the elements alone."""
    show([card("a"), pending("b", status="processing", progress=0.5)])
    record(page.locator(".gallery"))

    await_ticks(page, 4)

    assert page.evaluate("window.changes") == []


def test_news_of_one_card_touch_no_other(page: Page, show: Any) -> None:
    """A job's progress changes its own card alone."""
    show([card("a"), pending("b", status="processing", progress=0.5)])
    record(named(page, "a"))

    show([card("a"), pending("b", status="processing", progress=0.6)])
    expect(page.get_by_text("60 %")).to_be_visible()

    assert page.evaluate("window.changes") == []


def test_no_clip_is_fetched_before_it_is_played(page: Page, show: Any, requested: list[str]) -> None:
    """Posters come with the page; of the clips only the one that is played."""
    show([card("a", 0), card("b", 1), card("c", 2)])
    expect(page.locator(".poster.loaded")).to_have_count(3)
    assert not [url for url in requested if url.endswith(".mp4")]

    play(page, "b")

    assert {url.rsplit("/", 1)[-1] for url in requested if url.endswith(".mp4")} == {"1.mp4"}


def test_no_request_leaves_the_machine(
    page: Page, show: Any, gallery_address: str, requested: list[str]
) -> None:
    """Page, web socket, posters and clips all come from the server itself."""
    show([card("a"), pending("b", status="failed", note="The worker ran out of memory."), pending("c")])

    play(page, "a")

    own = (
        f"{gallery_address}/",
        f"{gallery_address.replace('http', 'ws')}/",
        f"blob:{gallery_address}/",
        "data:",
    )
    assert len(requested) > 5
    assert [url for url in requested if not url.startswith(own)] == []


def test_only_one_clip_plays_at_a_time(page: Page, show: Any) -> None:
    """Starting a second clip pauses the first and offers to play it again."""
    show([card("a", 0), card("b", 1)])
    first = play(page, "a")

    second = play(page, "b")

    assert first.evaluate("video => video.paused")
    assert not second.evaluate("video => video.paused")
    expect(named(page, "a").locator(".play")).to_be_visible()
    expect(named(page, "b").locator(".play")).to_be_hidden()


def test_a_clip_that_cannot_be_loaded_says_so(page: Page, show: Any) -> None:
    """It falls back to its poster with a sentence, and can be tried again."""
    show([card("a", file_url="/clips/missing.mp4")])

    named(page, "a").locator(".play").click()

    expect(page.get_by_text("This clip could not be loaded")).to_be_visible()
    expect(named(page, "a").locator("video")).to_have_count(0)
    expect(named(page, "a").locator(".play")).to_be_visible()


def test_hostile_text_stays_text(page: Page, show: Any) -> None:
    """Markup in a prompt, a note or a fact is shown letter by letter and does nothing."""
    show([card("a", title=HOSTILE, facts=[HOSTILE]), pending("b", status="failed", note=HOSTILE)])

    expect(page.locator(".facts").first).to_have_text(HOSTILE)
    expect(page.locator(".note").last).to_have_text(HOSTILE)
    assert page.locator(".gallery script, .gallery img[onerror]").count() == 0
    assert page.title() != "broken into"


@pytest.mark.parametrize(
    "url", ["javascript:document.title='x'", "data:video/mp4;base64,AA", "//elsewhere.example/a"]
)
def test_an_address_of_another_kind_is_refused(page: Page, show: Any, url: str) -> None:
    """Only paths of this server and http addresses become a poster or a clip."""
    show([card("a", file_url=url, poster_url=url)])

    expect(named(page, "a").locator(".play")).to_be_hidden()
    assert named(page, "a").locator("[src]").count() == 0


@pytest.mark.parametrize(("progress", "percent"), [(0.0, "0"), (0.42, "42"), (1.7, "100")])
def test_progress_is_shown_and_told(page: Page, show: Any, progress: float, percent: str) -> None:
    """A job at work shows how far it is, to the eye and to a screen reader."""
    show([pending("a", status="processing", note="Rendering", progress=progress)])

    bar = page.get_by_role("progressbar", name="Rendering")

    expect(bar).to_have_attribute("aria-valuenow", percent)
    expect(page.get_by_text(f"{percent} %", exact=True)).to_be_visible()


def test_nothing_moves_for_those_who_asked_for_stillness(page: Page, show: Any) -> None:
    """With reduced motion neither the waiting cards nor newcomers are animated."""
    moving = "list => list.getAnimations({ subtree: true }).length"
    show([pending("a"), pending("b", status="processing")])
    assert page.locator(".gallery").evaluate(moving) > 0

    page.emulate_media(reduced_motion="reduce")
    show([pending("new"), pending("a"), pending("b", status="processing")])

    assert page.locator(".gallery").evaluate(moving) == 0


@pytest.mark.parametrize("width", [320, 390, 1440, 2560])
def test_the_grid_fits_every_width(page: Page, show: Any, width: int) -> None:
    """Nothing is cut off or scrolls sideways, and all stages of a row have the same size."""
    page.set_viewport_size({"width": width, "height": 900})

    show([card("a"), card("b", 1, title="Prompt of b " + "unbroken" * 40, aspect=9 / 16), pending("c")])

    assert page.locator(".gallery").evaluate("list => list.scrollWidth <= list.clientWidth + 6")
    stages = page.locator(".stage").evaluate_all("all => all.map(stage => Math.round(stage.clientHeight))")
    assert len(set(stages)) == 1
