"""The state machine of a video and its attempts, on a real Postgres."""

import pytest

from services.errors import Conflict, NotFound
from services.gateways.database import Database
from tests.sql.lifecycle import Life


@pytest.fixture
def life(database: Database) -> Life:
    return Life(database)


def test_a_video_goes_from_queued_to_stored(life: Life) -> None:
    """The main path: sent, picked up, completed, its file kept."""
    video = life.sent()
    assert life.news("processing", progress=0.4, worker_id="w")[0]["status"] == "processing"
    done = life.news("completed", result_url="https://r/x.mp4", delay_ms=500, execution_ms=2100)[0]
    assert (done["status"], done["result_url"], done["execution_ms"]) == (
        "completed",
        "https://r/x.mp4",
        2100,
    )
    (work,) = life.claim("store")
    file = {"file_key": "a.mp4", "poster_key": "a.webp", "file_bytes": 9, "duration_seconds": 2.0}
    stored = life.database.call("record_stored", video_id=video["id"], number=work["number"], file=file)[0]
    assert (stored["file_key"], stored["stored_at"] is not None) == ("a.mp4", True)
    assert life.events(video["id"]) == ["created", "submitted", "picked_up", "finished", "stored"]
    assert life.claim() == []


@pytest.mark.parametrize("late", ["queued", "processing", "failed", "completed"])
def test_a_final_state_never_goes_back(life: Life, late: str) -> None:
    """Whatever comes after the end changes nothing."""
    video = life.sent()
    life.news("completed", result_url="https://r/x.mp4")
    before = life.video(video["id"])
    assert life.news(late, progress=0.1, error="x", retryable=True, result_url="https://evil/")
    assert life.video(video["id"]) == before


def test_processing_never_goes_back_to_queued_and_progress_only_grows(life: Life) -> None:
    """News out of order do not make the bar jump back."""
    life.sent()
    life.news("processing", progress=0.7)
    life.news("queued")
    row = life.news("processing", progress=0.2)[0]
    assert (row["status"], round(row["progress"], 3)) == ("processing", 0.7)


def test_what_only_the_attempt_learns_shows_among_the_changes(life: Life) -> None:
    """A job id or a worker that becomes known is a change to who follows them."""
    video = life.submit()
    life.claim("submit")
    for state, fields in (("queued", {}), ("processing", {}), ("processing", {"worker_id": "w"})):
        before = life.video(video["id"])["updated_at"]
        life.news(state, "job-9", signed=(video["id"], 1), **fields)
        changes = life.database.call("list_changes", user_id="anna", since=before, limit=5)
        assert [row["id"] for row in changes] == [video["id"]]


def test_news_of_an_unknown_job_find_nothing(life: Life) -> None:
    """Nobody's job changes nobody's video."""
    video = life.sent()
    assert life.news("completed", "job-x", result_url="https://r/") == []
    assert life.video(video["id"])["status"] == "queued"


@pytest.mark.parametrize("state", ["queued", "processing", "completed", "failed"])
def test_news_before_the_job_id_is_stored_are_adopted(life: Life, state: str) -> None:
    """A signed webhook finds its attempt although the answer to the submission was lost."""
    video = life.submit()
    life.claim("submit")
    row = life.news(state, "job-9", signed=(video["id"], 1), result_url="https://r/")[0]
    assert (row["job_id"], row["status"]) == ("job-9", state)
    assert life.claim("submit") == []


def test_the_answer_after_the_news_takes_nothing_back(life: Life) -> None:
    """record_submission may come after the webhook of the same job."""
    video = life.submit()
    (work,) = life.claim("submit")
    life.news("completed", "job-9", signed=(video["id"], 1), result_url="https://r/")
    life.database.call("record_submission", attempt_id=work["attempt_id"], job_id="job-9", ask_again=20)
    row = life.video(video["id"])
    assert (row["status"], row["attempt_state"], row["job_id"]) == ("completed", "completed", "job-9")
    assert [work["kind"] for work in life.claim()] == ["store"]


def test_a_passing_failure_is_tried_again_once_per_failure(life: Life, database_url: str) -> None:
    """Two retries at most, whatever number of webhooks tell of each failure."""
    video = life.sent("job-1")
    for number in (1, 2, 3):
        for _ in range(3):
            life.news(
                "failed", f"job-{number}", error="worker died", error_kind="worker_error", retryable=True
            )
        if number < 3:
            assert life.video(video["id"])["status"] == "queued"
            life.make_due(database_url)
            (work,) = life.claim("submit")
            assert work["number"] == number + 1
            life.database.call(
                "record_submission", attempt_id=work["attempt_id"], job_id=f"job-{number + 1}", ask_again=20
            )
    row = life.video(video["id"])
    assert (row["status"], row["error_kind"], row["error"], row["retry_count"]) == (
        "failed",
        "worker_error",
        "worker died",
        2,
    )


def test_a_lasting_failure_is_not_tried_again(life: Life) -> None:
    """Out of memory at these settings would happen again."""
    video = life.sent()
    row = life.news("failed", error="out of memory", error_kind="worker_error", retryable=False)[0]
    assert (row["status"], row["error"]) == ("failed", "out of memory")
    assert life.events(video["id"])[-2:] == ["attempt_failed", "failed"]


def test_an_old_attempts_news_never_touch_the_new_one(life: Life, database_url: str) -> None:
    """A first job that comes back to life is not the second one."""
    video = life.sent("job-1")
    life.news("failed", "job-1", error="x", retryable=True)
    life.news("completed", "job-1", result_url="https://old/")
    row = life.video(video["id"])
    assert (row["status"], row["attempt"], row["result_url"]) == ("queued", 2, None)


def test_a_refused_submission_waits_and_is_sent_again(life: Life, database_url: str) -> None:
    """RunPod said no without taking it: the video stays queued, with the reason."""
    video = life.submit()
    (work,) = life.claim("submit")
    before = life.video(video["id"])["updated_at"]
    life.database.call("record_refusal", attempt_id=work["attempt_id"], note="busy (429)", retry_after=7)
    assert life.video(video["id"])["updated_at"] > before
    assert life.claim("submit") == []
    assert life.video(video["id"])["attempt_note"] == "busy (429)"
    life.make_due(database_url)
    (again,) = life.claim("submit")
    assert (again["attempt_id"], again["number"]) == (work["attempt_id"], 1)


def test_a_rejected_submission_ends_the_video_with_runpods_sentence(life: Life) -> None:
    """A job RunPod will never take is not tried again."""
    video = life.submit()
    (work,) = life.claim("submit")
    life.database.call(
        "record_rejection", attempt_id=work["attempt_id"], error="RunPod refused the job: bad size"
    )
    row = life.video(video["id"])
    assert (row["status"], row["error_kind"], row["error"]) == (
        "failed",
        "submit_error",
        "RunPod refused the job: bad size",
    )


def test_a_blocked_endpoint_is_left_alone_until_it_takes_a_job(life: Life, database_url: str) -> None:
    """With a wrong key nothing is sent; with a mended one everything goes on by itself."""
    first, second = life.submit(), life.submit()
    works = life.claim("submit")
    for work in works:
        life.database.call("record_blocked", attempt_id=work["attempt_id"], reason="key refused")
    assert life.claim("submit") == []
    assert life.video(second["id"])["attempt_note"] == "key refused"
    life.make_due(database_url)
    assert [work["video_id"] for work in life.claim("submit")] == [first["id"], second["id"]]


def test_a_submission_without_answer_is_replaced_after_the_grace(life: Life, database_url: str) -> None:
    """The second attempt takes over; the first one's job is cancelled when it turns up, its cost counted."""
    video = life.submit()
    (work,) = life.claim("submit")
    life.database.call("record_no_answer", attempt_id=work["attempt_id"], note="no answer", grace=600)
    assert life.claim() == []
    life.make_due(database_url)
    (second,) = life.claim("submit")
    assert second["number"] == 2
    life.database.call("record_submission", attempt_id=second["attempt_id"], job_id="job-2", ask_again=20)
    life.news("processing", "job-1", signed=(video["id"], 1))
    (cancel,) = life.claim("cancel")
    assert cancel["job_id"] == "job-1"
    life.news("failed", "job-1", error_kind="cancelled", execution_ms=3000)
    row = life.video(video["id"])
    assert (row["status"], row["attempt"], float(row["cost_usd"])) == ("queued", 2, 0.003)


def test_a_process_that_dies_gives_its_work_back(life: Life, database_url: str) -> None:
    """What it was sending becomes unknown, what it was fetching is fetched by another."""
    life.sent("job-1")
    life.news("completed", "job-1", result_url="https://r/")
    waiting = life.submit()
    assert {work["kind"] for work in life.claim(worker="dies")} == {"submit", "store"}
    assert life.claim(worker="lives") == []
    assert [work["kind"] for work in life.claim(worker="lives", dead_after=-1)] == ["store"]
    assert life.video(waiting["id"])["attempt_state"] == "unknown"


def test_a_job_runpod_forgot_ends_as_lost_after_three_answers(life: Life) -> None:
    """One 404 may be a hiccup; three in a row are not."""
    video = life.sent()
    attempt = life.database.call("find_attempt", video_id=video["id"], number=1, job_id="job-1")[0]["id"]
    for _ in range(2):
        life.database.call("record_missing", attempt_id=attempt)
    assert life.video(video["id"])["status"] == "queued"
    life.database.call("record_missing", attempt_id=attempt)
    assert life.video(video["id"])["error_kind"] == "lost"


def test_a_job_past_its_life_ends_as_lost(life: Life) -> None:
    """Nothing stays queued for ever."""
    video = life.sent()
    life.claim(job_life=0)
    assert life.video(video["id"])["error_kind"] == "lost"


def test_cancelling_before_runpod_has_it_ends_it_at_once(life: Life) -> None:
    """Nothing is sent that nobody wants."""
    video = life.submit()
    row = life.database.call("cancel_video", video_id=video["id"], actor="anna")[0]
    assert (row["status"], row["error_kind"]) == ("failed", "cancelled")
    assert life.claim() == []


def test_cancelling_a_running_job_ends_it_when_runpod_confirms(life: Life) -> None:
    """Until then it shows as being cancelled."""
    video = life.sent()
    assert life.database.call("cancel_video", video_id=video["id"], actor="anna")[0]["cancel_requested_at"]
    assert [work["kind"] for work in life.claim()] == ["cancel"]
    row = life.news("failed", error_kind="cancelled", error="cancelled")[0]
    assert (row["status"], row["error_kind"]) == ("failed", "cancelled")
    assert life.events(video["id"])[-2:] == ["cancel_requested", "cancelled"]


def test_news_do_not_put_a_cancel_off(life: Life) -> None:
    """A job that reports its progress every second is cancelled all the same."""
    video = life.sent()
    life.news("processing", progress=0.1)
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    life.news("processing", progress=0.2)
    assert [work["kind"] for work in life.claim()] == ["cancel"]


def test_a_cancel_that_loses_the_race_keeps_the_clip(life: Life) -> None:
    """What was finished is not thrown away."""
    video = life.sent()
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    row = life.news("completed", result_url="https://r/")[0]
    assert (row["status"], row["cancel_requested_at"]) == ("completed", None)


def test_a_failure_while_cancelling_is_a_cancel_and_is_not_retried(life: Life) -> None:
    """The person wanted an end, and this is one."""
    video = life.sent()
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    row = life.news("failed", error="worker died", retryable=True)[0]
    assert (row["status"], row["error_kind"]) == ("failed", "cancelled")


def test_a_finished_video_cannot_be_cancelled(life: Life) -> None:
    """The refusal says why."""
    video = life.sent()
    life.news("completed", result_url="https://r/")
    with pytest.raises(Conflict, match="finished already"):
        life.database.call("cancel_video", video_id=video["id"], actor="anna")


def test_a_failed_video_can_be_tried_again_by_hand(life: Life) -> None:
    """It queues anew with the next attempt number; a second click is refused."""
    video = life.sent()
    life.news("failed", error="x", retryable=False)
    row = life.database.call("retry_video", video_id=video["id"], actor="anna", limits=LIMITS)[0]
    assert (row["status"], row["error"], row["attempt"]) == ("queued", None, 2)
    with pytest.raises(Conflict):
        life.database.call("retry_video", video_id=video["id"], actor="anna", limits=LIMITS)


def test_others_cannot_cancel_retry_delete_or_see(life: Life) -> None:
    """Not there and not yours are one answer."""
    video = life.sent()
    bob = Life(life.database, "bob")
    for function, extra in (("cancel_video", {}), ("retry_video", {"limits": LIMITS}), ("restore_video", {})):
        for video_id in (video["id"], 10**9):
            with pytest.raises(NotFound, match="no such clip"):
                bob.database.call(function, video_id=video_id, actor="bob", **extra)
    assert bob.database.call("find_video", video_id=video["id"], actor="bob") == []
    gone = bob.database.call(
        "delete_videos", actor="bob", ids=[video["id"]], job_ids=["job-1"], keep_seconds=9
    )
    assert gone == []


def test_deleting_cancels_the_job_and_leaves_a_tombstone_that_can_be_lifted(life: Life) -> None:
    """The delta tells of it; restoring brings it back as it is."""
    video = life.sent()
    since = life.video(video["id"])["updated_at"]
    gone = life.database.call("delete_videos", actor="anna", ids=[], job_ids=["job-1", "x"], keep_seconds=60)
    assert gone == [{"id": video["id"]}]
    changes = life.database.call("list_changes", user_id="anna", since=since, limit=10)
    assert [row["deleted_at"] is not None for row in changes] == [True]
    assert [work["kind"] for work in life.claim()] == ["cancel"]
    life.news("failed", error_kind="cancelled")
    assert (
        life.database.call("restore_video", video_id=video["id"], actor="anna")[0]["error_kind"]
        == "cancelled"
    )


def test_a_deleted_video_is_purged_after_its_time_with_its_files_named(life: Life) -> None:
    """First the files, then the row; what it cost stays counted."""
    video = life.sent()
    life.news("completed", result_url="https://r/", execution_ms=1000)
    file = {"file_key": "a.mp4", "poster_key": "a.webp", "file_bytes": 9, "duration_seconds": 2.0}
    life.database.call("record_stored", video_id=video["id"], number=1, file=file)
    life.database.call("delete_videos", actor="anna", ids=[video["id"]], job_ids=[], keep_seconds=0)
    (work,) = life.claim("purge")
    assert work["file_keys"] == ["a.mp4", "a.webp"]
    life.database.call("purge_video", video_id=video["id"])
    assert life.database.call("find_video", video_id=video["id"], actor="anna") == []
    assert (
        life.database.call("find_attempt", video_id=None, number=None, job_id="job-1")[0]["cost_usd"]
        is not None
    )


def test_a_result_that_is_gone_ends_the_video_as_expired(life: Life) -> None:
    """Completed at RunPod, but nothing to play."""
    video = life.sent()
    life.news("completed", result_url="https://r/")
    life.claim("store")
    life.database.call("record_unusable_result", video_id=video["id"], number=1, kind="expired", error="gone")
    row = life.video(video["id"])
    assert (row["status"], row["error_kind"]) == ("failed", "expired")


LIMITS = {"limit_seconds": 600, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
