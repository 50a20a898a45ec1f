"""The terms of use: asked for before the first clip and again after a change, and readable where they are spoken of."""

from typing import Literal

import streamlit as st

from pages.parts.errors import shown_errors
from services.accounts import User
from services.terms import CURRENT, accept_terms
from services.wiring import Studio

_FIRST = (
    "**Before your first clip**  \n"
    "Please look at the terms of use: what may be asked for, who sees your clips, what they cost, how long they stay."
)
_CHANGED = "**The terms of use have changed**  \nPlease look at the new version before you go on."


def ask_to_accept(studio: Studio, user: User, *, again: bool) -> None:
    """A card in the place of Generate, which comes back with a click; `again`: an earlier version was accepted."""
    with st.container(border=True, key="terms"):
        st.markdown(_CHANGED if again else _FIRST)
        text = st.expander("Read the terms of use", key="terms-text", on_change="rerun")
        if text.open:
            with text:
                _draw_text()
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button("I accept", key="accept-terms", type="primary", icon=":material/check:")
            st.caption("Then you can generate.", width="content")
        with shown_errors():
            if pressed:
                accept_terms(studio.database, user.id, version=CURRENT.version)
                st.rerun()


def draw_consent() -> None:
    """One small line that says that going on accepts the terms, and opens them."""
    with st.popover(
        ":small[:gray[By going on you accept the terms of use.]]",
        type="tertiary",
        key="consent",
        width="stretch",
    ):
        _draw_text(width=320)  # what opens is then as wide as the card that it belongs to


def _draw_text(*, width: int | Literal["stretch"] = "stretch") -> None:
    with st.container(height=320, width=width, border=False):
        st.markdown(CURRENT.text)
        st.caption(f"Version {CURRENT.version}")
