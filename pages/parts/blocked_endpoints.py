"""A banner for admins while RunPod refuses an endpoint: which, since when, why, and what to do."""

import streamlit as st

from pages.parts.local_time import local_zone, moment
from pages.parts.wording import plain
from services.accounts import User
from services.endpoints import TOPIC, BlockedEndpoint, list_blocked_endpoints
from services.wiring import Studio


def blocked_endpoints(studio: Studio, user: User) -> list[BlockedEndpoint]:
    """Those that refuse us now, from memory unless that has changed; none for who is no admin. Raises Unavailable."""
    if not user.is_admin:
        return []
    return studio.feed.read(TOPIC, "blocked", lambda: list_blocked_endpoints(studio.database))


def draw_blocked_endpoints(studio: Studio, user: User) -> None:
    """Draws them for admins; nothing where all is well. Raises Unavailable."""
    for endpoint in blocked_endpoints(studio, user):
        since = moment(endpoint.blocked_since, local_zone())
        st.error(
            f"**RunPod takes no jobs for the endpoint {plain(endpoint.id)}** since {plain(since)}.  \n"
            f"{plain(endpoint.reason)} Restart the server after changing a setting. Jobs wait meanwhile and go on by"
            " themselves.",
            icon=":material/block:",
        )
