"""One look for all tables that scroll: their columns, and a dash for what is not known."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.device import is_handheld
from pages.parts.figures import UNKNOWN
from services.jobs import harmless

TEXT, NUMBER = st.column_config.TextColumn, st.column_config.NumberColumn
BAR, LIST = st.column_config.ProgressColumn, st.column_config.ListColumn


def draw_table(
    rows: list[dict[str, Any]], columns: dict[str, Any], *, key: str, alt: str, is_long: bool = False
) -> None:
    """The rows as they come; `columns` tells those that are more than their name and plain value.

    `is_long`: all rows are shown, and the page scrolls rather than the table.
    """
    if is_handheld():
        # Where there is no mouse the table's toolbar always shows, over what stands above it.
        st.space("small")
    # Tables have a download of their own, and it takes the cells as they are.
    frame = pd.DataFrame([{name: _shown(value) for name, value in row.items()} for row in rows])
    st.dataframe(
        frame,
        height="content" if is_long else "auto",
        column_config=columns,
        hide_index=True,
        placeholder=UNKNOWN,
        key=key,
        alt=alt,
    )


def _shown(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value


def in_seconds(milliseconds: float | None) -> float | None:
    """What is not known stays so."""
    return None if milliseconds is None else milliseconds / 1000


def moment() -> Any:
    """A column of times in UTC, as everywhere in the statistics."""
    return _time("D MMM, HH:mm:ss")


def minute() -> Any:
    """The same, where seconds tell nothing."""
    return _time("D MMM, HH:mm")


def _time(shown_as: str) -> Any:
    return st.column_config.DatetimeColumn(format=shown_as, timezone="UTC", help="In UTC.")
