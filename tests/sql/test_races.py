"""Limits and claims under real concurrency: threads on a barrier, each with its own connection."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from services.errors import AppError
from services.gateways.database import Database
from tests.sql.lifecycle import Life


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Results of all actions started together; refusals are results too."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return action()
        except AppError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_thirty_at_once_get_exactly_the_ten_the_quota_admits(database: Database) -> None:
    """20 seconds of allowance are ten clips of 2 seconds."""
    life = Life(database)
    results = at_once([lambda: life.submit(limits={"limit_seconds": 20, "max_jobs": 100})["id"]] * 16)
    results += at_once([lambda: life.submit(limits={"limit_seconds": 20, "max_jobs": 100})["id"]] * 14)
    assert sum(isinstance(result, int) for result in results) == 10
    assert results.count("quota_exceeded") == 20


def test_twenty_at_once_get_exactly_the_three_jobs_allowed(database: Database) -> None:
    """Queued and processing both count."""
    life = Life(database)
    life.sent()
    life.news("processing")
    results = at_once([lambda: life.submit()["id"]] * 20)
    assert sum(isinstance(result, int) for result in results) == 2
    assert results.count("too_many_jobs") == 18


def test_failed_and_cancelled_videos_give_their_seconds_back(database: Database) -> None:
    """Only what is queued, in work or delivered counts."""
    life = Life(database)
    video = life.submit(limits={"limit_seconds": 2})
    database.call("cancel_video", video_id=video["id"], actor="anna")
    assert life.submit(limits={"limit_seconds": 2})["id"] > video["id"]


def test_the_same_key_at_once_gives_one_video(database: Database) -> None:
    """A request repeated by a nervous network is one request."""
    life = Life(database)
    results = at_once([lambda: life.submit(request_key="k")["id"]] * 12)
    assert len(set(results)) == 1


def test_each_piece_of_work_is_claimed_once(database: Database) -> None:
    """Eight processes looking at the same moment share the work without overlap."""
    life = Life(database)
    ids = {life.submit(limits={"max_jobs": 100})["id"] for _ in range(20)}
    claims = at_once([lambda worker=f"w{n}": life.claim("submit", worker=worker) for n in range(8)])
    claimed = [work["video_id"] for works in claims for work in works]
    assert sorted(claimed) == sorted(ids)


def test_one_failure_told_sixteen_times_at_once_makes_one_new_attempt(database: Database) -> None:
    """Webhook, poll and other processes may all see it."""
    life = Life(database)
    video = life.sent()
    at_once([lambda: life.news("failed", error="worker died", retryable=True)] * 16)
    row = life.video(video["id"])
    assert (row["attempt"], row["retry_count"], row["status"]) == (2, 1, "queued")


def test_a_reader_with_a_cursor_misses_no_change(database: Database) -> None:
    """updated_at grows strictly in commit order under one user, however many writers there are."""
    life = Life(database)
    for number in range(12):
        life.sent(f"job-{number}", max_retries=0) if number < 3 else None
    seen: dict[int, str] = {}
    cursor = "1970-01-01T00:00:00+00:00"

    def write(number: int) -> None:
        for step in range(10):
            life.news("processing", f"job-{number}", progress=step / 10)
        life.news("completed", f"job-{number}", result_url="https://r/")

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, number) for number in range(3)]
        while True:
            finished = all(writer.done() for writer in writers)
            rows = database.call("list_changes", user_id="anna", since=cursor, limit=1000)
            seen |= {row["id"]: row["status"] for row in rows}
            cursor = rows[-1]["updated_at"] if rows else cursor
            if finished and not rows:
                break
    assert set(seen.values()) == {"completed"}
    assert len(seen) == 3
