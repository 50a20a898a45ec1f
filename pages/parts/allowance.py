"""What is left of the user's allowance, and what the chosen clip takes of it."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.wording import seconds
from services.accounts import User
from services.catalog import Model
from services.quota import Quota, find_quota, limit_period, limits, longest_frames
from services.wiring import Studio


def draw_allowance(studio: Studio, user: User, model: Model, frames: int) -> None:
    """One line, and a second where the clip does not fit or too many jobs run. Raises Unavailable."""
    if not user.may_generate:
        st.caption("Your account may look at clips but not generate them. Ask an admin.")
        return
    quota = find_quota(studio.database, user.id, limits=limits(studio.settings))
    _, end = limit_period(studio.settings, datetime.now(UTC))
    left = f"**{seconds(quota.remaining_seconds)}** you have left until {end:%-d %B}"
    told = f"Takes **{seconds(model.seconds(frames))}** of the {left}."
    hint = _hint(quota, model, frames)
    st.markdown(f":small[:gray[{told}]]" + (f"  \n:small[:orange[{hint}]]" if hint else ""))


def _hint(quota: Quota, model: Model, frames: int) -> str | None:
    if model.seconds(frames) > quota.remaining_seconds:
        longest = longest_frames(model, quota.remaining_seconds)
        if longest is None:
            return "Not even the shortest clip of this model fits any more."
        return (
            f"It does not fit. The longest that does is {seconds(model.seconds(longest))}, {longest} frames."
        )
    if quota.active_jobs >= quota.max_jobs:
        return f"{quota.active_jobs} of {quota.max_jobs} jobs are running. Wait for one to finish, or cancel one."
    return None
