"""A RunPod that goes away in the middle of many submissions."""

import bisect
import logging
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from services.demo.endpoint import DemoEndpoint, DemoOptions
from services.demo.faults import Route
from tests.system.conftest import KEY
from tests.system.server import Server
from tests.system.waves import received, submit, wait_until_all_are_stored

logger = logging.getLogger(__name__)
SECONDS = float(os.environ.get("STUDIO_TEST_OUTAGE_SECONDS", "9"))
JOBS = min(100, max(20, int(SECONDS / 6)))
BEFORE, BACK = JOBS // 5, JOBS - JOBS // 5  # the first job during the outage, and the first after it
MOST_IN_TEN_SECONDS: dict[str, int] = {"run": 1000, "status": 2000}
_ROUTES: tuple[Route, ...] = ("run", "status", "cancel", "health")


class Arrivals(Counter[str]):
    """Counts requests, and notes when each came."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[str, list[float]] = defaultdict(list)

    def __setitem__(self, route: str, count: int) -> None:
        self.times[route].append(time.monotonic())
        super().__setitem__(route, count)

    def most_in_ten_seconds(self, route: str) -> int:
        times = self.times[route]
        return max(bisect.bisect(times, begin + 10) - place for place, begin in enumerate(times))


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[DemoEndpoint]:
    """An endpoint that tells nobody how its jobs end, so that each is asked for until it does."""
    options = DemoOptions.instant(render=False, queue_seconds=(3.0, 5.0), webhook_tries=0)
    endpoint = DemoEndpoint(tmp_path / "endpoint", KEY, options)
    endpoint.requests = Arrivals()
    yield endpoint
    endpoint.stop()


@pytest.mark.timeout(SECONDS + 400)
def test_an_outage_ends_in_order_and_without_a_burst(
    running: Server, endpoint: DemoEndpoint, database_url: str
) -> None:
    """Every job is sent once, those that waited in the order they were asked for, never faster than RunPod allows."""
    for number in range(BEFORE):
        assert submit(running, number)
    submit_while_away(running, endpoint)
    returned = time.monotonic()
    for number in range(BACK, JOBS):
        assert submit(running, number)
    assert wait_until_all_are_stored(database_url, 240) == [("completed", JOBS)]
    check_order(received(endpoint))
    arrivals = cast(Arrivals, endpoint.requests)
    for route, most in MOST_IN_TEN_SECONDS.items():
        assert arrivals.most_in_ten_seconds(route) <= most
    tell_figures(arrivals, returned)


def submit_while_away(server: Server, endpoint: DemoEndpoint) -> None:
    """RunPod answers 503, then 500, then refuses connections; jobs are asked for all the while."""
    begun = time.monotonic()
    troubles = [lambda: answer_with(endpoint, 503), lambda: answer_with(endpoint, 500), endpoint.stop]
    for number in range(BEFORE, BACK):
        share = (number - BEFORE) / (BACK - BEFORE)
        while troubles and share >= 1 - len(troubles) / 3:
            troubles.pop(0)()
        assert submit(server, number)
        time.sleep(max(0.0, begun + SECONDS * (number + 1 - BEFORE) / (BACK - BEFORE) - time.monotonic()))
    endpoint.faults.clear()
    endpoint.start()


def answer_with(endpoint: DemoEndpoint, status: int) -> None:
    endpoint.faults.clear()
    for route in _ROUTES:
        endpoint.misbehave(route, status=status, times=100_000)


def check_order(numbers: list[int]) -> None:
    """All of them once; first those from before the outage, then those that waited, in order, then the rest."""
    assert sorted(numbers) == list(range(JOBS))
    places = [min(max(number, BEFORE - 1), BACK) for number in numbers]
    assert places == sorted(places)


def tell_figures(arrivals: Arrivals, returned: float) -> None:
    runs = arrivals.times["run"]
    asked, taken = bisect.bisect(runs, returned), [at - returned for at in runs if at > returned]
    most = {route: arrivals.most_in_ten_seconds(route) for route in MOST_IN_TEN_SECONDS}
    logger.info(
        "%s jobs, %.0f s away; %s submissions until it was back; most in 10 s: %s", JOBS, SECONDS, asked, most
    )
    stored = time.monotonic() - returned
    logger.info(
        "first taken %.1f s after that, the last after %.1f s, all stored after %.1f s",
        taken[0],
        taken[-1],
        stored,
    )
