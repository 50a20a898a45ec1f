"""Accounts and sessions on a real database."""

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta

import bcrypt
import jwt
import psycopg
import pytest

from services.accounts import (
    Role,
    add_user,
    change_own_password,
    check_password,
    disable_user,
    ensure_first_admin,
    ensure_user,
    find_user,
    set_password,
    set_role,
    sign_out_everywhere,
)
from services.errors import Conflict, InvalidInput, LimitReached, NotFound, NotSignedIn
from services.gateways.database import Database
from services.names import DEMO_ADMIN, DEMO_USER, TEST_USER
from services.passwords import hash_password
from services.sessions import Sessions
from services.sign_in import sign_in
from tests.sql.test_races import at_once

SESSIONS = Sessions("k" * 40, 7)


def add_anna(database: Database, password: str = "correct horse") -> None:
    add_user(database, "Anna", role="user", password=password)


def test_the_right_password_opens_and_nothing_else_does(database: Database) -> None:
    """Wrong password, wrong name, and a user without a password all get nothing."""
    add_anna(database)
    ensure_user(database, "nopass", role="user")
    assert check_password(database, "ANNA", "correct horse") is not None
    assert check_password(database, "anna", "wrong horse 1") is None
    assert check_password(database, "nobody", "correct horse") is None
    assert check_password(database, "nopass", "") is None


def test_passwords_beyond_72_bytes_differ_to_the_last_character(database: Database) -> None:
    """Long passwords in any script count whole."""
    add_anna(database, "пароль" * 20 + "a")
    assert check_password(database, "anna", "пароль" * 20 + "a") is not None
    assert check_password(database, "anna", "пароль" * 20 + "b") is None


def test_a_password_kept_as_bcrypt_signs_in_and_is_kept_as_argon2_from_then_on(database: Database) -> None:
    """Accounts of earlier versions go on working, with their sessions."""
    digest = base64.b64encode(hashlib.sha256(b"correct horse").digest())
    old = bcrypt.hashpw(digest, bcrypt.gensalt(4)).decode()
    database.call("add_user", id="anna", display_name="Anna", password_hash=old, role="user")
    before = find_user(database, "anna")
    with pytest.raises(NotSignedIn):
        sign_in(database, "anna", "wrong horse 1", address=None)
    for _ in range(2):
        sign_in(database, "anna", "correct horse", address=None)
        after = find_user(database, "anna")
        assert after.password_hash.startswith("$argon2id$")
        assert after.sessions_valid_after == before.sessions_valid_after


@pytest.mark.parametrize("kept", ["!locked", "", "$argon2id$v=19$m=7168,t=5,p=1$AAAA"])
def test_a_hash_that_is_none_opens_to_nobody(database: Database, kept: str) -> None:
    """As with a wrong name: no other answer, no error."""
    database.call("add_user", id="anna", display_name="Anna", password_hash=kept, role="user")
    assert check_password(database, "anna", "correct horse") is None


def test_wrong_names_and_wrong_passwords_are_answered_after_the_same_time(database: Database) -> None:
    """Whatever the hash costs to check: time does not tell which names exist."""
    add_anna(database)
    for name in ("anna", "nobody"):
        begun = time.monotonic()
        assert check_password(database, name, "wrong horse 1") is None
        assert time.monotonic() - begun >= 0.25


def test_a_hash_that_was_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    """A new password set while the old one was being checked holds."""
    add_anna(database)
    database.call("renew_password_hash", id="anna", known="another hash", password_hash="a third")
    assert check_password(database, "anna", "correct horse") is not None


@pytest.mark.parametrize("name", ["", "a b", "-a", "ä", "a" * 65, "a\nb", "../x"])
def test_a_malformed_name_is_refused(database: Database, name: str) -> None:
    """Names are plain, so that they can be shown and typed anywhere."""
    with pytest.raises(InvalidInput):
        add_user(database, name, role="user", password=None)


@pytest.mark.parametrize("name", [DEMO_USER, " Demo-Admin ", TEST_USER])
def test_a_name_of_the_demo_or_of_test_mode_gets_no_password(database: Database, name: str) -> None:
    """Nobody could sign in with it on a real server; the demo itself makes its users without one."""
    with pytest.raises(InvalidInput, match="kept for the demo and TEST_MODE"):
        add_user(database, name, role="admin", password=None)
    made = ensure_user(database, name, role="admin")
    with pytest.raises(InvalidInput, match="kept for the demo and TEST_MODE"):
        set_password(database, name, "correct horse battery")
    assert find_user(database, name) == made


@pytest.mark.parametrize("shown", ["\x1b[2Jroot", "bell \a", "a\0", "\u200b", "x" * 101])
def test_a_display_name_that_cannot_be_read_is_refused(database: Database, shown: str) -> None:
    """Others see it in lists, and admins in their terminals."""
    with pytest.raises(InvalidInput, match="A display name takes 1 to 100 printable characters"):
        add_user(database, "anna", role="user", password=None, display_name=shown)
    assert find_user(database, "anna") is None


def test_a_taken_name_is_refused(database: Database) -> None:
    """Names are compared in lower case."""
    add_anna(database)
    with pytest.raises(Conflict, match="already a user"):
        add_user(database, "ANNA", role="user", password=None)


def test_the_first_admin_is_made_once(database: Database) -> None:
    """A later start with the same settings changes nothing, not even the password."""
    assert ensure_first_admin(database, "root", "first password")
    assert not ensure_first_admin(database, "root", "other password")
    assert check_password(database, "root", "first password") is not None


def test_the_first_admin_is_not_made_twice_among_more_users_than_a_page(
    database: Database, database_url: str
) -> None:
    """The one there is may come behind any number of others."""
    add_user(database, "zoe", role="admin", password="first password")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into users (id, display_name, role) select 'user' || n, 'User', 'user' from generate_series(1, 1001) n"
        )
    assert not ensure_first_admin(database, "root", "other password")
    assert not ensure_first_admin(database, "zoe", "other password")
    assert find_user(database, "root") is None


@pytest.mark.parametrize("role", ["user", "admin"])
def test_a_first_admin_whose_name_another_has_is_told_what_to_do(database: Database, role: Role) -> None:
    """A user of that name, or an admin nobody signs in as, stays as they are; the server says why it does not start."""
    taken = add_user(database, "root", role=role, password=None)
    with pytest.raises(Conflict, match="Set ADMIN_USERNAME to another name"):
        ensure_first_admin(database, "root", "first password")
    assert find_user(database, "root") == taken


def test_admins_who_cannot_sign_in_do_not_stand_in_for_the_first(database: Database) -> None:
    """Not one of the demo, not one who is disabled."""
    ensure_user(database, DEMO_ADMIN, role="admin")
    hashed = hash_password("first password")
    database.call("set_password", actor=None, id=DEMO_ADMIN, password_hash=hashed)
    add_user(database, "gone", role="user", password="first password")
    disable_user(database, "gone")
    set_role(database, "gone", "admin")
    assert ensure_first_admin(database, "root", "first password")


def test_servers_that_start_at_once_make_one_first_admin(database: Database) -> None:
    """The slower ones find it made, and start as well."""
    results = at_once([lambda: ensure_first_admin(database, "root", "first password")] * 4)
    assert sorted(results) == [False, False, False, True]


def test_a_role_changes_at_once_and_only_to_a_known_one(database: Database) -> None:
    """The row is what counts."""
    add_anna(database)
    assert set_role(database, "anna", "admin").is_admin
    with pytest.raises(InvalidInput):
        set_role(database, "anna", "god")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        set_role(database, "nobody", "admin")


def test_a_session_counts_until_it_is_revoked(database: Database) -> None:
    """Sign-out everywhere and a new password end every session there is."""
    add_anna(database)
    for revoke in (sign_out_everywhere, lambda d, n: set_password(d, n, "another horse")):
        token = SESSIONS.issue("anna", now=datetime.now(UTC) - timedelta(seconds=5))
        assert SESSIONS.who(database, SESSIONS.issue("anna", now=datetime.now(UTC) + timedelta(seconds=1)),
                            now=datetime.now(UTC) + timedelta(seconds=2))  # fmt: skip
        revoke(database, "anna")
        assert SESSIONS.who(database, token) is None


def test_one_changes_the_password_that_one_knows(database: Database) -> None:
    """Every session from before ends; one issued for the answer counts, though it is as old as the change."""
    add_anna(database)
    before = SESSIONS.issue("anna", now=datetime.now(UTC) - timedelta(seconds=1))
    changed = change_own_password(database, "anna", current="correct horse", new="another horse")
    assert check_password(database, "anna", "another horse") is not None
    assert SESSIONS.who(database, before) is None
    assert SESSIONS.who(database, SESSIONS.issue("anna", now=changed.sessions_valid_after)) is not None


@pytest.mark.parametrize(("current", "new"), [("wrong horse 1", "another horse"), ("correct horse", "short")])
def test_a_wrong_password_or_a_bad_new_one_changes_nothing(
    database: Database, current: str, new: str
) -> None:
    """The sessions stay as well."""
    add_anna(database)
    before = find_user(database, "anna")
    with pytest.raises(InvalidInput):
        change_own_password(database, "anna", current=current, new=new)
    assert find_user(database, "anna") == before


def test_nobody_changes_their_password_to_their_own_name(database: Database) -> None:
    """Not to the one under which they are shown either, whoever makes the change."""
    add_user(database, "bk", role="user", password="correct horse", display_name="Bernhard Koenig")
    with pytest.raises(InvalidInput, match="own name"):
        change_own_password(database, "bk", current="correct horse", new="Bernhard Koenig")
    with pytest.raises(InvalidInput, match="own name"):
        set_password(database, "bk", "bernhard.koenig 1")
    assert check_password(database, "bk", "correct horse") is not None


def test_guessing_the_current_password_is_throttled_like_signing_in(database: Database) -> None:
    """Whoever finds a browser left signed in cannot try passwords at leisure; five tries are free."""
    add_anna(database)
    for _ in range(5):
        with pytest.raises(InvalidInput):
            change_own_password(database, "anna", current="a guess", new="another horse")
    with pytest.raises(LimitReached):
        change_own_password(database, "anna", current="correct horse", new="another horse")


def test_a_session_counts_though_the_databases_clock_is_a_little_ahead(database: Database) -> None:
    """Some seconds between the clocks of two machines are usual; a day is a forgery."""
    add_anna(database)
    now = datetime.now(UTC)
    seen = [SESSIONS.who(database, SESSIONS.issue("anna", now=now + ahead), now=now) is not None
            for ahead in (timedelta(seconds=5), timedelta(days=1))]  # fmt: skip
    assert seen == [True, False]


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
def test_what_is_no_token_opens_nothing(database: Database, token: str | None) -> None:
    """Garbage is nobody."""
    assert SESSIONS.who(database, token) is None


def test_forged_expired_and_overlong_tokens_open_nothing(database: Database) -> None:
    """A token counts only if our key signed it and its life is the one we give."""
    add_anna(database)
    now = datetime.now(UTC)
    assert SESSIONS.who(database, Sessions("x" * 40, 7).issue("anna")) is None
    assert SESSIONS.who(database, SESSIONS.issue("anna", now=now - timedelta(days=8))) is None
    assert SESSIONS.who(database, SESSIONS.issue("anna", now=now + timedelta(days=2))) is None
    assert SESSIONS.who(database, SESSIONS.issue("anna")[:-2]) is None
    assert find_user(database, "anna") is not None


@pytest.mark.parametrize("days", [1, 30])
def test_another_length_of_sessions_revives_none(database: Database, days: float) -> None:
    """A session that was ended stays ended when the setting for its length changes, and a living one lives."""
    add_anna(database)
    before = datetime.now(UTC) - timedelta(hours=144.5)
    ended, living = SESSIONS.issue("anna", now=before), Sessions("k" * 40, days)
    sign_out_everywhere(database, "anna")
    assert living.who(database, ended) is None
    if days > SESSIONS.days:
        assert living.who(database, SESSIONS.issue("anna")) is not None


def test_a_session_written_by_the_library_itself_counts(database: Database) -> None:
    """Without our own note of when it was made, its end less the length of a session is taken."""
    add_anna(database)
    end = (datetime.now(UTC) + timedelta(days=6)).timestamp()
    token = jwt.encode({"username": "anna", "exp_date": end}, SESSIONS.key, algorithm="HS256")
    found = SESSIONS.who(database, token)
    sign_out_everywhere(database, "anna")
    assert (found and found.id, SESSIONS.who(database, token)) == ("anna", None)
