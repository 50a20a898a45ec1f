"""The first row of the statistics: eight numbers, each with what it stands on and what it means."""

import streamlit as st

from pages.parts.figures import count, money, percent, rate, span
from pages.parts.wording import plain
from services.statistics import JobCounts, Spread, Statistics, VideoCounts


def draw_metrics(numbers: Statistics) -> None:
    """Two rows of four where there is room, fewer beside each other where there is not."""
    with st.grid(4, min_column_width=200):
        _draw_clips(numbers.videos)
        _draw_success(numbers.jobs)
        _draw_spread(
            "Wait for a worker",
            numbers.times.delay_ms,
            "The time until a worker took the job, its start included, as RunPod reports it for finished jobs.",
        )
        _draw_spread(
            "Generating",
            numbers.times.execution_ms,
            "How long the worker was busy with the job, as RunPod reports it for completed jobs.",
        )
        _draw_spend(numbers.jobs)
        _draw_waste(numbers.jobs)
        _draw_first_attempts(numbers.videos)
        _draw_throughput(numbers)


def _draw_clips(clips: VideoCounts) -> None:
    _metric(
        "Clips completed",
        f"{clips.completed:,}",
        f"{clips.failed:,} failed",
        f"{clips.cancelled:,} cancelled" if clips.cancelled else "",
        "Clips that were completed in this period. Failed are those that never succeeded, whatever was tried. Clips in "
        "work count on the day they were asked for. Clips deleted for good are no longer counted here; their jobs are.",
        color="red" if clips.failed else "gray",
    )


def _draw_success(jobs: JobCounts) -> None:
    certainty = jobs.success_interval
    between = f"{percent(certainty.low)} – {percent(certainty.high)}" if certainty else "no jobs yet"
    _metric(
        "Success rate",
        percent(jobs.success_rate),
        between,
        f"of {count(jobs.completed + jobs.failed, 'job')}" if certainty else "",
        "Completed jobs ÷ completed and failed jobs. Jobs that took too long are failed; cancelled ones are left out. "
        "Below: where the true rate lies with 95 % confidence (Wilson interval). It narrows with every job.",
    )


def _draw_spread(label: str, spread: Spread, meaning: str) -> None:
    _metric(
        label,
        span(spread.p50),
        f"P90 {span(spread.p90)}",
        f"of {count(spread.n, 'job')}",
        f"{meaning} Half of the jobs took at most the large number (P50), nine of ten at most the one below (P90).",
    )


def _draw_spend(jobs: JobCounts) -> None:
    unknown = f"{jobs.unknown_cost_jobs:,} unknown" if jobs.unknown_cost_jobs else ""
    _metric(
        "Spend",
        money(jobs.total_usd),
        f"{percent(jobs.estimated_share, digits=0)} estimated",
        unknown,
        "What the finished jobs cost as far as it is known: billed where the worker named its price, else estimated as "
        "seconds of execution × the GPU's rate. Jobs of unknown cost are counted beside it and are not in the sum.",
    )


def _draw_waste(jobs: JobCounts) -> None:
    _metric(
        "Waste",
        percent(jobs.waste_share),
        money(jobs.wasted_usd if jobs.total_usd is None else jobs.wasted_usd or 0),
        "without a clip",
        "Cost of failed, cancelled and replaced jobs ÷ all known cost.",
    )


def _draw_first_attempts(clips: VideoCounts) -> None:
    _metric(
        "First attempt",
        percent(clips.first_attempt_success),
        f"of {count(clips.completed + clips.failed, 'clip')}",
        f"{percent(clips.retry_rate)} retried",
        "Clips completed without any retry ÷ clips completed or failed for good. Retried: clips that took more than one "
        "job ÷ all clips, cancelled ones and those in work included.",
    )


def _draw_throughput(numbers: Statistics) -> None:
    _metric(
        "Clips per hour",
        rate(numbers.videos_per_hour),
        f"{rate(numbers.video_seconds_per_hour)} s of video",
        "per hour",
        "Completed clips, and seconds of finished video, per hour of the period, nights and weekends included. Of a "
        "period that is not over, the hours until now.",
    )


def _metric(label: str, value: str, below: str, beside: str, meaning: str, *, color: str = "gray") -> None:
    st.metric(
        label,
        plain(value),
        plain(below),
        delta_color=color,
        delta_arrow="off",
        delta_description=plain(beside) or None,
        help=plain(meaning),
        border=True,
        height="stretch",
    )
