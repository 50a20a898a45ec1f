"""A RunPod of the mind: takes, loses, forgets, fails and reports jobs exactly as a test tells it to."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from services.errors import Unavailable
from services.gateways.runpod import EndpointBlocked, Submission, SubmitRefused, SubmitUnknown

FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"}
OUTPUT = {"COMPLETED": {"result": "https://results.test/clip.mp4"}}


class Crash(BaseException):
    """The process dies here; nothing after this line runs."""


@dataclass
class Job:
    """One job RunPod has taken, for the attempt its webhook names; `said` is every status it ever had."""

    id: str
    video_id: int
    number: int
    said: list[dict[str, Any]] = field(default_factory=list)
    is_forgotten: bool = False

    @property
    def status(self) -> str:
        return str(self.said[-1]["status"])

    def becomes(self, status: str, **fields: Any) -> None:
        if self.status not in FINAL:
            self.said.append({"id": self.id, "status": status, "output": OUTPUT.get(status), **fields})


@dataclass
class World:
    """Stands behind the RunPod port. `fate` decides what becomes of the next submissions."""

    fate: str = "taken"
    is_down: bool = False
    jobs: dict[str, Job] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def submit(self, endpoint: str, job_input: Any, *, webhook: str | None, **_: Any) -> Submission:
        if self.fate == "crash before":
            raise Crash
        if self.fate == "refused" or self.is_down:
            raise SubmitRefused("RunPod takes no jobs just now (503).", retry_after=3)
        if self.fate == "blocked":
            raise EndpointBlocked("Check RUNPOD_API_KEY.")
        if self.fate == "rejected":
            raise SubmitRefused("RunPod refused the job: too long", permanent=True)
        if self.fate == "lost on the way":
            raise SubmitUnknown("No answer.")
        job = self._take(webhook or "")
        if self.fate == "answer lost":
            raise SubmitUnknown("No answer.")
        if self.fate == "crash after":
            raise Crash
        return Submission(job.id, "IN_QUEUE")

    def _take(self, webhook: str) -> Job:
        named = parse_qs(urlsplit(webhook).query)
        job = Job(f"job-{next(self._numbers)}", int(named["video"][0]), int(named["attempt"][0]))
        job.said.append({"id": job.id, "status": "IN_QUEUE"})
        self.jobs[job.id] = job
        return job

    def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
        if self.is_down:
            raise Unavailable("RunPod cannot be reached right now.")
        job = self.jobs[job_id]
        return None if job.is_forgotten else job.said[-1]

    def cancel(self, endpoint: str, job_id: str) -> bool:
        if self.is_down:
            raise Unavailable("RunPod cannot be reached right now.")
        self.jobs[job_id].becomes("CANCELLED")
        return self.jobs[job_id].status == "CANCELLED"

    def health(self, endpoint: str) -> dict[str, Any]:
        if self.is_down:
            raise Unavailable("RunPod cannot be reached right now.")
        if self.fate == "blocked":
            raise EndpointBlocked("Check RUNPOD_API_KEY.")
        return {}
