"""Jobs side by side: by model, person, settings and so on."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts.charts import title_of
from pages.parts.figures import UNKNOWN, percent
from pages.parts.table import BAR, NUMBER, TEXT, draw_table, in_seconds
from services.catalog import Catalog
from services.jobs import By, Group
from services.statistics import Interval

_TITLES: dict[By, str] = {
    "model": "Model",
    "user": "Person",
    "settings": "Settings",
    "worker": "Worker",
    "endpoint": "Endpoint",
    "hour": "Hour (UTC)",
}


def pick_grouping() -> By:
    """Draws the choice of what to compare by."""
    return st.segmented_control(
        "Compare by",
        _TITLES,
        default="model",
        required=True,
        format_func=_TITLES.get,
        key="by",
        bind="query-params",
    )


def draw_groups(groups: Sequence[Group], by: By, catalog: Catalog) -> None:
    """Groups side by side, the largest first."""
    rows = [{_TITLES[by]: _group_name(group, by, catalog), **_group_row(group)} for group in groups]
    config = {
        _TITLES[by]: TEXT(pinned=True),
        "Success": BAR(
            format="percent", help="Completed ÷ completed and failed jobs; cancelled ones are left out."
        ),
        "Certainty": TEXT(help="Where the true success rate lies with 95 % confidence."),
        "Generating": NUMBER(format="%.1f s", help="Of completed jobs, half took at most this long (P50)."),
        "Video": NUMBER(format="%.0f s"),
        "Known cost": NUMBER(format="$ %.4f"),
        "Estimated": BAR(format="percent", help="How much of the known cost is estimated."),
        "Unknown cost": NUMBER(
            format="%d jobs", help="Jobs whose cost nobody knows; none of it is in the known cost."
        ),
    }
    draw_table(rows, config, key="groups", alt="Jobs in groups")


def _group_name(group: Group, by: By, catalog: Catalog) -> str:
    if group.name is None:
        return "Not known"
    return title_of(group.name, catalog) if by == "model" else group.name


def _group_row(group: Group) -> dict[str, Any]:
    return {
        "Jobs": group.jobs,
        "Success": group.success_rate,
        "Certainty": _certainty(group.success_interval),
        "Failed": group.failed,
        "Cancelled": group.cancelled,
        "Generating": in_seconds(group.execution_p50_ms),
        "Video": group.video_seconds,
        "Known cost": group.total_usd,
        "Estimated": group.estimated_share,
        "Unknown cost": group.unknown_cost_jobs,
    }


def _certainty(interval: Interval | None) -> str:
    return f"{percent(interval.low)} – {percent(interval.high)}" if interval else UNKNOWN
