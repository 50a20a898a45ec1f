"""Workspace: what the whole team shares, for admins."""

import streamlit as st

from pages.parts.budget import draw_budget
from pages.parts.session import require_user
from services import wiring

user = require_user(admin=True)
studio = wiring.current()

st.title("Workspace")
draw_budget(studio, user)
