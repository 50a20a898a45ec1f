"""Jobs standing in line for an endpoint that takes none for a while."""

import threading
from typing import Any

import psycopg
import pytest

from services.gateways.database import Database, Row
from tests.sql.lifecycle import Life

MANY = {"max_jobs": 100}


@pytest.fixture
def life(database: Database) -> Life:
    """Anna's videos."""
    return Life(database)


def submit(life: Life, count: int, **order: Any) -> list[int]:
    return [life.submit(limits=MANY, **order)["id"] for _ in range(count)]


def refuse(
    life: Life, work: Row, *, note: str | None = "busy (503)", retry_after: float | None = None
) -> None:
    life.database.call("record_refusal", attempt_id=work["attempt_id"], note=note, retry_after=retry_after)


def accept(life: Life, work: Row) -> None:
    life.database.call(
        "record_submission", attempt_id=work["attempt_id"], job_id=f"job-{work['video_id']}", ask_again=20
    )


def claimed(life: Life, **who: str) -> list[int]:
    return [work["video_id"] for work in life.claim("submit", **who)]


def pauses(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        seconds = "extract(epoch from until - clock_timestamp())::float8"
        return connection.execute(f"select id, tries, {seconds} from endpoint_pauses").fetchall()


def test_after_a_refusal_one_at_a_time_goes_and_the_oldest_first(life: Life, database_url: str) -> None:
    """What waited out an outage reaches RunPod in the order in which it was asked for."""
    first, second, third = submit(life, 3)
    for work in life.claim("submit")[::-1]:
        refuse(life, work, retry_after=60)
    assert claimed(life) == []
    life.make_due(database_url)
    for expected in (first, second, third):
        (work,) = life.claim("submit")
        assert work["video_id"] == expected
        assert claimed(life, worker="w2") == []
        accept(life, work)
    assert pauses(database_url) == []


def test_only_the_first_in_line_asks_again_and_the_rest_are_left_alone(life: Life, database_url: str) -> None:
    """An endpoint in trouble gets one question for each pause, whatever waits for it."""
    first, *_ = submit(life, 20)
    for work in life.claim("submit"):
        refuse(life, work)
    for _ in range(3):
        life.make_due(database_url)
        (work,) = life.claim("submit")
        assert work["video_id"] == first
        refuse(life, work)


def test_the_pause_grows_to_a_quarter_of_a_minute_and_starts_anew(life: Life, database_url: str) -> None:
    """A long outage is noticed to be over within 15 s, a short one within 2."""
    submit(life, 2)
    first, second = life.claim("submit")
    refuse(life, second)
    ((_, tries, seconds),) = pauses(database_url)
    assert tries == 1
    assert seconds <= 1
    for _ in range(12):
        life.make_due(database_url)
        refuse(life, first)
        life.claim("submit")
    ((_, tries, seconds),) = pauses(database_url)
    assert tries == 13
    assert 1 < seconds <= 15
    accept(life, first)
    ((_, tries, seconds),) = pauses(database_url)
    assert tries == 0
    assert seconds <= 0


def test_those_under_way_together_count_as_one_refusal(life: Life, database_url: str) -> None:
    """Eight refusals of one moment do not make a pause as long as eight in a row."""
    submit(life, 8)
    for work in life.claim("submit"):
        refuse(life, work, retry_after=60)
    ((_, tries, seconds),) = pauses(database_url)
    assert tries == 1
    assert seconds <= 60


def test_runpods_own_wish_is_respected(life: Life, database_url: str) -> None:
    """`Retry-After` is the least to wait."""
    submit(life, 1)
    (work,) = life.claim("submit")
    refuse(life, work, retry_after=70)
    ((_, _, seconds),) = pauses(database_url)
    assert 60 < seconds <= 71


def test_a_line_holds_up_no_other_endpoint(life: Life) -> None:
    """Each endpoint has its own."""
    submit(life, 1)
    (work,) = life.claim("submit")
    refuse(life, work, retry_after=60)
    others = submit(life, 3, endpoint="other")
    assert claimed(life) == others


def test_newcomers_stand_in_line_and_say_why(life: Life) -> None:
    """A job asked for meanwhile does not overtake, and shows the reason at once."""
    submit(life, 1)
    (work,) = life.claim("submit")
    refuse(life, work, retry_after=60)
    newcomer = life.submit(limits=MANY)
    assert newcomer["attempt_note"] == "busy (503)"
    call = life.database.call
    assert call("claim_submissions", worker="w1", video_id=newcomer["id"], limit=1) == []


def test_work_given_back_unasked_makes_no_line(life: Life, database_url: str) -> None:
    """A server that stops says nothing about RunPod."""
    submit(life, 2)
    for work in life.claim("submit"):
        refuse(life, work, note=None)
    assert pauses(database_url) == []
    assert len(claimed(life, worker="w2")) == 2


def test_one_job_that_is_always_refused_does_not_hold_up_the_others(life: Life, database_url: str) -> None:
    """After a hundred tries it goes to the end of the line."""
    stumbling, other = submit(life, 2)
    first, second = life.claim("submit")
    refuse(life, second)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update attempts set tries = 101 where video_id = %s", [stumbling])
    refuse(life, first)
    life.make_due(database_url)
    assert claimed(life) == [other]


def test_two_processes_do_not_both_send_from_one_line(life: Life, database_url: str) -> None:
    """However close together they look."""
    submit(life, 6)
    for work in life.claim("submit"):
        refuse(life, work)
    life.make_due(database_url)
    found: list[int] = []
    start = threading.Barrier(6)

    def look(worker: str) -> None:
        start.wait()
        found.extend(claimed(life, worker=worker))

    threads = [threading.Thread(target=look, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
