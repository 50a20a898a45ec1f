"""Notifications: what a user has not seen yet of what became of their clips and, for admins, of endpoints."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.gateways.database import Database

_SHOWN = 50


class Notification(BaseModel):
    """A clip that is ready or has failed for good, or an endpoint that refuses jobs.

    `subject` is the clip's prompt or the endpoint's id, `detail` the reason, `video_id` None for an endpoint.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    at: datetime
    kind: Literal["ready", "failed", "blocked"]
    video_id: int | None
    subject: str
    detail: str | None
    is_read: bool


class Notifications(BaseModel):
    """The newest ones, the newest first, and how many of all are unread."""

    model_config = ConfigDict(frozen=True)

    latest: tuple[Notification, ...] = ()
    unread: int = 0


def list_notifications(database: Database, user_id: str) -> Notifications:
    """What that user was told of in the last 30 days, the newest 50 in full. Raises Unavailable."""
    rows = database.call("list_notifications", user_id=user_id, limit=_SHOWN)
    latest = tuple(Notification.model_validate(row) for row in rows)
    return Notifications(latest=latest, unread=rows[0]["unread"] if rows else 0)


def mark_notifications_read(database: Database, user_id: str, *, up_to: int) -> None:
    """Counts everything up to that id as seen, in every browser. Raises Unavailable."""
    database.call("mark_notifications_read", user_id=user_id, up_to=up_to)
