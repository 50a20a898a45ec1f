"""Why a job waits, told from an endpoint's health."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Unavailable
from services.gateways.database import Row
from services.waiting import WaitReasons, explain_wait, find_pace
from tests.fakes import FakeRunPod


@pytest.mark.parametrize(
    ("workers", "queued", "says"),
    [
        ({}, 1, "has no worker"),
        ({"initializing": 1}, 1, "is starting"),
        ({"throttled": 2, "unhealthy": 1}, 1, "no free GPU"),
        ({"unhealthy": 1}, 1, "unhealthy"),
        ({"running": 2}, 7, "7 jobs are in line at RunPod, with 2 workers"),
        ({"running": 1, "throttled": 1}, 1, "Another job is in line"),
    ],
)
def test_each_state_of_the_workers_has_its_sentence(workers: dict[str, int], queued: int, says: str) -> None:
    """The sentence names what holds the job up."""
    assert says in (explain_wait({"workers": workers, "jobs": {"inQueue": queued}}) or "")


@pytest.mark.parametrize("state", ["idle", "ready"])
def test_a_free_worker_explains_no_wait(state: str) -> None:
    """The job is about to be taken: there is nothing to say."""
    assert explain_wait({"workers": {state: 1}, "jobs": {"inQueue": 1}}) is None


@given(
    st.dictionaries(
        st.text(), st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.floats())
    )
)
def test_any_answer_gives_a_sentence_or_nothing(health: dict[str, Any]) -> None:
    """RunPod's keys vary; none of them may break the page."""
    told = explain_wait(health)
    assert told is None or told.endswith(".")


class Paces:
    """A database with so many finished jobs, half of which took a minute and nine tenths 90 seconds."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def call(self, function: str, **parameters: Any) -> list[Row]:
        return [{"n": self._jobs, "p50_ms": 60_000.0, "p90_ms": 90_000.0}]

    def close(self) -> None:
        """Nothing to give back."""


BUSY = {"workers": {"running": 2}, "jobs": {"inQueue": 8}}


@pytest.mark.parametrize(
    ("jobs", "health", "estimate"),
    [
        (10, BUSY, " The wait is likely up to 4 min to 6 min: an estimate from the last 10 jobs there."),
        (9, BUSY, ""),
        (50, {"workers": {"running": 2}, "jobs": {"inQueue": 1}}, ""),
    ],
)
def test_a_long_queue_is_told_with_its_likely_length(
    jobs: int, health: dict[str, Any], estimate: str
) -> None:
    """From what the endpoint's jobs took lately, and only where at least ten tell something."""
    told = explain_wait(health, find_pace(Paces(jobs), "own")) or ""
    assert told.endswith(f"with 2 workers at work.{estimate}")


def test_asking_never_waits_and_tells_what_was_learned_last() -> None:
    """The first question starts the asking, a later one has the answer, trouble is told as it is."""
    runpod = FakeRunPod()

    def down(endpoint: str) -> dict[str, Any]:
        raise Unavailable("RunPod cannot be reached right now.")

    runpod.health = down  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as hands:
        reasons = WaitReasons(runpod, Paces(3), hands)
        first = reasons.reason("own")
    assert (first, reasons.reason("own")) == (None, "RunPod cannot be reached right now.")
