"""Workspace: what the whole team shares, for admins."""

import streamlit as st

from pages.parts.budget import draw_budget
from pages.parts.question import draw_question
from pages.parts.session import require_user
from pages.parts.slack_setting import draw_slack_setting
from services import wiring

user = require_user(admin=True)
studio = wiring.current()

st.title("Workspace")
draw_budget(studio, user)
draw_slack_setting(studio, user)
draw_question()
