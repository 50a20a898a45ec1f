"""Letting somebody in from the sign-in page: between two runs, so that the next one draws nothing but their page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import streamlit as st

from pages.parts.errors import show_error
from pages.parts.session import start_session
from services.accounts import User
from services.errors import AppError
from services.wiring import Studio

_REFUSAL = "openv_entry_refused"


@contextmanager
def signing_in(studio: Studio) -> Iterator[Callable[[User], None]]:
    """Yields what lets a user in. A refusal raised inside is kept for show_refusal. Meant for callbacks."""
    try:
        yield partial(start_session, studio)
    except AppError as error:
        st.session_state[_REFUSAL] = error


def show_refusal() -> None:
    """Shows why the last try let nobody in, once."""
    if error := st.session_state.pop(_REFUSAL, None):
        show_error(error)
