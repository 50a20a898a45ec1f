"""The numbers of the statistics page against histories small enough to count by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from services.gateways.database import Database, Row
from tests.history import DAY, NEXT_DAY, NOON, History

ANY: dict[str, Any] = {"start": DAY, "end": NEXT_DAY, "model": None, "user_id": None}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield History(connection)


def read(database: Database, **scope: Any) -> Row:
    return database.call("read_statistics", slot="1 hour", **{**ANY, **scope})[0]


def all_jobs(database: Database, **scope: Any) -> Row:
    (jobs,) = [row for row in read(database, **scope)["sums"] if row["level"] == "all"]
    return jobs


def test_a_database_without_jobs_gives_zeros_and_no_costs(database: Database) -> None:
    """Nothing to count is 0 jobs, and money that nobody spent is not known rather than 0."""
    row = read(database)
    assert (row["hours"], row["submitted"], row["failures"]) == (24, 0, [])
    (jobs,) = row["sums"]
    assert (jobs["jobs"], jobs["completed"], jobs["video_seconds"], jobs["unknown_cost_jobs"]) == (0, 0, 0, 0)
    assert jobs["billed_usd"] is jobs["estimated_usd"] is jobs["wasted_usd"] is jobs["idle_usd"] is None
    assert row["times"]["delay_ms"] == {"n": 0, "p50": None, "p90": None, "p95": None, "p99": None}
    assert row["videos"]["completed"] == row["videos"]["retried"] == 0


def test_jobs_are_counted_by_how_they_ended(database: Database, history: History) -> None:
    """Timed out is failed, cancelled is not, superseded is neither, and whatever has not ended is active."""
    history.job("completed")
    history.job("failed")
    history.job("failed", error_kind="timed_out")
    history.job("failed", error_kind="cancelled")
    history.job("superseded", finished_at=NOON)
    for state in ("waiting", "sending", "unknown", "queued", "processing"):
        history.job(state)
    jobs = all_jobs(database)
    counted = {
        name: jobs[name] for name in ("jobs", "completed", "failed", "cancelled", "superseded", "active")
    }
    assert counted == {"jobs": 10, "completed": 1, "failed": 2, "cancelled": 1, "superseded": 1, "active": 5}


@pytest.mark.parametrize(
    ("finished_at", "counted"), [(DAY, 1), (NEXT_DAY - MINUTE, 1), (NEXT_DAY, 0), (DAY - MINUTE, 0)]
)
def test_a_finished_job_belongs_to_the_period_it_finished_in(
    database: Database, history: History, finished_at: Any, counted: int
) -> None:
    """The start of a period is part of it, its end is not, and when the job was submitted does not matter."""
    history.job(finished_at=finished_at, submitted_at=DAY - timedelta(days=3))
    assert all_jobs(database)["completed"] == counted


def test_a_submitted_job_belongs_to_the_period_it_was_submitted_in(
    database: Database, history: History
) -> None:
    """A job over midnight is submitted on one day and finished on the next."""
    history.job(submitted_at=DAY - MINUTE, finished_at=DAY + MINUTE)
    history.job("queued", submitted_at=DAY - MINUTE)
    yesterday = {"start": DAY - timedelta(days=1), "end": DAY}
    assert (read(database)["submitted"], all_jobs(database)["jobs"]) == (0, 1)
    assert (read(database, **yesterday)["submitted"], all_jobs(database, **yesterday)["jobs"]) == (2, 1)


def test_filters_take_one_model_and_one_user(database: Database, history: History) -> None:
    """Every number is of the jobs and clips that match both."""
    for model, user in (("mochi", "anna"), ("mochi", "ben"), ("vidu", "anna")):
        clip = history.clip(model=model, user_id=user)
        history.job(video_id=clip, model=model, user_id=user, delay_ms=1)
    row = read(database, model="mochi", user_id="anna")
    assert row["submitted"] == row["videos"]["completed"] == row["times"]["delay_ms"]["n"] == 1
    assert (
        all_jobs(database, model="mochi")["completed"] == all_jobs(database, user_id="anna")["completed"] == 2
    )


def test_costs_are_kept_apart_by_how_they_are_known(database: Database, history: History) -> None:
    """Billed, estimated and unknown are three things; waste is what did not end in a clip."""
    history.job(cost_usd=0.25, cost_kind="billed")
    history.job(cost_usd=0.5, rate_usd=0.01)
    history.job("failed", cost_usd=0.125, rate_usd=0.01)
    history.job("failed", cost_usd=0.0625, error_kind="cancelled")
    history.job("superseded", finished_at=NOON, cost_usd=1)
    history.job()
    jobs = all_jobs(database)
    assert (jobs["billed_usd"], jobs["estimated_usd"], jobs["unknown_cost_jobs"]) == (0.25, 1.6875, 1)
    assert jobs["wasted_usd"] == 0.125 + 0.0625 + 1
    assert jobs["idle_usd"] == pytest.approx(2 * 5 * 0.01)


@pytest.mark.parametrize(
    ("state", "columns", "unknown"),
    [
        ("completed", {}, 1),
        ("failed", {"error_kind": "cancelled"}, 1),
        ("superseded", {"job_id": None, "submitted_at": None}, 1),
        ("failed", {"job_id": None, "submitted_at": None}, 0),
        ("processing", {}, 0),
        ("completed", {"cost_usd": 0}, 0),
    ],
    ids=["ended", "cancelled at work", "never answered", "never sent", "not over", "free"],
)
def test_a_cost_is_unknown_where_money_may_have_been_spent(
    database: Database, history: History, state: str, columns: dict[str, Any], unknown: int
) -> None:
    """A job that RunPod never took costs nothing, one that may have run is counted as unknown, and free is known."""
    history.job(state, **columns)
    assert all_jobs(database)["unknown_cost_jobs"] == unknown


def test_percentiles_interpolate_and_stand_on_what_is_known(database: Database, history: History) -> None:
    """Delays of every finished job, execution of completed ones alone, unknown values in neither."""
    for seconds in (1, 2, 3, 4):
        history.job(delay_ms=seconds * 1000, execution_ms=seconds * 10_000)
    history.job("failed", delay_ms=5000, execution_ms=1)
    history.job()
    history.job("processing", delay_ms=99_000)
    times = read(database)["times"]
    assert times["delay_ms"] == {"n": 5, "p50": 3000, "p90": 4600, "p95": None, "p99": None}
    assert times["execution_ms"] == {"n": 4, "p50": 25_000, "p90": 37_000, "p95": None, "p99": None}


@pytest.mark.parametrize(
    ("count", "p95", "p99"), [(19, None, None), (20, 19.05, None), (99, 94.1, None), (100, 95.05, 99.01)]
)
def test_far_percentiles_wait_for_enough_values(
    database_url: str, count: int, p95: float | None, p99: float | None
) -> None:
    """P95 needs 20 values and P99 needs 100: what stands on fewer would be one odd job."""
    values = range(1, count + 1)
    percentiles = [1 + (count - 1) * q for q in (0.5, 0.9, 0.95, 0.99)]
    with psycopg.connect(database_url) as connection:
        (spread,) = connection.execute(
            "select describe_spread(%s, %s)", (len(values), percentiles)
        ).fetchone() or ({},)
    assert (spread["n"], spread["p95"], spread["p99"]) == (count, pytest.approx(p95), pytest.approx(p99))


def test_reporting_lag_is_what_passed_after_the_job_was_over(database: Database, history: History) -> None:
    """Submitted a minute before noon, 40 s of waiting and running: we heard of it 20 s late."""
    history.job(delay_ms=10_000, execution_ms=30_000)
    history.job(delay_ms=None, execution_ms=30_000)
    assert read(database)["times"]["reporting_lag_ms"] == {
        "n": 1,
        "p50": 20_000,
        "p90": 20_000,
        "p95": None,
        "p99": None,
    }


def test_video_seconds_are_the_files_own_and_frames_by_fps_until_then(
    database: Database, history: History
) -> None:
    """A stored clip counts with its real length, one without a row any more with what was asked for, a failed one not."""
    history.pair(duration_seconds=2.5)
    history.pair()
    history.job(frames=24)
    history.pair("failed")
    assert all_jobs(database)["video_seconds"] == 2.5 + 2 + 1


def test_clips_are_counted_by_state_and_by_how_many_tries_they_took(
    database: Database, history: History
) -> None:
    """A clip that a retry saved is completed, not at the first attempt; a cancelled one is not failed."""
    history.pair()
    saved, lost = history.clip(), history.clip("failed")
    for clip, end in ((saved, "completed"), (lost, "failed")):
        history.job("failed", video_id=clip)
        history.job(end, video_id=clip, number=2)
    history.clip("failed", error_kind="cancelled")
    history.clip("queued")
    history.clip("processing")
    clips = read(database)["videos"]
    states = {name: clips[name] for name in ("queued", "processing", "completed", "failed", "cancelled")}
    assert states == {"queued": 1, "processing": 1, "completed": 2, "failed": 1, "cancelled": 1}
    assert (clips["completed_at_first"], clips["retried"]) == (1, 2)


def test_end_to_end_is_from_asking_to_playable(database: Database, history: History) -> None:
    """Asked for two minutes before noon and stored ten seconds after it; a clip not stored yet says nothing."""
    history.pair(stored_at=NOON + timedelta(seconds=10))
    history.pair()
    spread = read(database)["videos"]["end_to_end_ms"]
    assert (spread["n"], spread["p50"]) == (1, 130_000)


def test_kept_are_the_starred_and_well_rated_among_the_judged(database: Database, history: History) -> None:
    """A star is as good as four points; what nobody judged does not count."""
    for columns in (
        {"rating": 5},
        {"rating": 4},
        {"rating": 3},
        {"rating": 1, "starred": True},
        {"starred": True},
        {},
    ):
        history.clip(**columns)
    clips = read(database)["videos"]
    assert (clips["judged"], clips["kept"]) == (5, 4)


def test_the_timeline_is_cut_into_slots_by_model(database: Database, history: History) -> None:
    """Hours begin on the hour in UTC, and a slot without jobs is left out."""
    history.job(finished_at=NOON + MINUTE)
    history.job(finished_at=NOON + 59 * MINUTE)
    history.job("failed", finished_at=NOON + 61 * MINUTE, model="vidu")
    rows = [row for row in read(database)["sums"] if row["level"] == "slot"]
    seen = [(row["at"][11:16], row["model"], row["completed"], row["failed"]) for row in rows]
    assert seen == [("12:00", "mochi", 2, 0), ("13:00", "vidu", 0, 1)]


def test_failures_are_grouped_by_reason(database: Database, history: History) -> None:
    """The most frequent first, with the latest as the example; cancelled jobs are no failures."""
    reason = {"error_group": "worker_error: out of memory", "error_kind": "worker_error"}
    history.job("failed", **reason, error="Out of memory: 80 GB", finished_at=NOON)
    history.job(
        "failed",
        **reason,
        error="Out of memory: 24 GB",
        finished_at=NOON + MINUTE,
        model="vidu",
        job_id="last",
    )
    history.job("failed", error_kind="lost", error=None)
    history.job("failed", error_kind="cancelled", error_group="cancelled:")
    most, least = read(database)["failures"]
    assert (most["jobs"], most["share"], most["models"]) == (2, pytest.approx(2 / 3), ["mochi", "vidu"])
    assert (most["example"], most["example_job_id"]) == ("Out of memory: 24 GB", "last")
    assert most["settings"] == ["848 × 480, 48 frames, 40 steps"]
    assert (least["name"], least["jobs"], least["example"]) == ("lost", 1, None)


def test_jobs_are_listed_newest_first_in_pages(database: Database, history: History) -> None:
    """Each page goes on below the last id of the one before; other days' jobs are in none."""
    ids = [history.job() for _ in range(5)]
    history.job(finished_at=NEXT_DAY)
    first = database.call("list_jobs", **ANY, before=None, limit=3)
    second = database.call("list_jobs", **ANY, before=first[-1]["id"], limit=3)
    assert [row["id"] for row in first + second] == ids[::-1]


def test_a_job_that_ends_while_pages_are_read_is_met_once(database: Database, history: History) -> None:
    """Its time moves on but its id stays, so the page that holds it is the same."""
    waiting = history.job("queued", submitted_at=DAY)
    others = [history.job() for _ in range(3)]
    first = database.call("list_jobs", **ANY, before=None, limit=2)
    history.connection.execute(
        "update attempts set state = 'completed', finished_at = %s where id = %s",
        (NEXT_DAY - MINUTE, waiting),
    )
    rest = database.call("list_jobs", **ANY, before=first[-1]["id"], limit=1000)
    assert sorted(row["id"] for row in first + rest) == sorted([waiting, *others])


def test_one_call_never_lists_more_than_a_thousand(database: Database, history: History) -> None:
    """PostgREST cuts longer answers off without a word, so nobody may count on them."""
    model = history.job()
    history.connection.execute(
        "insert into attempts (number, user_id, model, endpoint, width, height, frames, fps, state, next_at, finished_at)"
        " select 1, user_id, model, endpoint, width, height, frames, fps, 'failed', null, finished_at"
        " from attempts, generate_series(1, 1000) where id = %s", (model,))  # fmt: skip
    assert len(database.call("list_jobs", **ANY, before=None, limit=5000)) == 1000


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("model", ["mochi", "vidu"]),
        ("user", ["anna", "ben"]),
        ("endpoint", ["own", "public"]),
        ("worker", ["w1", None]),
        ("settings", ["848 × 480, 48 frames, 40 steps", "848 × 480, 48 frames"]),
        ("hour", ["12:00", "13:00"]),
    ],
)
def test_jobs_are_grouped_by_what_is_asked_for(
    database: Database, history: History, by: str, names: list[str]
) -> None:
    """The largest group first, each with its own counts."""
    history.job(worker_id="w1", execution_ms=1000, cost_usd=0.5)
    history.job("failed", worker_id="w1", execution_ms=9000)
    other = {"model": "vidu", "user_id": "ben", "endpoint": "public", "steps": None}
    history.job(**other, finished_at=NOON + 60 * MINUTE)
    first, second = database.call("list_job_groups", by=by, **ANY)
    assert [first["name"], second["name"]] == names
    assert (first["jobs"], first["completed"], first["failed"], second["jobs"]) == (2, 1, 1, 1)
    assert (first["execution_p50_ms"], first["estimated_usd"], first["unknown_cost_jobs"]) == (1000, 0.5, 1)
