"""The forms of a person's card: their role, and their own limits."""

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.optional_number import optional_number
from pages.parts.person_questions import ask_about_role, change_role
from pages.parts.question import settle
from pages.parts.wording import ROLE_NAMES
from services.accounts import ROLES, User
from services.people import Person
from services.quota import set_limits
from services.wiring import Studio


def draw_role(studio: Studio, admin: User, person: Person) -> None:
    """Changes what they may do; asks first where somebody becomes or ceases to be an admin."""
    with st.form(f"role-{person.id}", border=False):
        role = st.selectbox(
            "Role",
            ROLES,
            index=ROLES.index(person.role),
            format_func=ROLE_NAMES.__getitem__,
            key=f"role-of-{person.id}",
        )
        pressed = st.form_submit_button("Change role", key="change-role")
    if pressed and role != person.role:
        with shown_errors():
            if "admin" in (role, person.role):
                ask_about_role(studio, admin, person, role)
            else:
                settle(change_role(studio, admin, person, role))
                st.rerun()


def draw_limits(studio: Studio, admin: User, person: Person) -> None:
    """Changes their own limits; an empty field takes what holds for all."""
    with st.form(f"limits-{person.id}", border=False), st.container(gap="small"):
        length, jobs = st.columns(2)
        with length:
            own_seconds = _ask_for_seconds(person, studio.settings.monthly_limit_seconds)
        with jobs:
            own_jobs = _ask_for_jobs(person, studio.settings.max_concurrent_jobs)
        pressed = st.form_submit_button("Save limits", key="save-limits")
    with shown_errors():
        if pressed:
            set_limits(studio.database, person.id, limit_seconds=own_seconds, max_jobs=own_jobs, by=admin.id)
            settle(f"{person.display_name} has new limits.")
            st.rerun()


def _ask_for_seconds(person: Person, usual: float) -> float | None:
    return optional_number(
        "Seconds of video",
        person.own_limit_seconds,
        key=f"seconds-of-{person.id}",
        step=60.0,
        format="%.0f",
        placeholder=f"{usual:g}, as for all",
        help="In each period. Empty: as for everybody.",
    )


def _ask_for_jobs(person: Person, usual: int) -> int | None:
    jobs = optional_number(
        "Jobs at once",
        person.own_max_jobs,
        key=f"jobs-of-{person.id}",
        step=1,
        placeholder=f"{usual}, as for all",
        help="Waiting and running together. Empty: as for everybody.",
    )
    return None if jobs is None else int(jobs)
