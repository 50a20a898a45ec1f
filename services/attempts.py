"""Attempts: sending a video to RunPod, asking for it, cancelling it, and taking in the news."""

import logging
from typing import TYPE_CHECKING, Any

from services.errors import AppError, Unavailable
from services.gateways.runpod import EndpointBlocked, SubmitRefused, SubmitUnknown
from services.news import News, fingerprint, parse_news
from services.videos import Video, find_video
from services.webhooks import webhook_url
from services.work import Work, claim_submission

if TYPE_CHECKING:
    from services.wiring import Studio

logger = logging.getLogger(__name__)
_MOST_PATIENCE = 600
"""How many seconds an answer from RunPod is held while the database is away."""


def send(studio: "Studio", work: Work) -> None:
    """Submits the attempt to RunPod and records what came of it, once, whatever RunPod answers."""
    assert work.video_id is not None  # noqa: S101 - a claimed submission has both
    assert work.number is not None  # noqa: S101
    model = studio.catalog.get(work.model)
    try:
        submission = studio.runpod.submit(
            work.endpoint,
            work.input or {},
            webhook=webhook_url(studio.public_url, studio.webhook_token, work.video_id, work.number),
            execution_timeout_ms=model.execution_timeout_seconds * 1000 if model else None,
            ttl_ms=model.job_life_seconds * 1000 if model else None,
        )
    except AppError as error:
        _record_trouble(studio, work, error)
    else:
        _insist(studio, "record_submission", attempt_id=work.attempt_id, job_id=submission.job_id,
                ask_again=studio.pace.ask_again)  # fmt: skip


def _record_trouble(studio: "Studio", work: Work, error: AppError) -> None:
    attempt = {"attempt_id": work.attempt_id}
    match error:
        case EndpointBlocked():
            logger.error("RunPod endpoint %s refuses jobs: %s", work.endpoint, error.message)
            _insist(studio, "record_blocked", **attempt, reason=error.message)
        case SubmitRefused(permanent=True):
            _insist(studio, "record_rejection", **attempt, error=error.message)
        case SubmitRefused():
            _insist(studio, "record_refusal", **attempt, note=error.message, retry_after=error.retry_after)
        case SubmitUnknown():
            _insist(studio, "record_no_answer", **attempt, note=error.message, grace=studio.pace.grace)
        case _:
            raise error


def _insist(studio: "Studio", function: str, **parameters: Any) -> None:
    """Writes it even if the database is away for a while: what RunPod answered is known nowhere else."""
    waited = 0.0
    while True:
        try:
            studio.database.call(function, **parameters)
        except Unavailable:
            if waited >= _MOST_PATIENCE or studio.stopping.is_set():
                raise
            waited += 1
            studio.stopping.wait(1)
        else:
            return


def ask(studio: "Studio", work: Work) -> None:
    """Asks RunPod how the job is and records it; trouble upstream changes nothing. Raises Unavailable."""
    assert work.job_id  # noqa: S101 - claimed questions have one
    report = studio.runpod.status(work.endpoint, work.job_id)
    if report is None:
        studio.database.call("record_missing", attempt_id=work.attempt_id)
    else:
        record_news(
            studio, parse_news({**report, "id": work.job_id}, result_path=_result_path(studio, work.model))
        )


def stop(studio: "Studio", work: Work) -> None:
    """Cancels the job at RunPod; one that has ended meanwhile keeps its result. Raises Unavailable."""
    assert work.job_id  # noqa: S101 - claimed questions have one
    studio.runpod.cancel(work.endpoint, work.job_id)
    report = studio.runpod.status(work.endpoint, work.job_id) or {"status": "CANCELLED"}
    record_news(
        studio, parse_news({**report, "id": work.job_id}, result_path=_result_path(studio, work.model))
    )


def record_news(
    studio: "Studio", news: News, *, video_id: int | None = None, number: int | None = None
) -> Video | None:
    """Takes in one piece of news, by the job's id or by the attempt that a signed webhook names.

    Idempotent and monotone: repeated, late and reordered news do no harm. None: nobody knows this job.
    Raises Unavailable.
    """
    rows = studio.database.call(
        "record_news",
        video_id=video_id,
        number=number,
        job_id=news.job_id,
        news=news_fields(news),
        ask_again=studio.pace.ask_again,
    )
    if news.state in ("completed", "failed"):
        studio.work_arrived.set()
    return Video.model_validate(rows[0]) if rows else None


def news_fields(news: News) -> dict[str, Any]:
    """The news as the schema's record_news takes them."""
    failed = news.state == "failed"
    return {
        "state": news.state,
        "error": news.error,
        "error_kind": news.error_kind,
        "error_group": fingerprint(news.error_kind, news.error or "") if failed else None,
        "retryable": news.retryable,
        "delay_ms": news.delay_ms,
        "execution_ms": news.execution_ms,
        "worker_id": news.worker_id,
        "progress": None if news.progress is None else news.progress / 100,
        "result_url": news.result.url if news.result else None,
        "cost_usd": news.cost_usd,
    }


def ask_about(studio: "Studio", video: Video, *, by: str) -> Video:
    """The video as it stands after RunPod was asked; trouble upstream changes nothing."""
    if not video.is_active or video.job_id is None:
        return video
    try:
        report = studio.runpod.status(video.endpoint, video.job_id)
        if report is not None:
            record_news(
                studio,
                parse_news({**report, "id": video.job_id}, result_path=_result_path(studio, video.model)),
            )
    except AppError:
        logger.info("RunPod could not be asked about video %s.", video.id, exc_info=True)
    return find_video(studio.database, video.id, by=by)


def carry_out_now(studio: "Studio", video: Video, *, by: str, seconds: float = 2) -> Video:
    """Sends, or cancels, the video without waiting for the loop's turn; after so many seconds the loop goes on with it.

    Returns the video as it stands then.
    """
    task = studio.hands.submit(_carry_out, studio, video)
    try:
        task.result(timeout=seconds)
    except (AppError, TimeoutError):
        logger.info("Video %s is left to the background loop.", video.id)
    now = find_video(studio.database, video.id, by=by)
    if now.job_id is None or now.cancel_requested_at:
        studio.work_arrived.set()  # only then: each of its looks asks the database a dozen things
    return now


def _carry_out(studio: "Studio", video: Video) -> None:
    if video.cancel_requested_at and video.job_id:
        stop(studio, _cancelling(video))
    for work in claim_submission(studio, video.id):
        send(studio, work)


def _cancelling(video: Video) -> Work:
    fields: dict[str, Any] = dict.fromkeys(Work.model_fields)
    known = {"kind": "cancel", "video_id": video.id, "user_id": video.user_id, "model": video.model}
    return Work.model_validate({**fields, **known, "endpoint": video.endpoint, "job_id": video.job_id})


def _result_path(studio: "Studio", model_name: str) -> str | None:
    model = studio.catalog.get(model_name)
    return model.result if model else None
