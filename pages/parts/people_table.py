"""Everybody at a glance: role, use of the allowance, jobs, and when they were last here."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts.table import BAR, TEXT, draw_table, minute
from pages.parts.wording import ROLE_NAMES, seconds
from services.people import Person


def draw_people(people: Sequence[Person]) -> None:
    """One row for each, as many as there are."""
    columns = {
        "Allowance": BAR(format="percent", min_value=0, max_value=1, help="Used in this period."),
        "Jobs": TEXT(help="Jobs waiting or running now, of those allowed at once."),
        "Last seen": minute(),
    }
    draw_table([_row(person) for person in people], columns, key="people", alt="People and what they use")


def _row(person: Person) -> dict[str, Any]:
    return {
        "Name": person.id,
        "Shown as": person.display_name,
        "Role": "Disabled" if person.disabled_at else ROLE_NAMES[person.role],
        "Allowance": _share(person),
        "Used": f"{seconds(person.used_seconds)} of {seconds(person.limit_seconds)}",
        "Jobs": f"{person.active_jobs} of {person.max_jobs}",
        "Last seen": person.last_seen_at,
    }


def _share(person: Person) -> float:
    if person.limit_seconds <= 0:
        return 1.0
    return round(min(1.0, person.used_seconds / person.limit_seconds), 2)


def pick_person(people: Sequence[Person]) -> Person | None:
    """The one whose card is to be shown; named in the address as well."""
    by_name = {person.id: person for person in people}
    chosen = st.selectbox(
        "Person",
        list(by_name),
        index=None,
        placeholder="Choose a person to change their role, limits or access",
        key="person",
        bind="query-params",
    )
    return by_name.get(chosen or "")
