"""Ending all of one's sessions at once, for instance after leaving a computer signed in."""

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.session import end_session
from pages.parts.toasts import toast_next
from services.accounts import User, sign_out_everywhere
from services.wiring import Studio


def draw_sessions(studio: Studio, user: User) -> None:
    """The button and what it does; nothing in TEST_MODE, which knows no sessions."""
    if studio.settings.test_mode:
        return
    st.subheader("Sessions")
    st.caption("Signs you out in every browser, in this one too. API tokens go on working.")
    if st.button("Sign out everywhere", key="sign-out-everywhere", icon=":material/logout:"):
        with shown_errors():
            sign_out_everywhere(studio.database, user.id, by=user.id)
            end_session()
            toast_next("You are signed out in every browser.")
            st.rerun()
