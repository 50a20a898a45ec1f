"""What stands above the clips while some of them are being selected."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.deletion import ask_for_deletion
from pages.parts.gallery import clear_selection


def draw_selection(ids: Sequence[str], *, gallery: str) -> None:
    """How many are selected in the gallery of that key, and what can be done with them."""
    with st.container(
        horizontal=True, vertical_alignment="center", border=True, key="selection", gap="small"
    ):
        told = f"**{len(ids)}** selected" if ids else "Select the clips to delete."
        st.markdown(told, width="stretch")
        if st.button("Clear", key="clear-selection", type="tertiary", disabled=not ids):
            clear_selection(gallery)
            st.rerun(scope="app")
        if st.button("Delete", key="delete-selected", icon=":material/delete:", disabled=not ids):
            ask_for_deletion([int(video_id) for video_id in ids])
