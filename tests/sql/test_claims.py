"""Claiming again under the same id: the answer that was lost, and nothing besides."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from services.gateways.database import Database, Row
from tests.sql.lifecycle import PACE, Life

LIMITS = {"limit_seconds": 600, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
AGAIN = {"error": "worker exited", "error_kind": "worker_error", "retryable": True}


@pytest.fixture
def life(database: Database) -> Life:
    """Anna's videos."""
    return Life(database)


def claimed(life: Life, claim: str, worker: str = "w1") -> list[Row]:
    return life.database.call("claim_work", worker=worker, limit=10, pace={**PACE, "claim": claim})


def test_the_same_claim_gives_the_same_work_and_another_does_not(life: Life) -> None:
    """Also a result to be fetched, whose lease is half an hour."""
    life.sent()
    life.news("completed", result_url="https://r/")
    life.submit(prompt="b")
    first = claimed(life, "one")
    assert sorted(row["kind"] for row in first) == ["store", "submit"]
    assert claimed(life, "one") == first
    assert claimed(life, "two") == []


def test_one_video_s_submission_is_claimed_again_under_the_same_id(life: Life) -> None:
    """As the API does right after taking it."""
    video = life.submit()
    wish = {"worker": "w1", "video_id": video["id"]}
    first = life.database.call("claim_submission", claim="a", **wish)
    assert life.database.call("claim_submission", claim="a", **wish) == first
    assert life.database.call("claim_submission", claim="b", **wish) == []


def test_a_claim_asked_for_twice_at_once_is_made_once(life: Life) -> None:
    """The second waits for the first, which may still be under way when its caller has given up."""
    life.submit()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: claimed(life, "one"), range(4)))
    assert [[row["attempt_id"] for row in answer] for answer in answers] == [[1]] * 4


def test_the_claim_of_a_worker_taken_for_dead_is_void(life: Life, database_url: str) -> None:
    """Its work is somebody else's by then."""
    life.submit()
    assert len(claimed(life, "one")) == 1
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update workers set seen_at = now() - interval '1 minute'")
    life.claim(worker="other")
    assert claimed(life, "one") == []


def test_a_claim_is_told_again_for_three_minutes_only(life: Life, database_url: str) -> None:
    """Long before its lease ends, so that nothing is done by two."""
    life.submit()
    assert len(claimed(life, "one")) == 1
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update claims set at = now() - interval '181 seconds'")
        assert claimed(life, "one") == []
        life.submit(prompt="b")
        claimed(life, "two")
        assert connection.execute("select id from claims").fetchall() == [("two",)]


def fail(life: Life, job_id: str) -> None:
    """The waiting attempt is sent and fails in a way that may pass."""
    (work,) = life.claim("submit")
    life.database.call("record_submission", attempt_id=work["attempt_id"], job_id=job_id, ask_again=20)
    life.news("failed", job_id, **AGAIN)


def test_a_retry_by_hand_gives_the_automatic_retries_back(life: Life, database_url: str) -> None:
    """One automatic retry the first time, one more after the hand; the count of retries goes on."""
    video = life.submit(max_retries=1)
    for job_id in ("a", "b"):
        fail(life, job_id)
        life.make_due(database_url)
    assert (life.video(video["id"])["status"], life.video(video["id"])["retry_count"]) == ("failed", 1)
    life.database.call("retry_video", video_id=video["id"], actor="anna", limits=LIMITS)
    fail(life, "c")
    life.make_due(database_url)
    assert life.video(video["id"])["status"] == "queued"
    fail(life, "d")
    assert (life.video(video["id"])["status"], life.video(video["id"])["retry_count"]) == ("failed", 2)
