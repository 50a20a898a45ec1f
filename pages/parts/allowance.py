"""What is left of the user's allowance and of the team's budget, and what the chosen clip takes of both."""

from collections.abc import Iterator
from datetime import UTC, datetime

import streamlit as st

from pages.parts.figures import money
from pages.parts.wording import plain, seconds
from services.accounts import User
from services.catalog import Model
from services.quota import Allowance, limit_period
from services.wiring import Studio


def draw_allowance(
    studio: Studio, allowance: Allowance, model: Model, frames: int, *, is_refused: bool
) -> None:
    """What the clip takes and what is left, and further lines where something stands in its way.

    `is_refused`: above stands already why there is no clip of it.
    """
    _, end = limit_period(studio.settings, datetime.now(UTC))
    left = f"**{seconds(allowance.remaining_seconds)}** you have left until {end:%-d %B}"
    told = f"Takes **{seconds(model.seconds(frames))}** of the {left}{_cost(allowance)}. {_jobs(allowance)}"
    lines = [f":small[:gray[{told}]]"]
    hints = [*_job_hints(allowance, is_told=is_refused), *_length_hints(allowance, model, frames)]
    lines += [f":small[:orange[{hint}]]" for hint in hints]
    st.markdown("  \n".join(lines))


def draw_budget_state(studio: Studio, user: User, allowance: Allowance, *, may_fit: bool) -> None:
    """Says so where the team's budget is used up; or where spending has reached the first line and clips still fit."""
    if allowance.is_used_up:
        _, end = limit_period(studio.settings, datetime.now(UTC))
        way_out = "Raise it on the Workspace page." if user.is_admin else "Ask an admin to raise it."
        st.error(f"The team's budget is used up until {end:%-d %B}. {way_out}", icon=":material/savings:")
    elif allowance.is_past_soft and may_fit:
        spent, line = (plain(money(usd)) for usd in (allowance.taken_usd, allowance.soft_usd))
        st.warning(
            f"The team's spending stands at {spent}, past the {line} it planned for. You can go on; short clips help.",
            icon=":material/savings:",
        )


def _cost(allowance: Allowance) -> str:
    cost = allowance.expected_usd
    told = "an unknown cost" if cost is None else f"about **{plain(money(cost))}**"
    if allowance.left_usd is None:
        return f", for {told}"
    return f", and {told} of the team's **{plain(money(allowance.left_usd))}**"


def _jobs(allowance: Allowance) -> str:
    free = max(0, allowance.max_jobs - allowance.active_jobs)
    return f"{free} of {allowance.max_jobs} jobs free."


def _job_hints(allowance: Allowance, *, is_told: bool) -> Iterator[str]:
    if allowance.active_jobs >= allowance.max_jobs and not is_told:
        yield (
            f"{allowance.active_jobs} of {allowance.max_jobs} jobs are running. "
            "Wait for one to finish, or cancel one."
        )


def _length_hints(allowance: Allowance, model: Model, frames: int) -> Iterator[str]:
    longest = allowance.longest_frames(model, frames)
    if longest is None:
        yield "Not even the shortest clip of this model fits any more."
    elif longest < model.frames.most:
        length = f"{seconds(model.seconds(longest))}, {longest} frames"
        yield (
            f"It does not fit. The longest that does is {length}."
            if frames > longest
            else f"The longest that fits is {length}."
        )
