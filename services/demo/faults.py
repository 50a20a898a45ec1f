"""Misbehaviour on demand: what an answer, or a whole job, shall do wrong."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

Route = Literal["run", "status", "cancel", "health", "files"]
Outcome = Literal[
    "completed",
    "failed_json",  # FAILED, the error a JSON text with traceback, as RunPod's own handler makes it
    "failed_text",
    "failed_result",  # COMPLETED with {"result": "FAILED: out of memory"}, as worker-mochi does
    "output_error",  # COMPLETED with {"error": …}
    "empty_output",  # COMPLETED with nothing at all
    "timed_out",
    "stuck",  # IN_PROGRESS until its execution timeout or its life is over
]
Result = Literal["video", "html", "truncated", "empty", "huge", "endless", "cut", "missing", "redirect"]
Hook = Literal["normal", "lost", "doubled", "late", "reordered"]

OUT_OF_MEMORY = "out of memory"


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What happens to the next `times` answers of a route.

    `status`: refused with it before anything is done. `reset`: carried out, then the connection is reset
    instead of answered. `delay`: carried out, answered that many seconds later.
    """

    status: int | None = None
    retry_after: int | None = None
    reset: bool = False
    delay: float = 0.0
    times: int = 1


class JobFault(BaseModel):
    """What goes wrong with one job; the defaults are a job that goes well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome = "completed"
    result: Result = "video"
    webhook: Hook = "normal"
    worker_dies: int = 0  # so many executions end with a killed worker
    queue_seconds: float | None = None
    execution_seconds: float | None = None
    webhook_delay: float = 1.0  # of "late" and of the result that is overtaken in "reordered"
    redirect_to: str = "http://169.254.169.254/latest/meta-data/"


class Faults:
    """What is to go wrong from now on. Any thread may set it."""

    def __init__(self) -> None:
        self._answers: dict[str, list[AnswerFault]] = {}
        self._jobs: list[JobFault] = []

    def add_answer(self, route: Route, fault: AnswerFault) -> None:
        """Adds `fault.times` misbehaving answers of this route after those already asked for."""
        self._answers.setdefault(route, []).extend([fault] * fault.times)

    def add_job(self, fault: JobFault, *, times: int = 1) -> None:
        """Makes the next `times` accepted jobs go wrong."""
        self._jobs.extend([fault] * times)

    def clear(self) -> None:
        """Everything behaves again; jobs already accepted keep their fate."""
        self._answers.clear()
        self._jobs.clear()

    def take_answer(self, route: str) -> AnswerFault | None:
        """The fault of the answer about to be given, used up by this."""
        waiting = self._answers.get(route)
        return waiting.pop(0) if waiting else None

    def take_job(self, asked: Any) -> JobFault:
        """The fault of the job being accepted: what it asks for itself, if readable, else the next set."""
        if asked is not None:
            try:
                return JobFault.model_validate(asked)
            except ValidationError:
                return JobFault()
        return self._jobs.pop(0) if self._jobs else JobFault()
