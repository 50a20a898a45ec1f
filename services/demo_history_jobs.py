"""The jobs of a made-up past: workers that are warm, cold or busy, and the ways in which a job ends."""

import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

from services.failures import ErrorKind, fingerprint, is_retryable

_WARM_SECONDS = 60.0
_KEPT_SECONDS = 12 * 3600.0
_WORK_PER_SECOND = 7.6e6  # pixels × frames × steps: a minute or two for a usual clip
_STEPS_UNTOLD = 10
_SHORTEST_SECONDS = 4.0
_USD_PER_CLIP_SECOND = 0.05  # what public endpoints ask, roughly


@dataclass(frozen=True)
class Failure:
    """What a job may say when it fails: how often beside the others, and after which share of its time."""

    kind: ErrorKind
    message: str
    often: float
    after: float


_FAILURES = (
    Failure("worker_error", "CUDA out of memory. Tried to allocate {number}.40 GiB.", 3, 0.15),
    Failure("worker_error", "Worker exited with exit code 137.", 3, 0.5),
    Failure("worker_error", "HTTP 503 from https://weights.example/part-{number}.safetensors", 2, 0.02),
    Failure("worker_error", "The prompt was refused by the content policy.", 2, 0.01),
    Failure("worker_error", "CUDA driver initialization failed on device {number}.", 1, 0.01),
    Failure("timed_out", "The job ran out of the time it was given.", 1, 6.0),
)
_OUTAGE = Failure("worker_error", "Worker lost: 503 service unavailable in region EU-{number}.", 1, 0.1)


@dataclass
class Job:
    """One attempt, in Unix seconds where a name ends in `_at`; field names are those of the table."""

    number: int
    created_at: float
    job_id: str | None
    state: str = "completed"
    submitted_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    next_at: float | None = None
    delay_ms: int | None = None
    execution_ms: int | None = None
    worker_id: str | None = None
    note: str | None = None
    error_kind: str | None = None
    error: str | None = None
    error_group: str | None = None
    cost_usd: float | None = None
    cost_kind: str | None = None
    may_pass: bool = False


@dataclass
class _Worker:
    name: str
    free_at: float


@dataclass
class Fleet:
    """The workers of an endpoint, `size` of them at most; the time only goes forward."""

    dice: random.Random
    size: int
    _workers: list[_Worker] = field(default_factory=list)

    def take(self, at: float, seconds: float) -> tuple[str, float]:
        """Which worker runs a job that comes at that time and lasts so long, and how long the job waits for it."""
        self._workers = [worker for worker in self._workers if at - worker.free_at < _KEPT_SECONDS]
        worker, wait = self._choose(at)
        worker.free_at = at + wait + seconds
        return worker.name, wait

    def _choose(self, at: float) -> tuple[_Worker, float]:
        idle = [worker for worker in self._workers if worker.free_at <= at]
        if idle:
            latest = max(idle, key=lambda worker: worker.free_at)
            is_warm = at - latest.free_at < _WARM_SECONDS
            return latest, self.dice.uniform(0.2, 1.5) if is_warm else self.dice.uniform(3, 14)
        if len(self._workers) < self.size:
            self._workers.append(_Worker(f"{self.dice.getrandbits(48):012x}", at))
            return self._workers[-1], self.dice.lognormvariate(3.6, 0.4)
        first = min(self._workers, key=lambda worker: worker.free_at)
        return first, first.free_at - at + self.dice.uniform(0.2, 1.5)


@dataclass(frozen=True)
class Platform:
    """Runs orders on fleets, one per model, with an outage from time to time."""

    dice: random.Random
    fleets: dict[str, Fleet]
    outages: tuple[tuple[float, float], ...]
    run_name: str

    def run(self, order: dict[str, Any], clip: int, at: float) -> list[Job]:
        """All attempts at that order, asked for at that time."""
        jobs = [self._attempt(order, clip, 1, at)]
        while is_tried_again(jobs, order["max_retries"]):
            ended = jobs[-1].finished_at or jobs[-1].created_at + 600
            planned = ended + self.dice.uniform(0.5, 2 ** len(jobs))
            jobs.append(self._attempt(order, clip, len(jobs) + 1, planned))
        return jobs

    def _attempt(self, order: dict[str, Any], clip: int, number: int, at: float) -> Job:
        job = Job(number, at, f"history-{self.run_name}-{clip}-{number}")
        chance = self.dice.random()
        if chance < 0.004:
            return replace(job, state="superseded", job_id=None, may_pass=True, note="RunPod did not answer.")
        if chance < 0.009:
            return _rejected(job)
        job.submitted_at = at + self.dice.uniform(0.3, 1.5)
        worker, wait = self.fleets[order["model"]].take(job.submitted_at, lasting := self._seconds(order))
        if chance < 0.02 and wait > 2:
            return _cancelled(job, wait * self.dice.random(), None)
        job.worker_id, job.delay_ms = worker, round(wait * 1000)
        job.started_at = job.submitted_at + wait
        return self._ended(job, order, lasting)

    def _seconds(self, order: dict[str, Any]) -> float:
        work: float = order["width"] * order["height"] * order["frames"] * (order["steps"] or _STEPS_UNTOLD)
        return max(_SHORTEST_SECONDS, work / _WORK_PER_SECOND * self.dice.lognormvariate(0, 0.15))

    def _ended(self, job: Job, order: dict[str, Any], seconds: float) -> Job:
        chance = self.dice.random()
        if chance < 0.02:
            job = _cancelled(job, (job.delay_ms or 0) / 1000, seconds * self.dice.random())
            return _charged(job, order)
        if chance < 0.02 + self._risk(job, order):
            return self._failed(job, order, seconds)
        job = self._finished(job, order, seconds)
        if job.cost_usd is None:
            job.cost_usd, job.cost_kind = order["frames"] / order["fps"] * _USD_PER_CLIP_SECOND, "billed"
        return job

    def _risk(self, job: Job, order: dict[str, Any]) -> float:
        large = order["width"] * order["height"] * order["frames"] > 4.5e7
        return 0.45 if self._is_outage(job) else 0.12 if large or job.number > 1 else 0.05

    def _is_outage(self, job: Job) -> bool:
        return any(start <= job.created_at < end for start, end in self.outages)

    def _failed(self, job: Job, order: dict[str, Any], seconds: float) -> Job:
        weights = [failure.often for failure in _FAILURES]
        failure = _OUTAGE if self._is_outage(job) else self.dice.choices(_FAILURES, weights)[0]
        job.error_kind = failure.kind
        job.error = failure.message.format(number=self.dice.randint(1, 9))
        job.error_group = fingerprint(failure.kind, job.error)
        job.state, job.may_pass = "failed", is_retryable(failure.kind, job.error)
        return self._finished(job, order, seconds * failure.after)

    def _finished(self, job: Job, order: dict[str, Any], seconds: float) -> Job:
        job.execution_ms = round(seconds * 1000)
        heard_after = self.dice.uniform(0.1, 1) if self.dice.random() < 0.95 else self.dice.uniform(1, 20)
        job.finished_at = (job.started_at or job.created_at) + seconds + heard_after
        return _charged(job, order)


def is_tried_again(jobs: list[Job], max_retries: int) -> bool:
    """Whether the latest of these attempts is followed by another; one without an answer counts as no retry."""
    failed = sum(job.state == "failed" for job in jobs)
    return jobs[-1].state == "superseded" or (jobs[-1].may_pass and failed <= max_retries)


def _charged(job: Job, order: dict[str, Any]) -> Job:
    if order["rate_usd"] is not None and job.execution_ms is not None:
        job.cost_usd = round(math.ceil(job.execution_ms / 1000) * order["rate_usd"], 6)
        job.cost_kind = "estimated"
    return job


def _cancelled(job: Job, waited: float, worked: float | None) -> Job:
    job.state, job.error_kind, job.error_group = "failed", "cancelled", "cancelled"
    job.delay_ms = round(waited * 1000)
    job.execution_ms = None if worked is None else round(worked * 1000)
    job.finished_at = (job.submitted_at or job.created_at) + waited + (worked or 0)
    return job


def _rejected(job: Job) -> Job:
    said = "RunPod refused the job: the input is larger than this endpoint takes."
    return replace(
        job,
        state="failed",
        job_id=None,
        finished_at=job.created_at + 1,
        error_kind="submit_error",
        error=said,
        error_group=f"submit_error: {said}",
    )
