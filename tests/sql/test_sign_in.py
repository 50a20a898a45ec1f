"""Signing in takes two calls, and what happens between them counts."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import bcrypt
import psycopg
import pytest

from services import accounts
from services.accounts import add_user, find_user, sign_out_everywhere
from services.errors import LimitReached, NotSignedIn
from services.gateways.database import Database
from services.passwords import renewed_hash
from services.sign_in import sign_in
from services.throttle import Key, address_key, name_key
from tests.gateways.embedded_process import eventually
from tests.sql.test_races import at_once
from tests.sql.test_tries import counted, fail

PASSWORD = "correct horse"
ENDS = {
    "signed out everywhere": "select sign_out_everywhere(null, 'anna')",
    "disabled": "select disable_user(null, 'anna')",
    "disabled alone": "update users set disabled_at = now() where id = 'anna'",
    "given another password": "select set_password(null, 'anna', 'another hash')",
}


@pytest.fixture(autouse=True)
def _anna(database: Database) -> None:
    add_user(database, "Anna", role="user", password=PASSWORD)


def test_who_signs_in_is_seen_and_their_failures_are_forgotten(database: Database, database_url: str) -> None:
    """The answer is the user as they are by then; of their address only this try is taken back."""
    here = "192.0.2.1"
    fail(database_url, name_key("anna"), 3)
    fail(database_url, address_key(here), 4)

    user = sign_in(database, " ANNA", PASSWORD, address=here)

    assert user == find_user(database, "anna")
    assert user.last_seen_at is not None
    assert counted(database_url) == {address_key(here)["key"]: 4}


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


def test_what_ends_all_sessions_while_the_password_is_hashed_anew_keeps_them_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That takes its time as well, and its turn."""
    database.call(
        "renew_password_hash", id="anna", known=hash_of("anna", database), password_hash=_as_bcrypt()
    )

    def renewed_late(password: str, kept: str) -> str | None:
        sign_out_everywhere(database, "anna")
        return renewed_hash(password, kept)

    monkeypatch.setattr(accounts, "renewed_hash", renewed_late)
    with pytest.raises(NotSignedIn):
        sign_in(database, "anna", PASSWORD, address=None)
    assert str(hash_of("anna", database)).startswith("$argon2id$")


def test_one_person_signs_in_twice_at_once_from_one_place(database: Database) -> None:
    """Both ways round: neither waits for the other and is refused for it."""
    for name in ("anna", "ben", "cleo", "dora"):
        keys = [{**name_key(name), "free": 1000}, {**address_key("192.0.2.1"), "free": 10**6}]

        def once(keys: list[Key]) -> None:
            database.call("begin_sign_in", id="anna", keys=keys)
            database.call("end_try", forget=[keys[0]["key"]], take_back=[keys[1]["key"]])

        assert at_once([partial(once, keys)] * 20) == [None] * 20


def hash_of(name: str, database: Database) -> str | None:
    """How their password is kept."""
    user = find_user(database, name)
    return user.password_hash if user else None


def _as_bcrypt() -> str:
    digest = base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest())
    return bcrypt.hashpw(digest, bcrypt.gensalt(4)).decode()


def _sign_ins_that_wait(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%end_sign_in%'"
        ).fetchone()
    return int(found[0]) if found else 0
