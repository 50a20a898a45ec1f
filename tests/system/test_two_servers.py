"""Two servers on one database, one of them killed again and again: nothing lost, nothing doubled."""

import logging
import os
import random
import time

import pytest

from services.demo.endpoint import DemoEndpoint
from tests.system.server import Server
from tests.system.waves import received, submit, wait_until_all_are_stored

logger = logging.getLogger(__name__)
SECONDS = float(os.environ.get("STUDIO_TEST_SECONDS", "40"))
JOBS = max(30, int(SECONDS * 200 / 300))
# A job lost between a dying server and RunPod is sent anew after ten minutes without news.
PATIENCE = 120 + 600


@pytest.mark.timeout(SECONDS + PATIENCE + 180)
def test_one_of_two_servers_killed_again_and_again_loses_and_doubles_nothing(
    running: Server, endpoint: DemoEndpoint, database_url: str
) -> None:
    """Under load, with one killed every few seconds, each job is sent once and ends stored."""
    victim = Server(running.data, running.settings)
    accepted, kills = submit_under_kills([running, victim], victim)
    begun = time.monotonic()
    ((status, count),) = wait_until_all_are_stored(database_url, PATIENCE)
    assert status == "completed"
    assert accepted <= set(range(1, count + 1))
    assert sorted(received(endpoint)) == list(range(1, count + 1))
    logger.info("%s jobs, %s kills, the last stored %.1f s later", count, kills, time.monotonic() - begun)


def submit_under_kills(servers: list[Server], victim: Server) -> tuple[set[int], int]:
    """Asks both for jobs, kills one every few seconds; which jobs were accepted, and how often it died."""
    moments = random.Random(5)
    end = time.monotonic() + SECONDS
    accepted: set[int] = set()
    number, kills = 1, 0
    while time.monotonic() < end:
        victim.start()
        for _ in range(8):
            if submit(moments.choice(servers), number):
                accepted.add(number)
                number += number < JOBS
            time.sleep(moments.uniform(0, 0.4))
        victim.kill()
        kills += 1
    return accepted, kills
