"""Why a job waits, and about how long: what an endpoint's health says, without ever holding up who asks."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from services.errors import AppError
from services.gateways.database import Database
from services.gateways.runpod import RunPod
from services.narration import duration

_FRESH_SECONDS = 10.0
_LEAST_JOBS = 10
"""Fewer finished jobs tell nothing about the next one."""


@dataclass(frozen=True, slots=True)
class JobPace:
    """How long an endpoint's latest jobs took to render: how many there are, and percentiles 50 and 90 in seconds."""

    jobs: int
    p50: float
    p90: float


def find_pace(database: Database, endpoint: str) -> JobPace | None:
    """The endpoint's pace; None under 10 finished jobs. Raises Unavailable."""
    (row,) = database.call("find_pace", endpoint=endpoint)
    if row["n"] < _LEAST_JOBS:
        return None
    return JobPace(int(row["n"]), row["p50_ms"] / 1000, row["p90_ms"] / 1000)


def explain_wait(health: Mapping[str, Any], pace: JobPace | None = None) -> str | None:
    """Why a job may be waiting, and an estimate of how long, or None when a worker is free to take it.

    `health` is RunPod's answer to `/health`: counts of `workers` and `jobs` by state; which states are named varies.
    """
    workers = _counts(health.get("workers"))
    queued = _counts(health.get("jobs")).get("inQueue", 0)
    at_work, free = workers.get("running", 0), workers.get("idle", 0) + workers.get("ready", 0)
    if at_work:
        others = "Another job is" if queued < 2 else f"{queued} jobs are"
        told = f"{others} in line at RunPod, with {at_work} worker{'s' if at_work > 1 else ''} at work."
        return f"{told} {_estimate(queued, at_work, pace)}".strip()
    if free:
        return None
    for state, sentence in _STATES.items():
        if workers.get(state):
            return sentence
    return "The endpoint has no worker right now. RunPod starts one as soon as a GPU is free."


def _estimate(queued: int, workers: int, pace: JobPace | None) -> str:
    """For who stands last in line: RunPod does not tell the place. Nothing where there is too little to judge by."""
    if pace is None or queued < 2:
        return ""
    rounds = queued / workers
    low, high = (_rough(rounds * seconds) for seconds in (pace.p50, pace.p90))
    span = low if low == high else f"{low} to {high}"
    return f"The wait is likely up to {span}: an estimate from the last {pace.jobs} jobs there."


def _rough(seconds: float) -> str:
    """Seconds in tens, minutes without seconds: an estimate is no stopwatch."""
    step = 10 if seconds < 90 else 60
    return duration(max(step, round(seconds / step) * step))


_STATES = {
    "initializing": "A worker is starting. A cold start can take some minutes.",
    "throttled": "RunPod has no free GPU of this kind right now. The job starts as soon as there is one.",
    "unhealthy": "The endpoint's workers are unhealthy. Ask an admin to look at the endpoint in RunPod's console.",
}


def _counts(value: Any) -> dict[str, int]:
    known = value if isinstance(value, dict) else {}
    return {name: count for name, count in known.items() if isinstance(count, int) and count > 0}


class WaitReasons:
    """The latest reason for each endpoint. Asking never waits: what is stale is renewed in the background."""

    def __init__(self, runpod: RunPod, database: Database, hands: Executor) -> None:
        self._runpod, self._database, self._hands = runpod, database, hands
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}
        self._told: dict[str, str | None] = {}

    def reason(self, endpoint: str) -> str | None:
        """Why jobs of that endpoint wait as far as is known now, or None."""
        with self._lock:
            if time.monotonic() - self._asked.get(endpoint, -_FRESH_SECONDS) >= _FRESH_SECONDS:
                self._asked[endpoint] = time.monotonic()
                self._hands.submit(self._ask, endpoint)
            return self._told.get(endpoint)

    def _ask(self, endpoint: str) -> None:
        try:
            told = explain_wait(self._runpod.health(endpoint), find_pace(self._database, endpoint))
        except AppError as error:
            told = error.message
        with self._lock:
            self._told[endpoint] = told
