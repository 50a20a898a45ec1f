"""The user's jobs beside the form: what is in work, step by step, and the clips that have just been finished."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.clip_cards import card_of
from pages.parts.errors import shown_errors
from pages.parts.gallery import gallery
from pages.parts.handover import show_in_gallery
from pages.parts.live import tell_change
from pages.parts.toasts import toast_next
from pages.parts.wording import facts, plain, shortened
from services.accounts import User
from services.narration import describe, duration, is_in_work, queue_seconds
from services.videos import Video, cancel_video
from services.wiring import Studio

_IN_WORK, _FINISHED = 6, 3
_PATIENCE_SECONDS = 8  # that long a wait needs no explanation


def draw_jobs(studio: Studio, user: User, videos: list[Video]) -> None:
    """Draws them as they stand now. Cancels what the user cancels."""
    now = datetime.now(UTC)
    # Two places that stay, so that a clip which is playing is not moved when a job comes or goes.
    in_work, finished = st.container(), st.container()
    with in_work:
        _draw_in_work(studio, user, [video for video in videos if is_in_work(video)], now)
    with finished:
        _draw_finished(studio, [video for video in videos if _is_worth_showing(video)][:_FINISHED], now)


def _is_worth_showing(video: Video) -> bool:
    return not is_in_work(video) and video.error_kind != "cancelled"


def _draw_in_work(studio: Studio, user: User, videos: list[Video], now: datetime) -> None:
    st.caption("**In work**" if videos else "**In work**  \nNothing. The clips you ask for show up here.")
    oldest_first = videos[::-1]
    for video in oldest_first[:_IN_WORK]:
        with st.container(border=True, key=f"job-{video.id}", gap="xsmall"):
            st.markdown(f":small[{plain(shortened(video.prompt, 92))}]")
            st.progress(video.progress or 0.0, text=plain(describe(video, now)))
            _draw_reason_to_wait(studio, video, now)
            _draw_foot(studio, user, video, now)
    if more := oldest_first[_IN_WORK:]:
        st.caption(f"and {len(more)} more behind these.")


def _draw_reason_to_wait(studio: Studio, video: Video, now: datetime) -> None:
    waits_long = video.attempt_state == "queued" and queue_seconds(video, now) > _PATIENCE_SECONDS
    if waits_long and (reason := studio.waits.reason(video.endpoint)):
        st.caption(plain(reason))


def _draw_foot(studio: Studio, user: User, video: Video, now: datetime) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        waited = f"waited {duration(queue_seconds(video, now))}"
        st.caption(plain(" · ".join((*facts(video, studio.catalog)[:3], waited))), width="content")
        if video.is_active and _wants_to_cancel(video):
            with shown_errors():
                is_over = not cancel_video(studio.database, video.id, by=user.id).is_active
                tell_change(studio, user)
                toast_next("Cancelled. Its seconds are yours again." if is_over else "Being cancelled.")
                st.rerun()


def _wants_to_cancel(video: Video) -> bool:
    is_asked_for = video.cancel_requested_at is not None
    return st.button("Cancel", key=f"cancel-{video.id}", type="tertiary", disabled=is_asked_for)


def _draw_finished(studio: Studio, videos: list[Video], now: datetime) -> None:
    if not videos:
        return
    st.caption("**Finished**")
    cards = [card_of(video, studio.catalog, now) for video in videos]
    event = gallery(cards, key="finished-clips")
    if event.opened:
        show_in_gallery(event.opened)
