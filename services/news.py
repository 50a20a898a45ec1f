"""What RunPod says about a job, read from a webhook's body or from the answer to a status request."""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.errors import InvalidInput
from services.failures import ErrorKind, clean_text, fingerprint, is_retryable, read_message
from services.results import Result, find_cost, find_result, values_at

__all__ = ["ErrorKind", "News", "State", "fingerprint", "parse_news"]

State = Literal["queued", "processing", "completed", "failed"]
MAX_MILLISECONDS = 14 * 24 * 3600 * 1000  # no job lives longer than a week; fits 32 bits

_STATES: dict[str, State] = {
    "IN_QUEUE": "queued",
    "QUEUED": "queued",
    "IN_PROGRESS": "processing",
    "RUNNING": "processing",
    "PROCESSING": "processing",
    "COMPLETED": "completed",
    "DONE": "completed",
    "FAILED": "failed",
    "CANCELLED": "failed",
    "TIMED_OUT": "failed",
}
_KINDS: dict[str, ErrorKind] = {"CANCELLED": "cancelled", "TIMED_OUT": "timed_out"}
_UNSAID: dict[ErrorKind, str] = {
    "cancelled": "The job was cancelled at RunPod.",
    "timed_out": "The job ran out of the time it was given.",
    "worker_error": "The worker failed without saying why.",
}
_NO_VIDEO = "The worker finished but returned no video."
_TIMED_OUT = re.compile(
    r"\bjob timed out|execution ?timeout|timed out after \d+ retr|timed out in ", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class News:
    """One report about one job: times in ms, `progress` in percent, `cost_usd` as billed by the worker.

    `error`, `error_kind` and `retryable` belong to `failed`, `result` to `completed`, where it is always
    set, `progress` to `processing`.
    """

    job_id: str
    state: State
    error: str | None = None
    error_kind: ErrorKind | None = None
    retryable: bool = False
    delay_ms: int | None = None
    execution_ms: int | None = None
    worker_id: str | None = None
    progress: int | None = None
    result: Result | None = None
    cost_usd: float | None = None


def parse_news(body: object, *, result_path: str | None = None) -> News:
    """RunPod's report, understood; `result_path` is where the model's catalog entry says the video is.

    COMPLETED is not success: an `error` in the output, a text that starts with FAILED, or no usable video
    make it `failed`, for workers return all three under that status. Numbers that cannot be are left out.
    Raises `InvalidInput` (400) for what is no report: not an object, no usable `id`, an unknown `status`.
    """
    report = _checked(body)
    output = report.get("output")
    news = News(
        job_id=report["id"],
        state=_STATES[report["status"]],
        delay_ms=_milliseconds(report.get("delayTime")),
        execution_ms=_milliseconds(report.get("executionTime")),
        worker_id=clean_text(report.get("workerId"), limit=100) or None,
        cost_usd=find_cost(output),
    )
    if news.state == "processing":
        return replace(news, progress=_progress(output))
    if news.state == "completed":
        return _completed(news, report, result_path)
    return _failed(news, report) if news.state == "failed" else news


def _checked(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidInput("A job report is a JSON object.", status=400, code="not_an_object")
    job_id, status = body.get("id"), body.get("status")
    if not isinstance(job_id, str) or not 0 < len(job_id) <= 200 or not job_id.isprintable():
        raise InvalidInput("The report names no job.", status=400, code="no_job_id")
    if not isinstance(status, str) or status not in _STATES:
        raise InvalidInput("The report's status is not a known one.", status=400, code="unknown_status")
    return body


def _completed(news: News, report: dict[str, Any], path: str | None) -> News:
    output = report.get("output")
    complaint = _complaint(output, path)
    result = None if complaint else find_result(output, path=path)
    if result:
        return replace(news, result=result)
    said = clean_text(complaint or read_message(report.get("error")))
    return _failure(news, "worker_error", said or _NO_VIDEO)


def _failed(news: News, report: dict[str, Any]) -> News:
    said = clean_text(read_message(report.get("error")) or _complaint(report.get("output")))
    kind = _KINDS.get(report["status"]) or ("timed_out" if _TIMED_OUT.search(said) else "worker_error")
    return _failure(news, kind, said or _UNSAID[kind])


def _failure(news: News, kind: ErrorKind, message: str) -> News:
    untouched = bool(news.delay_ms) and not news.execution_ms and not news.worker_id
    retryable = is_retryable(kind, message, never_started=untouched and kind == "timed_out")
    return replace(news, state="failed", error=message, error_kind=kind, retryable=retryable)


def _complaint(output: Any, path: str | None = None) -> str:
    """What an output says went wrong: its `error`, a failing `status`, or a text that starts with FAILED."""
    first = output[0] if isinstance(output, list) and output else output
    said = [first, *values_at(output, path)]
    if isinstance(first, dict):
        if first.get("error"):
            return read_message(first["error"]) or _UNSAID["worker_error"]
        if first.get("status") in ("error", "ERROR", "failed", "FAILED"):
            return read_message(first) or _UNSAID["worker_error"]
        said += [first.get("result"), first.get("output")]
    return next((text for text in said if isinstance(text, str) and text.lstrip().startswith("FAILED")), "")


def _milliseconds(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_MILLISECONDS:
        return None
    return round(value)


def _progress(output: Any) -> int | None:
    """Percent done, from a number, `{"progress": …}`, "45%" or "12/30"; a float up to 1 is a share of all."""
    if isinstance(output, dict):
        output = next((output[key] for key in ("progress", "percent", "message") if key in output), None)
    if isinstance(output, str):
        output = _percent_in(output[:200])
    if isinstance(output, bool) or not isinstance(output, int | float) or not 0 <= output <= 100:
        return None
    return round(output * 100 if isinstance(output, float) and output <= 1 else output)


def _percent_in(text: str) -> int | None:
    percent = re.search(r"(\d{1,3})(?:\.\d+)?\s*%", text)
    if percent:
        return int(percent[1])
    share = re.search(r"\b(\d{1,6})\s*/\s*(\d{1,6})\b", text)
    return round(100 * int(share[1]) / int(share[2])) if share and int(share[2]) else None
