"""One's API tokens: making one, which is shown once, and those there are."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.fragments import dialog
from pages.parts.token_revocation import ask_to_revoke, draw_revocation
from pages.parts.wording import ago, plain
from services.accounts import User
from services.tokens import MOST_LABEL, NewToken, Scope, Token, create_token, list_tokens, scopes_of
from services.wiring import Studio

_MADE = "openv_token_just_made"
_MAY: dict[Scope, str] = {"read": "Look at clips", "generate": "Make clips", "admin": "See statistics"}
_MORE: dict[Scope, str] = {
    "read": ", at jobs and at the allowance",
    "generate": ", change and delete them",
    "admin": " and metrics",
}


def draw_tokens(studio: Studio, user: User) -> None:
    """The form, a token just made, and the list. Raises Unavailable."""
    st.subheader("API tokens")
    st.caption(
        "Programs use the HTTP API in your name with a token. Give each program one of its own,"
        " which may do no more than it needs."
    )
    st.markdown(":small[[What the API can do](/api/docs)]")  # in a caption links are too pale to read
    _draw_form(studio, user)
    if _MADE in st.session_state:
        _show(st.session_state[_MADE])
    else:
        draw_revocation(studio, user)
    tokens = list_tokens(studio.database, by=user.id, owner=user.id)
    for token in reversed(tokens):
        _draw_token(token, scopes_of(user))


def _draw_form(studio: Studio, user: User) -> None:
    with st.form("token-form", border=True, clear_on_submit=True):
        label = st.text_input(
            "What it is for", key="token-label", max_chars=MOST_LABEL, placeholder="Nightly renders"
        )
        allowed = scopes_of(user)
        scopes = st.pills(
            "What it may do",
            allowed,
            format_func=_MAY.__getitem__,
            selection_mode="multi",
            default=[scope for scope in allowed if scope != "admin"],
            key="token-scopes",
        )
        st.caption("  \n".join(f"**{_MAY[scope]}**{_MORE[scope]} · `{scope}`" for scope in allowed))
        submitted = st.form_submit_button("Make token", key="token-submit")
        with shown_errors():
            if submitted:
                st.session_state[_MADE] = create_token(
                    studio.database, user.id, by=user.id, label=label or "", scopes=scopes
                )


def _forget() -> None:
    st.session_state.pop(_MADE, None)


@dialog("Your new API token", on_dismiss=_forget)
def _show(made: NewToken) -> None:
    st.write("Copy it now and keep it like a password. **It is not shown again.**")
    st.code(made.text, language=None, wrap_lines=True)
    st.caption("Programs send it in the header `Authorization: Bearer …`")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("I have copied it", key="token-copied", type="primary"):
            _forget()
            st.rerun()


def _draw_token(token: Token, allowed: tuple[Scope, ...]) -> None:
    now = datetime.now(UTC)
    used = f"last used {ago(token.last_used_at, now)}" if token.last_used_at else "never used"
    scopes = ", ".join(_MAY[scope].lower() for scope in token.scopes if scope in allowed)
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", border=True, key=f"token-{token.id}"
    ):
        st.markdown(
            f"**{plain(token.label)}** `{token.beginning}…`  \n"
            f":small[:gray[{scopes} · made {ago(token.created_at, now)} · {used}]]",
            width="stretch",
        )
        if st.button("Revoke", key=f"revoke-{token.id}", type="tertiary"):
            ask_to_revoke(token)
