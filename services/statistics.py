"""Statistics: how many clips, how fast, how often it works, what it costs. One meaning for each number."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from services.errors import InvalidInput
from services.gateways.database import Database, Row

MOST_HOURS = {1: timedelta(days=2), 24: timedelta(days=93), 168: timedelta(days=731)}
Z_95 = 1.959963984540054  # 97.5 % of a normal distribution lie below


class Numbers(BaseModel):
    """Named as in Python here, in camel case outside. Shares and rates are None where nothing stands behind them."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True
    )


class Interval(Numbers):
    """Where a share lies with 95 % confidence."""

    low: float
    high: float


class Spread(Numbers):
    """Percentiles of n values; p95 is None under 20 values, p99 under 100, all are None where there is none."""

    n: int
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None


class Counts(Numbers):
    """Jobs that share something: how they ended and what they cost.

    Success is completed ÷ (completed + failed), cancelled jobs left out. USD are None where no cost is known, and
    `unknown_cost_jobs` are in none of the sums. Video-seconds are those of completed jobs.
    """

    jobs: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None
    success_interval: Interval | None
    video_seconds: float
    billed_usd: float | None
    estimated_usd: float | None
    total_usd: float | None
    estimated_share: float | None
    unknown_cost_jobs: int

    @model_validator(mode="before")
    @classmethod
    def _with_rates(cls, row: Row) -> Row:
        return {**_count_rates(row), **row}


class JobCounts(Counts):
    """All jobs of a period. `idle_usd` is what waiting workers may have cost on top; it is in no other number.

    Waste is the cost of failed, cancelled and superseded jobs.
    """

    submitted: int
    active: int
    superseded: int
    wasted_usd: float | None
    waste_share: float | None
    idle_usd: float | None
    usd_per_video_second: float | None
    execution_ms_per_video_second: float | None

    @model_validator(mode="before")
    @classmethod
    def _with_rates(cls, row: Row) -> Row:
        rates = _count_rates(row)
        return {
            "waste_share": share(row["wasted_usd"] or 0, rates["total_usd"]),
            "usd_per_video_second": share(rates["total_usd"], row["video_seconds"]),
            "execution_ms_per_video_second": share(row["execution_ms"], row["video_seconds"]),
            **rates,
            **row,
        }


class ModelCounts(Counts):
    """The jobs of one model."""

    model: str


class Slot(ModelCounts):
    """The jobs of one model in one piece of the timeline; a piece without jobs has none."""

    at: datetime


class Times(Numbers):
    """Milliseconds: waiting for a worker, running (completed jobs), and from the end until we heard of it."""

    delay_ms: Spread
    execution_ms: Spread
    reporting_lag_ms: Spread


class VideoCounts(Numbers):
    """Clips by state, without those deleted for good, and how long from asking for one until it was playable.

    First-attempt success is of clips that completed or failed for good, the retry rate (more than one job) of all,
    the keep rate (rated 4 or better, or starred) of those rated or starred.
    """

    queued: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    first_attempt_success: float | None
    retry_rate: float | None
    keep_rate: float | None
    end_to_end_ms: Spread

    @model_validator(mode="before")
    @classmethod
    def _with_rates(cls, row: Row) -> Row:
        ended = row["completed"] + row["failed"]
        return {
            "first_attempt_success": share(row["completed_at_first"], ended),
            "retry_rate": share(row["retried"], ended + row["cancelled"] + row["queued"] + row["processing"]),
            "keep_rate": share(row["kept"], row["judged"]),
            **row,
        }


class Failure(Numbers):
    """Failed jobs with the same reason; `share` is of all failed jobs, the example the latest."""

    name: str
    error_kind: str | None
    jobs: int
    share: float
    first_at: datetime
    last_at: datetime
    models: tuple[str, ...]
    settings: tuple[str, ...]
    example: str | None
    example_job_id: str | None


class Statistics(Numbers):
    """All numbers of the period from `start` up to, not including, `end`; `hours` of it are over."""

    start: datetime
    end: datetime
    hours: float
    jobs: JobCounts
    videos: VideoCounts
    videos_per_hour: float | None
    video_seconds_per_hour: float | None
    times: Times
    models: tuple[ModelCounts, ...]
    slot_hours: int
    timeline: tuple[Slot, ...]
    failures: tuple[Failure, ...]


def read_statistics(
    database: Database,
    *,
    start: datetime,
    end: datetime,
    model: str | None = None,
    user_id: str | None = None,
) -> Statistics:
    """All numbers of that period, of one moment. Raises InvalidInput when it does not end after it starts."""
    slot = slot_hours(start, end)
    row = database.call("read_statistics", slot=f"{slot} hours", **scope(start, end, model, user_id))[0]
    sums = {
        level: [row for row in row["sums"] if row["level"] == level] for level in ("all", "model", "slot")
    }
    jobs = {**sums["all"][0], "submitted": row["submitted"]}
    throughput = {
        "videos_per_hour": share(jobs["completed"], row["hours"]),
        "video_seconds_per_hour": share(jobs["video_seconds"], row["hours"]),
    }
    parts = {"jobs": jobs, "models": sums["model"], "timeline": sums["slot"]}
    period = {"start": start, "end": end, "slot_hours": slot}
    return Statistics.model_validate({**row, **period, **parts, **throughput})


def slot_hours(start: datetime, end: datetime) -> int:
    """Hours of one piece of the timeline: one, a day, a week or four weeks, so that there are about 100 at most."""
    return next((hours for hours, longest in MOST_HOURS.items() if end - start <= longest), 4 * 168)


def wilson_interval(successes: int, trials: int) -> Interval | None:
    """Where the true share lies with 95 % confidence, None without trials (E. B. Wilson, JASA 22, 1927)."""
    if trials == 0:
        return None
    rate, square = successes / trials, Z_95 * Z_95
    centre = rate + square / (2 * trials)
    margin = Z_95 * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials))
    low, high = ((centre + side * margin) / (1 + square / trials) for side in (-1, 1))
    return Interval(
        low=max(0.0, min(low, rate)), high=min(1.0, max(high, rate))
    )  # rounding must not push past


def share(part: float | None, whole: float | None) -> float | None:
    """Part ÷ whole, or None where either is unknown or there is no whole."""
    return None if part is None or not whole else part / whole


def scope(start: datetime, end: datetime, model: str | None, user_id: str | None) -> Mapping[str, Any]:
    """The period and filters as the functions of the schema take them; None matches all. Raises InvalidInput."""
    if end <= start:
        message = "has to be later than the start"
        raise InvalidInput(f"The end of the period {message}.", details=[{"field": "to", "message": message}])
    return {"start": start.isoformat(), "end": end.isoformat(), "model": model, "user_id": user_id}


def _count_rates(row: Row) -> Row:
    ended = row["completed"] + row["failed"]
    known = [usd for usd in (row["billed_usd"], row["estimated_usd"]) if usd is not None]
    total = sum(known) if known else None
    return {
        "success_rate": share(row["completed"], ended),
        "success_interval": wilson_interval(row["completed"], ended),
        "total_usd": total,
        "estimated_share": share(row["estimated_usd"] or 0, total),
    }
