"""Runs that another one cuts short, as a second click does: what they had to tell is told by the next one."""

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from pages.parts import errors, toasts
from pages.parts.wording import plain
from services.wiring import Studio


@pytest.fixture(autouse=True)
def _click_right_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clicks = [RerunData()]

    def plain_after_a_click(text: str) -> str:
        context = get_script_run_ctx()
        if context and context.script_requests and clicks:
            context.script_requests.request_rerun(clicks.pop())
        return plain(text)

    for place in (errors, toasts):
        monkeypatch.setattr(place, "plain", plain_after_a_click)


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
