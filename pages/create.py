"""Create: describe a clip, see what it takes, generate it, and watch it being made beside."""

import streamlit as st

from pages.parts.allowance import draw_allowance
from pages.parts.errors import shown_errors
from pages.parts.focus import focus_on
from pages.parts.jobs import draw_jobs
from pages.parts.live import live
from pages.parts.request_form import PROMPT, request_form
from pages.parts.session import require_user
from pages.parts.submission import generate_button, submit
from services import wiring

user = require_user()
studio = wiring.current()

st.title("Create")
form, aside = st.columns([7, 5], gap="large")
with form, st.container(border=True):
    model, request = request_form(studio.catalog)
    errors = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = generate_button(user)
        with errors, shown_errors():
            if pressed:
                submit(studio, user, request)
        draw_allowance(studio, user, model, request.frames or 0)
with aside:
    live(studio, user, lambda videos: draw_jobs(studio, user, videos))
focus_on(PROMPT)
