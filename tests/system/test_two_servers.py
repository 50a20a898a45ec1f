"""Two servers on one database, one of them killed again and again: nothing lost, nothing doubled."""

import logging
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.demo.endpoint import DemoEndpoint
from tests.system.server import Server
from tests.system.waves import received, submit, wait_until_all_are_stored

logger = logging.getLogger(__name__)
SECONDS = float(os.environ.get("STUDIO_TEST_SECONDS", "40"))
JOBS = max(30, int(SECONDS * 200 / 300))
# A job lost between a dying server and RunPod is sent anew after ten minutes without news.
PATIENCE = 120 + 600


@pytest.mark.timeout(2 * SECONDS + PATIENCE + 180)
def test_one_of_two_servers_killed_again_and_again_loses_and_doubles_nothing(
    running: Server, endpoint: DemoEndpoint, database_url: str
) -> None:
    """Under load, with one killed every few seconds, each job is sent once and ends stored."""
    victim = Server(running.data, running.settings)
    with ThreadPoolExecutor(1) as load:
        submitting = load.submit(submit_all, [running, victim])
        kills = kill_again_and_again(victim, until=submitting.done)
        submitting.result()
    begun = time.monotonic()
    assert wait_until_all_are_stored(database_url, PATIENCE) == [("completed", JOBS)]
    assert sorted(received(endpoint)) == list(range(JOBS))
    logger.info("%s jobs, %s kills, the last stored %.1f s later", JOBS, kills, time.monotonic() - begun)


def submit_all(servers: list[Server]) -> None:
    """Asks either server for each job, again while it is the one that is down, over SECONDS in all."""
    moments = random.Random(5)
    for number in range(JOBS):
        while not submit(moments.choice(servers), number):
            time.sleep(0.05)
        time.sleep(moments.uniform(0, 2 * SECONDS / JOBS))


def kill_again_and_again(victim: Server, *, until: Callable[[], bool]) -> int:
    """Starts it, lets it work for a few seconds and kills it, in turn; how often."""
    moments = random.Random(7)
    kills = 0
    while not until():
        victim.start()
        time.sleep(moments.uniform(0.5, 4))
        victim.kill()
        kills += 1
    return kills
