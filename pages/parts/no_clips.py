"""What the gallery shows where there is no clip to show."""

from pathlib import Path

import streamlit as st

from pages.parts.clip_filters import Wish, clear_filters
from pages.parts.clip_scope import Scope

_WAITS = "What is deleted waits here for 30 days and can be restored until then."
_BIN: dict[Scope, str] = {
    "mine": _WAITS,
    "shared": "What is deleted is no longer shared. Your own deleted clips are under Mine.",
    "all": _WAITS,
}
_CREATE = Path(__file__).resolve().parents[1] / "create.py"


def draw_no_clips(wish: Wish, scope: Scope) -> None:
    """Says why, and leads on."""
    with st.container(border=True, horizontal_alignment="center", key="no-clips"):
        st.space("medium")
        if wish.is_for_all and wish.deleted:
            st.markdown("**No deleted clips**", width="content")
            st.caption(_BIN[scope], width="content")
        elif wish.is_for_all and scope == "shared":
            st.markdown("**Nobody else shares a clip yet**", width="content")
            st.caption(
                "What others share shows up here. To share one of yours, open its details.", width="content"
            )
        elif wish.is_for_all:
            st.markdown("**No clips yet**", width="content")
            st.caption(
                "Describe one in a sentence, and it shows up here as soon as you ask for it.", width="content"
            )
            if st.button("Create a clip", key="go-create", type="primary", icon=":material/movie_edit:"):
                st.switch_page(_CREATE)
        else:
            st.markdown("**No clips match.** Clear the filters to see all of them.", width="content")
            if st.button("Clear filters", key="clear-filters", icon=":material/filter_alt_off:"):
                clear_filters()
        st.space("medium")
