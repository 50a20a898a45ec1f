"""Signing in: by password, by a click in the demo, and who a session's cookie still stands for."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.accounts import User, confirmed, find_user, renew_hash
from services.errors import NotAllowed, NotSignedIn, Unavailable
from services.gateways.database import Database
from services.names import DEMO_ADMIN, DEMO_USER, TEST_USER, possible_name
from services.terms import accept_terms
from services.throttle import Key, address_key, name_key, names_of, refuse_during
from services.tokens import Bearer, user_of_token

if TYPE_CHECKING:
    from services.wiring import Studio


_SEEN_AGAIN = timedelta(minutes=10)


def sign_in(database: Database, name: str, password: str, *, address: str | None) -> User:
    """The user of that name and password, as they are now; `address`: where the browser is, None on this machine.

    Raises NotSignedIn, with the same sentence whatever was wrong, or LimitReached after too many failures of
    the name or the address. Raises Unavailable.
    """
    known, here = [name_key(name)], [address_key(address)] if address else []
    asked = time.monotonic()
    checked = confirmed(_begin(database, name, [*known, *here]), password, since=asked)
    if checked:
        renew_hash(database, checked, password)
    user = checked and _end(database, checked, forget=known, take_back=here)
    if user is None:
        raise NotSignedIn(
            "The name or the password is wrong. Check both and try again.", code="wrong_sign_in"
        )
    return user


def _begin(database: Database, name: str, keys: list[Key]) -> User | None:
    begun = database.call("begin_sign_in", id=possible_name(name), keys=keys)[0]
    refuse_during(float(begun["pause"]))
    return User.model_validate(begun["person"]) if begun["person"] else None


def _end(database: Database, checked: User, *, forget: list[Key], take_back: list[Key]) -> User | None:
    """As they are by now; None when that is disabled or signed out everywhere."""
    rows = database.call(
        "end_sign_in",
        id=checked.id,
        valid_after=checked.sessions_valid_after,
        forget=names_of(forget),
        take_back=names_of(take_back),
    )
    return User.model_validate(rows[0]) if rows else None


def demo_user(studio: "Studio", name: str) -> User:
    """The demo's user or admin of that name, who has no password and by asking accepts the terms of use.

    Raises NotAllowed unless this is a demo.
    """
    user = find_user(studio.database, name) if studio.is_demo and name in (DEMO_USER, DEMO_ADMIN) else None
    if user is None or user.disabled_at is not None:
        raise NotAllowed("There is no demo here. Sign in with your name and password.", code="no_demo")
    accept_terms(studio.database, user.id)
    return user


def session_user(studio: "Studio", token: str | None) -> User | None:
    """Who that cookie stands for now, or None.

    A cookie handed out by a demo stands for nobody once the demo is over. Raises Unavailable.
    """
    user = studio.sessions.who(studio.database, token) if token else None
    if user is None or is_left_over(studio, user):
        return None
    note_seen(studio.database, user)
    return user


def token_user(studio: "Studio", text: str) -> Bearer | None:
    """Who that API token speaks for now, and for what, or None; a demo's end with the demo. Raises Unavailable."""
    bearer = user_of_token(studio.database, text)
    return None if bearer is None or is_left_over(studio, bearer.user) else bearer


def is_left_over(studio: "Studio", user: User) -> bool:
    """Whether they are what remains of a demo, or of TEST_MODE: anybody may have been them, and given them a password."""
    if user.id in (DEMO_USER, DEMO_ADMIN):
        return not studio.is_demo
    return user.id == TEST_USER and not studio.settings.test_mode


def note_seen(database: Database, user: User) -> None:
    """Remembers that they are here, to about ten minutes; not while the database takes no changes."""
    if user.last_seen_at is None or datetime.now(UTC) - user.last_seen_at > _SEEN_AGAIN:
        with suppress(Unavailable):
            database.call("see_user", id=user.id)
