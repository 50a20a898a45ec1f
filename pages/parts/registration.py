"""Registering with an invite code; a link `/?invite=CODE` opens the form with the code filled in."""

import streamlit as st

from pages.parts.entry import let_in, show_refusal
from pages.parts.focus import focus_on
from services.accounts import User
from services.errors import InvalidInput
from services.invites import register
from services.wiring import Studio

_CODE = "invite"
_TYPED = ("code", "name", "shown-as", "password", "password-again")


def wants_to_register() -> bool:
    """Whether the address asks for this form."""
    return _CODE in st.query_params


def offer_registration() -> None:
    """The way to this form."""
    if st.button("I have an invite code", key="register", type="tertiary", width="stretch"):
        st.query_params[_CODE] = ""
        st.rerun()


def draw_registration(studio: Studio) -> None:
    """The form. Whoever registers with it is signed in before the next run begins."""
    given = st.query_params.get(_CODE, "")
    with st.form("registration-form", border=False):
        show_refusal()  # below the button it would be out of sight
        st.text_input("Invite code", value=given, max_chars=100, autocomplete="off", key="register-code")
        _ask_for_names()
        _ask_for_password("Password", "register-password", placeholder="At least 10 characters")
        _ask_for_password("The same password again", "register-password-again")
        st.form_submit_button(
            "Register",
            type="primary",
            width="stretch",
            key="register-submit",
            on_click=_register,
            args=(studio,),
        )
    if st.button("I have an account already", key="back-to-sign-in", type="tertiary", width="stretch"):
        st.query_params.pop(_CODE)
        st.rerun()
    focus_on("register-name" if given else "register-code")


def _ask_for_names() -> None:
    st.text_input(
        "User name",
        max_chars=64,
        autocomplete="username",
        key="register-name",
        placeholder="Small letters, digits, . _ @ -",
        help="What you sign in with. It begins with a letter or a digit.",
    )
    shown_as = "Your name, as others see it (optional)"
    st.text_input(shown_as, max_chars=100, autocomplete="name", key="register-shown-as")


def _ask_for_password(label: str, key: str, *, placeholder: str | None = None) -> None:
    st.text_input(label, type="password", autocomplete="new-password", key=key, placeholder=placeholder)


def _register(studio: Studio) -> None:
    code, name, shown, password, again = (
        str(st.session_state.get(f"register-{key}") or "") for key in _TYPED
    )

    def registered() -> User:
        if password != again:
            raise InvalidInput("The two passwords differ. Type the same one twice.")
        here = st.context.ip_address
        user = register(studio.database, code, name, password, display_name=shown, address=here)
        st.query_params.pop(_CODE, None)  # the code is used, and need not stay in the address
        return user

    let_in(studio, registered)
