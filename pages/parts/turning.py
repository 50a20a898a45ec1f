"""Turning the pages of a long list: where the shown page begins stands in the address."""

import re

import streamlit as st

_BEHIND = "behind"


def turned_to() -> str | None:
    """Behind which entry the page begins; None at the beginning of the list, and where no entry can be meant."""
    behind = str(st.query_params.get(_BEHIND, ""))
    return behind if behind and behind.isprintable() else None


def turned_to_number() -> int | None:
    """The same for lists whose entries are numbered."""
    behind = turned_to() or ""
    return int(behind) if re.fullmatch(r"[0-9]{1,18}", behind) else None


def turn_back() -> None:
    """From now on the list is shown from its beginning; it may be another one."""
    st.query_params.pop(_BEHIND, None)


def turning_buttons(last: object | None, label: str) -> None:
    """The way on behind the entry `last`, None at the end, and the way back to the beginning."""
    with st.container(horizontal=True):
        if turned_to():
            st.button(
                "Back to the beginning", key="turn-back", icon=":material/first_page:", on_click=turn_back
            )
        if last is not None and st.button(label, key="turn-on", icon=":material/chevron_right:"):
            st.query_params[_BEHIND] = str(last)
            st.rerun()
