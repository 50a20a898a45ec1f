"""A running demo endpoint, a caller, and a webhook receiver, all over real HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from services.demo.endpoint import DemoEndpoint, DemoOptions

KEY = "demo-key"
TINY = {"positive_prompt": "calm ocean at sunset", "width": 96, "height": 64, "num_frames": 7, "seed": 3}
Start = Callable[..., "Caller"]


def until(found: Callable[[], Any], *, seconds: float = 10.0) -> Any:
    """What `found` gives as soon as it gives something; fails the test when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        threading.Event().wait(0.02)
    raise AssertionError(f"{found} never came true")


def workers() -> list[psutil.Process]:
    """The endpoint's worker processes; the databases of other tests run beside them."""
    return [child for child in psutil.Process().children() if "services.demo.worker" in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


class Caller:
    """What an application does with the endpoint."""

    def __init__(self, endpoint: DemoEndpoint) -> None:
        self.endpoint = endpoint
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {KEY}"

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.session.post(f"{self.endpoint.url}/{path}", timeout=10, **options)

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.endpoint.url}/{path}", timeout=10)

    def run(self, webhook: str | None = None, policy: dict[str, int] | None = None, **job_input: Any) -> str:
        body = {"input": {**TINY, **job_input}, "webhook": webhook, "policy": policy}
        return self.post("mochi/run", json=body).json()["id"]

    def status(self, job_id: str) -> dict[str, Any]:
        return self.get(f"mochi/status/{job_id}").json()

    def ended(self, job_id: str, *, seconds: float = 10.0) -> dict[str, Any]:
        def final() -> dict[str, Any] | None:
            body = self.status(job_id)
            return None if body["status"] in ("IN_QUEUE", "IN_PROGRESS") else body

        return until(final, seconds=seconds)

    def in_state(self, job_id: str, state: str) -> dict[str, Any]:
        return until(lambda: body if (body := self.status(job_id))["status"] == state else None)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an endpoint on one folder; several calls are several owners of it."""
    endpoints: list[DemoEndpoint] = []
    callers: list[Caller] = []

    def begin(*, folder: Path = tmp_path / "demo", port: int | None = None, **changes: Any) -> Caller:
        endpoint = DemoEndpoint(folder, KEY, DemoOptions.instant(**{"render": False, **changes}), port)
        endpoint.start()
        endpoints.append(endpoint)
        callers.append(Caller(endpoint))
        return callers[-1]

    yield begin
    for caller in callers:
        caller.session.close()
    for endpoint in endpoints:
        endpoint.stop()


@dataclass
class Receiver:
    """Webhooks as they arrived; the next answers are taken from `answers`, then 200."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def states(self) -> list[str]:
        return [body["status"] for body in self.bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook's real HTTP server."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.bodies.append(loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(received.answers.pop(0) if received.answers else 200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/hook?token=t"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield received
        server.shutdown()
        thread.join()
