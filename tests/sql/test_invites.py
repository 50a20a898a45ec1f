"""Invites are used as often as they say, by whoever has the code, while they count."""

from typing import Any

import psycopg
import pytest

from services.accounts import add_user, list_users
from services.errors import AppError, NotAllowed
from services.gateways.database import Database, Row
from tests.sql.test_races import at_once

CODE = "c" * 64
SAME_SENTENCE = "This invite code cannot be used. Check it letter by letter, or ask an admin for a new one."


@pytest.fixture(autouse=True)
def _admins(database: Database) -> None:
    for name in ("root", "rose"):
        add_user(database, name, role="admin", password=f"correct horse of {name}")


def invite(database: Database, **wish: Any) -> Row:
    given = {"actor": "root", "code_hash": CODE, "label": "", "role": "user", "uses": 3, "days": 7.0, **wish}
    return database.call("create_invite", **given)[0]


def register(database: Database, name: str, code: str = CODE) -> Row:
    return database.call("register", code_hash=code, id=name, display_name=name, password_hash="$2b$x")[0]


def newcomers(database: Database) -> list[str]:
    return [user.id for user in list_users(database) if user.id not in ("root", "rose")]


def test_twenty_at_once_get_exactly_the_three_uses(database: Database) -> None:
    """The others are refused and are nobody."""
    invite(database)
    results = at_once([lambda name=f"new{n}": register(database, name)["id"] for n in range(20)])
    assert results.count("invite_refused") == 17
    assert sorted(newcomers(database)) == sorted(name for name in results if name != "invite_refused")
    assert database.call("list_invites", actor="root", before=None, limit=5)[0]["used"] == 3


def test_a_taken_name_costs_no_use(database: Database) -> None:
    """Twenty who want the same name with a code for three: one has it, and two uses are left."""
    invite(database)
    results = at_once([lambda: register(database, "anna")["id"]] * 20)
    assert (results.count("anna"), results.count("user_exists")) == (1, 19)
    assert [register(database, name)["id"] for name in ("ben", "cleo")] == ["ben", "cleo"]


def spoil(database: Database, url: str, how: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if how == "expired":
            connection.execute("update invites set expires_at = clock_timestamp()")
        if how == "used up":
            connection.execute("update invites set used = max_uses")
    if how == "revoked":
        database.call("revoke_invite", actor="rose", invite_id=1)
    if how == "maker demoted":
        database.call("set_role", actor="rose", id="root", role="user")
    if how == "maker disabled":
        database.call("disable_user", actor="rose", id="root")


@pytest.mark.parametrize(
    "how", ["unknown", "expired", "used up", "revoked", "maker demoted", "maker disabled"]
)
def test_a_code_that_does_not_count_is_refused_with_one_sentence(
    database: Database, database_url: str, how: str
) -> None:
    """Nobody learns which codes exist or existed, nor, without one, which names are taken."""
    invite(database)
    spoil(database, database_url, how)
    for name in ("anna", "rose"):
        with pytest.raises(AppError) as refused:
            register(database, name, "d" * 64 if how == "unknown" else CODE)
        assert (refused.value.code, refused.value.message) == ("invite_refused", SAME_SENTENCE)
    assert newcomers(database) == []


def test_revoking_and_registering_at_once_leave_no_half(database: Database) -> None:
    """Whoever got in is counted, whoever did not is nobody."""
    invite(database, uses=1000)
    tries = [lambda name=f"new{n}": register(database, name)["id"] for n in range(15)]
    at_once([*tries, lambda: database.call("revoke_invite", actor="root", invite_id=1)])
    (row,) = database.call("list_invites", actor="root", before=None, limit=5)
    assert row["used"] == len(newcomers(database))
    assert at_once([lambda: register(database, "late")]) == ["invite_refused"]


def test_making_revoking_and_registering_are_audited_without_the_code(database: Database) -> None:
    """A newcomer's line names the invite and whose it was."""
    invite(database, label="the new colleague", role="restricted", uses=1)
    register(database, "anna")
    database.call("revoke_invite", actor="rose", invite_id=1)
    rows = database.call("list_audit_events", actor="root", person=None, before=None, limit=9)
    assert [(row["actor"], row["action"], row["subject"]) for row in rows] == [
        ("rose", "revoke_invite", "invite 1"),
        ("anna", "register", "anna"),
        ("root", "create_invite", "invite 1"),
    ]
    assert rows[1]["detail"] == {"invite": 1, "invited_by": "root", "role": "restricted"}
    assert CODE not in str(rows)


def test_only_admins_make_and_revoke(database: Database) -> None:
    """Everybody else is refused and changes nothing."""
    add_user(database, "anna", role="user", password=None)
    invite(database)
    with pytest.raises(NotAllowed, match="Only admins"):
        invite(database, actor="anna", code_hash="d" * 64)
    with pytest.raises(NotAllowed, match="Only admins"):
        database.call("revoke_invite", actor="anna", invite_id=1)
    (row,) = database.call("list_invites", actor="root", before=None, limit=5)
    assert row["revoked_at"] is None


def test_an_unknown_invite_is_told(database: Database) -> None:
    """404, and no line in the trail."""
    with pytest.raises(AppError) as refused:
        database.call("revoke_invite", actor="root", invite_id=7)
    assert refused.value.code == "invite_not_found"
    assert database.call("list_audit_events", actor="root", person=None, before=None, limit=9) == []
