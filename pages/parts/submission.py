"""Having the clip made that the form describes: the button, what stands in its way, and what comes of a press."""

import math
import secrets
import time

import streamlit as st

from pages.parts.allowance import draw_allowance, draw_budget_state
from pages.parts.device import is_handheld
from pages.parts.errors import shown_errors
from pages.parts.live import tell_change
from pages.parts.terms import ask_to_accept
from services import quota
from services.accounts import User
from services.catalog import Model
from services.errors import Unavailable
from services.orders import Request
from services.videos import submit_video
from services.wiring import Studio

_LAST = "openv_last_submission"
_DOUBLE_CLICK_SECONDS = 1.5


def offer_to_generate(studio: Studio, user: User, model: Model, request: Request) -> None:
    """Draws the button with what the clip takes, or what has to be accepted first. Raises Unavailable."""
    if not user.may_generate:
        with st.container(horizontal=True, vertical_alignment="center"):
            _generate_button(disabled=True)
            st.caption("Your account may look at clips but not generate them. Ask an admin.")
        return
    allowance = _read(studio, user, model, request)
    if not allowance.terms_accepted:
        ask_to_accept(studio, user, again=allowance.has_accepted_before)
        return
    above, is_refused = st.container(), False
    with st.container(horizontal=True, vertical_alignment="center"):
        if _generate_button(disabled=allowance.is_used_up):
            with above:
                is_refused = not _is_taken(studio, user, request)
            allowance = _read(studio, user, model, request)
        frames = request.frames or 0
        with above:
            may_fit = allowance.longest_frames(model, frames) is not None
            draw_budget_state(studio, user, allowance, may_fit=may_fit)
        if not allowance.is_used_up:
            draw_allowance(studio, allowance, model, frames, is_refused=is_refused)


def _read(studio: Studio, user: User, model: Model, request: Request) -> quota.Allowance:
    limits = quota.limits(studio.settings)
    return quota.find_allowance(studio.database, user.id, model, request, limits=limits)


def _generate_button(*, disabled: bool = False) -> bool:
    """Whether it has been pressed, by the mouse or, where there are such keys, by Ctrl+Enter anywhere on the page."""
    return st.button(
        "Generate",
        key="generate",
        type="primary",
        icon=":material/movie:",
        shortcut=None if is_handheld() else "Ctrl+Enter",
        disabled=disabled,
    )


def _is_taken(studio: Studio, user: User, request: Request) -> bool:
    with shown_errors():
        _submit(studio, user, request)
        return True
    return False


def _submit(studio: Studio, user: User, request: Request) -> None:
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
