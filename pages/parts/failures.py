"""Failed jobs by what went wrong."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts.charts import title_of
from pages.parts.figures import UNKNOWN
from pages.parts.table import BAR, LIST, TEXT, draw_table, moment
from services.catalog import Catalog
from services.statistics import Failure

_KINDS = {
    "timed_out": "Took too long",
    "expired": "Result gone",
    "worker_error": "Worker error",
    "submit_error": "Not accepted",
    "lost": "Lost by RunPod",
}


def draw_failures(failures: Sequence[Failure], catalog: Catalog) -> None:
    """The reasons, the most frequent first."""
    if not failures:
        st.success("No job failed in this period.")
        return
    rows = [_failure_row(failure, catalog) for failure in failures]
    config = {
        "Latest example": TEXT(width="large", help="What the latest of these jobs said."),
        "Share": BAR(format="percent", help="Of all failed jobs of this period."),
        "First seen": moment(),
        "Last seen": moment(),
        "Models": LIST(),
        "Settings": LIST(),
        "RunPod job": TEXT(help="The job of the latest example."),
    }
    draw_table(rows, config, key="failures", alt="Failures by reason")


def _failure_row(failure: Failure, catalog: Catalog) -> dict[str, Any]:
    return {
        "Reason": _KINDS.get(failure.error_kind or "", "Failed"),
        "Latest example": failure.example or UNKNOWN,
        "Jobs": failure.jobs,
        "Share": round(failure.share, 2),
        "First seen": failure.first_at,
        "Last seen": failure.last_at,
        "Models": [title_of(model, catalog) for model in failure.models],
        "Settings": list(failure.settings),
        "RunPod job": failure.example_job_id,
    }
