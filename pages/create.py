"""Create: describe a clip, see what it takes, generate it, and watch it being made beside."""

import streamlit as st

from pages.parts.focus import focus_on
from pages.parts.jobs import draw_jobs
from pages.parts.live import live
from pages.parts.request_form import PROMPT, request_form
from pages.parts.session import require_user
from pages.parts.submission import offer_to_generate
from services import wiring

user = require_user()
studio = wiring.current()

st.title("Create")
form, aside = st.columns([7, 5], gap="medium")
with form, st.container(border=True):
    model, request = request_form(studio.catalog)
    offer_to_generate(studio, user, model, request)
with aside:
    live(studio, user, lambda videos: draw_jobs(studio, user, videos))
focus_on(PROMPT)
