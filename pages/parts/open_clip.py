"""Which clip's details are open: its id stands in the address, so that it can be passed on as a link."""

import re

import streamlit as st

_NAME = "clip"
_ID = re.compile(r"[0-9]{1,18}")


def opened_clip() -> int | None:
    """Its id; None where the address names none."""
    named = str(st.query_params.get(_NAME, ""))
    return int(named) if _ID.fullmatch(named) else None


def open_clip(video_id: str) -> None:
    """From the next run on its details are open."""
    st.query_params[_NAME] = video_id


def close_clip() -> None:
    """From the next run on no details are open."""
    st.query_params.pop(_NAME, None)
