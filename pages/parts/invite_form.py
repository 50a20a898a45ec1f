"""The form that makes an invite, and its link, shown once."""

from urllib.parse import urlsplit

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.question import Secret, tell_once
from pages.parts.wording import ROLE_NAMES
from services.accounts import ROLES, User
from services.invites import MOST_DAYS, MOST_LABEL, MOST_USES, create_invite
from services.wiring import Studio

_EMPTIED = "openv_invite_form_emptied"


def draw_invite_form(studio: Studio, admin: User) -> None:
    """Asks as what, for how many and for how long."""
    with st.form("invite-form"):
        label = _ask_for_whom()
        columns = st.columns(3)
        role = columns[0].selectbox(
            "Role", ROLES, index=ROLES.index("user"), format_func=ROLE_NAMES.__getitem__, key="invite-role"
        )
        uses = columns[1].number_input(
            "People", 1, MOST_USES, 1, key="invite-uses", help="How many may register."
        )
        days = columns[2].number_input(
            "Days", 1, MOST_DAYS, 7, key="invite-days", help="How long it can be used."
        )
        pressed = st.form_submit_button("Make invite", type="primary", key="make-invite")
    with shown_errors():
        if pressed:
            _, code = create_invite(
                studio.database, role=role, uses=int(uses), days=days, by=admin.id, label=label
            )
            about = f"Send the link: it opens the form with the code filled in. The code alone is {code}"
            st.session_state[_EMPTIED] = True
            tell_once(Secret("Invite link", about, _link(studio, code)))


def _ask_for_whom() -> str:
    if st.session_state.pop(_EMPTIED, False):
        st.session_state["invite-label"] = ""  # the next one is for somebody else
    note = st.text_input(
        "For whom", max_chars=MOST_LABEL, placeholder="A note for admins", key="invite-label"
    )
    return note or ""


def _link(studio: Studio, code: str) -> str:
    here = urlsplit(st.context.url or "")
    base = studio.settings.public_url or f"{here.scheme or 'http'}://{here.netloc}"
    return f"{base.rstrip('/')}/?invite={code}"
