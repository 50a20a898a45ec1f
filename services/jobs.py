"""Jobs: each submission to RunPod, one by one for the table and its download, or side by side in groups."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from services.gateways.database import Database
from services.statistics import Counts, Numbers, scope

Outcome = Literal[
    "waiting", "sending", "unknown", "queued", "processing", "completed", "failed", "cancelled", "superseded"
]
By = Literal["model", "endpoint", "user", "worker", "settings", "hour"]
PAGE = 1000  # rows that one call may return
# How a formula begins (OWASP: CSV injection); the wide forms are what Asian keyboards write.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")


class Job(Numbers):
    """One submission of a video. The id of its video and the prompt are None once the video is deleted for good."""

    id: int
    video_id: int | None
    number: int
    job_id: str | None
    user_id: str
    prompt: str | None
    model: str
    endpoint: str
    width: int
    height: int
    frames: int
    fps: float
    steps: int | None
    video_seconds: float
    outcome: Outcome
    error_kind: str | None
    error: str | None
    error_group: str | None
    created_at: datetime
    submitted_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    delay_ms: int | None
    execution_ms: int | None
    worker_id: str | None
    cost_usd: float | None
    cost_kind: Literal["billed", "estimated"] | None


class Group(Counts):
    """The jobs that share what was asked for; `name` is None where it is not known."""

    name: str | None
    execution_p50_ms: float | None


def list_jobs(
    database: Database,
    *,
    start: datetime,
    end: datetime,
    model: str | None = None,
    user_id: str | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Job]:
    """Up to `limit` (at most 1000) jobs of the period, the newest id first, those before `before`.

    A finished job belongs to the period in which it finished, any other to the one in which it was submitted.
    Raises InvalidInput when the period does not end after it starts.
    """
    rows = database.call("list_jobs", **scope(start, end, model, user_id), before=before, limit=limit)
    return [Job.model_validate(row) for row in rows]


def export_jobs(
    database: Database,
    *,
    start: datetime,
    end: datetime,
    model: str | None = None,
    user_id: str | None = None,
) -> Iterator[str]:
    """The lines of a CSV with every job of the period and a heading, safe to open in a spreadsheet.

    Unknown values are empty, times ISO 8601 in UTC. Raises as list_jobs.
    """
    yield _line(Job.model_fields)
    before = None
    while True:
        jobs = list_jobs(database, start=start, end=end, model=model, user_id=user_id, before=before)
        yield from (_line(map(_cell, vars(job).values())) for job in jobs)
        if len(jobs) < PAGE:
            return
        before = jobs[-1].id


def list_job_groups(
    database: Database,
    *,
    by: By,
    start: datetime,
    end: datetime,
    model: str | None = None,
    user_id: str | None = None,
) -> list[Group]:
    """Up to 1000 groups of the period's jobs, the largest first. Raises as list_jobs."""
    rows = database.call("list_job_groups", by=by, **scope(start, end, model, user_id))
    return [Group.model_validate(row) for row in rows]


def harmless(text: str) -> str:
    """The text, made plain text for spreadsheets where they would take it for a formula and run it."""
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return harmless(value) if isinstance(value, str) else value


def _line(cells: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
