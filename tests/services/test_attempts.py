"""Sending, asking, cancelling: what each answer of RunPod does to the video."""

from typing import Any

import pytest

from services import attempts
from services.accounts import ensure_user
from services.errors import Unavailable
from services.gateways.runpod import EndpointBlocked, SubmitRefused, SubmitUnknown
from services.orders import Request
from services.quota import limits
from services.terms import accept_terms
from services.videos import Video, cancel_video, find_video, submit_video
from services.wiring import Studio
from services.work import claim_work
from tests.fakes import FakeRunPod


def submitted(studio: Studio, **changes: Any) -> Video:
    accept_terms(studio.database, ensure_user(studio.database, "anna", role="user").id)
    request = Request(**{"prompt": "a sea", "model_name": "mochi", **changes})
    return submit_video(
        studio.database, studio.catalog, request, by="anna", limits=limits(studio.settings), max_retries=2
    )


def carried_out(studio: Studio) -> list[str]:
    """Does what is due; the kinds of work done."""
    works = claim_work(studio, limit=10)
    for work in works:
        {"submit": attempts.send, "poll": attempts.ask, "cancel": attempts.stop}[work.kind](studio, work)
    return [work.kind for work in works]


def again(studio: Studio, video: Video) -> Video:
    return find_video(studio.database, video.id, by="anna")


def test_a_submission_carries_input_policy_and_a_signed_webhook(studio: Studio, runpod: FakeRunPod) -> None:
    """What RunPod gets is what was asked for, with limits from the catalog."""
    video = submitted(studio, seed=0, negative_prompt="", cfg=0)
    assert carried_out(studio) == ["submit"]
    (job,) = runpod.submitted
    assert (job["input"]["seed"], job["input"]["negative_prompt"], job["input"]["cfg"]) == (0, "", 0)
    assert (job["execution_timeout_ms"], job["ttl_ms"]) == (1_800_000, 86_400_000)
    assert f"video={video.id}&attempt=1&sign=" in job["webhook"]
    assert again(studio, video).job_id == job["job_id"]


@pytest.mark.parametrize(
    ("trouble", "state", "note"),
    [
        (
            SubmitRefused("RunPod takes no jobs just now (503)."),
            "waiting",
            "RunPod takes no jobs just now (503).",
        ),
        (SubmitUnknown("No clear answer (502)."), "unknown", "No clear answer (502)."),
        (EndpointBlocked("Check RUNPOD_API_KEY."), "waiting", "Check RUNPOD_API_KEY."),
    ],
)
def test_trouble_on_runpods_side_leaves_the_video_queued_with_the_reason(
    studio: Studio, runpod: FakeRunPod, trouble: Exception, state: str, note: str
) -> None:
    """Never lost, never failed for somebody else's trouble, and not sent again at once."""
    video = submitted(studio)
    runpod.trouble = trouble
    carried_out(studio)
    now = again(studio, video)
    assert (now.status, now.attempt_state, now.attempt_note) == ("queued", state, note)
    assert carried_out(studio) == []


def test_a_job_runpod_will_never_take_fails_with_its_sentence(studio: Studio, runpod: FakeRunPod) -> None:
    """400 and its like do not get better by waiting."""
    video = submitted(studio)
    runpod.trouble = SubmitRefused("RunPod refused the job: too long", permanent=True)
    carried_out(studio)
    now = again(studio, video)
    assert (now.status, now.error_kind, now.error) == (
        "failed",
        "submit_error",
        "RunPod refused the job: too long",
    )


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ({"status": "IN_PROGRESS"}, "processing", None),
        ({"status": "COMPLETED", "output": {"result": "https://r/x.mp4"}}, "completed", None),
        ({"status": "COMPLETED", "output": {"result": "FAILED: out of memory"}}, "failed", "worker_error"),
        ({"status": "CANCELLED"}, "failed", "cancelled"),
    ],
)
def test_asking_takes_in_what_runpod_says(
    studio: Studio, runpod: FakeRunPod, answer: dict[str, Any], status: str, kind: str | None
) -> None:
    """The answer to a question counts as much as a webhook."""
    video = attempts.carry_out_now(studio, submitted(studio), by="anna")
    assert video.job_id is not None
    runpod.answers[video.job_id] = {"id": video.job_id, **answer}
    now = attempts.ask_about(studio, video, by="anna")
    assert (now.status, now.error_kind) == (status, kind)


def test_trouble_while_asking_changes_nothing(
    studio: Studio, runpod: FakeRunPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upstream error is no news."""

    def down(endpoint: str, job_id: str) -> None:
        raise Unavailable("RunPod cannot be reached right now.")

    video = attempts.carry_out_now(studio, submitted(studio), by="anna")
    runpod.status = down  # type: ignore[method-assign,assignment]
    assert attempts.ask_about(studio, video, by="anna") == video


def test_cancelling_at_once_reaches_runpod_and_the_row(studio: Studio, runpod: FakeRunPod) -> None:
    """One call later the video is cancelled."""
    video = attempts.carry_out_now(studio, submitted(studio), by="anna")
    asked = cancel_video(studio.database, video.id, by="anna")
    now = attempts.carry_out_now(studio, asked, by="anna")
    assert runpod.cancelled == [video.job_id]
    assert (now.status, now.error_kind) == ("failed", "cancelled")


def test_a_job_without_news_is_asked_for_after_a_while(studio: Studio, database_url: str) -> None:
    """The webhook is a hint; asking is what can be relied on."""
    from tests.sql.lifecycle import Life

    attempts.carry_out_now(studio, submitted(studio), by="anna")
    assert carried_out(studio) == []
    Life(studio.database).make_due(database_url)
    assert carried_out(studio) == ["poll"]
