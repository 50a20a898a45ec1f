"""What people want while the machinery is at work: cancelled, tried again or restored in the middle of something."""

from typing import Any

import psycopg
import pytest

from services.errors import Conflict, LimitReached
from services.gateways.database import Database
from tests.sql.lifecycle import Life


@pytest.fixture
def life(database: Database) -> Life:
    """A user's videos."""
    return Life(database)


SAID_NO = [
    ("record_refusal", {"note": "busy", "retry_after": None}),
    ("record_blocked", {"reason": "Check the key."}),
]


@pytest.mark.parametrize(("function", "told"), SAID_NO)
def test_a_job_cancelled_on_its_way_is_not_sent_again_when_runpod_said_no(
    life: Life, function: str, told: dict[str, Any]
) -> None:
    """Nobody wants it any more, and RunPod does not have it: it ends here."""
    video = life.submit()
    (work,) = life.claim("submit")
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    life.database.call(function, attempt_id=work["attempt_id"], **told)
    row = life.video(video["id"])
    assert (row["status"], row["error_kind"], row["attempt_state"]) == ("failed", "cancelled", "failed")


@pytest.mark.parametrize(
    ("function", "told"), [*SAID_NO, ("record_no_answer", {"note": "no answer", "grace": 600})]
)
def test_why_a_job_is_not_at_runpod_yet_reaches_those_who_look(
    life: Life, function: str, told: dict[str, Any]
) -> None:
    """The reason is a change of the video: open pages and `updatedSince` hear of it."""
    video = life.submit()
    (work,) = life.claim("submit")
    life.database.call(function, attempt_id=work["attempt_id"], **told)
    since = (
        video["updated_at"].isoformat() if hasattr(video["updated_at"], "isoformat") else video["updated_at"]
    )
    (change,) = life.database.call("list_changes", user_id="anna", since=since, limit=10)
    assert change["attempt_note"] == next(iter(told.values()))


def test_a_refusal_that_comes_after_its_process_was_given_up_frees_the_video(life: Life) -> None:
    """RunPod certainly has no such job, so there is no news to wait for."""
    video = life.submit()
    (work,) = life.claim("submit")
    life.database.call("record_no_answer", attempt_id=work["attempt_id"], note="no answer", grace=600)
    life.database.call("record_refusal", attempt_id=work["attempt_id"], note="busy", retry_after=None)
    assert life.video(video["id"])["attempt_state"] == "waiting"


def test_what_a_process_gives_back_as_it_ends_is_fetched_by_another_at_once(life: Life) -> None:
    """No waiting until it is taken for dead."""
    life.sent()
    life.news("completed", result_url="https://r/")
    assert [work["kind"] for work in life.claim(worker="ends")] == ["store"]
    life.database.call("retire_worker", worker="ends")
    assert [work["kind"] for work in life.claim(worker="goes on")] == ["store"]


def test_a_video_tried_again_by_hand_counts_in_the_period_it_is_tried_in(
    life: Life, database_url: str
) -> None:
    """Cancelling in one period and trying again in the next is no way around the allowance."""
    video = life.submit(limits={"limit_seconds": 2})
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update videos set created_at = '2019-01-01'")
    limits = {"limit_seconds": 2, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
    life.database.call("retry_video", video_id=video["id"], actor="anna", limits=limits)
    with pytest.raises(LimitReached):
        life.submit(limits={"limit_seconds": 2})


def test_a_deleted_video_cannot_be_restored_while_its_files_are_being_removed(life: Life) -> None:
    """Else the clip would come back with nothing to play."""
    video = life.sent()
    life.news("failed", error_kind="worker_error")
    life.database.call("delete_videos", actor="anna", ids=[video["id"]], job_ids=[], keep_seconds=0)
    assert [work["kind"] for work in life.claim()] == ["purge"]
    with pytest.raises(Conflict):
        life.database.call("restore_video", video_id=video["id"], actor="anna")
