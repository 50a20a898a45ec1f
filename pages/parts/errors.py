"""How errors reach people: one sentence that says what to do next, where the trouble is."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts.wording import plain
from services.errors import AppError, Unavailable

_RETRY_SECONDS = 5.0


@contextmanager
def shown_errors(*, until_it_works: bool = False) -> Iterator[None]:
    """Shows a refusal raised inside in its place, and goes on behind it.

    `until_it_works`: where something cannot be reached, the whole page is drawn again every few seconds. Meant for
    what a page reads; an action is repeated by whoever asked for it.
    """
    try:
        yield
    except AppError as error:
        show_error(error)
        if until_it_works and isinstance(error, Unavailable):
            _draw_again_later(error.retry_after or _RETRY_SECONDS)


def show_error(error: AppError) -> None:
    """Its sentence, as an error; as a warning where waiting is all there is to do."""
    box = st.warning if isinstance(error, Unavailable) else st.error
    box(plain(error.message))


def _draw_again_later(seconds: float) -> None:
    runs = itertools.count()

    @st.fragment(run_every=seconds)
    def beat() -> None:
        if next(runs) > 0:  # the first is part of the run that drew the error
            st.rerun(scope="app")

    beat()
