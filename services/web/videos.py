"""Routes of videos: the list and its changes, deleting, cancelling, trying again, restoring."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from services import quota
from services.accounts import User
from services.attempts import carry_out_now
from services.errors import InvalidInput
from services.videos import Video, cancel_video, delete_videos, restore_video, retry_video
from services.web.answers import JsonAnswer
from services.web.caller import Caller, OurStudio, SignedInRoute
from services.web.listing import Listing, Page
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


@router.get("/videos", summary="Your videos, newest first", responses={200: {"model": list[VideoAnswer]}})
async def list_mine(
    request: Request, caller: Caller, studio: OurStudio, listing: Annotated[Listing, Query()]
) -> JsonAnswer:
    """Up to 1000 videos, or the changes after `updatedSince`; a `Link` header leads to the next ones."""
    page: Page = await in_thread(request.app.state.lists.page, studio.database, caller.id, listing)
    return JsonAnswer(page.body, headers=_links(request, page))


def _links(request: Request, page: Page) -> dict[str, str]:
    if page.following is None:
        return {}
    return {"link": f'<{request.url.include_query_params(**page.following)}>; rel="next"'}


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
