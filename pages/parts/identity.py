"""Whose account this is, and what they may do."""

import streamlit as st

from pages.parts.wording import plain
from services.accounts import User

_MAY = {
    "restricted": "You may look at clips but not generate any. Ask an admin if you need to.",
    "user": "You may generate clips and manage your own.",
    "admin": "You may generate clips, and see everybody's jobs and the statistics.",
}


def draw_identity(user: User) -> None:
    """Name, the name to sign in with, and the role in words."""
    with st.container(border=True, gap="small", key="identity"):
        st.markdown(f"**{plain(user.display_name)}** :gray[· name for signing in: {plain(user.id)}]")
        st.markdown(f"Role: **{user.role}**. {_MAY[user.role]}")
