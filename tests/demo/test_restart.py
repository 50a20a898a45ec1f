"""The demo endpoint survives the death of its process."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import requests

from tests.demo.conftest import KEY, TINY, Start, until

_OWNER = """
import sys, threading
from pathlib import Path
from services.demo.endpoint import DemoEndpoint, DemoOptions
endpoint = DemoEndpoint(Path(sys.argv[1]), sys.argv[2], DemoOptions.instant(workers=1))
print(endpoint.start(), flush=True)
threading.Event().wait()
"""


def test_jobs_survive_the_death_of_the_process(start: Start, tmp_path: Path) -> None:
    """After kill -9 the finished job still has its clip, the running one is run again, the waiting one waits."""
    folder = tmp_path / "demo"
    owner, url = _start_owner(folder)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {KEY}"

    def run(**demo: float) -> str:
        body = {"input": {**TINY, "demo": demo}}
        return session.post(f"{url}/mochi/run", json=body, timeout=10).json()["id"]

    def state(job_id: str) -> str:
        return session.get(f"{url}/mochi/status/{job_id}", timeout=10).json()["status"]

    finished = run()
    until(lambda: state(finished) == "COMPLETED")
    running, waiting = run(execution_seconds=2), run()
    until(lambda: state(running) == "IN_PROGRESS")
    (folder / "files" / "left.mp4.part").write_bytes(b"half a clip")
    children = psutil.Process(owner.pid).children()

    _kill(owner)
    session.close()
    caller = start(folder=folder, render=True)

    assert caller.endpoint.url == url
    assert requests.get(caller.status(finished)["output"]["result"], timeout=10).content[4:8] == b"ftyp"
    assert "retries" not in caller.ended(waiting)
    assert caller.ended(running)["retries"] == 1
    assert len(list((folder / "files").iterdir())) == 3
    assert psutil.wait_procs(children, timeout=5)[1] == []


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

    assert psutil.Process().children() == []
    assert [thread.name for thread in threading.enumerate() if thread.name == "demo-endpoint"] == []


def _start_owner(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", _OWNER, str(folder), KEY]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert owner.stdout
    return owner, owner.stdout.readline().strip()


def _kill(owner: subprocess.Popen[str]) -> None:
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    assert owner.stdout
    owner.stdout.close()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/mochi/health", timeout=1).status_code == 401
    except requests.ConnectionError:
        return False
