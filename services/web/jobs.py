"""Routes of jobs: a new one, and how one stands at RunPod."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from services import quota
from services.accounts import User
from services.attempts import ask_about, carry_out_now
from services.errors import InvalidInput, NotFound
from services.orders import Request as Order
from services.videos import Video, find_video_by_job, submit_video
from services.web.answers import JsonAnswer
from services.web.caller import Caller, OurStudio, SignedInRoute
from services.web.presentation import (
    SubmittedAnswer,
    VideoAnswer,
    present_quota,
    present_video,
)
from services.web.threads import in_slow_thread, in_thread
from services.wiring import Studio

MOST_KEY = 200
ASK_SECONDS = 4.0
_STRICT = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)
router = APIRouter(route_class=SignedInRoute)


class JobInput(BaseModel):
    """The model's own settings; what is left out takes the model's default."""

    model_config = _STRICT

    positive_prompt: str | None = None
    negative_prompt: str | None = None
    width: int | None = None
    height: int | None = None
    seed: int | None = None
    steps: int | None = None
    cfg: float | None = None
    num_frames: int | None = None


class NewJob(BaseModel):
    """A clip to be generated. `prompt` and `frames` may stand in `input` instead."""

    model_config = _STRICT

    prompt: str | None = None
    modelName: str  # noqa: N815 - the API's own spelling
    frames: int | None = None
    input: JobInput = Field(default_factory=JobInput)


@router.post(
    "/runpod",
    summary="Generate a clip",
    status_code=201,
    responses={201: {"model": SubmittedAnswer}},
)
async def submit(
    caller: Caller,
    studio: OurStudio,
    wanted: NewJob,
    idempotency_key: Annotated[str | None, Header(description="the same key gives the same video")] = None,
) -> JsonAnswer:
    """403 `quota_exceeded` or `budget_exceeded` with `suggestedFrames`, 403 `terms_not_accepted`, 409 `too_many_jobs`,
    422 with each field that is wrong.
    """
    order = read_order(wanted)
    key = _checked_key(idempotency_key)
    return JsonAnswer(await in_slow_thread(_submit, studio, caller, order, key), 201)


def _submit(studio: Studio, caller: User, order: Order, key: str | None) -> SubmittedAnswer:
    limits = quota.limits(studio.settings)
    video = submit_video(
        studio.database,
        studio.catalog,
        order,
        by=caller.id,
        limits=limits,
        max_retries=studio.settings.max_retries,
        request_key=key,
    )
    if video.attempt_state == "waiting":
        video = carry_out_now(studio, video, by=caller.id)
    left = quota.find_quota(studio.database, caller.id, limits=limits)
    return {**present_video(video), "monthlyQuota": present_quota(left)}


def read_order(wanted: NewJob) -> Order:
    """The order behind the request. Raises InvalidInput where it says two things at once, or no prompt."""
    given = wanted.input
    prompt = _one_of("prompt", wanted.prompt, "input.positive_prompt", given.positive_prompt)
    frames = _one_of("frames", wanted.frames, "input.num_frames", given.num_frames)
    if prompt is None:
        raise InvalidInput("The prompt is missing.", details=[{"field": "prompt", "message": "is missing"}])
    return Order(
        prompt=prompt,
        model_name=wanted.modelName,
        frames=frames,
        width=given.width,
        height=given.height,
        negative_prompt=given.negative_prompt,
        seed=given.seed,
        steps=given.steps,
        cfg=given.cfg,
    )


def _one_of(field: str, first: Any, other_field: str, second: Any) -> Any:
    if first is not None and second is not None and first != second:
        contradiction = {"field": other_field, "message": f"says something else than {field}"}
        raise InvalidInput(f"{field} and {other_field} must say the same.", details=[contradiction])
    return second if first is None else first


def _checked_key(key: str | None) -> str | None:
    if key is not None and not (0 < len(key) <= MOST_KEY and key.isprintable()):
        details = [{"field": "Idempotency-Key", "message": f"takes 1 to {MOST_KEY} printable characters"}]
        raise InvalidInput(f"An Idempotency-Key takes 1 to {MOST_KEY} printable characters.", details=details)
    return key


@router.get("/runpod/{job_id}", summary="How a job stands now", responses={200: {"model": VideoAnswer}})
async def tell_job(caller: Caller, studio: OurStudio, job_id: str) -> JsonAnswer:
    """Asks RunPod about a job that is under way; trouble there changes nothing."""
    if not job_id.isprintable():
        raise NotFound("There is no such clip among yours.")
    video = await in_thread(find_video_by_job, studio.database, job_id, by=caller.id)
    return JsonAnswer(present_video(await _asked_about(studio, video, caller)))


async def _asked_about(studio: Studio, video: Video, caller: User) -> Video:
    if not video.is_active:
        return video
    try:
        return await asyncio.wait_for(in_slow_thread(ask_about, studio, video, by=caller.id), ASK_SECONDS)
    except TimeoutError:
        return video
