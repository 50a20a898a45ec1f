"""The demo endpoint survives the death of its process."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import requests

from tests.demo.conftest import KEY, TINY, Start, until, workers

_OWNER = """
import sys, threading
from pathlib import Path
from services.demo.endpoint import DemoEndpoint, DemoOptions
endpoint = DemoEndpoint(Path(sys.argv[1]), sys.argv[2], DemoOptions.instant(workers=1))
print(endpoint.start(), flush=True)
threading.Event().wait()
"""


def test_jobs_survive_the_death_of_the_process(start: Start, tmp_path: Path) -> None:
    """After kill -9 finished jobs still have their clip, running ones are run again, waiting ones wait on."""
    folder = tmp_path / "demo"
    first = Owner(folder)
    finished = first.run()
    first.wait_for(finished, "COMPLETED")
    running, waiting = first.run(execution_seconds=2), first.run()
    first.wait_for(running, "IN_PROGRESS")
    children = psutil.Process(first.process.pid).children()

    first.kill()
    caller = start(folder=folder, render=True)

    assert caller.endpoint.url == first.url
    assert requests.get(caller.status(finished)["output"]["result"], timeout=10).content[4:8] == b"ftyp"
    assert "retries" not in caller.ended(waiting)
    assert caller.ended(running)["retries"] == 1
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_a_crash_leaves_no_half_clip_behind(start: Start, tmp_path: Path) -> None:
    """Unfinished clips, and clips no job knows, are gone after the next start."""
    files = tmp_path / "demo" / "files"
    files.mkdir(parents=True)
    (files / "half.mp4.part").write_bytes(b"half a clip")
    (files / "unknown.mp4").write_bytes(b"a clip whose record was never written")

    start()

    assert list(files.iterdir()) == []


def test_the_url_changes_only_when_the_port_is_taken(start: Start, tmp_path: Path) -> None:
    """A clip made before the restart is given under the port of now."""
    folder = tmp_path / "demo"
    first = start(folder=folder)
    job_id = first.run()
    before = first.ended(job_id)["output"]["result"]
    first.endpoint.stop()
    thief = start(folder=tmp_path / "other", port=int(before.split(":")[2].split("/")[0]))

    second = start(folder=folder)
    after = second.ended(job_id)["output"]["result"]

    assert thief.endpoint.url != second.endpoint.url
    assert after.startswith(second.endpoint.url)
    assert requests.get(after, timeout=10).status_code == 200


def test_a_second_owner_stands_by_and_takes_over(start: Start) -> None:
    """Two processes on one folder share one endpoint, and the second goes on when the first has gone."""
    first, second = start(), start()
    job_id = second.run()
    second.ended(job_id)
    shared = first.endpoint.url == second.endpoint.url

    first.endpoint.stop()
    second.session.close()
    until(lambda: _answers(second.endpoint.url))

    assert shared
    assert second.status(job_id)["status"] == "COMPLETED"


def test_stopping_leaves_no_thread_and_no_process(start: Start) -> None:
    """After stop there is nothing left, also with a job under way."""
    caller = start(render=True)
    job_id = caller.run(demo={"execution_seconds": 30})
    caller.in_state(job_id, "IN_PROGRESS")

    caller.endpoint.stop()

    assert workers() == []
    assert [thread.name for thread in threading.enumerate() if thread.name == "demo-endpoint"] == []


class Owner:
    """Another process with an endpoint, to be killed."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", _OWNER, str(folder), KEY]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        self._headers = {"Authorization": f"Bearer {KEY}"}

    def run(self, **demo: float) -> str:
        body = {"input": {**TINY, "demo": demo}}
        return requests.post(f"{self.url}/mochi/run", json=body, headers=self._headers, timeout=10).json()[
            "id"
        ]

    def wait_for(self, job_id: str, state: str) -> None:
        status = f"{self.url}/mochi/status/{job_id}"
        until(lambda: requests.get(status, headers=self._headers, timeout=10).json()["status"] == state)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/mochi/health", timeout=1).status_code == 401
    except requests.ConnectionError:
        return False
