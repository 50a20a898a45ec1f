"""Failed tries are counted exactly, for all processes together, and forgotten in time."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import psycopg
import pytest

from services.errors import LimitReached
from services.gateways.database import Database
from services.gateways.postgres import PostgresDatabase
from services.throttle import Key, address_key, begin_try, end_try, name_key
from tests.sql.test_races import at_once

ANNA = name_key("anna")
GUESSES = int(os.environ.get("STUDIO_TEST_GUESSES", "300"))


def fail(url: str, key: Key, times: int, *, ago: float = 0) -> None:
    """So many failures of the key until so many seconds ago."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into tries values (%s, %s, clock_timestamp() - %s * interval '1 second')"
            " on conflict (key) do update set failures = excluded.failures, last_at = excluded.last_at",
            (key["key"], times, ago),
        )


def counted(url: str) -> dict[str, int]:
    """The failures of each key."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute("select key, failures from tries").fetchall())


def pause(database: Database, *keys: Key) -> float:
    """The pause that a try meets; 0 when it may be made."""
    try:
        begin_try(database, *keys)
    except LimitReached as refused:
        assert refused.code == "too_many_tries"
        return refused.retry_after or 0
    return 0


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(4, 0), (7, 8), (8, 16), (9, 32), (10, 64), (11, 128), (12, 256), (13, 300), (1000, 300)],
)
def test_after_five_failures_each_further_one_doubles_the_pause(
    database: Database, database_url: str, failures: int, seconds: int
) -> None:
    """Guessing becomes slow, but nobody is locked out for good."""
    fail(database_url, ANNA, failures)
    begun = time.monotonic()
    asked = pause(database, ANNA)

    assert asked <= seconds <= asked + time.monotonic() - begun + 5


def test_when_the_pause_is_over_one_try_may_be_made(database: Database, database_url: str) -> None:
    """And the next pause begins."""
    fail(database_url, ANNA, 12, ago=256)

    assert pause(database, ANNA) == 0
    assert pause(database, ANNA) > 256
    assert counted(database_url) == {ANNA["key"]: 13}


def test_a_try_in_the_pause_does_not_lengthen_it(database: Database, database_url: str) -> None:
    """Who keeps knocking waits no longer, and a name's owner gets their turn."""
    fail(database_url, ANNA, 12)
    pauses = [pause(database, ANNA) for _ in range(20)]

    assert pauses == sorted(pauses, reverse=True)
    assert counted(database_url) == {ANNA["key"]: 12}


def test_success_wipes_the_slate_of_the_name_and_takes_one_back_from_the_address(
    database: Database, database_url: str
) -> None:
    """A guesser cannot reset the count of an address by signing in with an account of their own."""
    here = address_key("192.0.2.1")
    fail(database_url, here, 4)
    begin_try(database, ANNA, here)
    assert counted(database_url) == {ANNA["key"]: 1, here["key"]: 5}
    end_try(database, forget=[ANNA], take_back=[here])

    assert counted(database_url) == {here["key"]: 4}


def test_one_key_in_a_pause_holds_up_the_other_without_counting_for_it(
    database: Database, database_url: str
) -> None:
    """A name is protected from every address; a refused try is no failure of the address."""
    fail(database_url, ANNA, 12)

    assert pause(database, ANNA, address_key("192.0.2.1")) > 200
    assert counted(database_url) == {ANNA["key"]: 12}


def test_failures_are_forgotten_after_an_hour_and_their_rows_go(
    database: Database, database_url: str
) -> None:
    """Yesterday's mistakes cost nothing today, and the table does not grow."""
    ben = name_key("ben")
    fail(database_url, ANNA, 50, ago=3601)
    fail(database_url, ben, 50, ago=3601)

    assert pause(database, ANNA) == 0
    assert counted(database_url) == {ANNA["key"]: 1}


def test_the_table_has_an_end(database: Database, database_url: str) -> None:
    """Those who failed last stay remembered."""
    for number in range(8):
        pause(database, name_key(f"name{number}"))
    database.call("sweep_tries", most=3)

    assert set(counted(database_url)) == {name_key(f"name{number}")["key"] for number in (5, 6, 7)}


def test_two_processes_count_together_and_a_restart_forgets_nothing(
    database: Database, database_url: str
) -> None:
    """What one has counted holds for the other, and for one that starts later."""
    fail(database_url, ANNA, 12, ago=256)
    first = PostgresDatabase(database_url)
    assert pause(first, ANNA) == 0
    assert pause(database, ANNA) > 200
    first.close()

    late = PostgresDatabase(database_url)
    assert pause(late, ANNA) > 200
    late.close()


def test_tries_at_the_same_moment_do_not_pass_for_one(database: Database, database_url: str) -> None:
    """Of forty guesses sent at once when a pause is over, one is made."""
    fail(database_url, ANNA, 12, ago=256)
    results = at_once([lambda: pause(database, ANNA)] * 40)
    assert results.count(0) == 1


def test_two_keys_in_either_order_wait_for_each_other_without_end(database: Database) -> None:
    """Locks are taken in one order, whatever the order of the question."""
    free = [ANNA | {"free": 1000}, name_key("ben") | {"free": 1000}]
    both = [lambda: pause(database, *free), lambda: pause(database, *reversed(free))]
    assert at_once(both * 15) == [0] * 30


def reached(database: Database, name_of: str) -> int:
    """How many of GUESSES, made by eight threads, are let through to the password."""
    numbers, here = count(), address_key("192.0.2.1")

    def guess(_: int) -> bool:
        return pause(database, name_key(name_of.format(next(numbers))), here) == 0

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(guess, range(GUESSES)))


@pytest.mark.parametrize(("name_of", "free"), [("anna", 5), ("name{}", 100)])
def test_a_flood_of_guesses_hardly_reaches_a_password(database: Database, name_of: str, free: int) -> None:
    """One name gets its five tries, one address its hundred, and then few more: a pause lasts twice as long each time.

    STUDIO_TEST_GUESSES sets how many are made.
    """
    let_through = reached(database, name_of)
    assert free <= let_through <= free + 8


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        (None, "no address", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:198.51.100.9", False),
    ],
)
def test_an_address_is_what_one_visitor_has(one: str | None, other: str, are_one: bool) -> None:
    """Of IPv6 that is a whole /64, of which every request may come from another place; IPv4 is one address however spelt."""
    assert (address_key(one) == address_key(other)) is are_one


def test_nothing_typed_is_kept(database: Database, database_url: str) -> None:
    """Somebody may have typed the password where the name goes."""
    pause(database, name_key("correct horse battery\0"))
    assert "horse" not in str(counted(database_url))
