"""Deleting clips, with a question first and a way back afterwards."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.figures import count
from pages.parts.fragments import dialog
from pages.parts.live import tell_change
from pages.parts.open_clip import close_clip
from services.accounts import User
from services.errors import Conflict
from services.videos import Video, delete_videos, restore_video
from services.wiring import Studio

_ASKED, _GONE = "openv_ask_to_delete", "openv_just_deleted"


def ask_for_deletion(ids: Sequence[int]) -> None:
    """Puts the question, in the place of any other dialog."""
    st.session_state[_ASKED] = list(ids)
    st.rerun(scope="app")


def draw_question(studio: Studio, user: User) -> bool:
    """Draws the question that has been put and not answered yet; whether there is one."""
    ids = st.session_state.get(_ASKED, [])
    if ids:
        _question(studio, user, ids)
    return bool(ids)


def _withdraw() -> None:
    st.session_state.pop(_ASKED, None)


@dialog("Delete?", width="small", on_dismiss=_withdraw)
def _question(studio: Studio, user: User, ids: Sequence[int]) -> None:
    what = "this clip" if len(ids) == 1 else f"these {len(ids)} clips"
    st.write(
        f"Delete {what}? Jobs still running are cancelled. You can undo this for 30 days, under Deleted in the gallery."
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep", key="keep"):
            _withdraw()
            st.rerun()
        if st.button("Delete", key="really-delete", type="primary"):
            with shown_errors():
                _delete(studio, user, ids)
                st.rerun()


def _delete(studio: Studio, user: User, ids: Sequence[int]) -> None:
    st.session_state[_GONE] = delete_videos(studio.database, by=user.id, ids=ids)
    tell_change(studio, user)
    _withdraw()
    close_clip()


def offer_undo(studio: Studio, user: User) -> None:
    """After a deletion: says so, and brings the clips back when asked to."""
    gone: list[int] = st.session_state.get(_GONE, [])
    if not gone:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="deleted"):
        st.markdown(f"{count(len(gone), 'clip')} deleted.", width="content")
        if st.button("Undo", key="undo-delete", icon=":material/undo:"):
            with shown_errors():
                _undo(studio, user, gone)
                st.rerun()
        if st.button("Dismiss", key="dismiss-delete", type="tertiary"):
            st.session_state.pop(_GONE)
            st.rerun()


def _undo(studio: Studio, user: User, gone: Sequence[int]) -> None:
    for video_id in gone:
        with suppress(Conflict):  # brought back in another tab
            restore_video(studio.database, video_id, by=user.id)
    st.session_state.pop(_GONE)
    tell_change(studio, user)


def restore(studio: Studio, user: User, video: Video) -> None:
    """Brings back one clip; there is nothing to undo about it then. Raises AppErrors as restore_video."""
    restore_video(studio.database, video.id, by=user.id)
    st.session_state[_GONE] = [gone for gone in st.session_state.get(_GONE, []) if gone != video.id]
