"""Changing one's own password, which ends every other session."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.session import start_session
from pages.parts.toasts import toast_next
from services.accounts import User, change_own_password
from services.errors import InvalidInput
from services.wiring import Studio

_FIELDS = ("password-current", "password-new", "password-again")
_EMPTIED = "openv_password_emptied"


def draw_password(studio: Studio, user: User) -> None:
    """The form, or a sentence where there is no password."""
    st.subheader("Password")
    if user.password_hash is None:
        st.caption("You sign in without a password, so there is none to change.")
        return
    if st.session_state.pop(_EMPTIED, False):
        st.session_state.update(dict.fromkeys(_FIELDS, ""))
    with st.form("password-form", border=True):
        current = _field("Current password", _FIELDS[0], "current-password")
        new = _field("New password", _FIELDS[1], "new-password")
        again = _field("The new password again", _FIELDS[2], "new-password")
        st.caption("10 to 128 characters. Every other session of yours ends; this one goes on.")
        submitted = st.form_submit_button("Change password", key="password-submit")
        with shown_errors():
            if submitted:
                _change(studio, user, current=current, new=new, again=again)


def _field(label: str, key: str, autocomplete: str) -> str:
    return st.text_input(label, type="password", key=key, autocomplete=autocomplete) or ""


def _change(studio: Studio, user: User, *, current: str, new: str, again: str) -> None:
    if new != again:
        raise InvalidInput("The two new passwords differ. Type the new one twice.")
    begun = datetime.now(UTC)
    changed = change_own_password(studio.database, user.id, current=current, new=new)
    start_session(studio, changed, since=begun)
    st.session_state[_EMPTIED] = True
    toast_next("Your password is changed, and every other session has ended.")
    st.rerun()
