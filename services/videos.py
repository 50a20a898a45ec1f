"""Videos: submitting, finding, listing, cancelling, trying again, deleting, restoring."""

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from services.catalog import Catalog, Model
from services.errors import AppError, LimitReached, NotFound, Unavailable
from services.gateways.database import Database, Row
from services.orders import Request, plan_order
from services.quota import affordable_frames, longest_frames

KEPT_SECONDS = 30 * 24 * 3600
"""How long a deleted video can be restored."""
_PATIENCE = 3.0  # seconds after which an answer that did not come is not waited for a second time

Status = Literal["queued", "processing", "completed", "failed"]


class Video(BaseModel):
    """A video with its current attempt and all it has cost: a row of `video_details`."""

    model_config = ConfigDict(frozen=True)

    id: int
    user_id: str
    batch_id: str | None
    prompt: str
    negative_prompt: str | None
    model: str
    endpoint: str
    width: int
    height: int
    frames: int
    fps: float
    seed: int
    steps: int | None
    cfg: float | None
    status: Status
    error_kind: str | None
    error: str | None
    progress: float | None
    retry_count: int
    cancel_requested_at: datetime | None
    finished_at: datetime | None
    result_url: str | None
    file_key: str | None
    poster_key: str | None
    file_bytes: int | None
    duration_seconds: float | None
    stored_at: datetime | None
    store_note: str | None
    starred: bool
    rating: int | None
    tags: tuple[str, ...]
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    attempt: int | None
    attempt_state: str | None
    attempt_note: str | None
    job_id: str | None
    submitted_at: datetime | None
    started_at: datetime | None
    delay_ms: int | None
    execution_ms: int | None
    worker_id: str | None
    cost_usd: float | None
    cost_kind: Literal["billed", "estimated"] | None
    shared: bool
    owner_name: str

    @property
    def is_active(self) -> bool:
        """Queued or processing."""
        return self.status in ("queued", "processing")

    @property
    def seconds(self) -> float:
        """Length: the stored file's, else frames ÷ fps."""
        return self.duration_seconds if self.duration_seconds is not None else self.frames / self.fps


class Event(BaseModel):
    """One line of a video's timeline."""

    model_config = ConfigDict(frozen=True)

    id: int
    video_id: int
    attempt: int | None
    at: datetime
    kind: str
    detail: str | None


def submit_video(
    database: Database,
    catalog: Catalog,
    request: Request,
    *,
    by: str,
    limits: Mapping[str, Any],
    max_retries: int,
    request_key: str | None = None,
    batch_id: str | None = None,
) -> Video:
    """Accepts the request: the video is queued and will be generated. The same request_key gives the same video.

    A lost answer is asked for once more under the same key, which is made up where none is given. Raises InvalidInput,
    NotAllowed, Conflict (too many jobs at once) or LimitReached (the allowance or the team's budget used up, with
    `suggestedFrames`, the longest length that still fits, or None). After Unavailable the video may be there: the same
    key finds out.
    """
    order = plan_order(catalog, request)
    key = request_key or secrets.token_hex(16)
    order |= {"max_retries": max_retries, "request_key": key, "batch_id": batch_id}
    try:
        rows = _submit(database, user_id=by, order=order, limits=dict(limits))
    except LimitReached as error:
        error.extra["suggestedFrames"] = _fitting_frames(catalog.find(request.model_name), order, error.extra)
        raise
    return Video.model_validate(rows[0])


def _fitting_frames(model: Model, order: Mapping[str, Any], left: Mapping[str, Any]) -> int | None:
    affordable = affordable_frames(order["frames"], left.get("expectedUsd"), left.get("remainingUsd"))
    return longest_frames(model, left.get("remainingSeconds", math.inf), affordable=affordable)


def _submit(database: Database, **wanted: Any) -> list[Row]:
    begun = time.monotonic()
    try:
        return database.call("submit_video", **wanted)
    except Unavailable as error:
        if error.code != "database_unavailable" or time.monotonic() - begun > _PATIENCE:
            raise
        return database.call("submit_video", **wanted)


def find_video(database: Database, video_id: int, *, by: str) -> Video:
    """The video, deleted or not; another's as long as it is shared. Raises NotFound when it is not theirs to see."""
    return _only(database.call("find_video", video_id=video_id, actor=by))


def find_video_by_job(database: Database, job_id: str, *, by: str) -> Video:
    """The video RunPod knows under that id. Raises NotFound."""
    return _only(database.call("find_video_by_job", job_id=job_id, actor=by))


def list_videos(
    database: Database,
    user_id: str,
    *,
    before: int | None = None,
    limit: int = 1000,
    status: Status | None = None,
    model: str | None = None,
    search: str | None = None,
) -> list[Video]:
    """Up to `limit` (at most 1000) of the user's videos, newest first; deleted ones left out."""
    rows = database.call(
        "list_videos", user_id=user_id, before=before, limit=limit, status=status, model=model, search=search
    )
    return [Video.model_validate(row) for row in rows]


def list_changes(database: Database, user_id: str, *, since: datetime, limit: int = 1000) -> list[Video]:
    """What changed after `since`, oldest change first, deleted ones included."""
    rows = database.call("list_changes", user_id=user_id, since=since.isoformat(), limit=limit)
    return [Video.model_validate(row) for row in rows]


def list_events(database: Database, video_id: int, *, by: str) -> list[Event]:
    """The video's timeline, oldest first; empty when it is not theirs to see."""
    return [Event.model_validate(row) for row in database.call("list_events", video_id=video_id, actor=by)]


def cancel_video(database: Database, video_id: int, *, by: str) -> Video:
    """Asks for the end of a queued or running job; one RunPod has not taken yet ends at once.

    Raises NotFound, or Conflict when it is finished.
    """
    return _only(database.call("cancel_video", video_id=video_id, actor=by))


def retry_video(database: Database, video_id: int, *, by: str, limits: Mapping[str, Any]) -> Video:
    """Queues a failed video again. Raises NotFound, Conflict when it has not failed, and as submit_video."""
    return _only(database.call("retry_video", video_id=video_id, actor=by, limits=dict(limits)))


def retry_videos(
    database: Database, ids: Sequence[int], *, by: str, limits: Mapping[str, Any]
) -> list[tuple[int, str | None]]:
    """Queues failed videos again, the oldest first, as many as the limits admit.

    For each its id and, where it was not queued, the sentence why. Never raises for a single one of them; Unavailable
    when the database is away, and then those queued so far stay queued.
    """
    return [(video_id, _why_not_retried(database, video_id, by, limits)) for video_id in sorted(ids)]


def _why_not_retried(database: Database, video_id: int, by: str, limits: Mapping[str, Any]) -> str | None:
    try:
        retry_video(database, video_id, by=by, limits=limits)
    except Unavailable:
        raise
    except AppError as error:
        return error.message
    return None


def delete_videos(
    database: Database, *, by: str, ids: Sequence[int] = (), job_ids: Sequence[str] = ()
) -> list[int]:
    """Deletes those that are theirs and returns their ids; the others are simply not in the list.

    Restorable for KEPT_SECONDS; running jobs are cancelled.
    """
    rows = database.call(
        "delete_videos", actor=by, ids=list(ids), job_ids=list(job_ids), keep_seconds=KEPT_SECONDS
    )
    return [row["id"] for row in rows]


def restore_video(database: Database, video_id: int, *, by: str) -> Video:
    """Brings a deleted video back. Raises NotFound, or Conflict when it is not deleted or too long ago."""
    return _only(database.call("restore_video", video_id=video_id, actor=by))


def _only(rows: list[dict[str, Any]]) -> Video:
    if not rows:
        raise NotFound("There is no such clip among yours.")
    return Video.model_validate(rows[0])
