"""Whose account this is, and what they may do."""

import streamlit as st

from pages.parts.wording import ROLE_NAMES, plain
from services.accounts import User

_MAY = {
    "restricted": "You may look at clips but not generate any. Ask an admin if you need to.",
    "user": "You may generate clips and manage your own.",
    "admin": "You may generate clips, and see everybody's jobs and the statistics.",
}


def draw_identity(user: User) -> None:
    """Name, the name to sign in with where it is another, and the role in words."""
    name = f"**{plain(user.display_name)}**"
    if user.id != user.display_name:
        name += f" ({plain(user.id)})"
    st.markdown(f"You are {name}, with the role **{ROLE_NAMES[user.role]}**. :gray[{_MAY[user.role]}]")
