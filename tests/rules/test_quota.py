"""Quota arithmetic, and which period it is about."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import read_catalog
from services.quota import Quota, limit_period, longest_frames
from services.settings import read_settings

CUSTOM = read_settings({"LIMIT_START_DATE": "2026-02-10", "LIMIT_END_DATE": "2026-04-20"})
MODEL = read_catalog(default_endpoint="own").find("mochi")


@given(st.floats(min_value=0, max_value=10))
def test_the_longest_length_fits_and_the_next_would_not(remaining: float) -> None:
    """The suggestion is the best there is."""
    frames = longest_frames(MODEL, remaining)
    if frames is None:
        assert remaining * 24 < 7
    else:
        assert MODEL.frames.holds(frames)
        assert frames / 24 <= remaining + 1e-6
        assert frames == 127 or (frames + 6) / 24 > remaining


def test_nothing_is_left_below_zero() -> None:
    """An allowance that was cut after use leaves nothing, not less."""
    assert Quota(limit_seconds=5, used_seconds=9, max_jobs=3, active_jobs=0).remaining_seconds == 0


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    "now", [day(2, 10), day(3, 1), day(4, 20), day(4, 21) - timedelta(microseconds=1)], ids=str
)
def test_the_period_that_is_set_holds_from_its_first_day_through_its_last(now: datetime) -> None:
    """LIMIT_START_DATE and LIMIT_END_DATE themselves count."""
    assert limit_period(CUSTOM, now) == (day(2, 10), day(4, 21))


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (day(4, 21), (day(4, 1), day(5, 1))),
        (day(5, 3), (day(5, 1), day(6, 1))),
        (day(1, 31), (day(1, 1), day(2, 1))),
    ],
)
def test_calendar_months_hold_before_and_after_the_period_that_is_set(
    now: datetime, month: tuple[datetime, datetime]
) -> None:
    """A period that is over, or has not begun, leaves nobody without a limit."""
    assert limit_period(CUSTOM, now) == month


@pytest.mark.parametrize("now", [day(2, 1), day(2, 9), day(2, 10) - timedelta(microseconds=1)], ids=str)
def test_the_month_in_which_the_period_begins_ends_with_the_day_before(now: datetime) -> None:
    """Nobody is told to wait until the end of a month that is cut short."""
    assert limit_period(CUSTOM, now) == (day(2, 1), day(2, 10))


def test_the_days_of_a_period_are_those_of_utc() -> None:
    """Wherever the server stands: the evening of the last day in New York is over already."""
    now = datetime(2026, 4, 20, 20, 0, tzinfo=timezone(-timedelta(hours=4)))
    assert limit_period(CUSTOM, now) == (day(4, 1), day(5, 1))
