"""Signing in takes two calls, and what happens between them counts."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from services.accounts import add_user, find_user
from services.errors import LimitReached, NotSignedIn
from services.gateways.database import Database
from services.sign_in import sign_in
from services.throttle import name_key
from tests.gateways.embedded_process import eventually
from tests.sql.test_tries import counted, fail

PASSWORD = "correct horse"
ENDS = {
    "signed out everywhere": "select sign_out_everywhere(null, 'anna')",
    "disabled": "select disable_user(null, 'anna')",
    "given another password": "select set_password(null, 'anna', 'another hash')",
}


@pytest.fixture(autouse=True)
def _anna(database: Database) -> None:
    add_user(database, "Anna", role="user", password=PASSWORD)


def test_who_signs_in_is_seen_and_their_failures_are_forgotten(database: Database, database_url: str) -> None:
    """The answer is the user as they are by then."""
    fail(database_url, name_key("anna"), 3)

    user = sign_in(database, " ANNA", PASSWORD, address=None)

    assert user == find_user(database, "anna")
    assert user.last_seen_at is not None
    assert counted(database_url) == {}


def test_in_a_pause_nothing_is_told_of_anybody(database: Database, database_url: str) -> None:
    """Neither by begin_sign_in, which could save itself the question, nor by who calls it."""
    fail(database_url, name_key("anna"), 12)

    asked = database.call("begin_sign_in", id="anna", keys=[name_key("anna")])

    assert (asked[0]["pause"] > 0, asked[0]["person"]) == (True, None)
    with pytest.raises(LimitReached, match="too many failed tries"):
        sign_in(database, "anna", PASSWORD, address=None)


@pytest.mark.parametrize("name", ["ben", "no such name", "a\0b", "\ud800", "a" * 70])
def test_a_name_that_nobody_has_is_refused_as_a_wrong_password_is(
    database: Database, database_url: str, name: str
) -> None:
    """Whatever was typed: the try counts."""
    with pytest.raises(NotSignedIn, match=r"The name or the password is wrong\."):
        sign_in(database, name, PASSWORD, address=None)

    assert counted(database_url) == {name_key(name)["key"]: 1}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_ends_all_sessions_while_somebody_signs_in_keeps_them_out(
    database: Database, database_url: str, end: str
) -> None:
    """The password was right when they began, which is not enough; the try stays counted."""
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database_url) as admin:
        admin.execute(end)
        under_way = pool.submit(sign_in, database, "anna", PASSWORD, address=None)
        waiting = eventually(lambda: _sign_ins_that_wait(database_url))
        admin.commit()
        with pytest.raises(NotSignedIn):
            under_way.result()

    assert waiting
    assert counted(database_url) == {name_key("anna")["key"]: 1}


def _sign_ins_that_wait(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%end_sign_in%'"
        ).fetchone()
    return int(found[0]) if found else 0
