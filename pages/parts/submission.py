"""Having the clip made that the form describes: the button, what stands in its way, and what comes of a press."""

import math
import secrets
import time
from dataclasses import dataclass

import streamlit as st

from pages.parts.allowance import draw_allowance, draw_budget_state
from pages.parts.device import is_handheld
from pages.parts.errors import show_error
from pages.parts.live import tell_change
from pages.parts.request_form import requested
from pages.parts.session import signed_in_user
from pages.parts.terms import ask_to_accept
from pages.parts.visitor import enter
from pages.parts.wording import plain, shortened
from services import quota
from services.accounts import User
from services.catalog import Model
from services.errors import AppError, Unavailable
from services.orders import Request
from services.videos import submit_video
from services.wiring import Studio

_WISH = "openv_wish"
_DOUBLE_CLICK_SECONDS = 1.5


@dataclass
class _Wish:
    """A press of Generate and what came of it; again before `until` and for the same request, it is the same wish."""

    key: str
    request: Request
    until: float
    is_taken: bool = False
    refusal: AppError | None = None
    is_told: bool = False


def offer_to_generate(studio: Studio, user: User, model: Model, request: Request) -> None:
    """Draws the button with what the clip takes, or what has to be accepted first. Raises Unavailable."""
    if not user.may_generate:
        with st.container(horizontal=True, vertical_alignment="center"):
            _generate_button(studio, disabled=True)
            st.caption("Your account may look at clips but not generate them. Ask an admin.")
        return
    above = st.container()
    with above:
        is_refused = _tell_what_came_of_it()
    allowance = _read(studio, user, model, request)
    if not allowance.terms_accepted:
        ask_to_accept(studio, user, again=allowance.has_accepted_before)
        return
    frames = request.frames or 0
    with above:
        may_fit = allowance.longest_frames(model, frames) is not None
        draw_budget_state(studio, user, allowance, may_fit=may_fit)
    with st.container(horizontal=True, vertical_alignment="center"):
        _generate_button(studio, disabled=allowance.is_used_up)
        if not allowance.is_used_up:
            draw_allowance(studio, allowance, model, frames, is_refused=is_refused)


def _read(studio: Studio, user: User, model: Model, request: Request) -> quota.Allowance:
    limits = quota.limits(studio.settings)
    return quota.find_allowance(studio.database, user.id, model, request, limits=limits)


def _generate_button(studio: Studio, *, disabled: bool = False) -> None:
    """Pressed by the mouse or, where there are such keys, by Ctrl+Enter anywhere on the page."""
    # In a callback: a click elsewhere right after this one cuts the run short, wherever the page has got to by then.
    st.button(
        "Generate",
        key="generate",
        type="primary",
        icon=":material/movie:",
        shortcut=None if is_handheld() else "Ctrl+Enter",
        disabled=disabled,
        on_click=_generate,
        args=(studio,),
    )


def _generate(studio: Studio) -> None:
    wish = _wish(requested(studio.catalog))
    try:
        if user := signed_in_user(studio):
            enter(user)
            _submit(studio, user, wish)
    except AppError as error:
        wish.refusal = error


def _submit(studio: Studio, user: User, wish: _Wish) -> None:
    try:
        submit_video(
            studio.database,
            studio.catalog,
            wish.request,
            by=user.id,
            limits=quota.limits(studio.settings),
            max_retries=studio.settings.max_retries,
            request_key=wish.key,
        )
        wish.is_taken = True
    except Unavailable:
        # It may have been taken all the same: until that is known, pressing again is the same wish.
        wish.until = math.inf
        raise
    finally:
        tell_change(studio, user)


def _wish(request: Request) -> _Wish:
    # Kept before it is carried out and changed in place then: where a run keeps something, it can be cut short.
    now = time.monotonic()
    last: _Wish | None = st.session_state.get(_WISH)
    is_same = last is not None and last.request == request and now <= last.until
    key = last.key if last and is_same else secrets.token_hex(16)
    wish = _Wish(key, request, now + _DOUBLE_CLICK_SECONDS)
    st.session_state[_WISH] = wish
    return wish


def _tell_what_came_of_it() -> bool:
    """Says once what came of the last press; whether it was refused."""
    wish: _Wish | None = st.session_state.get(_WISH)
    if wish is None or wish.is_told:
        return False
    if wish.refusal:
        show_error(_seen_from_now(wish.refusal))
    elif wish.is_taken:
        # With its words: a second note of the same text would not show beside the first.
        st.toast(f"**Queued:** {plain(shortened(wish.request.prompt, 70))}", icon=":material/schedule:")
    wish.is_told = True
    return wish.refusal is not None


def _seen_from_now(refusal: AppError) -> AppError:
    # Where this is drawn the database answers again: that it does not, as its own sentence says, would be wrong.
    if not refusal.code.startswith("database_"):
        return refusal
    return Unavailable(
        "The database did not answer when you pressed Generate. Press it again: it stays one clip."
    )
