"""Listing jobs, and a download that is complete and safe to open."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.gateways.database import Database, Row
from services.jobs import Job, export_jobs, list_job_groups, list_jobs
from tests.history import DAY, DAY_SCOPE, NEXT_DAY, NOON, History


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield History(connection)


class ListedJobs:
    """A database that has these jobs, and the least it takes to page through them."""

    def __init__(self, *jobs: Row) -> None:
        self.jobs = jobs

    def call(self, function: str, **parameters: Any) -> list[Row]:
        assert function == "list_jobs"
        before = parameters["before"] or len(self.jobs) + 1
        rows = [row for row in self.jobs[::-1] if row["id"] < before]
        return rows[: parameters["limit"]]

    def close(self) -> None: ...


def job_row(number: int = 1, **columns: Any) -> Row:
    row = dict.fromkeys(Job.model_fields)
    known = {
        "id": number,
        "number": 1,
        "user_id": "anna",
        "model": "mochi",
        "endpoint": "own",
        "width": 8,
        "height": 8,
    }
    rest = {"frames": 24, "fps": 24, "video_seconds": 1, "outcome": "completed", "created_at": NOON}
    return {**row, **known, **rest, **columns}


def exported(database: Database) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(export_jobs(database, **DAY_SCOPE)), newline="")))


def test_a_job_is_listed_with_its_clips_prompt_and_length(database: Database, history: History) -> None:
    """And without them once the clip is deleted for good: the job and its cost stay."""
    history.pair(prompt="a storm", duration_seconds=2.5, cost_usd=0.5)
    history.job("failed", error_kind="cancelled", frames=12)
    gone, kept = list_jobs(database, **DAY_SCOPE)
    assert (kept.prompt, kept.video_seconds, kept.outcome, kept.cost_usd) == (
        "a storm",
        2.5,
        "completed",
        0.5,
    )
    assert (gone.prompt, gone.video_seconds, gone.outcome, gone.cost_usd) == (None, 0.5, "cancelled", None)


def test_listing_takes_filters_and_pages(database: Database, history: History) -> None:
    """One model, one user, so many at once, older than the last one seen."""
    ids = [history.job(user_id="ben") for _ in range(3)]
    history.job(model="vidu", user_id="ben")
    history.job()
    page = list_jobs(database, **DAY_SCOPE, model="mochi", user_id="ben", before=ids[2], limit=1)
    assert [job.id for job in page] == [ids[1]]


def test_groups_have_rates_like_all_numbers(database: Database, history: History) -> None:
    """One worker that fails stands out."""
    history.job("failed", worker_id="bad")
    history.job("failed", worker_id="bad")
    history.job(worker_id="good")
    groups = list_job_groups(database, by="worker", **DAY_SCOPE)
    assert [(group.name, group.success_rate) for group in groups] == [("bad", 0), ("good", 1)]


def test_the_download_has_every_job_of_a_period_longer_than_a_page() -> None:
    """2 500 jobs are three pages of rows and one file, newest first, none twice."""
    rows = exported(ListedJobs(*(job_row(number) for number in range(1, 2501))))
    assert [int(row["id"]) for row in rows] == list(range(2500, 0, -1))


def test_the_download_of_a_quiet_period_is_its_heading() -> None:
    """A file that opens, with names over no rows."""
    (heading,) = export_jobs(ListedJobs(), **DAY_SCOPE)
    assert heading.startswith("id,video_id,number,job_id,user_id,prompt,")


def test_a_full_last_page_ends_the_download() -> None:
    """Exactly 1000 jobs are not asked for again and again."""
    assert len(exported(ListedJobs(*(job_row(number) for number in range(1, 1001))))) == 1000


def test_unknown_values_are_empty_and_times_are_utc(database: Database, history: History) -> None:
    """Empty is not 0: a cost nobody knows is an empty cell."""
    history.job(delay_ms=0)
    (row,) = exported(database)
    assert (row["cost_usd"], row["execution_ms"], row["delay_ms"]) == ("", "", "0")
    assert row["finished_at"] == "2024-03-10T12:00:00.000Z"


@pytest.mark.parametrize("prompt", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(prompt: str) -> None:
    """People write prompts; whoever opens the file must not execute them."""
    (row,) = exported(ListedJobs(job_row(prompt=prompt)))
    assert row["prompt"] == f"'{prompt}"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50))
def test_any_text_comes_back_as_it_was_or_made_harmless(prompt: str) -> None:
    """Quotes, separators and line ends survive the way through the file, and no cell begins as a formula."""
    (row,) = exported(ListedJobs(job_row(prompt=prompt)))
    assert row["prompt"] in (prompt, f"'{prompt}")
    assert row["prompt"].lstrip()[:1] not in tuple("=+-@＝＋－＠")


def test_numbers_may_be_negative_in_the_download() -> None:
    """A number is no formula, so it stays one."""
    (row,) = exported(ListedJobs(job_row(cost_usd=-0.5, cost_kind="billed")))
    assert row["cost_usd"] == "-0.5"


def test_listing_needs_a_period_that_ends_after_it_starts(database: Database) -> None:
    """The other way round is refused with a sentence."""
    with pytest.raises(InvalidInput, match="later than the start"):
        list_jobs(database, start=NEXT_DAY, end=DAY)
