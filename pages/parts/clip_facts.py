"""Everything known about a clip, as tables: what was asked for, what came of it, and when."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

import streamlit as st

from pages.parts.figures import UNKNOWN, money, span
from pages.parts.local_time import clock, moment
from pages.parts.wording import plain, seconds, size
from services.catalog import Catalog
from services.narration import duration, queue_seconds, tell_event
from services.videos import Event, Video

_NO_BREAK = "\N{NO-BREAK SPACE}"


def draw_facts(video: Video, catalog: Catalog, now: datetime, zone: tzinfo) -> None:
    """What was asked for, and below it what came of it."""
    facts = {**_settings(video, catalog), **_outcome(video, now, zone)}
    rows = [
        {"name": f":gray[{name.replace(' ', _NO_BREAK)}]", "value": plain(value)}
        for name, value in facts.items()
    ]
    st.table(rows, border="horizontal", hide_index=True, hide_header=True, alt="Settings and outcome")


def _settings(video: Video, catalog: Catalog) -> dict[str, str]:
    model = catalog.get(video.model)
    length = f"{seconds(video.seconds)}, {video.frames} frames at {video.fps:g} per second"
    return {
        **({"Without": video.negative_prompt} if video.negative_prompt else {}),
        "Model": model.title if model else video.model,
        "Size": f"{size(video.width, video.height)} pixels",
        "Length": length,
        "Seed": str(video.seed),
        "Steps": UNKNOWN if video.steps is None else str(video.steps),
        "Guidance": UNKNOWN if video.cfg is None else f"{video.cfg:g}",
    }


def _outcome(video: Video, now: datetime, zone: tzinfo) -> dict[str, str]:
    return {
        "Requested": moment(video.created_at, zone),
        "Finished": moment(video.finished_at, zone) if video.finished_at else UNKNOWN,
        "Waited": duration(queue_seconds(video, now)),
        "Rendered in": span(video.execution_ms),
        "Attempts": str(video.attempt or 0),
        "Cost": UNKNOWN if video.cost_usd is None else f"{money(video.cost_usd)}, {video.cost_kind}",
        "File": UNKNOWN if video.file_bytes is None else f"{video.file_bytes / 1e6:.2f} MB",
        "Worker": video.worker_id or UNKNOWN,
        "RunPod job": video.job_id or UNKNOWN,
    }


def draw_timeline(video: Video, events: Iterable[Event], zone: tzinfo) -> None:
    """Step by step, with the time since the clip was asked for."""
    rows = [
        {
            "at": f":gray[{plain(clock(event.at, zone))}]",
            "after": f":gray[{_since(video.created_at, event.at)}]",
            "told": plain(tell_event(event)),
        }
        for event in events
    ]
    st.table(rows, border="horizontal", width="content", hide_index=True, hide_header=True, alt="Timeline")


def _since(start: datetime, at: datetime) -> str:
    return f"+ {duration(max(0.0, (at - start).total_seconds()))}"
