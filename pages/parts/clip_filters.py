"""Which clips of the gallery are shown: by state, model and words of the prompt; kept in the address."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.parts.clip_scope import Whose, list_clips, list_deleted_clips, watched_name
from services.accounts import User
from services.catalog import Catalog
from services.sharing import Wanted
from services.videos import Status, Video
from services.wiring import Studio

STEP = 48
_LONGEST_SEARCH = 200
_DELETED = "Deleted"
_STATES: dict[str, tuple[Status | None, ...]] = {
    "All": (None,),
    "In work": ("queued", "processing"),
    "Ready": ("completed",),
    "Failed": ("failed",),
    _DELETED: (None,),
}
_CLEAR, _PAGES = "openv_clear_filters", "openv_gallery_pages"
_IN_ADDRESS: dict[str, Any] = {"bind": "query-params", "label_visibility": "collapsed"}


@dataclass(frozen=True)
class Wish:
    """What to show; None: all. `count`: how many at most. `deleted`: what can be restored instead of what is there."""

    statuses: tuple[Status | None, ...]
    model: str | None
    search: str | None
    count: int
    deleted: bool = False

    @property
    def is_for_all(self) -> bool:
        """Whether nothing is filtered out of what is there, or of what is deleted."""
        return (self.statuses, self.model, self.search) == ((None,), None, None)


def clip_filters(catalog: Catalog) -> Wish:
    """Draws the filters and gives what is chosen."""
    if st.session_state.pop(_CLEAR, False):
        st.session_state.update({"q": "", "state": "All", "model": None})
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        search = st.text_input(
            "Search",
            placeholder="Search prompts",
            key="q",
            icon=":material/search:",
            **_IN_ADDRESS,
        )
        model = _choose_model(catalog)
        state = st.pills("State", list(_STATES), default="All", key="state", required=True, **_IN_ADDRESS)
    pages = int(st.session_state.get(_PAGES, 1))
    return Wish(_STATES[state or "All"], model, _words(search or ""), pages * STEP, state == _DELETED)


def _choose_model(catalog: Catalog) -> str | None:
    names = {model.title: model.name for model in catalog.models}
    chosen = st.selectbox(
        "Model", list(names), index=None, placeholder="All models", key="model", width=160, **_IN_ADDRESS
    )
    return names.get(str(chosen))


def _words(search: str) -> str | None:
    readable = "".join(letter for letter in search if letter.isprintable())
    return readable.strip()[:_LONGEST_SEARCH] or None


def clear_filters() -> None:
    """From the next run on all clips are shown."""
    st.session_state[_CLEAR] = True
    st.rerun(scope="app")


def wished_videos(studio: Studio, user: User, whose: Whose, wish: Wish) -> list[Video]:
    """The newest first, one more than wished for where there are more. Raises NotAllowed, Unavailable."""

    def read(status: Status | None) -> list[Video]:
        wanted: Wanted = {
            "limit": wish.count + 1,
            "status": status,
            "model": wish.model,
            "search": wish.search,
        }
        list_wanted = list_deleted_clips if wish.deleted else list_clips
        return list_wanted(studio, user, whose, wanted)

    def load() -> list[Video]:
        found = [video for status in wish.statuses for video in read(status)]
        return sorted(found, key=lambda video: video.id, reverse=True)[: wish.count + 1]

    return studio.feed.read(watched_name(user, whose), (user.id, whose, wish), load)


def more_button(there_are_more: bool) -> None:
    """Shows the next older clips when pressed."""
    if there_are_more and st.button("Show older clips", key="older", width="stretch"):
        st.session_state[_PAGES] = int(st.session_state.get(_PAGES, 1)) + 1
        st.rerun()
