"""The script the server runs: page config, sign-in, navigation, and the page itself."""

import streamlit as st

from pages.parts import frame
from pages.parts.errors import shown_errors
from pages.parts.live import keep_watch
from pages.parts.session import settle_session, signed_in_user
from pages.parts.sign_in import ask_to_sign_in
from pages.parts.theme_memory import remember_theme
from pages.parts.toasts import show_toast
from pages.parts.visitor import visit
from services import wiring

remember_theme()
studio = wiring.current()
frame.configure_page()
door, body, backstage = st.empty(), st.container(), st.container()

user = None
with shown_errors(until_it_works=True):
    user = signed_in_user(studio)
    if user is None:
        with door.container():
            ask_to_sign_in(studio)
with backstage:
    settle_session(studio, user)

page = frame.navigation(user)
if user is None:
    show_toast()
    st.stop()
bell = frame.draw_account(studio, user)
with visit(user), body, shown_errors(until_it_works=True):
    frame.draw_news(studio, user, bell=bell)
    page.run()
    show_toast()
    with backstage:
        keep_watch(studio, user)
