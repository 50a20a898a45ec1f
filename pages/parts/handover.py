"""What one page hands to another: the settings of a clip to Create, a clip to be shown to the Gallery."""

from pathlib import Path
from typing import NoReturn

import streamlit as st

from services.videos import Video

_PAGES = Path(__file__).resolve().parents[1]
_LIKE, _SHOWN = "openv_settings_to_take_over", "openv_clip_to_show"


def create_like(video: Video) -> NoReturn:
    """Opens Create with all settings of that clip filled in. Nothing is generated yet."""
    st.session_state[_LIKE] = video
    st.switch_page(_PAGES / "create.py")


def settings_to_take_over() -> Video | None:
    """The clip whose settings Create is to fill in now; told once."""
    video: Video | None = st.session_state.pop(_LIKE, None)
    return video


def show_in_gallery(video_id: str) -> NoReturn:
    """Opens the Gallery with the details of that clip."""
    st.session_state[_SHOWN] = video_id
    st.switch_page(_PAGES / "gallery.py")


def clip_to_show() -> str | None:
    """The id of the clip whose details the Gallery is to open now; told once."""
    video_id: str | None = st.session_state.pop(_SHOWN, None)
    return video_id
