"""Charts of the statistics: one look, zeros where nothing happened, all drawn by the browser itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from services.catalog import Catalog
from services.statistics import Statistics

_HEIGHT = 300
# Seen well on light and dark; the models take the theme's own colours.
_GOOD, _BAD, _NEITHER = "#1FA15D", "#E5484D", "#8A8A99"
_MONDAY = datetime(2000, 1, 3, tzinfo=UTC)  # slots are counted from here, also in the database
_WHOLE = {"type": "value", "minInterval": 1}
_UNITS = {1: "hour", 24: "day", 168: "week", 672: "four weeks"}


def unit_of(numbers: Statistics) -> str:
    """What one bar of a timeline stands for, such as "day"."""
    return _UNITS[numbers.slot_hours]


def draw_clips_timeline(numbers: Statistics, catalog: Catalog) -> None:
    """Completed clips in each slot, model upon model."""
    frame = _timeline(numbers)
    table = frame.pivot_table(index="at", columns="model", values="completed", aggfunc="sum")
    table = (
        with_empty_slots(table.fillna(0), numbers)
        .astype(int)
        .rename(columns=lambda name: title_of(name, catalog))
    )
    alt = f"Completed clips per {unit_of(numbers)}: {numbers.jobs.completed} in all"
    _draw_bars(table, numbers, key="clips-timeline", alt=alt)


def draw_spend_timeline(numbers: Statistics) -> None:
    """Known cost in each slot, what is billed below what is estimated; where none is known, nothing is drawn."""
    if numbers.jobs.total_usd is None:
        st.caption("The cost of none of these jobs is known.")
        return
    frame = _timeline(numbers).astype({"billed_usd": float, "estimated_usd": float})
    table = frame.groupby("at")[["billed_usd", "estimated_usd"]].sum(min_count=1)
    table = with_empty_slots(table, numbers).rename(
        columns={"billed_usd": "Billed", "estimated_usd": "Estimated"}
    )
    alt = f"Cost per {unit_of(numbers)}, billed and estimated"
    _draw_bars(table.round(4), numbers, key="spend-timeline", alt=alt, number="dollar")


def draw_models(numbers: Statistics, catalog: Catalog) -> None:
    """How the jobs of each model ended, the busiest model on top."""
    models = sorted(numbers.models, key=lambda model: model.jobs)
    table = pd.DataFrame(
        {
            "model": [title_of(model.model, catalog) for model in models],
            "Completed": [model.completed for model in models],
            "Failed": [model.failed for model in models],
            "Cancelled": [model.cancelled for model in models],
        }
    )
    spec = {
        **_frame(table, None),
        "color": [_GOOD, _BAD, _NEITHER],
        "xAxis": _WHOLE,
        "yAxis": {"type": "category"},
        "series": [_bar({"x": name, "y": "model"}, name) for name in table.columns[1:]],
    }
    height = 110 + 44 * len(models)
    st.echarts_chart(
        spec, height=height, key="models", alt="Jobs of each model: completed, failed and cancelled"
    )


def title_of(model: str, catalog: Catalog) -> str:
    """How people know the model; its name where it has left the catalog."""
    known = catalog.get(model)
    return known.title if known else model


def _draw_bars(
    table: pd.DataFrame, numbers: Statistics, *, key: str, alt: str, number: str | None = None
) -> None:
    labels = "%-d %b" if numbers.slot_hours > 1 else "%H:%M" if len(table) <= 24 else "%-d %b %H:%M"
    source = table.rename_axis("at").reset_index()
    source["at"] = source["at"].dt.strftime(labels)
    spec = {
        **_frame(source, number),
        "xAxis": {"type": "category", "axisTick": {"show": False}},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "${value}"}} if number else _WHOLE,
        "series": [_bar({"x": "at", "y": name}, name) for name in source.columns[1:]],
    }
    st.echarts_chart(spec, height=_HEIGHT, key=key, alt=alt)


def _frame(source: pd.DataFrame, number: str | None) -> dict[str, Any]:
    tooltip = {"trigger": "axis", "axisPointer": {"type": "shadow"}}
    return {
        "dataset": {"source": source},
        "legend": {"bottom": 0, "type": "scroll"},
        "tooltip": tooltip | ({"valueFormatter": number} if number else {}),
        "grid": {"top": 12, "left": 4, "right": 12, "bottom": 36, "containLabel": True},
    }


def _bar(encode: dict[str, str], name: str) -> dict[str, Any]:
    return {"type": "bar", "stack": "all", "name": name, "encode": encode, "barMaxWidth": 28}


def _timeline(numbers: Statistics) -> pd.DataFrame:
    return pd.DataFrame([vars(slot) for slot in numbers.timeline])


def with_empty_slots(table: pd.DataFrame, numbers: Statistics) -> pd.DataFrame:
    """The table, with zeros in every slot until now in which nothing happened."""
    step = timedelta(hours=numbers.slot_hours)
    first = numbers.start - (numbers.start - _MONDAY) % step
    last = min(numbers.end - timedelta(microseconds=1), datetime.now(UTC))
    return table.reindex(pd.date_range(first, max(first, last), freq=step), fill_value=0)
