"""The team's budget: what counts, what is refused at the hard line, and what a job is expected to cost."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from services.errors import LimitReached
from services.gateways.database import Database
from tests.history import DAY, NEXT_DAY, SHAPE, History
from tests.sql.lifecycle import LIMITS, ORDER, Life

Draw = Callable[..., None]
PERIOD = {**LIMITS, "period_start": DAY.isoformat(), "period_end": NEXT_DAY.isoformat()}


@pytest.fixture
def life(database: Database) -> Life:
    """A user's videos."""
    return Life(database)


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield History(connection)


@pytest.fixture
def draw(database: Database) -> Draw:
    """Draws the lines."""

    def change(*, soft: float | None = None, hard: float | None = None) -> None:
        lines = {"budget_soft_usd": soft, "budget_hard_usd": hard}
        database.call("change_workspace", actor=None, changes=lines)

    return change


def refused(submit: Callable[[], Any]) -> LimitReached:
    with pytest.raises(LimitReached) as refusal:
        submit()
    assert (refusal.value.code, refusal.value.status) == ("budget_exceeded", 403)
    return refusal.value


def test_jobs_under_way_and_the_new_one_must_fit_below_the_hard_line(life: Life, draw: Draw) -> None:
    """The line itself may be reached, not passed."""
    draw(hard=1)
    life.submit(price_usd=0.4)
    life.submit(price_usd=0.6)
    error = refused(lambda: life.submit(price_usd=0.01))
    assert error.message.startswith(
        "The team's budget of $1 for this period does not cover this clip. Make it shorter"
    )
    assert error.extra == {"remainingUsd": 0, "expectedUsd": 0.01}


def test_what_is_spent_in_the_period_counts_whatever_came_of_it(
    life: Life, draw: Draw, history: History
) -> None:
    """Failed and replaced jobs cost money too; other periods' do not count here."""
    history.job(cost_usd=1)
    history.job("failed", error_kind="worker_error", cost_usd=2)
    history.job("superseded", finished_at=DAY, cost_usd=3)
    history.job(finished_at=NEXT_DAY, cost_usd=4)
    draw(hard=7)
    assert refused(lambda: life.submit(limits=PERIOD, price_usd=1.5)).extra["remainingUsd"] == 1
    assert life.submit(limits=PERIOD, price_usd=1)["status"] == "queued"


def test_a_job_that_ends_counts_with_what_it_cost(life: Life, draw: Draw) -> None:
    """The estimate goes, the cost comes, in one moment."""
    draw(hard=1)
    life.sent(price_usd=1, max_retries=0)
    life.news("completed", result_url="https://r/", cost_usd=0.3)
    assert refused(lambda: life.submit(price_usd=0.8)).extra["remainingUsd"] == pytest.approx(0.7)
    assert life.submit(price_usd=0.7)["status"] == "queued"


def test_a_cancelled_job_gives_back_what_was_set_aside(life: Life, draw: Draw) -> None:
    """RunPod never had it."""
    draw(hard=1)
    video = life.submit(price_usd=1)
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    assert life.submit(price_usd=1)["status"] == "queued"


def test_trying_again_by_hand_has_to_fit_as_well(life: Life, draw: Draw) -> None:
    """With what it was expected to cost when it was asked for."""
    video = life.submit(price_usd=1)
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    draw(hard=0.5)
    retry = {"video_id": video["id"], "actor": "anna", "limits": LIMITS}
    assert refused(lambda: life.database.call("retry_video", **retry)).extra["expectedUsd"] == 1
    draw(hard=1)
    assert life.database.call("retry_video", **retry)[0]["status"] == "queued"


def test_a_job_of_unknown_cost_is_refused_once_nothing_is_left(life: Life, draw: Draw) -> None:
    """Unknown is not free; while something is left nobody can say that it does not fit."""
    draw(hard=1)
    life.submit()
    life.submit(price_usd=1)
    assert refused(life.submit).extra["expectedUsd"] is None


def test_without_a_hard_line_nothing_is_refused(life: Life, draw: Draw) -> None:
    """The soft line only warns."""
    draw(soft=1)
    assert life.submit(price_usd=100)["status"] == "queued"


def expected(database: Database, **order: Any) -> float | None:
    rows = database.call("find_allowance", user_id="anna", order={**ORDER, **SHAPE, **order}, limits=LIMITS)
    return None if rows[0]["expected_usd"] is None else float(rows[0]["expected_usd"])


def test_from_ten_jobs_on_what_they_took_is_expected(life: Life, history: History) -> None:
    """In proportion to pixels, frames and steps; before that the catalog's estimate holds."""
    for _ in range(9):
        history.job(cost_usd=0.2)
    assert expected(life.database, typical_usd=5) == 5
    history.job(cost_usd=0.4)
    assert expected(life.database, typical_usd=5) == pytest.approx(0.22)
    assert expected(life.database, frames=96, steps=20, width=424) == pytest.approx(0.11)


@pytest.mark.parametrize("other", [{"model": "wan"}, {"endpoint": "elsewhere"}])
def test_other_models_and_endpoints_say_nothing(life: Life, history: History, other: dict[str, str]) -> None:
    """Neither do failed jobs; without anything known the cost is unknown."""
    for _ in range(10):
        history.job(cost_usd=0.2, **other)
        history.job("failed", error_kind="lost", cost_usd=0.2)
    assert expected(life.database) is None


def test_a_price_holds_whatever_the_past(life: Life, history: History) -> None:
    """What a model is billed at needs no estimate."""
    for _ in range(10):
        history.job(cost_usd=9)
    assert expected(life.database, price_usd=0.5, typical_usd=5) == 0.5


def test_the_page_for_admins_counts_what_nobody_knows_the_cost_of(life: Life, history: History) -> None:
    """Spent, expected, and how many jobs are in neither."""
    history.job(cost_usd=1)
    history.job()
    life.submit(price_usd=0.25)
    life.submit()
    (row,) = life.database.call("find_budget", limits=PERIOD)
    assert (float(row["spent_usd"]), float(row["expected_usd"])) == (1, 0.25)
    assert (row["unknown_cost_jobs"], row["active_jobs"], row["unpriced_jobs"]) == (1, 2, 1)


def test_the_running_sum_is_what_the_jobs_say_whatever_is_written(life: Life, history: History) -> None:
    """Written as ended, ended in the normal way, corrected, moved to another day, removed."""
    history.job(cost_usd=1)
    moved, removed, corrected = (history.job(cost_usd=usd) for usd in (2, 4, 8))
    change = history.connection.execute
    change("update attempts set finished_at = %s where id = %s", (NEXT_DAY, moved))
    change("update attempts set cost_usd = 16 where id = %s", (corrected,))
    change("delete from attempts where id = %s", (removed,))
    life.sent("mine", max_retries=0)
    life.news("failed", "mine", error="out of memory", cost_usd=32)
    sums = "select sum(usd), (select sum(cost_usd) from attempts) from spending where usd <> 0"
    assert change(sums).fetchone() == (51, 51)
    (row,) = life.database.call("find_budget", limits=PERIOD)
    assert float(row["spent_usd"]) == 17
