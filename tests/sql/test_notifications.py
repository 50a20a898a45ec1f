"""Who is told of what: once for each outcome, in its own transaction, and never of their own doing."""

from typing import Any

import psycopg
import pytest

from services.accounts import ensure_user
from services.gateways.database import Database, Row
from tests.sql.lifecycle import Life

FILE = {"file_key": "clips/1/1.mp4", "poster_key": "clips/1/1.webp", "file_bytes": 9, "duration_seconds": 2}
FINAL = {"error": "Out of memory", "error_kind": "worker_error", "retryable": False}


@pytest.fixture
def life(database: Database) -> Life:
    """Anna's videos."""
    return Life(database)


def told(life: Life, user: str | None = None) -> list[Row]:
    return life.database.call("list_notifications", user_id=user or life.user, limit=200)


def kinds(life: Life, user: str | None = None) -> list[str]:
    return [row["kind"] for row in told(life, user)]


def store(life: Life, video: Row) -> None:
    life.database.call("record_stored", video_id=video["id"], number=1, file=FILE)


def test_a_stored_clip_is_told_once_however_often_the_news_come(life: Life) -> None:
    """Not when it is rendered but when it can be played, and doubled news add nothing."""
    video = life.sent(prompt="a sea")
    for _ in range(2):
        life.news("completed", result_url="https://r/")
    assert told(life) == []
    for _ in range(2):
        store(life, video)
    (row,) = told(life)
    assert (row["kind"], row["video_id"], row["subject"], row["unread"]) == ("ready", video["id"], "a sea", 1)


def test_a_final_failure_is_told_with_its_reason_and_a_retried_one_is_not(life: Life) -> None:
    """What is tried again by itself is no news yet."""
    life.sent(max_retries=1)
    life.news("failed", error="worker exited", error_kind="worker_error", retryable=True)
    assert told(life) == []
    life.sent("job-2", max_retries=0)
    for _ in range(2):
        life.news("failed", "job-2", **FINAL)
    (row,) = told(life)
    assert (row["kind"], row["detail"]) == ("failed", "Out of memory")


def test_each_outcome_of_a_clip_tried_again_is_told(life: Life) -> None:
    """It failed, was tried again by hand, and failed again: two outcomes."""
    video = life.sent(max_retries=0)
    life.news("failed", **FINAL)
    limits = {"limit_seconds": 600, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
    life.database.call("retry_video", video_id=video["id"], actor="anna", limits=limits)
    (work,) = life.claim("submit")
    life.database.call("record_rejection", attempt_id=work["attempt_id"], error="No")
    assert kinds(life) == ["failed", "failed"]


@pytest.mark.parametrize("ended", ["cancelled", "deleted"])
def test_nobody_is_told_of_their_own_cancel_or_delete(life: Life, ended: str) -> None:
    """They know it already; also when RunPod confirms later."""
    video = life.sent()
    if ended == "cancelled":
        life.database.call("cancel_video", video_id=video["id"], actor="anna")
    else:
        life.database.call("delete_videos", actor="anna", ids=[video["id"]], job_ids=[], keep_seconds=900)
    life.news("failed", error_kind="cancelled")
    assert told(life) == []


def test_a_job_cancelled_at_runpod_itself_is_told(life: Life) -> None:
    """Nobody here asked for it, so its owner does not know."""
    life.sent()
    life.news("failed", error_kind="cancelled", error="The job was cancelled at RunPod.")
    assert kinds(life) == ["failed"]


def test_a_clip_too_large_to_keep_is_told_once(life: Life) -> None:
    """It can be played from the worker's link."""
    video = life.sent()
    life.news("completed", result_url="https://r/")
    for _ in range(2):
        life.database.call("record_not_storable", video_id=video["id"], number=1, note="Too large to keep.")
    (row,) = told(life)
    assert (row["kind"], row["detail"]) == ("ready", "Too large to keep.")


def test_looking_marks_read_up_to_what_was_seen(life: Life) -> None:
    """What comes while one reads stays unread."""
    for number in range(3):
        life.sent(f"job-{number}", max_retries=0)
        life.news("failed", f"job-{number}", **FINAL)
    seen = told(life)[1]["id"]
    life.database.call("mark_notifications_read", user_id="anna", up_to=seen)
    assert [(row["is_read"], row["unread"]) for row in told(life)] == [(False, 1), (True, 1), (True, 1)]
    assert told(Life(life.database, "ben")) == []


def test_the_list_keeps_the_newest_200_of_30_days(life: Life, database_url: str) -> None:
    """It cannot grow without end."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select public.notify_user('anna', 'failed', null, n::text, null) from generate_series(1, 205) n"
        )
        count = connection.execute("select count(*), min(subject::integer) from notifications").fetchone()
        assert count == (200, 6)
        connection.execute("update notifications set at = now() - interval '31 days'")
        assert told(life) == []
        connection.execute("select public.notify_user('anna', 'failed', null, 'new', null)")
        assert connection.execute("select count(*) from notifications").fetchone() == (1,)


def blocked(life: Life, **order: Any) -> Row:
    video = life.submit(**order)
    (work,) = [row for row in life.claim("submit") if row["video_id"] == video["id"]]
    life.database.call("record_blocked", attempt_id=work["attempt_id"], reason="Check the key.")
    return video


def test_every_admin_is_told_once_for_each_block(life: Life, database_url: str) -> None:
    """Nobody else is, and asking in vain again is the same block."""
    for name, role in (("root", "admin"), ("chief", "admin"), ("ben", "user")):
        ensure_user(life.database, name, role=role)
    video = blocked(life)
    life.make_due(database_url)
    (work,) = life.claim("submit")
    life.database.call("record_blocked", attempt_id=work["attempt_id"], reason="Pay first.")
    (endpoint,) = life.database.call("list_blocked_endpoints")
    assert (endpoint["id"], endpoint["reason"], endpoint["tries"]) == ("own", "Pay first.", 2)
    assert [kinds(life, name) for name in ("root", "chief", "ben", "anna")] == [["blocked"]] * 2 + [[], []]

    life.make_due(database_url)
    (work,) = life.claim("submit")
    life.database.call("record_submission", attempt_id=work["attempt_id"], job_id="job-9", ask_again=20)
    assert life.database.call("list_blocked_endpoints") == []
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    blocked(life)
    assert kinds(life, "root") == ["blocked", "blocked"]


def test_a_blocked_endpoint_no_job_waits_for_is_asked_now_and_then(life: Life, database_url: str) -> None:
    """Else nobody would find out that the key is mended, and the banner would stand for ever."""
    video = blocked(life)
    life.make_due(database_url)
    assert [row["kind"] for row in life.claim()] == ["submit"]
    life.database.call("record_refusal", attempt_id=1, note="busy", retry_after=None)
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    assert [(row["kind"], row["endpoint"]) for row in life.claim()] == [("probe", "own")]
    assert life.claim() == []
    life.database.call("record_still_blocked", endpoint="own", reason="Still no.")
    assert life.database.call("list_blocked_endpoints")[0]["reason"] == "Still no."
    life.database.call("record_unblocked", endpoint="own")
    assert life.database.call("list_blocked_endpoints") == []


def test_those_who_poll_see_that_something_was_told_read_blocked_or_mended(life: Life) -> None:
    """A feed that cannot listen compares marks, so each of these moves one."""

    def seen() -> list[Any]:
        rows = life.database.call("list_watched_marks", user_ids=["anna", "root", "*endpoints"])
        return [row["mark"] for row in rows]

    ensure_user(life.database, "root", role="admin")
    assert seen() == [None, None, None]
    blocked(life)
    first = seen()
    assert None not in first
    life.database.call("mark_notifications_read", user_id="root", up_to=10**9)
    life.database.call("record_unblocked", endpoint="own")
    second = seen()
    assert [second[number] != first[number] for number in range(3)] == [False, True, True]
