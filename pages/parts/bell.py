"""The bell: how much has happened since the user last looked, and the list of it."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.handover import show_in_gallery
from pages.parts.wording import ago, plain, shortened
from services.accounts import User
from services.notifications import Notification, Notifications, list_notifications, mark_notifications_read
from services.wiring import Studio

_BELL, _CLOSING, _NEW = "bell", "openv_bell_closes", "openv_bell_new"
_MOST_COUNTED = 99
_LOOKS = {
    "ready": (":material/check_circle:", "Ready"),
    "failed": (":material/error:", "Failed"),
    "blocked": (":material/block:", "Endpoint blocked"),
}


def notifications(studio: Studio, user: User) -> Notifications:
    """What the user was told of, from memory unless that has changed. Raises Unavailable."""
    return studio.feed.read(user.id, "notifications", lambda: list_notifications(studio.database, user.id))


def draw_bell(studio: Studio, user: User) -> None:
    """Draws the bell and beside it the number of unread ones, and while it is open the list. Raises Unavailable."""
    if st.session_state.pop(_CLOSING, False):
        st.session_state[_BELL] = False
    told = notifications(studio, user)
    # Its label stays the same: another would make it another bell, which is closed.
    bell = st.popover("Notifications", key=_BELL, icon=":material/notifications:", on_change="rerun")
    if told.unread:
        st.badge(_count(told.unread), color="red")
    if not bell.open:
        st.session_state.pop(_NEW, None)
        return
    new = st.session_state.setdefault(_NEW, set())
    new |= {one.id for one in told.latest if not one.is_read}
    with bell:
        _draw_list(told, new)
    if told.unread:
        _mark_read(studio, user, told)


def _count(unread: int) -> str:
    return str(unread) if unread <= _MOST_COUNTED else f"{_MOST_COUNTED}+"


def _mark_read(studio: Studio, user: User, told: Notifications) -> None:
    mark_notifications_read(studio.database, user.id, up_to=told.latest[0].id)
    studio.feed.changed([user.id])
    st.rerun()


def _draw_list(told: Notifications, new: set[int]) -> None:
    if not told.latest:
        st.caption("Nothing yet. Clips that get ready or fail are told of here.")
        return
    now = datetime.now(UTC)
    with st.container(height=420 if len(told.latest) > 5 else "content", border=False, gap="xsmall"):
        for one in told.latest:
            _draw_entry(one, one.id in new, now)


def _draw_entry(one: Notification, is_new: bool, now: datetime) -> None:
    icon, title = _LOOKS[one.kind]
    with st.container(key=f"notification-{one.id}", gap=None):
        dot = " :red[●]" if is_new else ""
        st.markdown(f":small[{icon} **{title}** :gray[{ago(one.at, now)}]{dot}]")
        subject = plain(shortened(one.subject, 90))
        if one.video_id is None:
            st.markdown(subject)
        elif st.button(subject, key=f"open-notification-{one.id}", type="tertiary", wrap=True):
            st.session_state[_CLOSING] = True
            show_in_gallery(str(one.video_id))
        if one.detail:
            st.caption(plain(shortened(one.detail, 160)))
            st.space("xsmall")
