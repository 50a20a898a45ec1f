"""People: everybody with role and use of the allowance; one of them with all that an admin can change."""

import streamlit as st

from pages.parts.people_table import draw_people, pick_person
from pages.parts.person import draw_person
from pages.parts.question import draw_question
from pages.parts.session import require_user
from pages.parts.turning import turn_back, turned_to, turning_buttons
from services import wiring
from services.people import list_people
from services.quota import limits

SHOWN = 100
user = require_user(admin=True)
studio = wiring.current()

st.title("People")
search = st.text_input(
    "Search",
    placeholder="A part of a name",
    icon=":material/search:",
    key="search-people",
    bind="query-params",
    on_change=turn_back,
)
people = list_people(
    studio.database,
    by=user.id,
    limits=limits(studio.settings),
    search=search,
    after=turned_to(),
    limit=SHOWN + 1,
)
shown, there_are_more = people[:SHOWN], len(people) > SHOWN
if shown:
    draw_people(shown)
else:
    st.info("Nobody has such a name. Search for a shorter part of it.")
turning_buttons(shown[-1].id if there_are_more else None, "More people")
if person := pick_person(shown):
    draw_person(studio, user, person)
draw_question()
