"""Small tables beside the charts of the statistics: what the spend is made of, and how long things take."""

import pandas as pd
import streamlit as st

from pages.parts.figures import UNKNOWN, count, money, percent, span
from pages.parts.table import TEXT, draw_table
from pages.parts.wording import plain
from services.statistics import JobCounts, Spread, Statistics

_MEANINGS = {
    "n": "How many jobs, or clips in the last row, the percentiles stand on.",
    "P50": "Half took at most this long.",
    "P90": "Nine of ten took at most this long.",
    "P95": "Nineteen of twenty took at most this long. Shown from 20 on: of fewer, a single one would decide it.",
    "P99": "Ninety-nine of a hundred took at most this long. Shown from 100 on: of fewer, a single one would decide it.",
}


def draw_costs(jobs: JobCounts) -> None:
    """Line by line what the spend is made of, and what is not in it."""
    share = (
        f"{percent(jobs.estimated_share)} of what is known"
        if jobs.estimated_share
        else "execution × GPU rate"
    )
    idle = f"≤ {money(jobs.idle_usd)}" if jobs.idle_usd else UNKNOWN
    lines = [
        ("Billed", money(jobs.billed_usd), "the worker named its price"),
        ("Estimated", money(jobs.estimated_usd), share),
        ("Known in all", money(jobs.total_usd), "billed and estimated"),
        ("Per second of video", money(jobs.usd_per_video_second), "failed and replaced jobs included"),
        ("Unknown", count(jobs.unknown_cost_jobs, "job"), "in none of these sums"),
        ("Idle workers, on top", idle, "up to 5 s after each estimated job"),
    ]
    rows = [{"": name, " ": plain(value), "  ": f":gray[{plain(note)}]"} for name, value, note in lines]
    st.table(pd.DataFrame(rows), border="horizontal", hide_header=True, hide_index=True, alt="Costs")


def draw_times(numbers: Statistics) -> None:
    """Percentiles of each part of a job's life, and how many values they stand on."""
    spreads = {
        "Wait for a worker": numbers.times.delay_ms,
        "Generating": numbers.times.execution_ms,
        "From its end to our knowing": numbers.times.reporting_lag_ms,
        "From asking to playable": numbers.videos.end_to_end_ms,
    }
    rows = [{"Time": name, **_percentiles(spread)} for name, spread in spreads.items()]
    columns = {name: TEXT(help=meaning, alignment="right") for name, meaning in _MEANINGS.items()}
    draw_table(rows, columns, key="times", alt="Times")


def _percentiles(spread: Spread) -> dict[str, str]:
    named = {"P50": spread.p50, "P90": spread.p90, "P95": spread.p95, "P99": spread.p99}
    return {"n": f"{spread.n:,}", **{name: span(value) for name, value in named.items()}}
