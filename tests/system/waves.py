"""Jobs with numbers, asked for over HTTP, and what has become of them."""

import time

import psycopg
import requests

from services.demo.endpoint import DemoEndpoint
from tests.system.server import Server


def submit(server: Server, number: int) -> bool:
    """Whether that server accepted the job of that number; one that is just dying says nothing."""
    body = {"prompt": f"wave {number}", "modelName": "mochi", "frames": 7}
    key = {"Idempotency-Key": f"wave-{number}"}
    try:
        browser = server.signed_in("anna")
        answer = browser.post(f"{server.url}/api/runpod", json=body, headers=key, timeout=30)
    except requests.RequestException:
        return False
    return answer.status_code == 201


def received(endpoint: DemoEndpoint) -> list[int]:
    """The numbers of the jobs the endpoint has taken, the first one first."""
    prompts = [submission.input["positive_prompt"] for submission in endpoint.submissions]
    return [int(prompt.removeprefix("wave ")) for prompt in prompts]


def wait_until_all_are_stored(database_url: str, seconds: float) -> list[tuple[str, int]]:
    """How many videos are in which state, once all files are stored or the time is over."""
    end = time.monotonic() + seconds
    with psycopg.connect(database_url, autocommit=True) as connection:
        while time.monotonic() < end:
            open_ones = connection.execute("select count(*) from videos where stored_at is null").fetchone()
            if open_ones == (0,):
                break
            time.sleep(0.2)
        return connection.execute("select status, count(*) from videos group by 1").fetchall()
