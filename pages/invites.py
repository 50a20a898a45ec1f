"""Invites: codes with which people register themselves."""

import streamlit as st

from pages.parts.invite_form import draw_invite_form
from pages.parts.invite_list import draw_invites
from pages.parts.question import draw_question
from pages.parts.session import require_user
from pages.parts.turning import turned_to_number, turning_buttons
from services import wiring
from services.invites import list_invites

SHOWN = 50
user = require_user(admin=True)
studio = wiring.current()

st.title("Invites")
draw_invite_form(studio, user)
invites = list_invites(studio.database, by=user.id, before=turned_to_number(), limit=SHOWN + 1)
shown, there_are_more = invites[:SHOWN], len(invites) > SHOWN
draw_invites(studio, user, shown)
turning_buttons(shown[-1].id if there_are_more else None, "Older")
draw_question()
