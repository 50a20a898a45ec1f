"""Letting somebody in from the sign-in page: between two runs, so that the next one draws nothing but their page."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from pages.parts.errors import show_error
from pages.parts.session import signed_in_user, start_session
from services.accounts import User
from services.errors import AppError
from services.wiring import Studio

_REFUSAL = "openv_entry_refused"


def let_in(studio: Studio, identify: Callable[[], User]) -> None:
    """Signs in whom `identify` gives; what it refuses is kept for show_refusal. Meant for callbacks.

    A second click, or one on a page drawn before somebody signed in, changes nothing: whoever is in stays in.
    """
    st.session_state.pop(_REFUSAL, None)
    begun = datetime.now(UTC)
    try:
        if signed_in_user(studio) is None:
            start_session(studio, identify(), since=begun)
    except AppError as error:
        st.session_state[_REFUSAL] = error


def show_refusal() -> None:
    """Shows why the last try let nobody in, once."""
    if error := st.session_state.get(_REFUSAL):
        show_error(error)
        # Not earlier: a run that is cut short right here would have shown nobody.
        del st.session_state[_REFUSAL]
