"""One person's card: what they may do, their limits, and their access."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.person_forms import draw_limits, draw_role
from pages.parts.person_questions import ask_to_disable, ask_to_reset, ask_to_sign_out
from pages.parts.question import settle
from pages.parts.wording import ago, plain
from services.accounts import User, enable_user
from services.people import Person
from services.wiring import Studio


def draw_person(studio: Studio, admin: User, person: Person) -> None:
    """Everything an admin may change about that person."""
    with st.container(border=True, key="person-card"):
        st.subheader(plain(person.display_name), anchor=False)
        st.caption(plain(_about(person, datetime.now(UTC))))
        role, limits = st.columns([2, 3], gap="medium")
        with role:
            draw_role(studio, admin, person)
        with limits:
            draw_limits(studio, admin, person)
        st.space("xsmall")
        _draw_access(studio, admin, person)


def _about(person: Person, now: datetime) -> str:
    said = [person.id, f"here since {person.created_at:%-d %B %Y}"]
    said.append(f"last seen {ago(person.last_seen_at, now)}" if person.last_seen_at else "never seen")
    if person.disabled_at:
        said.append(f"disabled since {person.disabled_at:%-d %B %Y}")
    if not person.has_password:
        said.append("has no password")
    return " · ".join(said)


def _draw_access(studio: Studio, admin: User, person: Person) -> None:
    with st.container(horizontal=True):
        if st.button("Sign out everywhere", key="ask-sign-out", icon=":material/logout:"):
            ask_to_sign_out(studio, admin, person)
        if st.button("Reset password", key="ask-reset", icon=":material/key:"):
            ask_to_reset(studio, admin, person)
        if person.disabled_at is None:
            if st.button("Disable", key="ask-disable", icon=":material/block:"):
                ask_to_disable(studio, admin, person)
        elif st.button("Enable", key="enable", icon=":material/check:"):
            with shown_errors():
                enable_user(studio.database, person.id, by=admin.id)
                settle(f"{person.display_name} may sign in again.")
                st.rerun()
