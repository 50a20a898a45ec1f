"""How long a server asks to be left alone."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MOST_SECONDS = 3600.0


def retry_after(value: str | None) -> float | None:
    """Seconds from a `Retry-After` header, which may be a number or a date; an hour at most, None where it says nothing."""
    given = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", given):
        return min(float(given), _MOST_SECONDS)
    with suppress(TypeError, ValueError):
        wait = parsedate_to_datetime(given) - datetime.now(UTC)
        return min(max(wait.total_seconds(), 0.0), _MOST_SECONDS)
    return None
