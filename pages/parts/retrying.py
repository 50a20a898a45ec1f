"""Trying failed clips again, several at once, and telling what became of each."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.figures import count
from pages.parts.live import tell_change
from pages.parts.wording import plain
from services.accounts import User
from services.quota import limits
from services.videos import retry_videos
from services.wiring import Studio

_TOLD = "openv_just_retried"


def retry_clips(studio: Studio, user: User, ids: Sequence[int]) -> None:
    """Queues them again, as many as the limits admit, and draws the page anew with what came of it."""
    with shown_errors():
        try:
            st.session_state[_TOLD] = retry_videos(
                studio.database, ids, by=user.id, limits=limits(studio.settings)
            )
        finally:
            tell_change(studio, user)
        st.rerun(scope="app")


def tell_retried() -> None:
    """After that: how many are queued again, and why the others are not."""
    outcomes: list[tuple[int, str | None]] = st.session_state.get(_TOLD, [])
    if not outcomes:
        return
    reasons = Counter(why for _, why in outcomes if why)
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="retried"):
        queued = f"{count(len(outcomes) - reasons.total(), 'clip')} queued again."
        others = [f"{number} not: {plain(why)}" for why, number in reasons.items()]
        st.markdown("  \n".join([queued, *others]), width="stretch")
        if st.button("Dismiss", key="dismiss-retried", type="tertiary"):
            st.session_state.pop(_TOLD)
            st.rerun()
