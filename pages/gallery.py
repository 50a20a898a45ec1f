"""Gallery: one's own clips, or those of the team, the newest first."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.clip_cards import card_of
from pages.parts.clip_details import clip_details
from pages.parts.clip_filters import clip_filters, more_button, wished_videos
from pages.parts.clip_scope import choose_whose
from pages.parts.clip_selection import draw_selection
from pages.parts.deletion import draw_question, offer_undo
from pages.parts.gallery import gallery
from pages.parts.handover import clip_to_show
from pages.parts.live import live
from pages.parts.no_clips import draw_no_clips
from pages.parts.open_clip import open_clip, opened_clip
from pages.parts.retrying import tell_retried
from pages.parts.session import require_user
from services import wiring
from services.clips import prepare_to_show
from services.videos import Video

user = require_user()
studio = wiring.current()


def draw(_recent: list[Video]) -> None:
    """The clips as they stand now."""
    videos = wished_videos(studio, user, whose, wish)
    if not videos:
        draw_no_clips(wish, whose.scope)
        return
    above, now = st.container(), datetime.now(UTC)
    cards = [card_of(video, studio.catalog, now, viewer=user.id) for video in videos[: wish.count]]
    event = gallery(cards, key="gallery", selecting=selecting)
    if event.opened:
        open_clip(event.opened)
        st.rerun(scope="app")
    if selecting:
        with above:
            chosen = [video for video in videos if str(video.id) in event.selected]
            draw_selection(studio, user, chosen, gallery="gallery")
    more_button(len(videos) > wish.count)


st.space("xxsmall")  # titles of other pages bring it along
# All of it from the left: toasts lie over what is in the upper right corner.
heading = st.container(horizontal=True, vertical_alignment="center", gap="medium")
with heading:
    st.title("Gallery", width="content")
    whose = choose_whose(studio, user)
wish = clip_filters(studio.catalog)
may_select = not wish.deleted and (user.is_admin or whose.scope == "mine")
with heading:
    selecting = may_select and st.toggle("Select", key="selecting")
prepare_to_show(studio, wished_videos(studio, user, whose, wish))
offer_undo(studio, user)
tell_retried()
if to_show := clip_to_show():
    open_clip(to_show)
# Dialogs before toasts: a dialog that changed its place among them would start anew, and with it the clip in it.
if not draw_question(studio, user) and (clip := opened_clip()) is not None:
    clip_details(studio, user, clip)
live(studio, user, draw)
