"""Why a job waits: what an endpoint's health says, in a sentence, without ever holding up who asks."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

from services.errors import AppError
from services.gateways.runpod import RunPod

_FRESH_SECONDS = 10.0


def explain_wait(health: Mapping[str, Any]) -> str | None:
    """One sentence on why a job may be waiting, or None when a worker is free to take it.

    `health` is RunPod's answer to `/health`: counts of `workers` and `jobs` by state; which states are named varies.
    """
    workers = _counts(health.get("workers"))
    queued = _counts(health.get("jobs")).get("inQueue", 0)
    at_work, free = workers.get("running", 0), workers.get("idle", 0) + workers.get("ready", 0)
    if at_work:
        others = "Another job is" if queued < 2 else f"{queued} jobs are"
        return f"{others} in line at RunPod, with {at_work} worker{'s' if at_work > 1 else ''} at work."
    if free:
        return None
    for state, sentence in _STATES.items():
        if workers.get(state):
            return sentence
    return "The endpoint has no worker right now. RunPod starts one as soon as a GPU is free."


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

    def __init__(self, runpod: RunPod, hands: Executor) -> None:
        self._runpod, self._hands = runpod, hands
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
            told = explain_wait(self._runpod.health(endpoint))
        except AppError as error:
            told = error.message
        with self._lock:
            self._told[endpoint] = told
