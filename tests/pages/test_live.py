"""What a page that stays open shows and tells by itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.videos import cancel_video
from services.wiring import Studio
from tests.pages.conftest import SHELL
from tests.sql.lifecycle import Life

FILE = {"file_key": "clips/1/1.mp4", "poster_key": "clips/1/1.webp", "file_bytes": 9, "duration_seconds": 2}


@pytest.fixture
def browser(signed_in: Callable[..., AppTest]) -> AppTest:
    """Anna's browser on the Create page."""
    return signed_in("anna")


@pytest.fixture
def life(studio: Studio, browser: AppTest) -> Life:
    """Anna's clips; the fixture `browser` comes first, because it makes her account."""
    return Life(studio.database)


def look(studio: Studio, browser: AppTest) -> AppTest:
    """The next look at the page, after the feed has heard of changes."""
    studio.feed.changed(["anna"])
    browser.run()
    assert not browser.exception
    return browser


def toasts(browser: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in browser.toast]


def store(life: Life, video_id: int) -> None:
    life.database.call("record_stored", video_id=video_id, number=1, file=FILE)


def finished_cards(browser: AppTest) -> list[dict[str, Any]]:
    (component,) = [part for part in browser.get("bidi_component") if part.key == "finished-clips"]
    return json.loads(component.proto.json)["cards"]


def test_a_job_is_followed_step_by_step(studio: Studio, browser: AppTest, life: Life) -> None:
    """From the queue through rendering to the clip that plays beside the form."""
    video = life.sent(prompt="A fox")
    assert look(studio, browser).progress[0].text.startswith("Waiting for a free worker for ")

    life.news("processing", progress=0.4)
    look(studio, browser)
    assert (browser.progress[0].value, browser.progress[0].text) == (40, r"Rendering\, 40 \% done\.")

    life.news("completed", result_url="https://example.com/a.mp4")
    assert look(studio, browser).progress[0].text == r"Rendered\. Saving the clip …"

    store(life, video["id"])
    (card,) = finished_cards(look(studio, browser))
    assert (card["title"], card["file_url"]) == ("A fox", f"/api/videos/{video['id']}/file")


def test_a_clip_that_is_ready_is_told_once(studio: Studio, browser: AppTest, life: Life) -> None:
    """The toast comes when the clip can be played, not before and not twice."""
    video = life.sent(prompt="A *fox*")
    life.news("completed", result_url="https://example.com/a.mp4")
    assert toasts(look(studio, browser)) == []

    store(life, video["id"])

    assert toasts(look(studio, browser)) == ["**Ready:** A *fox*"]
    assert toasts(look(studio, browser)) == []


def test_a_failure_is_told_with_its_reason(studio: Studio, browser: AppTest, life: Life) -> None:
    """Nobody has to search for why there is no clip."""
    life.sent(prompt="A fox", max_retries=0)
    life.news("failed", error="CUDA out of memory", error_kind="worker_error", retryable=False)

    assert toasts(look(studio, browser)) == ["**Failed:** A fox  \nCUDA out of memory."]


def test_toasts_come_on_every_page(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """Also on a page that shows no clips."""
    browser = signed_in("anna", role="admin").switch_page("statistics.py").run()
    life = Life(studio.database)
    life.sent(prompt="A fox", max_retries=0)
    life.news("failed", error="Out of disk", error_kind="worker_error", retryable=False)

    assert toasts(look(studio, browser)) == ["**Failed:** A fox  \nOut of disk."]


def test_what_was_finished_before_is_no_news(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """Opening the pages does not repeat yesterday's results."""
    life = Life(studio.database, "ben")
    life.sent(prompt="Old", max_retries=0)
    life.news("failed", error="No", error_kind="worker_error", retryable=False)
    browser = AppTest.from_file(SHELL, default_timeout=20)
    browser.session_state["openv_token"] = studio.sessions.issue("ben")

    assert toasts(browser.run()) == []


def test_a_clip_cancelled_by_its_owner_is_no_news(studio: Studio, browser: AppTest, life: Life) -> None:
    """They know it already; it is neither told nor shown as a failure."""
    video = life.submit(prompt="A fox")
    look(studio, browser)
    cancel_video(studio.database, video["id"], by="anna")

    assert toasts(look(studio, browser)) == []
    assert [part.key for part in browser.get("bidi_component") if part.key == "finished-clips"] == []


def test_a_long_queue_shows_what_is_next_and_counts_the_rest(
    studio: Studio, browser: AppTest, life: Life
) -> None:
    """A hundred jobs sent by a script do not bury the page."""
    for number in range(9):
        life.submit(prompt=f"Fox {number}", limits={"max_jobs": 50})

    look(studio, browser)

    shown = [text.value for text in browser.markdown if "Fox" in text.value]
    assert shown == [f":small[Fox {number}]" for number in range(6)]
    assert "and 3 more behind these." in [caption.value for caption in browser.caption]


def test_a_stranger_s_clips_are_not_shown(studio: Studio, browser: AppTest) -> None:
    """Everybody follows their own clips alone."""
    Life(studio.database, "ben").sent(prompt="Ben's fox")

    look(studio, browser)

    assert not browser.progress
    assert "Ben" not in " ".join(text.value for text in browser.markdown)


def test_files_are_not_asked_for_before_the_browser_has_its_cookie(
    studio: Studio, browser: AppTest, life: Life
) -> None:
    """Right after sign-in the API would refuse them, and a picture refused once stays missing."""
    video = life.sent()
    life.news("completed", result_url="https://example.com/a.mp4")
    store(life, video["id"])
    browser.session_state["openv_cookie_to_set"] = browser.session_state["openv_token"]

    (card,) = finished_cards(look(studio, browser))

    assert {"file_url", "poster_url"}.isdisjoint(card)
