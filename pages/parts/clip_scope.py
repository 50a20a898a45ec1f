"""Whose clips the gallery shows: one's own, what others share with the team, or, for admins, everybody's."""

from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from services.accounts import User, list_users
from services.feed import EVERYBODY, SHARED
from services.sharing import Wanted, list_all_videos, list_deleted_videos, list_shared_videos
from services.videos import Video, list_videos
from services.wiring import Studio

Scope = Literal["mine", "shared", "all"]
_SCOPES: dict[str, Scope] = {"Mine": "mine", "Shared with the team": "shared", "Everyone's": "all"}
_IN_ADDRESS: dict[str, Any] = {"bind": "query-params", "label_visibility": "collapsed"}


@dataclass(frozen=True)
class Whose:
    """`owner`: of everybody's clips only those of this user."""

    scope: Scope
    owner: str | None = None


def choose_whose(studio: Studio, user: User) -> Whose:
    """Draws the choice and gives what is chosen; of everybody's clips also those of one person."""
    offered = [title for title, scope in _SCOPES.items() if scope != "all" or user.is_admin]
    chosen = st.segmented_control(
        "Whose clips", offered, default=offered[0], key="whose", required=True, **_IN_ADDRESS
    )
    scope = _SCOPES[chosen or offered[0]]
    return Whose(scope, _choose_owner(studio) if scope == "all" else None)


def _choose_owner(studio: Studio) -> str | None:
    names = [person.id for person in list_users(studio.database)]
    return st.selectbox(
        "Person", names, index=None, placeholder="Everyone", key="person", width=160, **_IN_ADDRESS
    )


def watched_name(user: User, whose: Whose) -> str:
    """Under which name the feed tells of changes to these clips."""
    return {"mine": user.id, "shared": SHARED, "all": EVERYBODY}[whose.scope]


def list_clips(studio: Studio, user: User, whose: Whose, wanted: Wanted) -> list[Video]:
    """Those clips, newest first. Raises NotAllowed, Unavailable."""
    if whose.scope == "shared":
        return list_shared_videos(studio.database, by=user.id, **wanted)
    if whose.scope == "all":
        return list_all_videos(studio.database, by=user.id, owner=whose.owner, **wanted)
    return list_videos(studio.database, user.id, **wanted)


def list_deleted_clips(studio: Studio, user: User, whose: Whose, wanted: Wanted) -> list[Video]:
    """Those of them that are deleted and can be restored, newest first. Raises NotAllowed, Unavailable."""
    if whose.scope == "shared":
        return []  # nobody looks into another's bin
    owner = whose.owner if whose.scope == "all" else user.id
    return list_deleted_videos(studio.database, by=user.id, owner=owner, **wanted)
