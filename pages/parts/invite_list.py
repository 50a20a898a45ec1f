"""The invites there are, and the way to take one back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from pages.parts.question import Question, ask
from pages.parts.table import draw_table, minute
from pages.parts.wording import ROLE_NAMES
from services.accounts import User
from services.audit import COMMAND_LINE
from services.invites import Invite, revoke_invite
from services.wiring import Studio


def draw_invites(studio: Studio, admin: User, invites: Sequence[Invite]) -> None:
    """A table of all, and a choice among those still open."""
    if not invites:
        st.info("There are no invites yet. Make one above, and send its code to whom you want to join.")
        return
    now = datetime.now(UTC)
    rows = [_row(invite, now) for invite in invites]
    draw_table(rows, {"Until": minute()}, key="invites", alt="Invites, the newest first")
    _draw_revocation(studio, admin, [invite for invite in invites if invite.state(now) == "open"])


def _row(invite: Invite, now: datetime) -> dict[str, Any]:
    return {
        "Number": invite.id,
        "For whom": invite.label or None,
        "Role": ROLE_NAMES[invite.role],
        "State": invite.state(now).capitalize(),
        "Used": f"{invite.used} of {invite.max_uses}",
        "Until": invite.expires_at,
        "Made by": invite.created_by or COMMAND_LINE.capitalize(),
    }


def _draw_revocation(studio: Studio, admin: User, invites: Sequence[Invite]) -> None:
    if not invites:
        return
    by_id = {invite.id: invite for invite in invites}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Open invite", list(by_id), format_func=lambda number: _title(by_id[number]), key="open-invite"
        )
        pressed = st.button("Revoke", key="ask-revoke", icon=":material/block:")
    if pressed and chosen in by_id:
        _ask_to_revoke(studio, admin, by_id[chosen])


def _title(invite: Invite) -> str:
    return f"{invite.id} – {invite.label or ROLE_NAMES[invite.role]}, used {invite.used} of {invite.max_uses}"


def _ask_to_revoke(studio: Studio, admin: User, invite: Invite) -> None:
    def act() -> str:
        revoke_invite(studio.database, invite.id, by=admin.id)
        return f"Invite {invite.id} is revoked."

    text = "Nobody can register with it any more. Those who did keep their accounts."
    ask(Question("Revoke this invite?", text, "Revoke", act))
