"""Audit: what admins did, to whom and when, the newest first."""

import streamlit as st

from pages.parts.session import require_user
from pages.parts.table import draw_table, moment
from pages.parts.turning import turn_back, turned_to_number, turning_buttons
from services import wiring
from services.accounts import list_users
from services.audit import COMMAND_LINE, describe, list_audit_events

SHOWN = 50
user = require_user(admin=True)
studio = wiring.current()

st.title("Audit")
person = st.selectbox(
    "Person",
    [person.id for person in list_users(studio.database)],
    index=None,
    placeholder="Everybody",
    key="audited-person",
    bind="query-params",
    on_change=turn_back,
    help="What they did, and what was done to them.",
)
events = list_audit_events(
    studio.database, by=user.id, person=person, before=turned_to_number(), limit=SHOWN + 1
)
shown, there_are_more = events[:SHOWN], len(events) > SHOWN
rows = [
    {"When": event.at, "Who": event.actor or COMMAND_LINE.capitalize(), "What": describe(event)}
    for event in shown
]
if rows:
    draw_table(rows, {"When": moment()}, key="audit", is_long=True, alt="What admins did, the newest first")
else:
    st.info("Nothing has been done here yet.")
turning_buttons(shown[-1].id if there_are_more else None, "Older")
