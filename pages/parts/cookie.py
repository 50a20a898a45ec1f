"""The cookie of a session: streamlit-authenticator's, written by a component that runs in the page."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import streamlit as st
from streamlit_authenticator import Authenticate

from services.accounts import User
from services.sessions import COOKIE
from services.wiring import Studio

# Session keys of our own; `delete` and those that `confirmation_of` gives are those of the component.
_TO_SET = "openv_cookie_to_set"
_TO_DELETE = "openv_cookie_to_delete"
_AWAITED = "openv_cookie_awaited"


def set_cookie(token: str) -> None:
    """Has the browser take this token for its cookie; `settle_cookie` sees to it."""
    st.session_state[_TO_SET] = token
    st.session_state.pop(_TO_DELETE, None)


def delete_cookie() -> None:
    """Has the browser forget its cookie; `settle_cookie` sees to it."""
    st.session_state[_TO_DELETE] = True
    st.session_state.pop(_TO_SET, None)


def has_cookie() -> bool:
    """Whether the browser has its cookie by now. Where it has not, the page is drawn again once it has."""
    if _TO_SET in st.session_state:
        st.session_state[_AWAITED] = True
        return False
    return True


def settle_cookie(studio: Studio, user: User | None) -> None:
    """Sets or deletes the cookie where that is due, and lets streamlit-authenticator know who is signed in."""
    st.session_state.pop(_AWAITED, None)
    if _is_due():
        _write(studio, user)
    elif user and not studio.settings.test_mode and not st.session_state.get("authentication_status"):
        with _unseen():
            _introduce(_authenticator_for(studio, user), user)


def confirmation_of(token: str) -> str:
    """The session key under which the browser confirms that it has taken this very token for its cookie."""
    return f"set-{hashlib.sha256(token.encode()).hexdigest()[:16]}"


# The browser's word that it has done so comes by itself, at any moment. Were it to run the whole page, a click under way
# would be lost: Streamlit ends the run of the click for it, and does not tell the next one of that click.
@st.fragment
def _write(studio: Studio, user: User | None) -> None:
    """Draws the component until the browser confirms: were it gone earlier, the browser might never get to it."""
    if _is_due():
        authenticator = _authenticator_for(studio, user)
        _introduce(authenticator, user)
        _draw(studio, authenticator, st.session_state.get(_TO_SET))
    elif st.session_state.pop(_AWAITED, False):
        st.rerun(scope="app")


def _is_due() -> bool:
    # Another token needs a confirmation of its own: that of the one before may still come.
    due = st.session_state.get(_TO_SET)
    if due and st.session_state.get(confirmation_of(due)):
        st.session_state.pop(_TO_SET)
    if st.session_state.get("delete"):
        st.session_state.pop(_TO_DELETE, None)
    return _TO_SET in st.session_state or _TO_DELETE in st.session_state


def _authenticator_for(studio: Studio, user: User | None) -> Authenticate:
    # It knows this one user and no password: those are checked before it is asked.
    known = {user.id: {"name": user.display_name, "password": "", "roles": [user.role]}} if user else {}
    sessions = studio.sessions
    return Authenticate({"usernames": known}, COOKIE, sessions.key, sessions.days, auto_hash=False)


def _introduce(authenticator: Authenticate, user: User | None) -> None:
    if user:
        authenticator.authentication_controller.login(token={"username": user.id})


def _draw(studio: Studio, authenticator: Authenticate, token: str | None) -> None:
    cookies = authenticator.cookie_controller.cookie_model.cookie_manager
    if token:
        end = datetime.now(UTC) + timedelta(days=studio.sessions.days)
        secure = (st.context.url or "").startswith("https://")
        cookies.set(COOKIE, token, key=confirmation_of(token), expires_at=end, secure=secure)
    else:
        cookies.cookies.setdefault(COOKIE, "")  # it complains aloud about one it has not seen
        authenticator.authentication_controller.logout()
        authenticator.cookie_controller.delete_cookie()


@contextmanager
def _unseen() -> Iterator[None]:
    """For components that need a place in the page and must not keep it."""
    # The authenticator always brings a component along that reads all cookies and then runs the page a second time.
    place = st.empty()
    with place:
        yield
    place.empty()
