"""Toasts that tell, on every page, that a clip is ready or has failed."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.wording import plain, shortened
from services.narration import describe
from services.videos import Video

_TOLD_UNTIL = "openv_told_until"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def announce_finished(videos: list[Video]) -> None:
    """A toast for each clip that has become playable or failed since the last call in this session.

    The first call of a session tells of nothing.
    """
    settled = {video.id: at for video in videos if (at := _settled_at(video))}
    latest = max(settled.values(), default=_LONG_AGO)
    told_until = st.session_state.setdefault(_TOLD_UNTIL, latest)
    for video in reversed(videos):
        if settled.get(video.id, _LONG_AGO) > told_until and video.error_kind != "cancelled":
            _tell(video)
    st.session_state[_TOLD_UNTIL] = max(told_until, latest)


def _settled_at(video: Video) -> datetime | None:
    return video.finished_at if video.status == "failed" else video.stored_at


def _tell(video: Video) -> None:
    prompt = plain(shortened(video.prompt, 70))
    if video.status == "failed":
        why = plain(describe(video, video.updated_at))
        st.toast(f"**Failed:** {prompt}  \n{why}", icon=":material/error:", duration="long")
    else:
        st.toast(f"**Ready:** {prompt}", icon=":material/check_circle:", duration="long")
