"""The team's budget: how the period stands, and from which amounts on it warns and stops."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.figures import UNKNOWN, count, money
from pages.parts.optional_number import optional_number
from pages.parts.question import Question, ask, settle
from pages.parts.wording import plain
from services.accounts import User
from services.budget import Budget, find_budget
from services.quota import limit_period, limits
from services.wiring import Studio
from services.workspace import change_budget, check_budget


def draw_budget(studio: Studio, user: User) -> None:
    """Draws the numbers, and a form that changes both amounts. Raises Unavailable."""
    st.subheader("Budget")
    st.caption(_period(studio))
    budget = find_budget(studio.database, limits=limits(studio.settings))
    _draw_standing(budget)
    _draw_lines(studio, user, budget)


def _period(studio: Studio) -> str:
    start, end = limit_period(studio.settings, datetime.now(UTC))
    return f"Dollars of the whole team from {start:%-d %B} to {end - timedelta(days=1):%-d %B %Y} (UTC)."


def _draw_standing(budget: Budget) -> None:
    with st.grid(4, min_column_width=170):
        _metric(
            "Spent", budget.spent_usd, "Known costs of all jobs that ended, failed and replaced ones too."
        )
        _metric("Expected", budget.expected_usd, f"By {count(budget.active_jobs, 'job')} under way.")
        _metric("Until the warning", _left(budget.soft_usd, budget), "From there on everybody is told.")
        _metric("Until the stop", _left(budget.hard_usd, budget), "What would pass it is refused.")
    if budget.hard_usd:
        st.progress(min(1.0, budget.taken_usd / budget.hard_usd), text=_share(budget))
    if budget.is_used_up:
        st.error("The budget is used up: nobody can generate until the next period, or until you raise it.")
    elif budget.is_past_soft:
        st.warning(
            "Spending has reached the warning. Everybody can go on and reads about it on the Create page."
        )
    if unknown := budget.unknown_cost_jobs + budget.unpriced_jobs:
        st.caption(f"{count(unknown, 'job')} of unknown cost, ended or under way, in none of these sums.")


def _metric(label: str, usd: float | None, meaning: str) -> None:
    shown = UNKNOWN if usd is None else money(usd)
    st.metric(label, plain(shown), help=meaning, border=True, height="stretch")


def _left(line: float | None, budget: Budget) -> float | None:
    return None if line is None else max(0.0, line - budget.taken_usd)


def _share(budget: Budget) -> str:
    return plain(f"{money(budget.taken_usd)} of {money(budget.hard_usd)} spent or expected")


def _draw_lines(studio: Studio, user: User, budget: Budget) -> None:
    with st.form("budget"):
        left, right = st.columns(2, gap="medium")
        with left:
            soft_usd = _amount("Warn at", "budget-soft", budget.soft_usd, "nobody is warned")
        with right:
            hard_usd = _amount("Stop at", "budget-hard", budget.hard_usd, "nothing is refused")
        pressed = st.form_submit_button("Save", key="save-budget", type="primary")
    with shown_errors():
        if pressed:
            _change(studio, user, budget, soft_usd=soft_usd, hard_usd=hard_usd)


def _change(
    studio: Studio, user: User, budget: Budget, *, soft_usd: float | None, hard_usd: float | None
) -> None:
    def save() -> str:
        change_budget(studio.database, soft_usd=soft_usd, hard_usd=hard_usd, by=user.id)
        return "Saved."

    check_budget(soft_usd=soft_usd, hard_usd=hard_usd)
    if hard_usd is not None and hard_usd != budget.hard_usd and budget.taken_usd >= hard_usd:
        ask(Question("Stop everybody now?", _what_stops(studio, budget, hard_usd), "Stop everybody", save))
    else:
        settle(save())
        st.rerun()


def _what_stops(studio: Studio, budget: Budget, hard_usd: float) -> str:
    _, end = limit_period(studio.settings, datetime.now(UTC))
    return (
        f"{money(budget.taken_usd)} is spent or expected already. With a stop at {money(hard_usd)} nobody can generate"
        f" until {end:%-d %B}, or until you raise it. Clips already being made go on."
    )


def _amount(label: str, key: str, usd: float | None, empty: str) -> float | None:
    told = f"In dollars per period. Empty: {empty}."
    return optional_number(
        f"{label} ($)", usd, key=key, step=1.0, format="%.2f", placeholder="None", help=told
    )
