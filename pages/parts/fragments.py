"""Parts of a page that run by themselves. Such a run passes the page by, so each asks anew who is signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.session import is_same, require_user
from pages.parts.visitor import visit
from services.accounts import User

Draw = Callable[..., None]


def fragment(*, run_every: float | None = None) -> Callable[[Draw], Draw]:
    """As st.fragment, for whoever it was drawn for while they are signed in; for others the page is drawn anew."""
    return _guarded(lambda body: st.fragment(body, run_every=run_every))


def dialog(title: str, **options: Any) -> Callable[[Draw], Draw]:
    """As st.dialog, for whoever it was drawn for while they are signed in; for others the page is drawn anew."""
    return _guarded(st.dialog(title, **options))


def _guarded(part: Callable[[Draw], Draw]) -> Callable[[Draw], Draw]:
    """Makes parts of functions, each with a check in front of it."""

    def made(body: Draw) -> Draw:
        @wraps(body)
        def draw(*args: Any, **kwargs: Any) -> None:
            part(_for_alone(require_user(), body))(*args, **kwargs)

        return draw

    return made


def _for_alone(user: User, body: Draw) -> Draw:
    # What a part has been given is theirs, and Streamlit may keep it until somebody else has signed in on the same page.
    @wraps(body)
    def draw(*args: Any, **kwargs: Any) -> None:
        with shown_errors():
            now = require_user()
            if not is_same(now, user):
                st.rerun(scope="app")
            with visit(now):
                body(*args, **kwargs)

    return draw
