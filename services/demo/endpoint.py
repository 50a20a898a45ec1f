"""The demo endpoint as its owner holds it: start it, get a base URL, stop it."""

import asyncio
import fcntl
import socket
import threading
from collections import Counter
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from services.demo.dispatch import Dispatcher
from services.demo.faults import AnswerFault, Faults, JobFault, Route
from services.demo.jobs import Job, Jobs
from services.demo.options import DemoOptions
from services.demo.routes import Routes

__all__ = ["AnswerFault", "DemoEndpoint", "DemoOptions", "JobFault", "Submission"]

_STAND_BY_SECONDS = 0.5
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Submission:
    """A job that `/run` accepted, and how often it has been begun."""

    job_id: str
    endpoint: str
    input: dict[str, Any]
    webhook: str | None
    state: str
    executions: int
    retries: int


class DemoEndpoint:
    """RunPod's protocol on a loopback port, with everything it has to remember in `folder`.

    Of several owners of one folder one serves and the others stand by: they give the same URL, and take over
    on the same port when the first is gone.
    """

    def __init__(
        self, folder: Path, api_key: str, options: DemoOptions | None = None, port: int | None = None
    ) -> None:
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.folder, self._api_key, self._fixed_port = folder, api_key, port
        self._port = port
        self._options = options or DemoOptions()
        self._lock: IO[str] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._routes: Routes | None = None

    @property
    def url(self) -> str:
        """The base URL, ending in `/v2`."""
        return f"http://127.0.0.1:{self._port}/v2"

    @property
    def submissions(self) -> list[Submission]:
        """All jobs accepted and not yet outlived, the oldest first."""
        with closing(Jobs(self.folder)) as jobs:
            return [_submission(job) for job in jobs.all()]

    def executions(self, job_id: str) -> int:
        """How often that job has been begun. Raises KeyError if there is none."""
        with closing(Jobs(self.folder)) as jobs:
            return jobs.get(job_id).executions

    def misbehave(self, route: Route | None = None, **fault: Any) -> None:
        """Lets the next answers of a route go wrong (AnswerFault), without one the next jobs (JobFault)."""
        if route is None:
            times = fault.pop("times", 1)
            self.faults.add_job(JobFault(**fault), times=times)
        else:
            self.faults.add_answer(route, AnswerFault(**fault))

    def start(self) -> str:
        """Serves, or stands by for another owner of the folder; the base URL. Raises OSError if it cannot."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stopping.clear()
        ready: Future[None] = Future()
        work = self._serve if self._take_lock() else self._stand_by
        self._thread = threading.Thread(target=work, args=(ready,), name="demo-endpoint", daemon=True)
        self._thread.start()
        ready.result(_PATIENCE_SECONDS)
        return self.url

    def stop(self) -> None:
        """Ends the server and the workers; jobs under way are run again after the next start."""
        self._stopping.set()
        if self._routes and self._loop and not self._loop.is_closed():
            with suppress(RuntimeError):  # the loop closed between the question and the call
                self._loop.call_soon_threadsafe(self._routes.stop)
        if self._thread:
            self._thread.join(_PATIENCE_SECONDS)
            self._thread = None

    def _take_lock(self) -> bool:
        lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _stand_by(self, ready: Future[None]) -> None:
        while not self._stopping.is_set():
            if self._take_lock():
                self._serve(ready)
                return
            self._port = _remembered_port(self.folder)
            if self._port and not ready.done():
                ready.set_result(None)
            self._stopping.wait(_STAND_BY_SECONDS)

    def _serve(self, ready: Future[None]) -> None:
        try:
            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(self._work(ready))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            if self._lock:
                self._lock.close()

    async def _work(self, ready: Future[None]) -> None:
        listener = _listen(self.folder, self._fixed_port)
        self._port = listener.getsockname()[1]
        dispatcher = Dispatcher(self.folder, self._options, self.faults, self.url)
        self._routes = Routes(dispatcher, self.faults, self._api_key, self.requests)
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            working = group.create_task(dispatcher.run())
            if not ready.done():
                ready.set_result(None)
            if not self._stopping.is_set():
                await self._routes.serve(listener)
            working.cancel()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # has no wheel for every platform
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _remembered_port(folder: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int((folder / "port").read_text())
    return None


def _listen(folder: Path, fixed_port: int | None) -> socket.socket:
    """Takes the port of last time again if it is free: URLs given out then stay valid."""
    try:
        listener = _bound(fixed_port or _remembered_port(folder) or 0)
    except OSError:
        if fixed_port:
            raise
        listener = _bound(0)
    (folder / "port").write_text(str(listener.getsockname()[1]))
    return listener


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def _submission(job: Job) -> Submission:
    names = ("endpoint", "input", "webhook", "state", "executions", "retries")
    return Submission(job_id=job.id, **{name: getattr(job, name) for name in names})
