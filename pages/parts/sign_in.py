"""The sign-in page: a card in the middle, and in a demo two buttons that need no password."""

from typing import Any

import streamlit as st

from pages.parts.entry import let_in, show_refusal
from pages.parts.focus import focus_on
from pages.parts.pictures import picture
from pages.parts.registration import draw_registration, offer_registration, wants_to_register
from pages.parts.session import session_has_ended
from pages.parts.terms import draw_consent
from services.names import DEMO_ADMIN, DEMO_USER
from services.sign_in import demo_user, sign_in
from services.wiring import Studio

_NAME, _PASSWORD = "sign-in-name", "sign-in-password"
_WHAT_IT_IS = "Turn a sentence into a video clip and watch it render."


def ask_to_sign_in(studio: Studio) -> None:
    """Draws the page. Whoever signs in on it is known before the next run begins."""
    middle = st.container(key="sign-in", horizontal_alignment="center")
    middle.space("small")
    with middle.container(key="sign-in-card", width=400, border=True, gap="medium"):
        is_new = wants_to_register()
        _draw_welcome(with_picture=not is_new)  # the long form goes without, so that its button is in sight
        if is_new:
            draw_registration(studio)
        else:
            _draw_ways_in(studio)


def _draw_welcome(*, with_picture: bool) -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        if with_picture:
            st.image(picture("sign_in.svg"), width="stretch", alt="")
        st.space("xxsmall")
        st.image(picture("logo.svg"), width=190, alt="OpenV Studio")
        st.caption(_WHAT_IT_IS, text_alignment="center")
    if session_has_ended():
        st.info("Your session has ended. Sign in again to go on.")


def _draw_ways_in(studio: Studio) -> None:
    if studio.is_demo:
        _draw_demo(studio)
    _draw_form(studio)
    offer_registration()
    if not studio.is_demo:
        focus_on(_NAME)


def _draw_demo(studio: Studio) -> None:
    with st.container(gap="small"):
        _demo_button(studio, "Try it as a demo user", "demo-user", DEMO_USER, type="primary")
        _demo_button(studio, "Try it as a demo admin", "demo-admin", DEMO_ADMIN)
        draw_consent()
        st.caption("or sign in with a password", text_alignment="center")


def _demo_button(studio: Studio, label: str, key: str, name: str, **look: Any) -> None:
    st.button(label, key=key, width="stretch", on_click=_enter_demo, args=(studio, name), **look)


def _enter_demo(studio: Studio, name: str) -> None:
    let_in(studio, lambda: demo_user(studio, name))


def _draw_form(studio: Studio) -> None:
    with st.form("sign-in-form", border=False):
        show_refusal()  # below the button it would be out of sight
        st.text_input("Name", autocomplete="username", key=_NAME)
        st.text_input("Password", type="password", autocomplete="current-password", key=_PASSWORD)
        st.form_submit_button(
            "Sign in",
            type="secondary" if studio.is_demo else "primary",
            width="stretch",
            key="sign-in-submit",
            on_click=_sign_in,
            args=(studio,),
        )


def _sign_in(studio: Studio) -> None:
    name, password = (st.session_state.get(key) or "" for key in (_NAME, _PASSWORD))
    let_in(studio, lambda: sign_in(studio.database, name, password, address=st.context.ip_address))
