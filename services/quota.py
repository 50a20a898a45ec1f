"""Allowances: how many video seconds and jobs a user may still have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.accounts import User, known_name
from services.catalog import Model
from services.errors import InvalidInput
from services.gateways.database import Database
from services.settings import Settings


@dataclass(frozen=True)
class Quota:
    """Seconds of video per period and jobs at once."""

    limit_seconds: float
    used_seconds: float
    max_jobs: int
    active_jobs: int

    @property
    def remaining_seconds(self) -> float:
        """What is left of the period's allowance, never below 0."""
        return max(0.0, self.limit_seconds - self.used_seconds)


def limits(settings: Settings) -> dict[str, Any]:
    """The limits in force now, as the functions of the schema take them."""
    start, end = limit_period(settings, datetime.now(UTC))
    return {
        "limit_seconds": settings.monthly_limit_seconds,
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "max_jobs": settings.max_concurrent_jobs,
    }


def limit_period(settings: Settings, now: datetime) -> tuple[datetime, datetime]:
    """Start (included) and end (excluded) of the allowance period around now, in UTC."""
    if settings.limit_start_date and settings.limit_end_date:
        return _midnight(settings.limit_start_date), _midnight(
            date.fromordinal(settings.limit_end_date.toordinal() + 1)
        )
    first = now.astimezone(UTC).date().replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return _midnight(first), _midnight(following)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def find_quota(database: Database, user_id: str, *, limits: Mapping[str, Any]) -> Quota:
    """What that user may still do. Raises IndexError for a user that does not exist."""
    row = database.call("find_quota", user_id=user_id, limits=dict(limits))[0]
    return Quota(
        float(row["limit_seconds"]), float(row["used_seconds"]), int(row["max_jobs"]), int(row["active_jobs"])
    )


def longest_frames(model: Model, remaining_seconds: float) -> int | None:
    """The most frames that fit into the remaining seconds, or None when not even the shortest clip does."""
    frames = model.frames.largest_up_to(int(remaining_seconds * model.fps + 1e-6))
    return None if frames is None else int(frames)


def set_limits(
    database: Database, name: str, *, limit_seconds: float | None, max_jobs: int | None, by: str | None
) -> User:
    """Their own limits from now on; None: the setting holds. `by` None is the command line.

    Raises InvalidInput, NotAllowed or NotFound.
    """
    if not (limit_seconds is None or 0 <= limit_seconds <= 1e9) or not (
        max_jobs is None or 0 <= max_jobs <= 1000
    ):
        raise InvalidInput("Limits are 0 or more: seconds of video, and jobs at once up to 1000.")
    own = {"limit_seconds": limit_seconds, "max_jobs": max_jobs}
    return User.model_validate(database.call("set_limits", actor=by, id=known_name(name), **own)[0])
