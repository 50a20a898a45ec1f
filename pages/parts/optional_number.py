"""A field for a number that may be left out, and taken away again."""

from typing import Any

import streamlit as st


def optional_number(label: str, value: float | None, *, key: str, **settings: Any) -> float | None:
    """What stands in the field, at first the value; None where it is empty.

    There is no least value: the browser would keep back what lies below it, and nobody read why nothing is saved.
    """
    # Only a field whose own default is None can be emptied; so each value stands in a field of its own.
    full_key = key if value is None else f"{key}-now-{value:g}"
    st.session_state.setdefault(full_key, value)
    number: float | None = st.number_input(label, value=None, key=full_key, **settings)
    return number
