"""The sentences that tell what is happening to a video."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.narration import describe, duration, is_in_work, queue_seconds
from services.videos import Video

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def a_video(**changed: Any) -> Video:
    fields: dict[str, Any] = dict.fromkeys(Video.model_fields)
    known = {
        "id": 1, "user_id": "anna", "prompt": "A fox", "model": "mochi", "endpoint": "e", "width": 848, "height": 480,
        "frames": 61, "fps": 24, "seed": 1, "status": "queued", "retry_count": 0, "starred": False, "tags": (),
        "shared": False, "owner_name": "Anna",
        "created_at": ago(60), "updated_at": ago(1), "attempt": 1, "attempt_state": "waiting",
    }  # fmt: skip
    return Video.model_validate({**fields, **known, **changed})


UNDER_WAY = [
    ({}, "Handing the job to RunPod."),
    ({"attempt_state": "sending"}, "Handing the job to RunPod."),
    ({"attempt_state": "sending", "attempt": 2}, "Handing the job to RunPod, attempt 2."),
    ({"attempt": 2}, "It failed and is about to be tried again, attempt 2."),
    (
        {"attempt_note": "RunPod cannot be reached right now."},
        "RunPod cannot be reached right now. We keep trying.",
    ),
    ({"attempt_state": "unknown"}, "RunPod has not confirmed the job. We wait for news before trying again."),
    (
        {"attempt_state": "unknown", "attempt_note": "RunPod gave no clear answer (502)"},
        "RunPod gave no clear answer (502). We wait for news before trying again.",
    ),
    ({"attempt_state": "queued", "submitted_at": ago(12.9)}, "Waiting for a free worker for 12 s."),
    (
        {"attempt_state": "queued", "submitted_at": ago(125), "attempt": 3},
        "Waiting for a free worker for 2 min 5 s, attempt 3.",
    ),
    (
        {"status": "processing", "attempt_state": "processing", "started_at": ago(9)},
        "Rendering for 9 s.",
    ),
    (
        {"status": "processing", "attempt_state": "processing", "progress": 0.4, "started_at": ago(9)},
        "Rendering, 40 % done.",
    ),
    (
        {"status": "processing", "attempt_state": "processing", "cancel_requested_at": ago(1)},
        "Cancelling …",
    ),
    ({"status": "completed"}, "Rendered. Saving the clip …"),
    ({"status": "completed", "store_note": "The disk is full"}, "Rendered. The disk is full."),
    ({"status": "completed", "stored_at": ago(1)}, "Ready to play."),
]
ENDED = [
    ({"error_kind": "cancelled", "error": "The job was cancelled at RunPod."}, "Cancelled."),
    ({"error_kind": "worker_error", "error": "CUDA out of memory"}, "CUDA out of memory."),
    ({"error_kind": "worker_error"}, "The worker failed without saying why. Try again."),
    ({"error_kind": "timed_out"}, "It took too long and was stopped. Try again, or make the clip shorter."),
    ({"error_kind": "expired"}, "The finished clip could no longer be fetched. Try again."),
    ({"error_kind": "lost"}, "RunPod lost the job. Try again."),
    ({"error_kind": "submit_error"}, "RunPod did not accept the job. Try again."),
]


@pytest.mark.parametrize(("changed", "sentence"), UNDER_WAY)
def test_each_step_has_its_sentence(changed: dict[str, Any], sentence: str) -> None:
    """From the first second to the stored clip the owner reads what is being done."""
    assert describe(a_video(**changed), NOW) == sentence


@pytest.mark.parametrize(("changed", "sentence"), ENDED)
def test_each_failure_says_why_or_what_to_do(changed: dict[str, Any], sentence: str) -> None:
    """A failure shows its reason, and where none is known the next step."""
    assert describe(a_video(status="failed", **changed), NOW) == sentence


def test_a_clock_that_is_behind_never_tells_of_negative_times() -> None:
    """The database's clock may be ahead of this machine's."""
    ahead = {"attempt_state": "queued", "submitted_at": ago(-3), "created_at": ago(-4)}

    assert describe(a_video(**ahead), NOW) == "Waiting for a free worker for 0 s."
    assert queue_seconds(a_video(**ahead), NOW) == 0


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [
        ({}, 60),
        ({"started_at": ago(20)}, 40),
        ({"status": "failed", "error_kind": "lost", "finished_at": ago(50)}, 10),
    ],
)
def test_the_time_in_the_queue_ends_when_a_worker_takes_it(changed: dict[str, Any], seconds: float) -> None:
    """It counts from the request, and stops at the start of rendering or at the end of it all."""
    assert queue_seconds(a_video(**changed), NOW) == seconds


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"status": "processing"}, True),
        ({"status": "completed"}, True),
        ({"status": "completed", "store_note": "The disk is full."}, False),
        ({"status": "completed", "stored_at": ago(1)}, False),
        ({"status": "failed", "error_kind": "lost"}, False),
    ],
)
def test_a_clip_is_in_work_until_it_can_be_played(changed: dict[str, Any], expected: bool) -> None:
    """Rendered but not saved yet still changes within seconds; one that cannot be saved now does not."""
    assert is_in_work(a_video(**changed)) is expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h 0 min"),
        (7810, "2 h 10 min"),
    ],
)
def test_durations_are_written_with_their_two_largest_units(seconds: float, text: str) -> None:
    """Nobody has to divide by sixty."""
    assert duration(seconds) == text
