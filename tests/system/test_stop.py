"""A stop takes a few seconds, whatever strangers are holding up."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.gateways.http_server import Request, reply, serving
from tests.system.server import Server

KEY = "a-key-for-tests"
SOON_SECONDS = 20  # on a machine ten times slower; unmended it takes 30 s at least, for a question 90


class Hanging:
    """A RunPod that takes jobs, completes them, and hangs where it is told to: on a status, or on the result."""

    def __init__(self, hangs_on: str) -> None:
        self._hangs_on, self.is_hanging, self.over = hangs_on, threading.Event(), threading.Event()

    def __call__(self, request: Request, out: BinaryIO) -> None:
        if self._hangs_on in request.path:
            if self._hangs_on == "/clip":
                out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
                out.flush()
            self.is_hanging.set()
            self.over.wait(60)
        elif "/status/" in request.path:
            host = request.headers["Host"]
            body = (
                f'{{"id": "job-1", "status": "COMPLETED", "output": {{"result": "http://{host}/clip.mp4"}}}}'
            )
            out.write(reply(200, body.encode()))
        else:
            out.write(reply(200, b'{"id": "job-1", "status": "IN_QUEUE", "workers": {}, "jobs": {}}'))


@contextmanager
def held_up(folder: Path, database_url: str, hangs_on: str) -> Iterator[Server]:
    """A server that is waiting for that answer."""
    runpod = Hanging(hangs_on)
    with serving(runpod) as endpoint:
        settings = {
            "DATABASE_URL": database_url,
            "RUNPOD_API_KEY": KEY,
            "RUNPOD_API_URL": endpoint.url,
            "RUNPOD_ENDPOINT_ID": "own",
            "MEDIA_ALLOWED_HOSTS": f"127.0.0.1:{endpoint.port}",
            "RECONCILE_SECONDS": "0.1",
            "ADMIN_USERNAME": "anna",
            "ADMIN_PASSWORD": "a long password",
        }
        server = Server(folder / "data", settings)
        server.start()
        try:
            body = {"prompt": "a sea", "modelName": "mochi", "frames": 7}
            server.signed_in("anna").post(f"{server.url}/api/runpod", json=body, timeout=30)
            assert runpod.is_hanging.wait(60), server.log()
            yield server
        finally:
            if server.process and server.process.poll() is None:
                server.kill()
            runpod.over.set()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("hangs_on", ["/status/", "/clip"])
def test_a_stop_does_not_wait_for_an_answer_that_does_not_come(
    tmp_path: Path, database_url: str, hangs_on: str
) -> None:
    """A question to RunPod and a download are broken off; the next process begins them anew."""
    with held_up(tmp_path, database_url, hangs_on) as server:
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < SOON_SECONDS
