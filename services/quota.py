"""Allowances: how many video seconds and jobs a user may still have, and what a clip would take of it."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services import terms
from services.accounts import User
from services.catalog import Model
from services.errors import InvalidInput
from services.gateways.database import Database
from services.orders import Request, draft_cost_basis
from services.settings import Settings

_MOST_SECONDS, _MOST_JOBS = 1e9, 100_000


class Quota(BaseModel):
    """Seconds of video per period and jobs at once."""

    model_config = ConfigDict(frozen=True)

    limit_seconds: float
    used_seconds: float
    max_jobs: int
    active_jobs: int

    @property
    def remaining_seconds(self) -> float:
        """What is left of the period's allowance, never below 0."""
        return max(0.0, self.limit_seconds - self.used_seconds)


class Allowance(Quota):
    """All that decides whether a user may have one more clip, and what that clip would take. Amounts are in USD.

    `expected_usd`: None where nobody knows. `taken_usd`: spent by the team in the period and expected of its jobs under
    way; None where there is neither a soft nor a hard line.
    """

    terms_accepted: bool
    has_accepted_before: bool
    expected_usd: float | None
    soft_usd: float | None
    hard_usd: float | None
    taken_usd: float | None

    @property
    def left_usd(self) -> float | None:
        """What is left of the team's budget, never below 0; None without a hard line."""
        if self.hard_usd is None or self.taken_usd is None:
            return None
        return max(0.0, self.hard_usd - self.taken_usd)

    @property
    def is_used_up(self) -> bool:
        """Whether nothing of the team's budget is left."""
        return self.left_usd == 0

    @property
    def is_past_soft(self) -> bool:
        """Whether the team's spending has reached its soft line."""
        return self.soft_usd is not None and self.taken_usd is not None and self.taken_usd >= self.soft_usd

    def longest_frames(self, model: Model, frames: int) -> int | None:
        """The most frames that fit into seconds and budget where `frames` cost expected_usd; None: not even the least."""
        return longest_frames(
            model,
            self.remaining_seconds,
            affordable=affordable_frames(frames, self.expected_usd, self.left_usd),
        )


def limits(settings: Settings) -> dict[str, Any]:
    """The limits in force now, as the functions of the schema take them; they ask for the terms in force as well."""
    start, end = limit_period(settings, datetime.now(UTC))
    return {
        "limit_seconds": settings.monthly_limit_seconds,
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "max_jobs": settings.max_concurrent_jobs,
        "terms_version": terms.CURRENT.version,
    }


def limit_period(settings: Settings, now: datetime) -> tuple[datetime, datetime]:
    """Start (included) and end (excluded) of the allowance period around now, in UTC.

    The one that is set, and the calendar month when that is over or has not begun; it ends where the set one begins.
    """
    month = _month_around(now)
    custom = custom_period(settings)
    if custom is None or custom[1] <= now:
        return month
    start, _ = custom
    # Up to then, not to the end of the month: from there on the seconds are counted anew.
    return (month[0], min(month[1], start)) if now < start else custom


def custom_period(settings: Settings) -> tuple[datetime, datetime] | None:
    """Start (included) and end (excluded) of the period that is set, whether or not it holds now; None: none is."""
    first, last = settings.limit_start_date, settings.limit_end_date
    if first is None or last is None:
        return None
    return _midnight(first), _midnight(date.fromordinal(last.toordinal() + 1))


def _month_around(now: datetime) -> tuple[datetime, datetime]:
    first = now.astimezone(UTC).date().replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return _midnight(first), _midnight(following)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def find_quota(database: Database, user_id: str, *, limits: Mapping[str, Any]) -> Quota:
    """What that user may still do. Raises IndexError for a user that does not exist."""
    return Quota.model_validate(database.call("find_quota", user_id=user_id, limits=dict(limits))[0])


def find_allowance(
    database: Database, user_id: str, model: Model, request: Request, *, limits: Mapping[str, Any]
) -> Allowance:
    """What that user may still do and what the clip would take of it, which need not be complete yet.

    Raises Unavailable, or IndexError for a user that does not exist.
    """
    basis = draft_cost_basis(model, request)
    rows = database.call("find_allowance", user_id=user_id, order=basis, limits=dict(limits))
    return Allowance.model_validate(rows[0])


def longest_frames(model: Model, remaining_seconds: float, *, affordable: float = math.inf) -> int | None:
    """The most frames, up to `affordable`, that fit into the remaining seconds; None: not even the shortest clip does."""
    frames = model.frames.largest_up_to(min(remaining_seconds * model.fps + 1e-6, affordable))
    return None if frames is None else int(frames)


def affordable_frames(frames: int, expected_usd: float | None, left_usd: float | None) -> float:
    """How many frames that much money pays for where `frames` of them cost expected_usd; inf where nobody knows."""
    if left_usd is None or not expected_usd:
        return math.inf
    return frames * left_usd / expected_usd + 1e-6


def set_limits(
    database: Database, name: str, *, limit_seconds: float | None, max_jobs: int | None, by: str | None
) -> User:
    """Gives that user limits of their own: seconds of video per period, jobs at once; None: the setting holds.

    `by` is the admin who does so, None the command line. Raises InvalidInput, NotFound or NotAllowed.
    """
    _check("limitSeconds", limit_seconds, _MOST_SECONDS, "seconds of video")
    _check("maxJobs", max_jobs, _MOST_JOBS, "jobs at once")
    rows = database.call(
        "set_limits", actor=by, id=name.strip().lower(), limit_seconds=limit_seconds, max_jobs=max_jobs
    )
    return User.model_validate(rows[0])


def _check(field: str, value: float | None, most: float, what: str) -> None:
    if value is not None and not 0 <= value <= most:  # not a number is neither
        message = f"takes 0 to {most:,.0f} {what}"
        raise InvalidInput(f"A limit {message}.", details=[{"field": field, "message": message}])
