"""The bell and the banner: what stands around every page, and how it goes away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services import wiring
from services.endpoints import TOPIC
from services.wiring import Studio
from tests.pages.conftest import SHELL
from tests.sql.lifecycle import Life

FINAL = {"error": "CUDA out of memory", "error_kind": "worker_error", "retryable": False}


@pytest.fixture
def browser(signed_in: Callable[..., AppTest]) -> AppTest:
    """Anna's browser; she is an admin."""
    return signed_in("anna", role="admin")


@pytest.fixture
def life(studio: Studio, browser: AppTest) -> Life:
    """Anna's clips; the fixture `browser` comes first, because it makes her account."""
    return Life(studio.database)


def look(studio: Studio, browser: AppTest) -> AppTest:
    """The next look at the page, after the feed has heard of changes."""
    studio.feed.changed(["anna", TOPIC])
    browser.run()
    assert not browser.exception
    return browser


def fail(life: Life, job_id: str, prompt: str) -> int:
    video = life.sent(job_id, prompt=prompt, max_retries=0)
    life.news("failed", job_id, **FINAL)
    return int(video["id"])


def unread(browser: AppTest) -> list[str]:
    """The number on the bell."""
    marks = [mark.value for mark in browser.sidebar.markdown]
    return [mark.split("[")[1].rstrip("]") for mark in marks if mark.startswith(":red-badge[")]


def entries(browser: AppTest) -> list[str]:
    buttons = [button for button in browser.button if (button.key or "").startswith("open-notification-")]
    return [button.label.replace("\\", "") for button in buttons]


def open_bell(browser: AppTest) -> AppTest:
    browser.session_state["bell"] = True
    browser.run()
    assert not browser.exception
    return browser


def close_bell(browser: AppTest) -> AppTest:
    browser.session_state["bell"] = False
    return browser.run()


def test_the_bell_counts_what_happened_and_opening_it_marks_it_read(
    studio: Studio, browser: AppTest, life: Life
) -> None:
    """Also for other browsers of the same person, and for good."""
    assert unread(browser) == []
    for number in range(3):
        fail(life, f"job-{number}", f"Fox {number}")
    assert unread(look(studio, browser)) == ["3"]

    open_bell(browser)

    assert entries(browser) == ["Fox 2", "Fox 1", "Fox 0"]
    assert unread(look(studio, close_bell(browser))) == []
    other = AppTest.from_file(SHELL, default_timeout=20)
    other.session_state["openv_token"] = studio.sessions.issue("anna")
    assert unread(other.run()) == []


def test_what_is_new_is_marked_as_long_as_the_list_is_open(
    studio: Studio, browser: AppTest, life: Life
) -> None:
    """One sees which entries the number stood for."""
    fail(life, "job-1", "Fox")
    look(studio, browser)
    dots = lambda: [mark.value for mark in browser.markdown if "●" in mark.value]  # noqa: E731
    assert len(dots()) == 0
    open_bell(browser)
    assert len(dots()) == 1
    open_bell(close_bell(browser))
    assert len(dots()) == 0


def test_an_entry_leads_to_its_clip(studio: Studio, browser: AppTest, life: Life) -> None:
    """With the details open and the list closed."""
    clip = fail(life, "job-1", "Fox")
    open_bell(look(studio, browser))
    (button,) = [button for button in browser.button if (button.key or "").startswith("open-notification-")]
    button.click().run()
    assert not browser.exception
    assert [title.value for title in browser.title] == ["Gallery"]
    assert browser.query_params["clip"] == str(clip)
    assert entries(browser) == []


def test_an_empty_list_says_what_it_is_for(browser: AppTest) -> None:
    """Nobody wonders what the bell is."""
    assert "Nothing yet" in " ".join(caption.value for caption in open_bell(browser).caption)


class Counting:
    """A database that counts what it is asked for."""

    def __init__(self, database: Any) -> None:
        self._database, self.asked = database, []

    def call(self, function: str, **parameters: Any) -> Any:
        self.asked.append(function)
        return self._database.call(function, **parameters)

    def close(self) -> None:
        """Nothing to give back."""


def test_looking_again_reads_nothing_while_nothing_changes(
    studio: Studio, browser: AppTest, life: Life
) -> None:
    """The number and the banner come from the feed's memory."""
    look(studio, browser)
    counting = Counting(studio.database)
    wiring.install(replace(studio, database=counting))
    browser.run()
    assert {"list_notifications", "list_blocked_endpoints"}.isdisjoint(counting.asked)


def block(life: Life) -> None:
    life.submit()
    (work,) = life.claim("submit")
    reason = "RunPod does not accept the API key. Check RUNPOD_API_KEY."
    life.database.call("record_blocked", attempt_id=work["attempt_id"], reason=reason)


@pytest.mark.parametrize("page", ["create.py", "gallery.py", "statistics.py"])
def test_admins_see_a_blocked_endpoint_on_every_page_until_it_works(
    studio: Studio, browser: AppTest, life: Life, page: str
) -> None:
    """Which, since when, what RunPod says and what to do; and it goes by itself."""
    browser.switch_page(page).run()
    block(life)
    (banner,) = [error.value.replace("\\", "") for error in look(studio, browser).error]
    assert banner.startswith("**RunPod takes no jobs for the endpoint own** since ")
    assert "Check RUNPOD_API_KEY. Restart the server after changing a setting." in banner
    assert unread(browser) == ["1"]

    studio.database.call("record_unblocked", endpoint="own")
    assert list(look(studio, browser).error) == []


def test_nobody_else_is_told_of_blocked_endpoints(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """They could not mend it; their own jobs say why they wait."""
    browser = signed_in("ben")
    block(Life(studio.database, "ben"))
    studio.feed.changed(["ben", TOPIC])
    assert list(browser.run().error) == []
    assert unread(browser) == []
