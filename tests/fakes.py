"""Stand-ins behind the real ports, for tests of what lies in front of them."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from services.gateways.runpod import Submission


@dataclass
class FakeRunPod:
    """Takes every job and remembers it; `trouble` is raised by the next submission instead."""

    submitted: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: Exception | None = None
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def submit(self, endpoint: str, job_input: dict[str, Any], **options: Any) -> Submission:
        if self.trouble:
            raised, self.trouble = self.trouble, None
            raise raised
        job_id = f"job-{next(self._numbers)}"
        self.submitted.append({"job_id": job_id, "endpoint": endpoint, "input": job_input, **options})
        self.answers[job_id] = {"id": job_id, "status": "IN_QUEUE"}
        return Submission(job_id=job_id, status="IN_QUEUE")

    def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
        return self.answers.get(job_id)

    def cancel(self, endpoint: str, job_id: str) -> bool:
        self.cancelled.append(job_id)
        self.answers[job_id] = {"id": job_id, "status": "CANCELLED"}
        return True

    def health(self, endpoint: str) -> dict[str, Any]:
        return {"jobs": {"inQueue": 0, "inProgress": 0}, "workers": {"idle": 1, "running": 0}}
