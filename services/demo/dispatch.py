"""Takes jobs in, gives them to workers when their time has come, and records how they end."""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from services.demo.bodies import health_body, status_body
from services.demo.clips import Clips
from services.demo.execution import Execution, drawn
from services.demo.faults import Faults
from services.demo.fleet import Worker, WorkerLostError
from services.demo.jobs import RUNNING, WAITING, Job, Jobs
from services.demo.options import DemoOptions
from services.demo.webhooks import Webhooks

log = logging.getLogger(__name__)


class Dispatcher:
    """The platform behind the HTTP routes. Everything happens on the event loop it was made on."""

    def __init__(self, folder: Path, options: DemoOptions, faults: Faults, base_url: str) -> None:
        self._options, self._faults, self._base_url = options, faults, base_url
        self._jobs = Jobs(folder)
        self.clips = Clips(folder / "files")
        self._webhooks = Webhooks(options, base_url, self._told)
        self._workers = [Worker(options.niceness) for _ in range(options.workers)]
        self._running: dict[str, asyncio.Task[None]] = {}
        self._progress: dict[str, int] = {}
        self._progress_told: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._jobs.put_running_back()
        self.clips.keep_only({job.file for job in self._jobs.all()})

    async def run(self) -> None:
        """Works until cancelled; then ends the workers and leaves the records for the next start."""
        for job in self._jobs.owing_webhooks():
            self._webhooks.tell_end(job)
        purging = asyncio.create_task(self._purge())
        try:
            await self._pick_up()
        finally:
            await _end([purging, *self._running.values()])
            for worker in self._workers:
                worker.kill()
            await self._webhooks.close()
            self._jobs.close()

    def accept(
        self, endpoint: str, job_input: dict[str, Any], webhook: str | None, policy: Mapping[str, Any]
    ) -> Job:
        """Queues a job. `policy` as in RunPod: executionTimeout and ttl in ms."""
        options, now = self._options, time.time()
        fault = self._faults.take_job(job_input.get("demo") if options.honour_faults else None)
        wait = drawn(options.queue_seconds) if fault.queue_seconds is None else fault.queue_seconds
        self._wake.set()
        return self._jobs.add(
            f"{uuid.uuid4()}-u1",
            endpoint=endpoint,
            input=job_input,
            webhook=webhook,
            fault=fault,
            accepted_at=now,
            queued_at=now,
            ready_at=now + wait,
            ends_at=now + _seconds(policy.get("ttl"), options.job_life_seconds),
            execution_timeout=_seconds(policy.get("executionTimeout"), options.execution_timeout_seconds),
        )

    def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
        """The body of `/status`, None if there is no such job or its life is over."""
        job = self._find(endpoint, job_id)
        return status_body(job, self._base_url, self._progress.get(job_id)) if job else None

    def cancel(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
        """Stops a job that is not over yet and gives its status as `/cancel` does."""
        job = self._find(endpoint, job_id)
        if job and not job.is_final:
            self._finish(job, {"state": "CANCELLED"})
            if job_id in self._running:
                self._running[job_id].cancel()
        return self.status(endpoint, job_id)

    def health(self, endpoint: str) -> dict[str, Any]:
        """The body of `/health`."""
        states = Counter(worker.state for worker in self._workers)
        names = ("idle", "initializing", "ready", "running", "throttled", "unhealthy")
        workers = {name: states[name] for name in names} | {"ready": states["idle"]}
        return health_body(self._jobs.count_states(endpoint), workers)

    def job_of_file(self, name: str) -> Job | None:
        """The job whose result that file is."""
        return self._jobs.of_file(name)

    def _find(self, endpoint: str, job_id: str) -> Job | None:
        return self._jobs.find(endpoint, job_id, result_life=self._options.result_life_seconds)

    async def _pick_up(self) -> None:
        while True:
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._begin_due()):
                    await self._wake.wait()

    def _begin_due(self) -> float | None:
        """Starts what is due and can be; the seconds until the next is due, None if only news can help."""
        while (job := self._jobs.next_waiting(self._running)) is not None:
            free = [worker for worker in self._workers if not worker.is_busy]
            if not free:
                return None
            if (wait := job.ready_at - time.time()) > 0:
                return wait
            worker = max(free, key=lambda worker: worker.is_warm)
            worker.is_busy = True
            self._running[job.id] = asyncio.create_task(self._execute(job, worker))
        return None

    async def _execute(self, job: Job, worker: Worker) -> None:
        execution = Execution(worker, self.clips, self._options)
        try:
            await execution.prepare(job)
            job = self._begin(job, worker)
            end = await execution.carry_out(job, lambda progress: self._note_progress(job, progress))
            self._finish(job, end)
        except WorkerLostError as loss:
            self._run_again(job, str(loss))
        except Exception:  # last resort: a job must not stay in progress for ever
            log.exception("Demo job %s could not be carried out", job.id)
            self._finish(job, {"state": "FAILED", "error": "internal server error"})
        except asyncio.CancelledError:
            worker.kill()
            self.clips.remove(execution.file)
            raise
        finally:
            self.clips.part(execution.file).unlink(missing_ok=True)
            worker.free()
            self._forget(job.id)

    def _begin(self, job: Job, worker: Worker) -> Job:
        changes = {"state": RUNNING, "started_at": time.time(), "worker_id": worker.id}
        job = self._jobs.change(job.id, executions=job.executions + 1, **changes)
        self._note_progress(job, 0)
        return job

    def _note_progress(self, job: Job, progress: int) -> None:
        self._progress[job.id] = progress
        now = time.monotonic()
        if now - self._progress_told.get(job.id, 0.0) >= self._options.progress_webhook_seconds:
            self._progress_told[job.id] = now
            self._webhooks.tell_progress(job, progress)

    def _finish(self, job: Job, end: dict[str, Any]) -> None:
        self._webhooks.tell_end(self._jobs.change(job.id, finished_at=time.time(), **end))

    def _run_again(self, job: Job, reason: str) -> None:
        if job.retries >= self._options.max_retries:
            self._finish(job, {"state": "FAILED", "error": reason})
            return
        now = time.time()
        again = {"retries": job.retries + 1, "queued_at": now, "ready_at": now, "started_at": None}
        self._jobs.change(job.id, state=WAITING, worker_id=None, **again)

    def _forget(self, job_id: str) -> None:
        for notes in (self._running, self._progress, self._progress_told):
            notes.pop(job_id, None)
        self._wake.set()

    def _told(self, job_id: str) -> None:
        with suppress(KeyError):  # outlived while its webhook was being tried
            self._jobs.change(job_id, notified=1)

    async def _purge(self) -> None:
        """Forgets jobs first and removes their clips a round later: one may just be being fetched."""
        outlived: list[Job] = []
        while True:
            for job in outlived:
                if job.file:
                    self.clips.remove(job.file)
            outlived = self._jobs.remove_outlived(file_life=self._options.file_life_seconds)
            for job in outlived:
                if job.id in self._running:
                    self._running[job.id].cancel()
            for worker in self._workers:
                worker.retire(self._options.idle_timeout_seconds)
            await asyncio.sleep(self._options.purge_every_seconds)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _seconds(milliseconds: Any, default: float) -> float:
    asked = isinstance(milliseconds, int | float) and milliseconds > 0
    return milliseconds / 1000 if asked else default
