"""How long the statistics take with 100 000 jobs of three months: each read, the download, and the whole page."""

import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import streamlit as st
from streamlit.testing.v1 import AppTest

from services import wiring
from services.accounts import add_user
from services.gateways.postgres import PostgresDatabase
from services.jobs import export_jobs, list_job_groups, list_jobs
from services.settings import Settings
from services.statistics import read_statistics
from services.wiring import Studio

ROUNDS = 7
HISTORY = Path(__file__).with_name("statistics_history.sql")
SHELL = Path(__file__).parents[1] / "pages" / "shell.py"
PERIODS = {"a day": 1, "7 days": 7, "30 days": 30, "90 days (all jobs)": 90}


def main() -> None:
    """Print a table of milliseconds; the aim for the whole page is 300 ms."""
    logging.disable(logging.WARNING)  # Streamlit misses its server
    with tempfile.TemporaryDirectory() as place, filled_studio(Path(place)) as studio:
        print(f"load average {os.getloadavg()[0]:.1f}; {ROUNDS} rounds each, milliseconds")
        print(f"{'':44} {'best':>8} {'median':>8}")
        for name, act in reads(studio.database):
            show(name, [timed(act) for _ in range(ROUNDS)])
        show("download of all jobs", [timed(lambda: download(studio.database))])
        for label in ("7 days", "30 days"):
            show(f"page, {label}, nothing kept", [page_seconds(studio, label) for _ in range(ROUNDS)])


def reads(database: PostgresDatabase) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the page asks for, by name."""
    for label, days in PERIODS.items():
        yield f"all numbers, {label}", partial(read_statistics, database, **scope(days))
    yield "200 newest jobs, 90 days", lambda: list_jobs(database, **scope(90), limit=200)
    yield "jobs by settings, 30 days", lambda: list_job_groups(database, by="settings", **scope(30))


def scope(days: int) -> dict[str, datetime]:
    """So many days until now."""
    end = datetime.now(UTC) + timedelta(minutes=5)
    return {"start": end - timedelta(days=days), "end": end}


def download(database: PostgresDatabase) -> int:
    """Reads the whole download, page by page."""
    return sum(map(len, export_jobs(database, **scope(91))))


def page_seconds(studio: Studio, period: str) -> float:
    """Seconds of one run of the page's script, its reads included, without the browser."""
    app = AppTest.from_file(SHELL, default_timeout=60)
    app.session_state["openv_token"] = studio.sessions.issue("ada")
    app.query_params["period"] = period
    app.run().switch_page("statistics.py")
    st.cache_data.clear()
    seconds = timed(app.run)
    if app.exception or not app.metric:
        raise RuntimeError("The page did not show its numbers.")
    return seconds


@contextmanager
def filled_studio(folder: Path) -> Iterator[Studio]:
    """A studio on an embedded database with the history in it."""
    studio = wiring.build(replace(Settings(), data_dir=folder))
    wiring.install(studio)
    try:
        with psycopg.connect(studio.database.dsn, autocommit=True) as connection:
            for statement in HISTORY.read_text(encoding="utf-8").split(";\n"):
                connection.execute(statement.encode())
        add_user(studio.database, "ada", role="admin", password=None)
        yield studio
    finally:
        wiring.install(None)
        studio.close()


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def show(name: str, seconds: list[float]) -> None:
    """One line of the table."""
    print(f"{name:44} {min(seconds) * 1000:8.0f} {statistics.median(seconds) * 1000:8.0f}", flush=True)


if __name__ == "__main__":
    main()
