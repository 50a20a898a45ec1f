"""streamlit-authenticator's cookie: the authenticator itself, and the component that writes the cookie."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import streamlit as st
from streamlit_authenticator import Authenticate

from services.accounts import User
from services.sessions import COOKIE
from services.wiring import Studio


def authenticator_for(studio: Studio, user: User | None) -> Authenticate:
    """The one that knows this user, or nobody."""
    # It knows this one user and no password: those are checked before it is asked.
    known = {user.id: {"name": user.display_name, "password": "", "roles": [user.role]}} if user else {}
    sessions = studio.sessions
    return Authenticate({"usernames": known}, COOKIE, sessions.key, sessions.days, auto_hash=False)


def confirmation_of(token: str) -> str:
    """The session key under which the browser confirms that it has taken this very token for its cookie."""
    return f"set-{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def write_cookie(studio: Studio, authenticator: Authenticate, token: str | None) -> None:
    """Draws the component that sets the browser's cookie to the token, or without one deletes it."""
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
def unseen() -> Iterator[None]:
    """For components that need a place in the page and must not keep it."""
    # The authenticator always brings a component along that reads all cookies and then runs the page a second time.
    place = st.empty()
    with place:
        yield
    place.empty()
