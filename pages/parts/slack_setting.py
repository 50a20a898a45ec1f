"""Where the team hears of finished and failed clips: the address of a Slack-compatible webhook, which stays a secret."""

import streamlit as st

from pages.parts.errors import shown_errors
from services.accounts import User
from services.notices import send_test_message, set_slack_url
from services.wiring import Studio
from services.workspace import find_workspace

_FIELD, _EMPTIED, _DONE = "slack-url", "openv_slack_emptied", "openv_slack_done"


def draw_slack_setting(studio: Studio, user: User) -> None:
    """Says whether one is set, takes another or removes it, and sends a test message. For admins. Raises Unavailable."""
    is_set = find_workspace(studio.database).slack_url is not None
    if st.session_state.pop(_EMPTIED, False):
        st.session_state[_FIELD] = ""
    with st.container(border=True, key="slack"):
        st.markdown("**Slack**" + (" :green-badge[Set]" if is_set else " :gray-badge[Not set]"))
        st.caption(
            "Tells a channel of every clip that is finished or has failed, through an incoming webhook of Slack or"
            " whatever speaks like it. The address is a secret and is not shown again."
        )
        address = st.text_input(
            "Webhook address", key=_FIELD, type="password", placeholder="https://hooks.slack.com/services/…"
        )
        with st.container(horizontal=True):
            _draw_buttons(studio, user, address.strip(), is_set=is_set)
        if done := st.session_state.pop(_DONE, None):
            st.success(done)


def _draw_buttons(studio: Studio, user: User, address: str, *, is_set: bool) -> None:
    # Never disabled: what is typed only gets here as the field loses the focus, to the very click that is to save it.
    if st.button("Save", key="save-slack", type="primary"):
        _change(studio, user, address, "Saved. Send a test message to see that it works.")
    if st.button("Send a test message", key="test-slack", disabled=not is_set):
        with shown_errors():
            send_test_message(studio)
            _tell_done("The message has been sent. Look for it in the channel.")
    if st.button("Remove", key="remove-slack", type="tertiary", disabled=not is_set):
        _change(studio, user, None, "Removed. Nobody is told any more.")


def _change(studio: Studio, user: User, address: str | None, done: str) -> None:
    with shown_errors():
        set_slack_url(studio, address, by=user.id)
        st.session_state[_EMPTIED] = True
        _tell_done(done)


def _tell_done(sentence: str) -> None:
    st.session_state[_DONE] = sentence
    st.rerun()
