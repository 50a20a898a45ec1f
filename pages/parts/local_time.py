"""Points in time as the clocks of the person at the browser show them."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st


def local_zone() -> tzinfo:
    """The browser's time zone; UTC where it tells none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):  # what ZoneInfo raises for names that are none
        return UTC


def moment(when: datetime, zone: tzinfo) -> str:
    """Such as "22 November 2026, 08:14:03"."""
    return f"{when.astimezone(zone):%-d %B %Y, %H:%M:%S}"


def clock(when: datetime, zone: tzinfo) -> str:
    """Such as "08:14:03"."""
    return f"{when.astimezone(zone):%H:%M:%S}"
