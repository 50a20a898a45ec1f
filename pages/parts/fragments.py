"""Parts of a page that run by themselves. Such a run passes the page by, so each asks anew who is signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.session import require_user
from pages.parts.visitor import visit


def fragment(*, run_every: float | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As st.fragment, for those who are signed in when it runs; for others the page is drawn, which says why."""
    return lambda body: st.fragment(_guarded(body), run_every=run_every)


def dialog(title: str, **options: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As st.dialog, for those who are signed in when it runs; for others the page is drawn, which says why."""
    return lambda body: st.dialog(title, **options)(_guarded(body))


def _guarded(body: Callable[..., None]) -> Callable[..., None]:
    @wraps(body)
    def guarded(*args: Any, **kwargs: Any) -> None:
        with shown_errors(), visit(require_user()):
            body(*args, **kwargs)

    return guarded
