"""Parts of a page that follow the user's clips: drawn again and again, from memory unless something changed."""

from collections.abc import Callable

import streamlit as st

from pages.parts.announcements import announce_finished
from pages.parts.bell import notifications
from pages.parts.blocked_endpoints import blocked_endpoints
from pages.parts.errors import shown_errors
from pages.parts.open_clip import opened_clip
from pages.parts.session import is_still_as_before
from services.accounts import User
from services.feed import EVERYBODY, SHARED
from services.narration import is_in_work
from services.videos import Video, list_videos
from services.wiring import Studio

_RECENT = 100
_IS_LIVE = "openv_page_is_live"


def recent_videos(studio: Studio, user: User) -> list[Video]:
    """The user's newest clips, the newest first. Raises Unavailable."""
    return studio.feed.read(user.id, "recent", lambda: list_videos(studio.database, user.id, limit=_RECENT))


def tell_change(studio: Studio, user: User) -> None:
    """Says that this user's clips have just been changed here: open pages and the background loop look at once."""
    studio.feed.changed([user.id, SHARED, EVERYBODY])
    studio.work_arrived.set()


def live(studio: Studio, user: User, draw: Callable[[list[Video]], None]) -> None:
    """Draws the newest clips often while one of them is in work, seldom otherwise, and tells of finished ones.

    When another number of them is in work the whole page is drawn once more: the pace and the allowance differ
    then. So it is when there is something new around the page; not while a clip's details are open. Raises Unavailable
    the first time.
    """
    armed, told = _in_work(recent_videos(studio, user)), _news(studio, user)
    often, seldom = studio.settings.refresh_seconds
    st.session_state[_IS_LIVE] = True

    @st.fragment(run_every=often if armed else seldom)
    def tick() -> None:
        with shown_errors():
            if not is_still_as_before(studio, user):
                st.rerun(scope="app")
            videos = recent_videos(studio, user)
            is_new = _in_work(videos) != armed or _news(studio, user) != told
            # With the page an open dialog may be built anew, and the clip in it would break off: closing it draws the page.
            if is_new and opened_clip() is None:
                st.rerun(scope="app")
            announce_finished(videos)
            draw(videos)

    tick()


def keep_watch(studio: Studio, user: User) -> None:
    """Tells of finished clips on a page that has no live part of its own. Raises Unavailable."""
    if not st.session_state.pop(_IS_LIVE, False):
        live(studio, user, lambda _: None)
        st.session_state.pop(_IS_LIVE)


def _news(studio: Studio, user: User) -> object:
    """What stands around every page and changes by itself; from memory."""
    return notifications(studio, user), blocked_endpoints(studio, user)


def _in_work(videos: list[Video]) -> int:
    return sum(is_in_work(video) for video in videos)
