"""Having the clip made that the form describes."""

import math
import secrets
import time

import streamlit as st

from pages.parts.live import tell_change
from services import quota
from services.accounts import User
from services.errors import Unavailable
from services.orders import Request
from services.videos import submit_video
from services.wiring import Studio

_LAST = "openv_last_submission"
_DOUBLE_CLICK_SECONDS = 1.5


def generate_button(user: User) -> bool:
    """Whether it has been pressed, by the mouse or by Ctrl+Enter anywhere on the page."""
    return st.button(
        "Generate",
        key="generate",
        type="primary",
        icon=":material/movie:",
        shortcut="Ctrl+Enter",
        disabled=not user.may_generate,
    )


def submit(studio: Studio, user: User, request: Request) -> None:
    """Hands it in. Raises as submit_video."""
    key = _request_key(request)
    try:
        submit_video(
            studio.database,
            studio.catalog,
            request,
            by=user.id,
            limits=quota.limits(studio.settings),
            max_retries=studio.settings.max_retries,
            request_key=key,
        )
    except Unavailable:
        # It may have been taken all the same: until that is known, pressing again is the same wish.
        st.session_state[_LAST] = (key, request, math.inf)
        tell_change(studio, user)
        raise
    tell_change(studio, user)
    st.toast("Queued.", icon=":material/schedule:")


def _request_key(request: Request) -> str:
    # A double click is one wish: the same key gives the same clip.
    now = time.monotonic()
    key: str
    key, before, at = st.session_state.get(_LAST, ("", None, 0.0))
    if before != request or now - at > _DOUBLE_CLICK_SECONDS:
        key = secrets.token_hex(16)
    st.session_state[_LAST] = (key, request, now)
    return key
