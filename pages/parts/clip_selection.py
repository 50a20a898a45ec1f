"""What stands above the clips while some of them are being selected."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.deletion import ask_for_deletion
from pages.parts.gallery import clear_selection
from pages.parts.retrying import retry_clips
from services.accounts import User
from services.videos import Video
from services.wiring import Studio


def draw_selection(studio: Studio, user: User, videos: Sequence[Video], *, gallery: str) -> None:
    """How many are selected in the gallery of that key, and what can be done with them."""
    failed = [video.id for video in videos if video.status == "failed"]
    with st.container(
        horizontal=True, vertical_alignment="center", border=True, key="selection", gap="small"
    ):
        st.markdown(_told(len(videos), len(failed)), width="stretch")
        if st.button("Clear", key="clear-selection", type="tertiary", disabled=not videos):
            clear_selection(gallery)
            st.rerun(scope="app")
        if user.may_generate and st.button(
            "Try again", key="retry-selected", icon=":material/replay:", disabled=not failed
        ):
            clear_selection(gallery)
            retry_clips(studio, user, failed)
        if st.button("Delete", key="delete-selected", icon=":material/delete:", disabled=not videos):
            ask_for_deletion([video.id for video in videos])


def _told(selected: int, failed: int) -> str:
    if not selected:
        return "Select clips to delete, or failed ones to try again."
    return f"**{selected}** selected" + (f", {failed} of them can be tried again" if failed else "")
