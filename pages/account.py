"""Account: who one is, the password, the sessions, and API tokens for programs."""

import streamlit as st

from pages.parts.api_tokens import draw_tokens
from pages.parts.errors import shown_errors
from pages.parts.identity import draw_identity
from pages.parts.own_password import draw_password
from pages.parts.own_sessions import draw_sessions
from pages.parts.session import require_user
from services import wiring

user = require_user()
studio = wiring.current()

st.title("Account")
draw_identity(user)
about, tokens = st.columns([5, 7], gap="medium")
with about:
    draw_password(studio, user)
    draw_sessions(studio, user)
with tokens, shown_errors(until_it_works=True):
    draw_tokens(studio, user)
