"""Two servers on one database, and a RunPod that goes away: nothing lost, nothing doubled."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from services.demo.endpoint import DemoEndpoint, DemoOptions
from tests.system.server import Server

SECONDS = float(os.environ.get("STUDIO_TEST_SECONDS", "40"))
JOBS = max(30, int(SECONDS * 200 / 300))
KEY = "a-key-for-tests"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[DemoEndpoint]:
    """An endpoint with tiny clips at once, outside both servers."""
    endpoint = DemoEndpoint(tmp_path / "endpoint", KEY, DemoOptions.instant(render=False))
    yield endpoint
    endpoint.stop()


@pytest.fixture
def settings(endpoint: DemoEndpoint, database_url: str) -> dict[str, str]:
    """What both servers are started with: one database, one endpoint, one folder."""
    url = endpoint.start()
    return {
        "DATABASE_URL": database_url,
        "RUNPOD_API_KEY": KEY,
        "RUNPOD_API_URL": url,
        "RUNPOD_ENDPOINT_ID": "own",
        "MEDIA_ALLOWED_HOSTS": url.split("/")[2],
        "ADMIN_USERNAME": "anna",
        "ADMIN_PASSWORD": "a long password",
        "MAX_CONCURRENT_JOBS": "1000",
        "MONTHLY_LIMIT_SECONDS": "100000",
        "RECONCILE_SECONDS": "1",
    }


def submit(server: Server, number: int) -> bool:
    """Whether that server accepted the job; one that is just dying says nothing."""
    body = {"prompt": f"wave {number}", "modelName": "mochi", "frames": 7}
    headers = {"Idempotency-Key": f"wave-{number}"}
    try:
        answer = server.signed_in("anna").post(
            f"{server.url}/api/runpod", json=body, headers=headers, timeout=30
        )
    except requests.RequestException:
        return False
    return answer.status_code == 201


def wait_until_all_are_stored(database_url: str, seconds: float) -> list[tuple[str, int]]:
    end = time.monotonic() + seconds
    with psycopg.connect(database_url, autocommit=True) as connection:
        while time.monotonic() < end:
            open_ones = connection.execute("select count(*) from videos where stored_at is null").fetchone()
            if open_ones == (0,):
                break
            time.sleep(0.5)
        return connection.execute("select status, count(*) from videos group by 1").fetchall()


def check_each_was_sent_once(endpoint: DemoEndpoint, videos: int) -> None:
    sent = Counter(submission.input["positive_prompt"] for submission in endpoint.submissions)
    assert len(sent) == videos
    assert set(sent.values()) == {1}


@pytest.mark.timeout(900)
def test_one_of_two_servers_killed_again_and_again_loses_and_doubles_nothing(
    server: Server, settings: dict[str, str], endpoint: DemoEndpoint, database_url: str
) -> None:
    """Under load, with one killed every few seconds, each job is sent once and ends stored."""
    server.settings = settings
    server.start()
    victim = Server(server.data, settings)
    moments = random.Random(5)
    end = time.monotonic() + SECONDS
    number = accepted = 0
    try:
        while time.monotonic() < end:
            victim.start()
            for _ in range(8):
                number += number < JOBS
                accepted += submit(moments.choice([server, victim]), number)
                time.sleep(moments.uniform(0, 0.4))
            victim.kill()
    finally:
        if victim.process and victim.process.poll() is None:
            victim.stop()
    statuses = wait_until_all_are_stored(database_url, 120)
    assert [status for status, _ in statuses] == ["completed"]
    assert accepted > 0
    check_each_was_sent_once(endpoint, statuses[0][1])


@pytest.mark.timeout(300)
def test_jobs_wait_out_a_runpod_that_is_away(
    server: Server, settings: dict[str, str], endpoint: DemoEndpoint, database_url: str
) -> None:
    """Half of the jobs are submitted while nobody answers; all of them finish, each sent once."""
    server.settings = settings
    server.start()
    for number in range(10):
        assert submit(server, number)
        if number == 4:
            endpoint.stop()
    endpoint.start()
    assert wait_until_all_are_stored(database_url, 120) == [("completed", 10)]
    check_each_was_sent_once(endpoint, 10)
