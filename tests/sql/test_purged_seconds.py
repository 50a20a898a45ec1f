"""What was delivered stays counted in its period after its row is gone, once and no more."""

from typing import Any

import psycopg
import pytest

from services.errors import LimitReached
from services.gateways.database import Database, Row
from tests.sql.lifecycle import LIMITS, ORDER, Life
from tests.sql.test_races import at_once

JANUARY = {"period_start": "2026-01-01T00:00:00+00:00", "period_end": "2026-02-01T00:00:00+00:00"}
FEBRUARY = {"period_start": "2026-02-01T00:00:00+00:00", "period_end": "2026-03-01T00:00:00+00:00"}
STORED = {"file_key": "a.mp4", "poster_key": "a.webp", "file_bytes": 9, "duration_seconds": 2.5}


@pytest.fixture
def life(database: Database) -> Life:
    return Life(database)


def delivered(life: Life, job_id: str = "job-1") -> Row:
    """A stored clip; its file is half a second longer than what was asked for."""
    video = life.sent(job_id)
    life.news("completed", job_id, result_url="https://r/")
    life.database.call("record_stored", video_id=video["id"], number=1, file=STORED)
    return video


def delete(life: Life, video: Row) -> None:
    life.database.call("delete_videos", actor=life.user, ids=[video["id"]], job_ids=[], keep_seconds=0)


def purge(life: Life, video: Row) -> None:
    life.database.call("purge_video", video_id=video["id"])


def used(life: Life, **period: Any) -> float:
    (row,) = life.database.call("find_quota", user_id=life.user, limits={**LIMITS, **period})
    return float(row["used_seconds"])


def change(url: str, statement: str, *values: Any) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def test_a_delivered_clip_counts_the_same_before_and_after_its_purge(life: Life) -> None:
    """Deleting and purging give nothing back, and add nothing."""
    video = delivered(life)
    counted = [used(life)]
    for step in (delete, purge):
        step(life, video)
        counted.append(used(life))
    assert counted == [2.5, 2.5, 2.5]
    assert life.database.call("find_video", video_id=video["id"], actor="anna") == []


def test_a_clip_whose_file_could_not_be_kept_counts_what_was_asked_for(life: Life) -> None:
    """It was delivered all the same, as a link to the worker's file."""
    video = life.sent()
    life.news("completed", result_url="https://r/")
    delete(life, video)
    purge(life, video)
    assert used(life) == 2


def test_purging_several_of_one_day_adds_them_up(life: Life) -> None:
    """And another person's count stays their own."""
    bob = Life(life.database, "bob")
    for number in range(3):
        video = delivered(life, f"job-{number}")
        delete(life, video)
        purge(life, video)
    assert (used(life), used(bob)) == (7.5, 0)


def test_a_clip_purged_twice_counts_once(life: Life) -> None:
    """A claim that is repeated after a lost answer changes nothing."""
    video = delivered(life)
    delete(life, video)
    purge(life, video)
    purge(life, video)
    assert used(life) == 2.5


def test_clips_purged_by_all_at_once_count_once(life: Life) -> None:
    """Eight processes at the same three clips, while others ask: nobody ever sees more or less."""
    clips = [delivered(life, f"job-{number}") for number in range(3)]
    for video in clips:
        delete(life, video)
    purges = [lambda video=video: purge(life, video) for video in clips for _ in range(8)]
    seen = at_once([*purges, *([lambda: used(life)] * 8)])
    assert set(seen) == {None, 7.5}
    assert used(life) == 7.5


@pytest.mark.parametrize("kind", ["cancelled", "worker_error", "expired"])
def test_what_failed_or_was_cancelled_is_not_kept(life: Life, kind: str) -> None:
    """It gave its seconds back when it failed."""
    video = life.sent()
    life.news("failed", error_kind=kind, retryable=False)
    delete(life, video)
    purge(life, video)
    assert used(life) == 0


def test_what_is_not_deleted_or_was_restored_is_neither_purged_nor_kept(life: Life) -> None:
    """A purge that comes too late leaves the clip and its seconds where they are."""
    video = delivered(life)
    purge(life, video)
    life.database.call("delete_videos", actor="anna", ids=[video["id"]], job_ids=[], keep_seconds=60)
    life.database.call("restore_video", video_id=video["id"], actor="anna")
    purge(life, video)
    assert life.video(video["id"])["deleted_at"] is None
    assert used(life) == 2.5


@pytest.mark.parametrize(
    ("created", "retried", "counts"),
    [
        ("2026-01-01T00:00:00Z", None, (2.5, 0)),
        ("2026-01-31T23:59:59.9Z", None, (2.5, 0)),
        ("2026-02-01T00:00:00Z", None, (0, 2.5)),
        ("2026-01-31T20:00:00-05:00", None, (0, 2.5)),
        ("2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z", (0, 2.5)),
    ],
)
def test_a_purged_clip_counts_in_the_period_it_counted_in(
    life: Life, database_url: str, created: str, retried: str | None, counts: tuple[float, float]
) -> None:
    """By the day in UTC on which it was asked for, or last tried again by hand; not by the day of its purge."""
    video = delivered(life)
    change(database_url, "update videos set created_at = %s, retried_at = %s", created, retried)
    before = (used(life, **JANUARY), used(life, **FEBRUARY))
    delete(life, video)
    purge(life, video)
    assert before == counts
    assert (used(life, **JANUARY), used(life, **FEBRUARY)) == counts


def test_the_day_is_that_of_utc_wherever_the_database_stands(life: Life, database_url: str) -> None:
    """A server that lives by another clock counts in the same month."""
    video = delivered(life)
    change(database_url, "update videos set created_at = '2026-02-01T00:30:00Z'")
    delete(life, video)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set timezone = 'America/New_York'")
        connection.execute("select purge_video(%s)", (video["id"],))
    assert (used(life, **JANUARY), used(life, **FEBRUARY)) == (0, 2.5)


def test_purged_seconds_stand_in_the_way_of_the_next_clip(life: Life) -> None:
    """Deleting and waiting makes no room."""
    video = delivered(life)
    delete(life, video)
    purge(life, video)
    with pytest.raises(LimitReached) as refused:
        life.submit(limits={"limit_seconds": 4})
    assert refused.value.code == "quota_exceeded"


def test_all_that_tell_of_an_allowance_count_what_was_purged(life: Life) -> None:
    """The list of people and what Create asks for say the same as the quota."""
    video = delivered(life)
    delete(life, video)
    purge(life, video)
    given = {"search": None, "after": None, "limit": 10, "limits": LIMITS}
    (person,) = life.database.call("list_people", actor=None, **given)
    (allowance,) = life.database.call("find_allowance", user_id="anna", order=ORDER, limits=LIMITS)
    assert [float(row["used_seconds"]) for row in (person, allowance)] == [2.5, 2.5]
