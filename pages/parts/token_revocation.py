"""Revoking an API token, with a question first: there is no way back."""

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.fragments import dialog
from pages.parts.toasts import toast_next
from pages.parts.wording import plain
from services.accounts import User
from services.tokens import Token, revoke_token
from services.wiring import Studio

_ASKED = "openv_ask_to_revoke"


def ask_to_revoke(token: Token) -> None:
    """Puts the question."""
    st.session_state[_ASKED] = token
    st.rerun(scope="app")


def draw_revocation(studio: Studio, user: User) -> None:
    """Draws the question that has been put and not answered yet."""
    if _ASKED in st.session_state:
        _question(studio, user, st.session_state[_ASKED])


def _withdraw() -> None:
    st.session_state.pop(_ASKED, None)


@dialog("Revoke?", width="small", on_dismiss=_withdraw)
def _question(studio: Studio, user: User, token: Token) -> None:
    st.markdown(
        f"Revoke **{plain(token.label)}**? Programs that use it are refused at once. This cannot be undone."
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep", key="keep-token"):
            _withdraw()
            st.rerun()
        if st.button("Revoke", key="really-revoke", type="primary"):
            with shown_errors():
                revoke_token(studio.database, token.id, by=user.id)
                _withdraw()
                toast_next(f"{token.label} is revoked.")
                st.rerun()
