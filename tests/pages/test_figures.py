"""How numbers are written."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from pages.parts.charts import with_empty_slots
from pages.parts.figures import count, money, percent, rate, span
from pages.parts.period import Scope
from services.gateways.database import Database
from services.statistics import read_statistics
from tests.history import DAY_SCOPE, NOON


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (None, "–"),
        (0, "0 %"),
        (1, "100 %"),
        (0.942, "94.2 %"),
        (0.9999, "> 99.9 %"),
        (0.0001, "< 0.1 %"),
        (0.5, "50 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float | None, written: str) -> None:
    """100 % means that not one is missing."""
    assert percent(share) == written


def test_a_share_may_be_written_shorter() -> None:
    """Whole percents keep the same promise."""
    assert [percent(share, digits=0) for share in (0.302, 0.996, 1)] == ["30 %", "> 99 %", "100 %"]


@pytest.mark.parametrize(
    ("usd", "written"),
    [
        (None, "–"), (0, "$0.00"), (0.5, "$0.50"), (12.3, "$12.30"), (999.999, "$1,000"), (1240.4, "$1,240"),
        (0.0423, "$0.042"), (0.00421, "$0.0042"), (0.00001, "< $0.0001"),
    ],
)  # fmt: skip
def test_small_sums_are_told_apart(usd: float | None, written: str) -> None:
    """A clip for four tenths of a cent is not a clip for nothing, and unknown is a dash."""
    assert money(usd) == written


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (None, "–"), (0, "0 ms"), (850.4, "850 ms"), (12_345, "12.3 s"), (-1800, "−1.8 s"), (59_949, "59.9 s"),
        (59_960, "1 min"), (185_000, "3 min 5 s"), (7_800_000, "2 h 10 min"),
    ],
)  # fmt: skip
def test_spans_of_time_are_written_for_people(milliseconds: float | None, written: str) -> None:
    """Milliseconds, seconds, minutes or hours, whichever can be read at a glance."""
    assert span(milliseconds) == written


def test_counts_and_rates_are_written_plainly() -> None:
    """One job, many jobs, clips per hour."""
    assert [count(number, "job") for number in (0, 1, 1204)] == ["0 jobs", "1 job", "1,204 jobs"]
    assert [rate(number) for number in (None, 0, 0.042, 3.21, 120.4)] == ["–", "0", "0.042", "3.2", "120"]


@pytest.mark.parametrize(
    ("first", "days", "written"),
    [
        (datetime(2024, 3, 10, tzinfo=UTC), 1, "10 March 2024 (UTC)"),
        (datetime(2024, 3, 10, tzinfo=UTC), 7, "10 March – 16 March 2024 (UTC)"),
        (datetime(2023, 12, 31, tzinfo=UTC), 2, "31 December 2023 – 1 January 2024 (UTC)"),
    ],
)
def test_a_period_is_named_by_its_first_and_last_day(first: datetime, days: int, written: str) -> None:
    """The last day is the last one that counts."""
    assert str(Scope(first, first + timedelta(days=days), None, None)) == written


@pytest.mark.parametrize(("days", "slots"), [(1, 24), (30, 30), (400, 58)])
def test_bars_without_jobs_are_drawn_as_zeros(database: Database, days: int, slots: int) -> None:
    """Every hour, day or week of the period has its place, and what happened is in the place the database gave it."""
    numbers = read_statistics(
        database, start=DAY_SCOPE["start"], end=DAY_SCOPE["start"] + timedelta(days=days)
    )
    slot = timedelta(hours=numbers.slot_hours)
    monday = datetime(2000, 1, 3, tzinfo=UTC)
    table = pd.DataFrame({"clips": [5]}, index=pd.DatetimeIndex([monday + (NOON - monday) // slot * slot]))
    filled = with_empty_slots(table, numbers)
    assert (len(filled), filled["clips"].sum()) == (slots, 5)
