"""What RunPod's answers look like: the status of a job, errors as its handler writes them."""

import json
from collections.abc import Mapping
from typing import Any

from services.demo.faults import OUT_OF_MEMORY, JobFault, Outcome
from services.demo.jobs import Job

_ENDS: dict[Outcome, tuple[str, Any]] = {
    "failed_json": ("FAILED", None),
    "failed_text": ("FAILED", None),
    "failed_result": ("COMPLETED", {"result": f"FAILED: {OUT_OF_MEMORY}"}),
    "output_error": ("COMPLETED", {"error": OUT_OF_MEMORY}),
    "empty_output": ("COMPLETED", None),
    "timed_out": ("TIMED_OUT", None),
}


def status_body(job: Job, base_url: str, progress: int | None = None) -> dict[str, Any]:
    """The answer to `/status`; delayTime and executionTime in ms, there once they are known.

    A clip's URL is made with `base_url` as it is now, so that it holds after the port has changed.
    """
    body: dict[str, Any] = {"id": job.id, "status": job.state}
    if job.started_at is not None:
        body["delayTime"] = round((job.started_at - job.queued_at) * 1000)
        body["workerId"] = job.worker_id
        if job.finished_at is not None:
            body["executionTime"] = round((job.finished_at - job.started_at) * 1000)
    if job.retries:
        body["retries"] = job.retries
    output = _output(job, base_url, progress)
    extras = {"output": output, "error": job.error}
    return body | {name: value for name, value in extras.items() if value is not None}


def _output(job: Job, base_url: str, progress: int | None) -> Any:
    if job.file and job.state == "COMPLETED":
        return {"result": f"{base_url}/files/{job.file}"}
    return {"progress": progress} if progress is not None and not job.is_final else job.output


def webhook_body(job: Job, base_url: str, progress: int | None = None) -> dict[str, Any]:
    """What a webhook is sent: the status, the job's input, and the webhook's own URL."""
    return {**status_body(job, base_url, progress), "input": job.input, "webhook": job.webhook}


def health_body(counts: Mapping[str, int], workers: Mapping[str, int]) -> dict[str, Any]:
    """The answer to `/health`."""
    jobs = {
        "completed": counts.get("COMPLETED", 0),
        "failed": counts.get("FAILED", 0) + counts.get("TIMED_OUT", 0),
        "inProgress": counts.get("IN_PROGRESS", 0),
        "inQueue": counts.get("IN_QUEUE", 0),
        "retried": counts.get("retried", 0),
    }
    return {"jobs": jobs, "workers": dict(workers)}


def end_of(fault: JobFault, worker_id: str) -> dict[str, Any]:
    """The columns of a job that ends as its fault wants; only for outcomes that need no clip."""
    state, output = _ENDS[fault.outcome]
    columns: dict[str, Any] = {"state": state, "output": output}
    if fault.outcome == "failed_json":
        columns["error"] = error_text("RuntimeError", "The model could not be loaded", worker_id)
    elif fault.outcome == "failed_text":
        columns["error"] = "The model could not be loaded"
    elif fault.outcome == "timed_out":
        columns["error"] = "job timed out after 1 retries"
    return columns


def error_text(kind: str, message: str, worker_id: str) -> str:
    """An error as RunPod's handler reports an exception: a JSON text with its traceback."""
    trace = f'File "/handler.py", line 1, in handler\n{kind}: {message}\n'
    fields = {
        "error_type": f"<class '{kind}'>",
        "error_message": message,
        "error_traceback": f"Traceback (most recent call last):\n  {trace}",
        "hostname": f"{worker_id}-demo",
        "worker_id": worker_id,
        "runpod_version": "1.7.13",
    }
    return json.dumps(fields)
