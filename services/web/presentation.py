"""What the API shows of a video and of an allowance: the names and formats of its JSON."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import cast

from pydantic.alias_generators import to_snake
from typing_extensions import TypedDict

from services.quota import Quota
from services.videos import Video


class MonthlyQuota(TypedDict):
    limitSeconds: float
    currentUsage: float
    remainingSeconds: float


class VideoAnswer(TypedDict):
    id: int
    jobId: str | None
    userId: str
    prompt: str
    negativePrompt: str | None
    modelName: str
    status: str
    url: str | None
    posterUrl: str | None
    frames: int
    fps: float
    width: int
    height: int
    seed: int
    steps: int | None
    cfg: float | None
    error: str | None
    errorKind: str | None
    retryCount: int
    progress: float | None
    delayMs: int | None
    executionMs: int | None
    workerId: str | None
    costUsd: float | None
    costKind: str | None
    durationSeconds: float
    createdAt: str
    updatedAt: str
    deletedAt: str | None
    rating: int | None
    starred: bool
    tags: list[str]
    batchId: str | None
    shared: bool


def _attribute(field: str) -> str:
    """Where Video keeps what the API calls so."""
    renamed = {
        "modelName": "model",
        "url": "result_url",
        "posterUrl": "poster_key",
        "durationSeconds": "seconds",
    }
    return renamed.get(field) or to_snake(field)


_read = attrgetter(*map(_attribute, VideoAnswer.__annotations__))


class SubmittedAnswer(VideoAnswer):
    """A new video and what is left of the allowance."""

    monthlyQuota: MonthlyQuota


class QuotaAnswer(TypedDict):
    monthlyQuota: MonthlyQuota
    activeJobs: int
    maxJobs: int


def present_video(video: Video) -> VideoAnswer:
    """The video as the API shows it; `progress` is a share of 1, times are ISO 8601 in UTC."""
    shown = dict(zip(VideoAnswer.__annotations__, _read(video), strict=True))
    shown["url"] = _url(video)
    shown["posterUrl"] = f"/api/videos/{video.id}/poster" if video.poster_key else None
    shown["durationSeconds"] = round(video.seconds, 3)
    for field in ("createdAt", "updatedAt", "deletedAt"):
        shown[field] = shown[field] and iso_time(shown[field])
    return cast(VideoAnswer, shown)


def _url(video: Video) -> str | None:
    if video.status != "completed":
        return None
    return f"/api/videos/{video.id}/file" if video.file_key else video.result_url


def present_quota(quota: Quota) -> MonthlyQuota:
    """The period's allowance in seconds of video."""
    return {
        "limitSeconds": round(quota.limit_seconds, 3),
        "currentUsage": round(quota.used_seconds, 3),
        "remainingSeconds": round(quota.remaining_seconds, 3),
    }


def iso_time(time: datetime) -> str:
    """Such as 2026-11-22T07:30:00.123Z, cut to milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix_ms(time: datetime) -> int:
    """Whole milliseconds since 1970."""
    return int(time.timestamp()) * 1000 + time.microsecond // 1000
