"""The change feed: reads do not grow with the number of readers."""

import time
from collections.abc import Callable

from services.accounts import ensure_user
from services.feed import Feed, ListeningFeeder, PollingFeeder
from services.gateways.database import Database
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
