"""The made-up past: plausible, within every rule of the database, and left alone by the background loop."""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from services.catalog import Catalog
from services.demo_history import NO_FILE, Plan, add_demo_history, tell_history
from services.demo_history_wishes import PEOPLE
from services.errors import Conflict, Unavailable
from services.gateways.database import Database
from services.videos import find_video, list_events, list_videos
from tests.sql.lifecycle import PACE, Life

SUNDAY_MORNING = datetime.fromisoformat("2026-11-22T09:00:00Z").timestamp()


def plan(videos: int = 300, days: float = 20, **changes: Any) -> Plan:
    return Plan(videos, days, **{"now": SUNDAY_MORNING, "run_name": "test", **changes})


def fill(database: Database, catalog: Catalog, story: Plan, *, force: bool = False) -> int:
    """Writes it and gives the number of clips written."""
    return list(add_demo_history(database, catalog, story, force=force))[-1]


def test_the_same_seed_tells_the_same_story(catalog: Catalog) -> None:
    """Benchmarks can be repeated on the same history; another seed gives another one."""
    first = list(tell_history(catalog, plan(50)))
    assert first == list(tell_history(catalog, plan(50)))
    assert first != list(tell_history(catalog, plan(50, seed=2)))


def test_every_state_and_many_ways_to_fail_occur(catalog: Catalog) -> None:
    """A page that shows the history meets all that it must be able to show."""
    clips = list(tell_history(catalog, plan(3000)))
    jobs = [job for clip in clips for job in clip["jobs"]]
    assert {clip["status"] for clip in clips} == {"queued", "processing", "completed", "failed"}
    assert {"worker_error", "timed_out", "cancelled", "submit_error"} <= {
        clip["error_kind"] for clip in clips
    }
    assert len({job["error_group"] for job in jobs}) > 7
    assert {job["cost_kind"] for job in jobs} == {"billed", "estimated", None}
    assert {"superseded", "completed", "failed"} <= {job["state"] for job in jobs}
    assert any(clip["deleted_at"] for clip in clips)


def test_most_clips_succeed_and_few_are_tried_again(catalog: Catalog) -> None:
    """The numbers are those of a system that works, with enough trouble to look at."""
    clips = list(tell_history(catalog, plan(3000)))
    assert 0.85 < sum(clip["status"] == "completed" for clip in clips) / 3000 < 0.97
    assert 0.01 < sum(len(clip["jobs"]) > 1 for clip in clips) / 3000 < 0.15


def test_days_and_weeks_have_their_rhythm(catalog: Catalog) -> None:
    """People work by day and in the week."""
    moments = [datetime.fromisoformat(clip["created_at"]) for clip in tell_history(catalog, plan(3000, 28))]
    hours, days = Counter(at.hour for at in moments), Counter(at.weekday() for at in moments)
    assert hours[10] > 5 * hours[3]
    assert days[2] > 2 * days[6]


def test_cold_starts_wait_longer_than_warm_ones(catalog: Catalog) -> None:
    """A worker's first job waits for the worker to start."""
    jobs = [job for clip in tell_history(catalog, plan(1000)) for job in clip["jobs"] if job["worker_id"]]
    seen: set[str] = set()
    first = [job["delay_ms"] for job in jobs if not (job["worker_id"] in seen or seen.add(job["worker_id"]))]
    assert len(first) > 5
    assert sum(first) / len(first) > 2 * sum(job["delay_ms"] for job in jobs) / len(jobs)


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_no_clip_is_retried_more_often_than_the_setting_says(catalog: Catalog, retries: int) -> None:
    """MAX_RETRIES holds in the history as well, and only an answerless attempt comes on top."""
    for clip in tell_history(catalog, plan(2000, max_retries=retries)):
        assert clip["retry_count"] <= retries
        failed_before = [job for job in clip["jobs"][:-1] if job["state"] == "failed"]
        assert len(failed_before) == clip["retry_count"]


def test_times_follow_each_other_and_none_lies_ahead(catalog: Catalog) -> None:
    """Asked for, sent, begun, over: in this order, and before now."""
    for clip in tell_history(catalog, plan(2000, 5)):
        for job in clip["jobs"]:
            steps = [
                job[name] for name in ("created_at", "submitted_at", "started_at", "finished_at") if job[name]
            ]
            assert steps == sorted(steps)
            assert datetime.fromisoformat(steps[-1]).timestamp() <= SUNDAY_MORNING


def test_the_rows_are_those_that_were_told(database: Database, database_url: str, catalog: Catalog) -> None:
    """Nothing gets lost on the way, and a newer clip has a higher id."""
    story = plan(700)
    told = list(tell_history(catalog, story))
    assert fill(database, catalog, story) == 700
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select created_at, status from videos order by id").fetchall()
        (jobs,) = connection.execute("select count(*) from attempts").fetchone() or ()
        (events,) = connection.execute("select count(*) from video_events").fetchone() or ()
    assert rows == [(datetime.fromisoformat(clip["created_at"]), clip["status"]) for clip in told]
    assert jobs == sum(len(clip["jobs"]) for clip in told)
    assert events == sum(len(clip["events"]) for clip in told)


def test_changes_of_each_user_are_in_strict_order(
    database: Database, database_url: str, catalog: Catalog
) -> None:
    """A client that asks for what changed since a moment misses none of the history."""
    fill(database, catalog, plan(400))
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select user_id, updated_at from videos order by user_id, id").fetchall()
    same_user = [(one[1], two[1]) for one, two in pairwise(rows) if one[0] == two[0]]
    assert all(earlier < later for earlier, later in same_user)


def test_the_background_loop_has_nothing_to_do(database: Database, catalog: Catalog) -> None:
    """No job of the history is ever sent to RunPod or fetched from it."""
    fill(database, catalog, plan(400, now=Plan(1, 1).now))
    assert database.call("claim_work", worker="w", limit=100, pace=PACE) == []


def test_a_clip_tells_its_own_time(database: Database, catalog: Catalog) -> None:
    """The timeline is of the past, in order, and says that there is no file."""
    fill(database, catalog, plan(60))
    owner = next(iter(PEOPLE))
    video = next(video for video in list_videos(database, owner) if video.status == "completed")
    events = list_events(database, video.id, by=owner)
    assert find_video(database, video.id, by=owner).store_note == NO_FILE
    assert events[0].at == video.created_at
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {"created", "submitted", "picked_up", "finished"} <= {event.kind for event in events}


def test_a_database_with_real_videos_is_left_alone_unless_forced(
    database: Database, catalog: Catalog
) -> None:
    """Nobody mixes invented numbers into real ones by mistake."""
    Life(database).submit()
    with pytest.raises(Conflict, match="--force"):
        fill(database, catalog, plan(20))
    assert list_videos(database, "demo-ada") == []
    assert fill(database, catalog, plan(20), force=True) == 20


def test_a_second_history_goes_beside_the_first(database: Database, catalog: Catalog) -> None:
    """Only real videos are in the way."""
    fill(database, catalog, plan(20, run_name="one"))
    assert fill(database, catalog, plan(20, run_name="two")) == 20


def test_a_repeated_batch_adds_nothing(database: Database, database_url: str, catalog: Catalog) -> None:
    """A batch whose answer was lost may be sent again."""
    clips = list(tell_history(catalog, plan(20)))
    fill(database, catalog, plan(20))
    assert database.call("add_history", clips=clips) == [{"added": 0}]


def test_without_an_endpoint_there_is_no_history(database: Database, catalog: Catalog) -> None:
    """Who has no endpoint yet is told which setting is missing."""
    homeless = Catalog((catalog.models[0].model_copy(update={"endpoint": None}),))
    with pytest.raises(Unavailable, match="RUNPOD_ENDPOINT_ID"):
        fill(database, homeless, plan(20))
