"""One run of one job: on a worker, or pretended where its end needs no clip."""

import asyncio
import random
import secrets
from collections.abc import Callable
from typing import Any

from services.demo.bodies import end_of, error_text
from services.demo.clips import Clips
from services.demo.fleet import JobRefusedError, Worker
from services.demo.jobs import Job
from services.demo.options import DemoOptions, Span

_CHANCE = random.Random()  # noqa: S311
_DYING_PROGRESS = 30


def drawn(span: Span) -> float:
    """A time from that span."""
    return _CHANCE.uniform(*span)


class Execution:
    """`on_progress` is told per cent."""

    def __init__(self, worker: Worker, clips: Clips, options: DemoOptions) -> None:
        self.file = f"{secrets.token_hex(16)}.mp4"
        self._worker, self._clips, self._options = worker, clips, options

    async def prepare(self, job: Job) -> None:
        """Has the worker up, which is what a cold start waits for. Raises WorkerLostError."""
        if self._needs_worker(job) and not self._worker.is_warm:
            await self._worker.start()
            await asyncio.sleep(drawn(self._options.cold_start_seconds))
        self._worker.id = self._worker.id or secrets.token_hex(7)

    async def carry_out(self, job: Job, on_progress: Callable[[int], None]) -> dict[str, Any]:
        """The columns of the job's end. Raises WorkerLostError."""
        run = self._render if self._needs_worker(job) else self._pretend
        try:
            async with asyncio.timeout(job.execution_timeout):
                return await run(job, on_progress)
        except TimeoutError:
            self._worker.kill()
            return {"state": "TIMED_OUT", "error": "job timed out after 1 retries"}
        except JobRefusedError as refusal:
            return {"state": "FAILED", "error": error_text(refusal.kind, str(refusal), self._worker.id)}
        except OSError as error:
            return {"state": "FAILED", "error": error_text("OSError", error.strerror or "", self._worker.id)}

    def _needs_worker(self, job: Job) -> bool:
        return self._options.render and job.fault.outcome == "completed" and job.fault.result == "video"

    async def _render(self, job: Job, on_progress: Callable[[int], None]) -> dict[str, Any]:
        def heard(progress: int) -> None:
            on_progress(progress)
            if job.executions <= job.fault.worker_dies and progress >= _DYING_PROGRESS:
                self._worker.kill()

        path = str(self._clips.part(self.file))
        await self._worker.render({"input": job.input, "path": path, "seconds": self._seconds(job)}, heard)
        self._clips.complete(self.file)
        return {"state": "COMPLETED", "file": self.file}

    async def _pretend(self, job: Job, on_progress: Callable[[int], None]) -> dict[str, Any]:
        pause = self._seconds(job) / 10
        for progress in range(0, 100, 10) if pause else ():
            on_progress(progress)
            await asyncio.sleep(pause)
        if job.fault.outcome == "stuck":
            await asyncio.Event().wait()
        if job.fault.outcome != "completed":
            return end_of(job.fault, self._worker.id)
        await self._clips.write_broken(self.file, job.fault.result)
        return {"state": "COMPLETED", "file": self.file}

    def _seconds(self, job: Job) -> float:
        asked = job.fault.execution_seconds
        return drawn(self._options.execution_seconds) if asked is None else asked
