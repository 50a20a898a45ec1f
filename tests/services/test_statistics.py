"""What the statistics say: rates and their certainty, costs, and the names that programs read them by."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.gateways.database import Database
from services.statistics import Statistics, read_statistics, share, slot_hours, wilson_interval
from tests.history import DAY, DAY_SCOPE, NEXT_DAY, NOON, History

COUNTS = st.integers(1, 10**6).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield History(connection)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0, 0.2775),
        (10, 10, 0.7225, 1),
        (8, 10, 0.4902, 0.9433),
        (50, 100, 0.4038, 0.5962),
        (1, 1, 0.2065, 1),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(
    successes: int, trials: int, low: float, high: float
) -> None:
    """Checked against published values, at both ends and in the middle."""
    interval = wilson_interval(successes, trials)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS)
def test_a_wilson_interval_holds_the_share_and_stays_between_0_and_1(counts: tuple[int, int]) -> None:
    """Whatever was counted: never below nothing, never above everything, never beside what was seen."""
    interval = wilson_interval(*counts)
    assert 0 <= interval.low <= counts[0] / counts[1] <= interval.high <= 1


@given(COUNTS)
def test_a_wilson_interval_is_symmetric_and_narrows_with_more_trials(counts: tuple[int, int]) -> None:
    """Failures mirror successes, and ten times the evidence is never less certain."""
    (successes, trials), interval = counts, wilson_interval(*counts)
    mirrored = wilson_interval(trials - successes, trials)
    assert mirrored.low == pytest.approx(1 - interval.high, abs=1e-9)
    more = wilson_interval(10 * successes, 10 * trials)
    assert more.high - more.low < interval.high - interval.low


def test_no_trials_give_no_interval_and_no_share() -> None:
    """Nothing was tried, so nothing is known: not 0 % and not 100 %."""
    assert wilson_interval(0, 0) is None
    assert share(0, 0) is share(None, 5) is share(5, None) is None


def test_rates_of_jobs_leave_cancelled_ones_out(database: Database, history: History) -> None:
    """Three of four that ended by themselves succeeded."""
    for state in ("completed", "completed", "completed", "failed"):
        history.job(state)
    history.job("failed", error_kind="cancelled")
    jobs = read_statistics(database, **DAY_SCOPE).jobs
    assert jobs.success_rate == 0.75
    assert jobs.success_interval == wilson_interval(3, 4)


def test_a_period_of_failures_alone_has_a_success_rate_of_nothing(
    database: Database, history: History
) -> None:
    """0 % with an interval that still admits luck, and no cost for each second of a clip that is not there."""
    history.job("failed", cost_usd=0.5)
    jobs = read_statistics(database, **DAY_SCOPE).jobs
    assert (jobs.success_rate, jobs.waste_share, jobs.usd_per_video_second) == (0, 1, None)
    assert jobs.success_interval.high > 0.7


def test_costs_tell_how_much_of_them_is_estimated(database: Database, history: History) -> None:
    """A quarter estimated, half wasted; each of the six seconds cost its part of everything."""
    history.job(cost_usd=1.5, cost_kind="billed", execution_ms=6000, frames=144)
    history.job("failed", cost_usd=1.5, cost_kind="billed")
    history.job("failed", cost_usd=1, execution_ms=50_000)
    jobs = read_statistics(database, **DAY_SCOPE).jobs
    assert (jobs.total_usd, jobs.estimated_share, jobs.waste_share) == (4, 0.25, 0.625)
    assert (jobs.usd_per_video_second, jobs.execution_ms_per_video_second) == (pytest.approx(4 / 6), 1000)


def test_unknown_costs_are_a_number_of_jobs_and_never_0_dollars(database: Database, history: History) -> None:
    """Where nothing is known the total is None, and everything made of it as well."""
    history.job()
    jobs = read_statistics(database, **DAY_SCOPE).jobs
    assert jobs.unknown_cost_jobs == 1
    assert jobs.total_usd is jobs.estimated_share is jobs.waste_share is jobs.usd_per_video_second is None


def test_clips_that_a_retry_saved_are_successes_but_not_at_first(
    database: Database, history: History
) -> None:
    """One straight, one saved, one lost, one cancelled: a third at the first attempt, half retried."""
    history.pair()
    for end in ("completed", "failed"):
        clip = history.clip(end)
        history.job("failed", video_id=clip)
        history.job(end, video_id=clip, number=2)
    history.clip("failed", error_kind="cancelled")
    videos = read_statistics(database, **DAY_SCOPE).videos
    assert (videos.first_attempt_success, videos.retry_rate) == (pytest.approx(1 / 3), 0.5)


def test_throughput_is_per_hour_of_the_period_that_is_over(database: Database, history: History) -> None:
    """Six clips of two seconds in a day; a period that has not begun has none."""
    for _ in range(6):
        history.job()
    numbers = read_statistics(database, **DAY_SCOPE)
    assert (numbers.videos_per_hour, numbers.video_seconds_per_hour) == (0.25, 0.5)
    future = datetime.now(UTC) + timedelta(days=1)
    assert read_statistics(database, start=future, end=future + timedelta(1)).videos_per_hour is None


def test_models_and_timeline_add_up_to_all_jobs(database: Database, history: History) -> None:
    """The same jobs, told apart in two ways."""
    for model, hour in (("mochi", 1), ("mochi", 2), ("vidu", 2)):
        history.job(model=model, finished_at=DAY + timedelta(hours=hour), cost_usd=0.5)
    numbers = read_statistics(database, **DAY_SCOPE)
    assert [(model.model, model.completed) for model in numbers.models] == [("mochi", 2), ("vidu", 1)]
    assert len(numbers.timeline) == 3
    for parts in (numbers.models, numbers.timeline):
        assert sum(part.completed for part in parts) == numbers.jobs.completed
        assert sum(part.total_usd for part in parts) == numbers.jobs.total_usd


@pytest.mark.parametrize(("days", "hours"), [(1, 1), (2, 1), (7, 24), (93, 24), (365, 168), (3650, 672)])
def test_the_timeline_never_has_many_more_than_a_hundred_slots(days: int, hours: int) -> None:
    """Hours for a day or two, days for a quarter, weeks for two years, four weeks beyond."""
    assert slot_hours(DAY, DAY + timedelta(days=days)) == hours
    assert days * 24 / hours <= 132


def test_programs_read_the_numbers_in_camel_case(database: Database, history: History) -> None:
    """The names and shapes of the HTTP API, down to the innermost."""
    history.pair(delay_ms=1500, cost_usd=0.5)
    history.job("failed", error_group="lost", finished_at=NOON)
    told = read_statistics(database, **DAY_SCOPE).model_dump(mode="json", by_alias=True)
    assert told["jobs"]["successInterval"].keys() == {"low", "high"}
    assert told["jobs"]["unknownCostJobs"] == 1
    assert told["times"]["delayMs"] == {"n": 1, "p50": 1500, "p90": 1500, "p95": None, "p99": None}
    assert told["failures"][0]["exampleJobId"] == "job-2"
    assert told["timeline"][0]["at"] == "2024-03-10T12:00:00Z"
    assert not [name for name in _names(told) if "_" in name]


def test_numbers_need_a_period_that_ends_after_it_starts(database: Database) -> None:
    """Refused with the field that is wrong, before anything is counted."""
    with pytest.raises(InvalidInput) as refused:
        read_statistics(database, start=NEXT_DAY, end=NEXT_DAY)
    assert refused.value.details[0]["field"] == "to"


def test_numbers_are_plain_values_that_can_be_kept(database: Database) -> None:
    """Equal when nothing changed, so that a page draws again only what is new."""
    first, second = (read_statistics(database, **DAY_SCOPE) for _ in range(2))
    assert isinstance(first, Statistics)
    assert first == second


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
