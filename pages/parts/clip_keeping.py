"""What its keeper thinks of a clip, and whether the team may see it."""

import streamlit as st

from pages.parts.wording import plain
from services.accounts import User
from services.ratings import NO_RATING, rate_video
from services.sharing import share_video
from services.videos import Video
from services.wiring import Studio

_IS_PRIVATE = "Only {owner} and admins can see this clip."
_IS_SHARED = (
    "Everybody with an account can watch and download it, and see its prompt and settings. "
    "Only {owner} and admins can change or delete it."
)


def draw_keeping(studio: Studio, user: User, video: Video) -> bool:
    """Star, rating and sharing; whether something was changed. The keys hold what is so: a new state is a new widget."""
    with st.container(horizontal=True, vertical_alignment="center", key="clip-keeping"):
        is_changed = _draw_star(studio, user, video) or _draw_rating(studio, user, video)
    return _draw_sharing(studio, user, video) or is_changed


def _draw_star(studio: Studio, user: User, video: Video) -> bool:
    is_pressed = st.button(
        ":orange[★] Starred" if video.starred else "☆ Star", key="star-clip", type="tertiary"
    )
    if is_pressed:
        rate_video(studio.database, video.id, by=user.id, starred=not video.starred)
    return is_pressed


def _draw_rating(studio: Studio, user: User, video: Video) -> bool:
    given = video.rating - 1 if video.rating else None
    chosen = st.feedback("stars", key=f"rating-{video.id}-{video.rating}", default=given)
    if chosen == given:
        return False
    rate_video(studio.database, video.id, by=user.id, rating=NO_RATING if chosen is None else chosen + 1)
    return True


def _draw_sharing(studio: Studio, user: User, video: Video) -> bool:
    wanted = st.toggle("Share with the team", value=video.shared, key=f"share-{video.id}-{video.shared}")
    owner = "you" if video.user_id == user.id else plain(video.owner_name)
    st.caption((_IS_SHARED if video.shared else _IS_PRIVATE).format(owner=owner))
    if wanted != video.shared:
        share_video(studio.database, video.id, by=user.id, shared=wanted)
    return wanted != video.shared
