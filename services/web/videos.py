"""Routes of videos: deleting, cancelling, trying again, restoring, sharing, rating."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from services import quota
from services.accounts import User
from services.attempts import carry_out_now
from services.errors import InvalidInput
from services.ratings import NO_RATING, rate_video
from services.sharing import share_video
from services.videos import Video, cancel_video, delete_videos, restore_video, retry_video
from services.web.answers import JsonAnswer
from services.web.caller import Caller, OurStudio, SignedInRoute
from services.web.presentation import QuotaAnswer, VideoAnswer, present_quota, present_video
from services.web.threads import in_slow_thread, in_thread
from services.wiring import Studio

MOST_ID = 2**63 - 1
VideoId = Annotated[int, Path(ge=1, le=MOST_ID)]
router = APIRouter(route_class=SignedInRoute)


class Deletion(BaseModel):
    """What to delete: our ids, RunPod's job ids, or both."""

    model_config = ConfigDict(extra="forbid")

    ids: list[StrictInt] | None = Field(None, max_length=1000)
    jobIds: list[StrictStr] | None = Field(None, max_length=1000)  # noqa: N815 - the API's own spelling


@router.delete("/videos", summary="Delete videos", responses={200: {"model": dict[str, list[int]]}})
async def delete_mine(caller: Caller, studio: OurStudio, wanted: Deletion) -> JsonAnswer:
    """Deletes those that are yours and says which; restorable for 30 days."""
    if wanted.ids is None and wanted.jobIds is None:
        missing = {"field": "ids", "message": "is missing, and so is jobIds"}
        raise InvalidInput("Name the videos to delete in ids or jobIds.", details=[missing])
    ids = [number for number in wanted.ids or [] if 0 < number <= MOST_ID]
    jobs = [job for job in wanted.jobIds or [] if job.isprintable()]
    deleted = await in_thread(delete_videos, studio.database, by=caller.id, ids=ids, job_ids=jobs)
    studio.work_arrived.set()
    return JsonAnswer({"deleted": deleted})


_VIDEO: dict[str, Any] = {"responses": {200: {"model": VideoAnswer}}}


@router.post("/videos/{video_id}/cancel", summary="Cancel a queued or running job", **_VIDEO)
async def cancel(caller: Caller, studio: OurStudio, video_id: VideoId) -> JsonAnswer:
    """409 when it is finished."""
    return JsonAnswer(present_video(await in_slow_thread(_cancel, studio, caller, video_id)))


def _cancel(studio: Studio, caller: User, video_id: int) -> Video:
    video = cancel_video(studio.database, video_id, by=caller.id)
    return carry_out_now(studio, video, by=caller.id)


@router.post("/videos/{video_id}/retry", summary="Try a failed video again", **_VIDEO)
async def retry(caller: Caller, studio: OurStudio, video_id: VideoId) -> JsonAnswer:
    """409 when it has not failed; limits hold as for a new video."""
    return JsonAnswer(present_video(await in_slow_thread(_retry, studio, caller, video_id)))


def _retry(studio: Studio, caller: User, video_id: int) -> Video:
    video = retry_video(studio.database, video_id, by=caller.id, limits=quota.limits(studio.settings))
    return carry_out_now(studio, video, by=caller.id)


@router.post("/videos/{video_id}/restore", summary="Bring a deleted video back", **_VIDEO)
async def restore(caller: Caller, studio: OurStudio, video_id: VideoId) -> JsonAnswer:
    """409 when it is not deleted, or was deleted too long ago."""
    return JsonAnswer(present_video(await in_thread(restore_video, studio.database, video_id, by=caller.id)))


class Sharing(BaseModel):
    """Whether everybody with an account may look at it."""

    model_config = ConfigDict(extra="forbid")

    shared: StrictBool


@router.post("/videos/{video_id}/share", summary="Share a video with the team, or no longer", **_VIDEO)
async def share(caller: Caller, studio: OurStudio, video_id: VideoId, wanted: Sharing) -> JsonAnswer:
    """For its owner and admins. Everybody with an account may then look at it, and only those two change it."""
    shared = await in_thread(share_video, studio.database, video_id, by=caller.id, shared=wanted.shared)
    return JsonAnswer(present_video(shared))


class Opinion(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    rating: Annotated[StrictInt, Field(ge=1, le=5)] | None = None
    starred: StrictBool | None = None

    @property
    def new_rating(self) -> int | None:
        """NO_RATING where null is said; None where nothing is."""
        return NO_RATING if "rating" in self.model_fields_set and self.rating is None else self.rating


@router.post("/videos/{video_id}/rate", summary="Rate a video, or star it", **_VIDEO)
async def rate(caller: Caller, studio: OurStudio, video_id: VideoId, opinion: Opinion) -> JsonAnswer:
    """For its owner and admins; a rating of null takes it away."""
    return JsonAnswer(present_video(await in_thread(_rate, studio, caller, video_id, opinion)))


def _rate(studio: Studio, caller: User, video_id: int, opinion: Opinion) -> Video:
    rating, starred = opinion.new_rating, opinion.starred
    return rate_video(studio.database, video_id, by=caller.id, rating=rating, starred=starred)


@router.get("/quota", summary="What you may still generate", responses={200: {"model": QuotaAnswer}})
async def tell_quota(caller: Caller, studio: OurStudio) -> JsonAnswer:
    """The period's allowance in seconds of video, and the jobs running now."""
    limits = quota.limits(studio.settings)
    found = await in_thread(quota.find_quota, studio.database, caller.id, limits=limits)
    answer: QuotaAnswer = {
        "monthlyQuota": present_quota(found),
        "activeJobs": found.active_jobs,
        "maxJobs": found.max_jobs,
    }
    return JsonAnswer(answer)
