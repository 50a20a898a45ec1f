"""What admins see of everybody's jobs, and that nobody else does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from services.accounts import set_role
from services.wiring import Studio
from tests.history import History

OpenPages = Callable[..., AppTest]


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield History(connection)


@pytest.fixture
def statistics(signed_in: OpenPages) -> Callable[..., AppTest]:
    """Opens the page as an admin, with these choices in its address."""

    def open_statistics(**choices: Any) -> AppTest:
        app = signed_in("ada", role="admin")
        app.query_params.update(choices)
        return app.switch_page("statistics.py").run()

    return open_statistics


def ended(hours_ago: float = 1) -> dict[str, datetime]:
    end = datetime.now(UTC) - timedelta(hours=hours_ago)
    return {"finished_at": end, "submitted_at": end - timedelta(minutes=1)}


def shown(app: AppTest) -> dict[str, tuple[str, str]]:
    """Each number as it is read: the large value, and the small one below."""
    assert not app.exception
    return {
        metric.label: (metric.value.replace("\\", ""), metric.delta.replace("\\", ""))
        for metric in app.metric
    }


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The one table with a column of that name."""
    assert not app.exception
    (found,) = [frame.value for frame in app.dataframe if column in frame.value.columns]
    return found


@pytest.mark.parametrize("role", ["user", "restricted"])
def test_only_admins_see_the_statistics(signed_in: OpenPages, history: History, role: str) -> None:
    """Everybody else is told whom to ask and sees no number, even with the page's address."""
    history.job(**ended())
    app = signed_in("ben", role=role).switch_page("statistics.py").run()
    assert "admins" in app.error[0].value
    assert not app.metric
    assert not app.dataframe


def test_a_period_without_jobs_says_what_to_do(statistics: Callable[..., AppTest]) -> None:
    """No zeros that look like results: a sentence."""
    app = statistics()
    assert not app.exception
    assert "Choose a longer period" in app.info[0].value
    assert not app.metric


def test_the_numbers_are_those_of_the_last_seven_days(
    statistics: Callable[..., AppTest], history: History
) -> None:
    """Three clips and a failure this week, nothing of last month, each number with what it stands on."""
    for seconds in (10, 20, 30):
        clip = history.clip(finished_at=ended()["finished_at"])
        history.job(video_id=clip, **ended(), delay_ms=seconds * 1000, execution_ms=60_000, cost_usd=0.5)
    history.job("failed", **ended(), cost_usd=0.5)
    history.job(**ended(hours_ago=24 * 40))
    numbers = shown(statistics())
    assert numbers["Clips completed"] == ("3", "0 failed")
    assert numbers["Success rate"] == ("75 %", "30.1 % – 95.4 %")
    assert numbers["Wait for a worker"] == ("20.0 s", "P90 28.0 s")
    assert numbers["Spend"] == ("$2.00", "100 % estimated")
    assert numbers["Waste"] == ("25 %", "$0.50")


def test_a_longer_period_is_one_choice_away(statistics: Callable[..., AppTest], history: History) -> None:
    """Twenty days ago is out of sight at first and there with 30 days."""
    history.job(**ended(hours_ago=24 * 20))
    app = statistics()
    assert not app.metric
    app.segmented_control(key="period").set_value("30 days").run()
    assert shown(app)["Success rate"][0] == "100 %"


def test_the_choices_are_in_the_address(statistics: Callable[..., AppTest], history: History) -> None:
    """A link opens the very days, model and person it was copied with."""
    day = datetime(2024, 3, 10, 12, tzinfo=UTC)
    history.pair(finished_at=day, submitted_at=day)
    history.job("failed", finished_at=day, submitted_at=day, model="vidu-q3-t2v")
    history.job("failed", finished_at=day, submitted_at=day, user_id="ben")
    link = {
        "period": "Custom",
        "days": ["2024-03-10", "2024-03-10"],
        "jobs-model": "Mochi 1",
        "jobs-person": "anna",
    }
    app = statistics(**link)
    assert shown(app)["Success rate"][0] == "100 %"
    assert app.caption[0].value.startswith("10 March 2024 (UTC) · 1 job submitted")


def test_unknown_costs_are_shown_as_unknown(statistics: Callable[..., AppTest], history: History) -> None:
    """A dash and a number of jobs; nowhere does a dollar sign stand before a 0."""
    history.job(**ended())
    app = statistics()
    assert shown(app)["Spend"][0] == "–"
    (costs,) = [table.value for table in app.table]
    assert "1 job" in costs.to_string()
    assert "$0" not in costs.to_string()


def test_far_percentiles_of_few_jobs_are_dashes(statistics: Callable[..., AppTest], history: History) -> None:
    """Nineteen jobs have a P50 and a P90, and no P95 or P99 that one of them would decide."""
    for _ in range(19):
        history.job(**ended(), delay_ms=1000)
    times = table(statistics(), "P99")
    assert list(times.iloc[0]) == ["Wait for a worker", "19", "1.0 s", "1.0 s", "–", "–"]


def test_failures_are_told_by_reason(statistics: Callable[..., AppTest], history: History) -> None:
    """What the worker said is shown as it was, however it is spelled."""
    said = {"error": "**CUDA** out of memory", "error_group": "worker_error: cuda out of memory"}
    history.job("failed", **ended(), **said)
    history.job("failed", **ended(), **said)
    failures = table(statistics(), "Latest example")
    assert list(failures["Latest example"]) == ["**CUDA** out of memory"]
    assert (failures["Jobs"][0], failures["Share"][0], failures["Models"][0]) == (2, 1.0, ["Mochi 1"])


def test_a_period_without_failures_says_so(statistics: Callable[..., AppTest], history: History) -> None:
    """Good news instead of an empty table."""
    history.job(**ended())
    assert statistics().success[0].value == "No job failed in this period."


def test_jobs_can_be_compared(statistics: Callable[..., AppTest], history: History) -> None:
    """Side by side by person, with how certain each rate is."""
    history.job(**ended(), user_id="ben")
    history.job("failed", **ended(), user_id="carla")
    groups = table(statistics(details="Compare", by="Person"), "Certainty")
    assert list(groups["Person"]) == ["ben", "carla"]
    assert list(groups["Success"]) == [1.0, 0.0]
    assert groups["Certainty"][0] == "20.7 % – 100 %"


def test_the_table_shows_the_newest_and_offers_all(
    statistics: Callable[..., AppTest], history: History
) -> None:
    """201 jobs: 200 in the page, and a download that says how many it has."""
    for _ in range(201):
        history.job(**ended())
    app = statistics(details="All jobs")
    assert len(table(app, "Prompt")) == 200
    assert app.download_button[0].label == "Download all as CSV"
    assert app.caption[-1].value.endswith("the download has 201 jobs.")


def test_tables_hold_no_formulas(statistics: Callable[..., AppTest], history: History) -> None:
    """Streamlit's own download of a table takes the cells as they are, so they are harmless already."""
    when = ended()
    history.job(video_id=history.clip(prompt="=1+1"), **when)
    history.job("failed", **when, error="@SUM(1)")
    jobs = table(statistics(details="All jobs"), "Prompt")
    assert list(jobs["Prompt"]) == [None, "'=1+1"]
    assert list(jobs["Error"]) == ["'@SUM(1)", None]


def test_an_admin_who_is_one_no_more_sees_nothing_new(
    statistics: Callable[..., AppTest], history: History, studio: Studio
) -> None:
    """The next time the page is drawn, by itself or by hand, it is closed to them."""
    history.job(**ended())
    app = statistics()
    assert app.metric
    set_role(studio.database, "ada", "user")
    app.run()
    assert not app.metric
