"""All there is to know about one clip, and what can be done with it."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.clip_cards import card_of, state_of
from pages.parts.clip_facts import draw_facts, draw_timeline
from pages.parts.clip_keeping import draw_keeping
from pages.parts.deletion import ask_for_deletion, restore
from pages.parts.fragments import dialog
from pages.parts.gallery import gallery
from pages.parts.handover import create_like
from pages.parts.live import live, tell_change
from pages.parts.local_time import local_zone
from pages.parts.open_clip import close_clip
from pages.parts.wording import ago, plain
from services.accounts import User
from services.narration import describe
from services.quota import limits
from services.sharing import may_change
from services.videos import Event, Video, cancel_video, find_video, list_events, retry_video
from services.wiring import Studio

_LONG_PROMPT = 700  # characters; a longer one scrolls


@dialog("Clip", width="large", on_dismiss=close_clip)
def clip_details(studio: Studio, user: User, video_id: int) -> None:
    """Draws the clip as it stands now and from then on; acts on what is pressed."""
    owner = find_video(studio.database, video_id, by=user.id).user_id

    def load() -> tuple[Video, list[Event]]:
        video = find_video(studio.database, video_id, by=user.id)
        return video, list_events(studio.database, video_id, by=user.id)

    def draw(_recent: list[Video]) -> None:
        _draw(studio, user, *studio.feed.read(owner, ("clip", video_id, user.id), load))

    live(studio, user, draw)


def _draw(studio: Studio, user: User, video: Video, events: list[Event]) -> None:
    now, zone = datetime.now(UTC), local_zone()
    if video.deleted_at:
        _draw_deleted(studio, user, video)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _draw_picture(studio, video, now)
        _draw_actions(studio, user, video)
    with right:
        _draw_words(video, user, now)
        draw_facts(video, studio.catalog, now, zone)
    st.markdown("**Timeline**")
    draw_timeline(video, events, zone)


def _draw_picture(studio: Studio, video: Video, now: datetime) -> None:
    # Two places that stay, so that whatever is told does not move a clip that is playing.
    told, picture = st.container(), st.container()
    if video.status == "failed":
        box = told.info if video.error_kind == "cancelled" else told.error
        box(plain(describe(video, now)))
    else:
        with picture:
            gallery([card_of(video, studio.catalog, now)], key=f"details-{video.id}", large=True)


def _draw_words(video: Video, user: User, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        state, colour = state_of(video)
        st.badge(state, color=colour)
        if video.shared:
            st.badge("Shared", color="violet", icon=":material/group:")
        since = ago(video.created_at, now)
        told = (
            since[0].upper() + since[1:]
            if video.user_id == user.id
            else f"By {plain(video.owner_name)}, {since}"
        )
        st.caption(told, width="content")
    with st.container(height=260 if len(video.prompt) > _LONG_PROMPT else "content", border=False):
        st.text(video.prompt)


def _draw_actions(studio: Studio, user: User, video: Video) -> None:
    with st.container(horizontal=True, key="clip-actions"):
        if st.button(
            "Use these settings", key="copy-settings", icon=":material/content_copy:", type="primary"
        ):
            create_like(video)
        if video.file_key:
            address = f"/api/videos/{video.id}/file?download=1"
            st.link_button("Download", address, icon=":material/download:", key="download")
        if may_change(user, video):
            _draw_changes(studio, user, video)
            if st.button("Delete", key="delete-clip", icon=":material/delete:"):
                ask_for_deletion([video.id])
    if may_change(user, video) and draw_keeping(studio, user, video):
        _changed(studio, user, video)


def _draw_changes(studio: Studio, user: User, video: Video) -> None:
    is_asked_for = bool(video.cancel_requested_at)
    if video.is_active and st.button("Cancel", key="cancel-clip", disabled=is_asked_for):
        cancel_video(studio.database, video.id, by=user.id)
        _changed(studio, user, video)
    if video.status == "failed" and user.may_generate and st.button("Try again", key="retry-clip"):
        retry_video(studio.database, video.id, by=user.id, limits=limits(studio.settings))
        _changed(studio, user, video)


def _draw_deleted(studio: Studio, user: User, video: Video) -> None:
    st.write("This clip has been deleted.")
    st.text(video.prompt)
    if st.button("Restore", key="restore-clip", icon=":material/undo:"):
        restore(studio, user, video)
        _changed(studio, user, video)


def _changed(studio: Studio, user: User, video: Video) -> None:
    studio.feed.changed([video.user_id])
    tell_change(studio, user)
    st.rerun()
