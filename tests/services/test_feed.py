"""The change feed: reads do not grow with the number of readers."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

import services.feed
from services.accounts import ensure_user
from services.feed import EVERYBODY, SHARED, Feed, ListeningFeeder, PollingFeeder
from services.gateways.database import Database, Row, unreachable
from services.gateways.postgres import PostgresDatabase
from tests.sql.lifecycle import Life


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def test_a_view_is_loaded_once_per_change() -> None:
    """A hundred readers, one read; after a change, one more."""
    feed, loads = Feed(), []
    for _ in range(100):
        feed.read("anna", "list", lambda: loads.append(1))
    feed.changed(["anna"])
    feed.read("anna", "list", lambda: loads.append(1))
    assert len(loads) == 2


def test_users_and_views_are_kept_apart() -> None:
    """Anna's change leaves Bob's view alone."""
    feed = Feed()
    assert feed.read("anna", "list", lambda: "a") == "a"
    assert feed.read("bob", "list", lambda: "b") == "b"
    feed.changed(["anna"])
    assert feed.read("bob", "list", lambda: "new") == "b"
    assert feed.read("bob", "other", lambda: "c") == "c"


def test_changes_arrive_by_notification(database_url: str, database: Database) -> None:
    """Another process's write is seen without asking."""
    feed, direct = Feed(), PostgresDatabase(database_url)
    ensure_user(database, "anna", role="user")
    before = feed.version("anna")
    feeder = ListeningFeeder(feed, direct.listening)
    feeder.start()
    assert until(lambda: feed.version("anna") > before)
    before = feed.version("anna")
    Life(database).submit()
    assert until(lambda: feed.version("anna") > before)
    feeder.stop()
    direct.close()
    assert not feeder.is_alive()


def test_changes_arrive_by_polling(database: Database) -> None:
    """Where nobody can listen, one question per process does."""
    feed = Feed()
    ensure_user(database, "anna", role="user")
    feeder = PollingFeeder(feed, database, active=0.05, idle=0.05)
    feed.version("anna")
    feeder.start()
    assert until(lambda: feed.version("anna") > 0)
    before = feed.version("anna")
    Life(database).submit()
    assert until(lambda: feed.version("anna") > before)
    feeder.stop()
    assert not feeder.is_alive()


@pytest.mark.parametrize("feeds", ["by notification", "by polling"])
def test_the_team_hears_of_what_is_shared(database_url: str, database: Database, feeds: str) -> None:
    """Sharing, what becomes of a shared clip, and taking it back reach those who look at the team's or at all clips."""
    feed, direct, life = Feed(), PostgresDatabase(database_url), Life(database)
    video = life.submit()
    feeder: ListeningFeeder | PollingFeeder = ListeningFeeder(feed, direct.listening)
    if feeds == "by polling":
        feeder = PollingFeeder(feed, database, active=0.05, idle=0.05)
    hearing = [Hearing(feed, name) for name in (SHARED, EVERYBODY)]
    feeder.start()
    for function, parameters in (
        ("share_video", {"shared": True}),
        ("cancel_video", {}),
        ("share_video", {"shared": False}),
    ):
        assert all(name.hears() for name in hearing), function
        database.call(function, video_id=video["id"], actor="anna", **parameters)
    assert all(name.hears() for name in hearing)
    feeder.stop()
    direct.close()


class Hearing:
    """Waits for what is told under one name, again and again."""

    def __init__(self, feed: Feed, name: str) -> None:
        self._feed, self._name, self._heard = feed, name, feed.version(name)

    def hears(self) -> bool:
        heard = until(lambda: self._feed.version(self._name) > self._heard)
        self._heard = self._feed.version(self._name)
        return heard


def test_what_is_private_does_not_stir_the_team(database_url: str, database: Database) -> None:
    """Pages that show what is shared read nothing anew for everybody's every job."""
    feed, direct, life = Feed(), PostgresDatabase(database_url), Life(database)
    before = [feed.version(name) for name in (SHARED, EVERYBODY)]
    feeder = ListeningFeeder(feed, direct.listening)
    feeder.start()
    assert until(lambda: feed.version(SHARED) > before[0])
    before = [feed.version(name) for name in (SHARED, EVERYBODY)]
    life.submit()
    assert until(lambda: feed.version(EVERYBODY) > before[1])
    assert feed.version(SHARED) == before[0]
    feeder.stop()
    direct.close()


class Away:
    """A database that counts the questions and can be out of reach."""

    def __init__(self, database: Database) -> None:
        self._database, self.is_away, self.asked = database, False, 0

    def call(self, function: str, **parameters: Any) -> list[Row]:
        self.asked += 1
        if self.is_away:
            raise unreachable()
        return self._database.call(function, **parameters)

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def away(database: Database) -> Away:
    """With the user anna."""
    ensure_user(database, "anna", role="user")
    return Away(database)


@contextmanager
def polling(feed: Feed, database: Database, *, active: float, idle: float) -> Iterator[None]:
    feeder = PollingFeeder(feed, database, active=active, idle=idle)
    feeder.start()
    yield
    feeder.stop()
    assert not feeder.is_alive()


def test_nobody_watching_costs_no_question(away: Away) -> None:
    """A server without visitors leaves the database alone."""
    feed = Feed()
    with polling(feed, away, active=0.05, idle=0.05):
        assert not feed.stirred.wait(0.5)
    assert away.asked == 0


def test_a_change_during_an_outage_is_told_after_it(away: Away, database: Database) -> None:
    """Answers tell the state, so that a missed one loses nothing."""
    feed = Feed()
    before = feed.version("anna")
    with polling(feed, away, active=0.05, idle=0.05):
        assert until(lambda: feed.version("anna") > before)
        away.is_away = True
        before, asked = feed.version("anna"), away.asked
        Life(database).submit()
        assert until(lambda: away.asked > asked + 1)
        assert feed.version("anna") == before
        away.is_away = False
        assert until(lambda: feed.version("anna") > before)


def test_a_new_watcher_and_ones_own_change_do_not_wait_for_the_next_question(
    away: Away, database: Database
) -> None:
    """Between two slow questions, what happens in this process asks at once."""
    feed = Feed()
    feed.version("anna")
    with polling(feed, away, active=3600, idle=3600):
        assert until(lambda: away.asked == 1)
        ensure_user(database, "bob", role="user")
        assert feed.version("bob") == 0
        assert until(lambda: feed.version("bob") > 0)
        before = feed.version("anna")
        Life(database).submit()
        feed.changed(["anna"])
        assert until(lambda: feed.version("anna") > before + 1)


def test_it_asks_often_while_a_job_is_under_way_and_seldom_when_not(
    away: Away, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quick pace holds as long as a job runs, however long nothing changes; then one question in a long while."""
    monkeypatch.setattr(services.feed, "_BUSY_SECONDS", 0.01)
    feed, life = Feed(), Life(database)
    video = life.submit()
    feed.version("anna")
    with polling(feed, away, active=0.02, idle=3600):
        assert until(lambda: away.asked > 10)
        database.call("cancel_video", video_id=video["id"], actor="anna")
        quiet = lambda asked: not until_more(away, asked)  # noqa: E731
        assert until(lambda: quiet(away.asked))


def until_more(away: Away, asked: int) -> bool:
    """Whether another question comes within half a second."""
    end = time.monotonic() + 0.5
    while away.asked == asked and time.monotonic() < end:
        time.sleep(0.02)
    return away.asked > asked


def test_more_users_than_one_answer_may_have_rows_are_asked_for_in_portions(
    away: Away, database_url: str
) -> None:
    """PostgREST would cut the 1 001st without a word."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into users (id, display_name, role)"
            " select 'u' || n, 'U', 'user' from generate_series(1, 1100) n"
        )
    feed = Feed()
    for number in range(1, 1101):
        feed.version(f"u{number}")
    with polling(feed, away, active=0.05, idle=3600):
        assert until(lambda: all(feed.version(f"u{number}") > 0 for number in (1, 1000, 1100)))
    assert away.asked == 3
