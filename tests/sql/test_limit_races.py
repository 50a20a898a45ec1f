"""A hundred submissions at the same moment against each limit: admitted is exactly what the limit allows.

STUDIO_TEST_ROUNDS says how often each is played.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from services.accounts import ensure_user
from services.gateways.database import Database
from services.quota import set_limits
from tests.sql.lifecycle import Life
from tests.sql.test_races import at_once

ROUNDS = int(os.environ.get("STUDIO_TEST_ROUNDS", "2"))
AT_ONCE = 100
PEOPLE = 5
pytestmark = pytest.mark.timeout(60 + 60 * ROUNDS)
FREE = {"limit_seconds": 1e6, "max_jobs": 10**5}


def hard_line(database: Database, usd: float | None) -> None:
    database.call("change_workspace", actor=None, changes={"budget_hard_usd": usd})


def told(results: list[Any]) -> Counter[str]:
    """How many were admitted, and how many refused with which code."""
    return Counter("admitted" if isinstance(result, int) else str(result) for result in results)


def lives(database: Database, round_: int, people: int = 1) -> list[Life]:
    """People of this round, each with everything still before them."""
    return [Life(database, f"person-{round_}-{number}") for number in range(people)]


def submit(life: Life, **limits: Any) -> Callable[[], int]:
    return lambda: int(life.submit(limits={**FREE, **limits}, price_usd=0.1)["id"])


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_video_seconds(database: Database, round_: int) -> None:
    """34 seconds are 17 clips of 2 seconds."""
    (life,) = lives(database, round_)
    results = at_once([submit(life, limit_seconds=34)] * AT_ONCE)
    assert told(results) == {"admitted": 17, "quota_exceeded": 83}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_jobs_at_once(database: Database, round_: int) -> None:
    """Limits of one's own win over the setting, also at full speed."""
    (life,) = lives(database, round_)
    set_limits(database, life.user, limit_seconds=None, max_jobs=7, by=None)
    results = at_once([submit(life, max_jobs=50)] * AT_ONCE)
    assert told(results) == {"admitted": 7, "too_many_jobs": 93}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_the_budget_of_several_people(database: Database, round_: int) -> None:
    """2.30 dollars are 23 clips of 10 cents, whoever asks for them."""
    hard_line(database, 2.3)
    people = lives(database, round_, PEOPLE)
    results = at_once([submit(people[number % PEOPLE]) for number in range(AT_ONCE)])
    assert told(results) == {"admitted": 23, "budget_exceeded": 77}


def test_a_line_drawn_in_the_middle_counts_those_in_mid_air(database: Database) -> None:
    """However the two fall together, together they never pass the line that is drawn."""
    people = lives(database, 0, PEOPLE)
    line = [lambda: hard_line(database, 1)]
    before = [submit(people[number % PEOPLE]) for number in range(10)]
    admitted = told(at_once(before + line))["admitted"]
    late = told(at_once([submit(people[number % PEOPLE]) for number in range(20)]))
    assert admitted + late["admitted"] == 10


def test_retries_and_submissions_of_several_people_never_wait_for_each_other_in_a_circle(
    database: Database,
) -> None:
    """Owners and an admin at the same clips, with a hard line: every call ends, and the budget holds."""
    ensure_user(database, "boss", role="admin")
    people = lives(database, 0, PEOPLE)
    videos = [(life, int(life.submit(price_usd=0.1)["id"])) for life in people for _ in range(3)]
    for life, video in videos:
        database.call("cancel_video", video_id=video, actor=life.user)
    free = [int(life.submit(price_usd=0)["id"]) for life in people]
    hard_line(database, 1)
    retries = [retry(database, video, actor) for life, video in videos for actor in (life.user, "boss")]
    counts = told(at_once([*retries, *map(submit, people), deletion(database, free)]))
    assert counts.pop(str([{"id": video} for video in free])) == 1
    assert counts.pop("admitted") == 10
    assert set(counts) <= {"budget_exceeded", "not_failed"}


def deletion(database: Database, ids: list[int]) -> Callable[[], Any]:
    return lambda: database.call("delete_videos", actor="boss", ids=ids, job_ids=[], keep_seconds=9)


def retry(database: Database, video: int, actor: str) -> Callable[[], int]:
    limits = {**FREE, "period_start": "2020-01-01", "period_end": "2100-01-01"}
    return lambda: int(database.call("retry_video", video_id=video, actor=actor, limits=limits)[0]["id"])
