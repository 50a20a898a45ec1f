"""Jobs one by one."""

from collections.abc import Sequence
from typing import Any

from pages.parts.charts import title_of
from pages.parts.table import NUMBER, TEXT, draw_table, in_seconds, moment
from services.catalog import Catalog
from services.jobs import Job


def draw_jobs(jobs: Sequence[Job], catalog: Catalog) -> None:
    """Job by job, the newest first."""
    rows = [_job_row(job, catalog) for job in jobs]
    config = {
        "Submitted": moment(),
        "Prompt": TEXT(width="medium"),
        "Wait": NUMBER(format="%.1f s", help="Until a worker took it."),
        "Generating": NUMBER(format="%.1f s", help="How long the worker was busy with it."),
        "Video": NUMBER(format="%.1f s"),
        "Cost": NUMBER(format="$ %.4f", help="Empty: nobody knows."),
        "Cost is": TEXT(help="Billed: the worker named its price. Estimated: execution × the GPU's rate."),
        "Attempt": NUMBER(help="The second and later ones are retries of the same clip."),
        "Error": TEXT(width="medium"),
    }
    draw_table(rows, config, key="jobs", alt="Jobs")


def _job_row(job: Job, catalog: Catalog) -> dict[str, Any]:
    return {
        "Submitted": job.submitted_at,
        "Person": job.user_id,
        "Model": title_of(job.model, catalog),
        "State": job.outcome,
        "Prompt": job.prompt,
        "Wait": in_seconds(job.delay_ms),
        "Generating": in_seconds(job.execution_ms),
        "Video": job.video_seconds if job.outcome == "completed" else None,
        "Cost": job.cost_usd,
        "Cost is": job.cost_kind,
        "Attempt": job.number,
        "Error": job.error,
        "Worker": job.worker_id,
        "RunPod job": job.job_id,
    }
