"""The sign-in page: a card in the middle, and in a demo two buttons that need no password."""

from pathlib import Path

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.focus import focus_on
from pages.parts.registration import draw_registration, offer_registration, wants_to_register
from pages.parts.session import session_has_ended
from pages.parts.terms import draw_consent
from services.accounts import DEMO_ADMIN, DEMO_USER, User
from services.sign_in import demo_user, sign_in
from services.wiring import Studio

_ASSETS = Path(__file__).resolve().parents[1] / "assets"
_WHAT_IT_IS = "Turn a sentence into a video clip and watch it render."


def ask_to_sign_in(studio: Studio) -> User | None:
    """Draws the page; whoever has just signed in on it, and then nothing of it stays."""
    place = st.empty()
    middle = place.container(key="sign-in", horizontal_alignment="center")
    middle.space("small")
    with middle.container(key="sign-in-card", width=400, border=True, gap="medium"):
        _draw_welcome()
        user = draw_registration(studio) if wants_to_register() else _draw_ways_in(studio)
    if user:
        place.empty()
    return user


def _draw_welcome() -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        st.image(_ASSETS / "sign_in.svg", width="stretch", alt="")
        st.space("xxsmall")
        st.image(_ASSETS / "logo.svg", width=190, alt="OpenV Studio")
        st.caption(_WHAT_IT_IS, text_alignment="center")
    if session_has_ended():
        st.info("Your session has ended. Sign in again to go on.")


def _draw_ways_in(studio: Studio) -> User | None:
    user = _draw_demo(studio) if studio.is_demo else None
    user = _draw_form(studio) or user
    offer_registration()
    if not studio.is_demo:
        focus_on("sign-in-name")
    return user


def _draw_demo(studio: Studio) -> User | None:
    with st.container(gap="small"):
        as_user = st.button("Try it as a demo user", type="primary", width="stretch", key="demo-user")
        as_admin = st.button("Try it as a demo admin", width="stretch", key="demo-admin")
        draw_consent()
        st.caption("or sign in with a password", text_alignment="center")
    with shown_errors():
        if as_user or as_admin:
            return demo_user(studio, DEMO_USER if as_user else DEMO_ADMIN)
    return None


def _draw_form(studio: Studio) -> User | None:
    with st.form("sign-in-form", border=False):
        name = st.text_input("Name", autocomplete="username", key="sign-in-name")
        password = st.text_input(
            "Password", type="password", autocomplete="current-password", key="sign-in-password"
        )
        submitted = st.form_submit_button(
            "Sign in",
            type="secondary" if studio.is_demo else "primary",
            width="stretch",
            key="sign-in-submit",
        )
        with shown_errors():
            if submitted:
                address = st.context.ip_address
                return sign_in(studio.database, name or "", password or "", address=address)
    return None
