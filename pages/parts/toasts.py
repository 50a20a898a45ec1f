"""What is told in a moment's note after the page has been drawn anew: one given right before would go with the old page."""

import streamlit as st

from pages.parts.wording import plain

_NEXT = "openv_toast_next"


def toast_next(sentence: str) -> None:
    """Has that told by the next run that draws its page to the end."""
    st.session_state[_NEXT] = sentence


def show_toast() -> None:
    """Tells what waits for it. Behind the page: a dialog that changed its place among toasts would start anew."""
    if sentence := st.session_state.get(_NEXT):
        st.toast(plain(sentence), icon=":material/check_circle:")
        # Not earlier: a run that is cut short right here would have told nobody.
        del st.session_state[_NEXT]
