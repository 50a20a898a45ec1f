"""A question before something that hurts, and secrets that are shown once."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.fragments import dialog
from pages.parts.toasts import toast_next
from pages.parts.wording import plain

_ASKED, _TOLD = "openv_question", "openv_told_once"


@dataclass(frozen=True)
class Secret:
    """What is shown once: a title, what to do with it, and the secret itself."""

    title: str
    text: str
    secret: str


@dataclass(frozen=True)
class Question:
    """Whether to go on with `act`, which gives what to say afterwards, or a secret to show. It may raise AppErrors."""

    title: str
    text: str
    yes: str
    act: Callable[[], str | Secret]


def ask(question: Question) -> None:
    """Puts the question; it is drawn by `draw_question` at the end of the page."""
    st.session_state[_ASKED] = question


def tell_once(secret: Secret) -> None:
    """Shows the secret until it is put away; drawn by `draw_question` at the end of the page."""
    st.session_state[_TOLD] = secret


def settle(told: str | Secret) -> None:
    """Says what came of an action in the next run, which the caller starts."""
    if isinstance(told, Secret):
        tell_once(told)
    else:
        toast_next(told)


def draw_question() -> None:
    """Draws what has been asked or told and not been answered yet."""
    if secret := st.session_state.get(_TOLD):
        dialog(secret.title, width="small", on_dismiss=_put_away)(_show)(secret)
    elif question := st.session_state.get(_ASKED):
        dialog(question.title, width="small", on_dismiss=_put_away)(_put)(question)


def _put_away() -> None:
    for key in (_ASKED, _TOLD):
        st.session_state.pop(key, None)


def _show(secret: Secret) -> None:
    st.write(plain(secret.text))
    st.code(secret.secret, language=None, wrap_lines=True)
    st.caption("It is shown this once and cannot be looked up later.")
    if st.button("Done", key="put-away", type="primary"):
        _put_away()
        st.rerun()


def _put(question: Question) -> None:
    st.write(plain(question.text))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep as it is", key="answer-no"):
            _put_away()
            st.rerun()
        is_yes = st.button(question.yes, key="answer-yes", type="primary")
    with shown_errors():
        if is_yes:
            told = question.act()
            _put_away()
            settle(told)
            st.rerun()
