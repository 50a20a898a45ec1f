"""Who is using the pages: a cookie kept by streamlit-authenticator, checked in every run."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

import streamlit as st

from pages.parts.cookie import delete_cookie, set_cookie, settle_cookie
from pages.parts.errors import show_error
from pages.parts.visitor import enter, take_entering, visitor
from services import wiring
from services.accounts import User, find_user
from services.errors import NotAllowed, Unavailable
from services.names import TEST_USER
from services.sessions import COOKIE
from services.sign_in import is_left_over, session_user
from services.wiring import Studio

# Session keys of our own; `logout` is streamlit-authenticator's.
_TOKEN = "openv_token"  # noqa: S105 - a name
_ENDED = "openv_session_has_ended"
_LEFT = "openv_session_left"


def require_user(*, admin: bool = False) -> User:
    """The signed-in user, as checked in this run; others get the sign-in page, and with `admin` other roles a refusal.

    Raises Unavailable.
    """
    user = visitor() or signed_in_user(wiring.current())
    if user is None:
        st.rerun(scope="app")
    if admin and not user.is_admin:
        show_error(NotAllowed("This page is for admins. Ask an admin if you need what it shows."))
        st.stop()
    return user


def signed_in_user(studio: Studio) -> User | None:
    """Whoever this browser is signed in as, checked against the database now. Raises Unavailable."""
    user = _just_let_in(studio) or _user_behind(studio, _token())
    if user is None and _token() is not None:
        # While this page was open, another one of this browser may have put a newer cookie in the place of ours.
        end_session(keep_cookie=_TOKEN in st.session_state)
        st.session_state[_ENDED] = True
    return user


def start_session(studio: Studio, user: User, *, since: datetime) -> None:
    """Signs them in: in this session at once, in this browser when `settle_session` is next called.

    `user`: as the database has just given them, for the run that follows does not ask again. `since`: when it began to
    be found out that it is them. What ends their sessions from then on ends this one too.
    """
    # A session counts from when the database says, whose clock may be ahead.
    token = studio.sessions.issue(user.id, now=max(since, user.sessions_valid_after))
    st.session_state.update({_TOKEN: token, "logout": None})
    st.session_state.pop(_ENDED, None)
    set_cookie(token)
    enter(user)


def end_session(*, keep_cookie: bool = False) -> None:
    """Signs out and forgets all that this session has kept, so that nobody finds it there after them."""
    left = _token()
    enter(None)
    for key in list(st.session_state):
        del st.session_state[key]
    st.session_state.update({_LEFT: left, "logout": True})
    if not keep_cookie:
        delete_cookie()


def settle_session(studio: Studio, user: User | None) -> None:
    """Ends the session that was left, and lets the browser's cookie and streamlit-authenticator follow who is signed in."""
    if left := st.session_state.get(_LEFT):
        with suppress(Unavailable):  # tried again in the next run
            studio.sessions.end(studio.database, left)
            st.session_state.pop(_LEFT)
    if user and not studio.settings.test_mode:
        st.session_state[_TOKEN] = _token()
    settle_cookie(studio, user)


def session_has_ended() -> bool:
    """Whether they were signed in until their session expired or was ended from elsewhere."""
    return _ENDED in st.session_state


def is_still_as_before(studio: Studio, user: User) -> bool:
    """Whether a page left open may go on showing what is theirs: they are signed in, in the same role."""
    try:
        now = visitor() or signed_in_user(studio)
    except Unavailable:
        return True  # there is nothing new to show either, and nothing can be changed
    return now is not None and is_same(now, user)


def is_same(now: User, user: User) -> bool:
    """Whether that is the person of before, in the same role."""
    return (now.id, now.role) == (user.id, user.role)


def session_of_this_run(studio: Studio) -> Callable[[], User | None]:
    """A function that tells, outside of any run, whom this run's session stands for by then. It raises Unavailable."""
    return partial(_user_behind, studio, _token())


def _just_let_in(studio: Studio) -> User | None:
    user = take_entering()
    return user if user and user.disabled_at is None and not is_left_over(studio, user) else None


def _user_behind(studio: Studio, token: str | None) -> User | None:
    if studio.settings.test_mode:
        return find_user(studio.database, TEST_USER)
    return session_user(studio, token)


def _token() -> str | None:
    if token := st.session_state.get(_TOKEN):
        return str(token)
    return None if st.session_state.get("logout") else st.context.cookies.get(COOKIE)
