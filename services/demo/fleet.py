"""The worker processes: started when needed, spoken to in JSON lines, gone when their owner is gone."""

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_START_LIMIT_SECONDS = 60.0


class WorkerLostError(Exception):
    """The process ended before its job did."""


class JobRefusedError(Exception):
    """The worker cannot do what was asked; `kind` names the exception it would have been there."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Worker:
    """One slot of the fleet; at most one process and one job at a time."""

    def __init__(self, niceness: int) -> None:
        self.id = ""
        self.is_busy = False
        self._niceness = niceness
        self._exit_code: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._idle_since = time.monotonic()

    @property
    def is_warm(self) -> bool:
        """Its process is there and waits for work."""
        return self._ready and self._process is not None and self._process.poll() is None

    @property
    def state(self) -> str:
        """In the words of RunPod's `/health`; an idle slot without process does not count as a worker."""
        if self._process is None:
            return "absent"
        if not self._ready:
            return "initializing"
        return "running" if self.is_busy else "idle"

    async def start(self) -> None:
        """Makes sure the process is there and ready. Raises WorkerLostError if it does not come up."""
        if self.is_warm:
            return
        self.kill()
        self.id = secrets.token_hex(7)
        try:
            self._reader, self._writer = await asyncio.open_connection(sock=self._spawn())
            async with asyncio.timeout(_START_LIMIT_SECONDS):
                await self._hear()
        except (OSError, TimeoutError) as error:
            self.kill()
            raise WorkerLostError("worker exited before it was ready") from error
        self._ready = True

    async def render(self, order: dict[str, Any], on_progress: Callable[[int], None]) -> None:
        """Renders one clip to `order["path"]`. Raises WorkerLostError, JobRefusedError."""
        self._writer.write(json.dumps(order).encode() + b"\n")
        while True:
            told = await self._hear()
            if "progress" in told:
                on_progress(told["progress"])
                self._check_alive()
            elif "error" in told:
                raise JobRefusedError(told["kind"], told["error"])
            else:
                return

    def free(self) -> None:
        """The job is over; idle time starts."""
        self.is_busy = False
        self._idle_since = time.monotonic()

    def retire(self, idle_timeout: float) -> None:
        """Ends a process that has had nothing to do for that long."""
        if not self.is_busy and time.monotonic() - self._idle_since > idle_timeout:
            self.kill()

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        if self._process is None:
            return
        self._process.kill()
        self._exit_code = self._process.wait()
        self._process, self._ready = None, False
        if hasattr(self, "_writer"):
            self._writer.close()

    def _spawn(self) -> socket.socket:
        """One socket is the child's stdin and stdout: however this process ends, the child sees it end."""
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "services.demo.worker", str(self._niceness)]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), cwd=_ROOT, start_new_session=True
            )
        return ours

    def _check_alive(self) -> None:
        if self._process is None:
            raise WorkerLostError(f"worker exited with exit code {self._exit_code}")

    async def _hear(self) -> dict[str, Any]:
        line = b""
        with suppress(ConnectionError):
            line = await self._reader.readline()
        if not line.endswith(b"\n"):
            self.kill()
            self._check_alive()
        told: dict[str, Any] = json.loads(line)
        return told
