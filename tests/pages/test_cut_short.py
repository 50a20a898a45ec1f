"""Runs that another one cuts short, as a second click does: what they had to tell is told by the next one."""

from collections.abc import Callable

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from pages.parts import errors, frame, toasts
from pages.parts.wording import plain
from services.videos import list_videos
from services.wiring import Studio


def after_a_click(act: Callable[..., object]) -> Callable[..., object]:
    """As that function, but before it is first called in a run there is a click elsewhere, which cuts the run short."""
    clicks = [RerunData()]

    def act_after_a_click(*args: object) -> object:
        context = get_script_run_ctx()
        if context and context.script_requests and clicks:
            context.script_requests.request_rerun(clicks.pop())
        return act(*args)

    return act_after_a_click


@pytest.fixture
def _click_right_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_after_a_click = after_a_click(plain)
    for place in (errors, toasts):
        monkeypatch.setattr(place, "plain", plain_after_a_click)


def test_a_clip_is_asked_for_even_when_the_page_is_left_at_once(
    studio: Studio, signed_in: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press of Generate counts before the page begins to draw, once, and is told of when Create is drawn again."""
    browser = signed_in()
    browser.text_area("create-prompt").set_value("A paper boat")
    monkeypatch.setattr(frame, "configure_page", after_a_click(frame.configure_page))

    browser.button("generate").click().run()

    assert [video.prompt for video in list_videos(studio.database, "anna", limit=9)] == ["A paper boat"]
    assert [toast.value for toast in browser.toast] == ["**Queued:** A paper boat"]


@pytest.mark.usefixtures("_click_right_before_it_is_told")
def test_a_note_is_told_by_the_run_that_cut_the_first_one_short() -> None:
    """Else a change would have been made and nobody told."""

    def script() -> None:
        import streamlit as st

        from pages.parts.toasts import show_toast, toast_next

        if "begun" not in st.session_state:
            st.session_state["begun"] = True
            toast_next("Saved.")
        show_toast()

    page = AppTest.from_function(script).run()
    assert [toast.value for toast in page.toast] == [r"Saved\."]
    assert list(page.run().toast) == []


@pytest.mark.usefixtures("_click_right_before_it_is_told")
def test_a_refusal_is_shown_by_the_run_that_cut_the_first_one_short(studio: Studio) -> None:
    """Else the sign-in page would stand there as if nobody had pressed the button."""

    def script() -> None:
        import streamlit as st

        from pages.parts.entry import let_in, show_refusal
        from services import wiring
        from services.accounts import User
        from services.errors import NotSignedIn

        def identify() -> User:
            raise NotSignedIn("Not today.")

        if "begun" not in st.session_state:
            let_in(wiring.current(), identify)
            st.session_state["begun"] = True
        show_refusal()

    page = AppTest.from_function(script).run()
    assert [error.value for error in page.error] == [r"Not today\."]
    assert list(page.run().error) == []
