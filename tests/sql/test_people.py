"""What admins may do to people, that it is audited, and that nobody locks everybody out."""

from typing import Any

import pytest

from services.accounts import add_user, ensure_user, find_user
from services.errors import AppError, NotAllowed
from services.gateways.database import Database
from services.names import KEPT_NAMES
from tests.sql.lifecycle import Life
from tests.sql.test_races import at_once

ACTIONS: dict[str, dict[str, Any]] = {
    "set_role": {"role": "restricted"},
    "set_password": {"password_hash": "$2b$04$new"},
    "disable_user": {},
    "enable_user": {},
    "sign_out_everywhere": {},
    "set_limits": {"limit_seconds": 5.0, "max_jobs": 1},
}
ALLOWANCE = {"limit_seconds": 600, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}


@pytest.fixture(autouse=True)
def _people(database: Database) -> None:
    add_user(database, "root", role="admin", password="correct horse battery")
    add_user(database, "anna", role="user", password=None)


def audited(database: Database) -> list[tuple[str | None, str, str]]:
    rows = database.call("list_audit_events", actor=None, person=None, before=None, limit=100)
    return [(row["actor"], row["action"], row["subject"]) for row in rows]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("actor", ["root", None])
def test_an_action_is_audited_with_who_did_it_to_whom(
    database: Database, action: str, actor: str | None
) -> None:
    """By an admin of the pages, or by the command line, which has no name."""
    database.call(action, actor=actor, id="anna", **ACTIONS[action])
    assert audited(database) == [(actor, action, "anna")]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("actor", ["ben", "nobody", "", "gone"])
def test_nobody_but_an_active_admin_does_anything(database: Database, action: str, actor: str) -> None:
    """Not users, not strangers, not an admin who has been disabled; nothing is changed and nothing noted."""
    add_user(database, "ben", role="user", password=None)
    add_user(database, "gone", role="admin", password=None)
    database.call("disable_user", actor=None, id="gone")
    before = find_user(database, "anna"), audited(database)
    with pytest.raises(AppError) as refused:
        database.call(action, actor=actor, id="anna", **ACTIONS[action])
    assert (refused.value.status, refused.value.code) == (403, "not_allowed")
    assert (find_user(database, "anna"), audited(database)) == before


def test_everybody_sees_to_their_own_password_and_sessions_and_to_nothing_else_of_theirs(
    database: Database,
) -> None:
    """Role, limits and access are an admin's; what they do themselves is in the trail under their own name."""
    for action, change in ACTIONS.items():
        if action in ("set_password", "sign_out_everywhere"):
            database.call(action, actor="anna", id="anna", **change)
        else:
            with pytest.raises(NotAllowed):
                database.call(action, actor="anna", id="anna", **change)
    assert audited(database) == [("anna", "sign_out_everywhere", "anna"), ("anna", "set_password", "anna")]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_person_is_told(database: Database, action: str) -> None:
    """And leaves no line in the trail."""
    with pytest.raises(AppError, match="no user of that name"):
        database.call(action, actor="root", id="nobody", **ACTIONS[action])
    assert audited(database) == []


@pytest.mark.parametrize("action", ["set_role", "disable_user"])
def test_the_last_admin_who_can_sign_in_stays(database: Database, action: str) -> None:
    """Another without a password, or disabled, could not undo it; a second real one makes it possible."""
    add_user(database, "nopass", role="admin", password=None)
    add_user(database, "off", role="admin", password="correct horse battery")
    database.call("disable_user", actor="root", id="off")
    with pytest.raises(AppError) as refused:
        database.call(action, actor="root", id="root", **ACTIONS[action])
    assert (refused.value.status, refused.value.code) == (409, "last_admin")
    assert "Make somebody else an admin first." in refused.value.message
    database.call("enable_user", actor="root", id="off")
    database.call(action, actor="root", id="root", **ACTIONS[action])


@pytest.mark.parametrize("name", sorted(KEPT_NAMES))
def test_an_admin_of_the_demo_or_of_test_mode_is_nobody_to_fall_back_on(
    database: Database, name: str
) -> None:
    """With a password, too, nobody can sign in as them: the last real admin stays, and they themselves may go."""
    ensure_user(database, name, role="admin")
    database.call("set_password", actor=None, id=name, password_hash="$2b$04$new")
    with pytest.raises(AppError, match="root is the last admin"):
        database.call("set_role", actor="root", id="root", role="user")
    database.call("disable_user", actor="root", id=name)


def test_two_admins_cannot_take_the_role_from_each_other(database: Database) -> None:
    """At the same moment one of them wins; there is an admin left in every round."""
    add_user(database, "rose", role="admin", password="correct horse battery")
    for _ in range(5):
        take = [
            lambda by=by, of=of: database.call("set_role", actor=by, id=of, role="user")
            for by, of in (("root", "rose"), ("rose", "root"))
        ]
        results = at_once(take)
        assert sorted(map(str, results))[-1] in ("not_allowed", "last_admin")
        for name in ("root", "rose"):
            database.call("set_role", actor=None, id=name, role="admin")


def test_disabling_ends_sessions_and_leaves_jobs_and_clips(database: Database) -> None:
    """What RunPod is at work on goes on, and what comes of it is theirs when they are back."""
    life = Life(database)
    video = life.sent()
    before = find_user(database, "anna").sessions_valid_after
    database.call("disable_user", actor="root", id="anna")
    life.news("completed", result_url="https://results.test/clip.mp4")

    assert life.video(video["id"])["status"] == "completed"
    assert find_user(database, "anna").sessions_valid_after > before
    with pytest.raises(AppError) as refused:
        life.submit()
    assert refused.value.status == 403


def test_enabling_brings_no_old_session_back(database: Database) -> None:
    """Whoever held one while the account was disabled has to sign in again."""
    (off,) = database.call("disable_user", actor="root", id="anna")
    (on,) = database.call("enable_user", actor="root", id="anna")
    assert on["disabled_at"] is None
    assert on["sessions_valid_after"] == off["sessions_valid_after"]


def people(database: Database, actor: str | None = "root", **wish: Any) -> list[dict[str, Any]]:
    given = {"search": None, "after": None, "limit": 100, "limits": ALLOWANCE, **wish}
    return database.call("list_people", actor=actor, **given)


def test_people_are_listed_with_what_they_use(database: Database) -> None:
    """One read: their own limits before those for all, seconds of this period, jobs under way."""
    life = Life(database)
    life.sent()
    database.call("set_limits", actor="root", id="root", limit_seconds=5.0, max_jobs=None)
    anna, root = people(database)
    told = ("id", "limit_seconds", "used_seconds", "max_jobs", "active_jobs", "has_password")
    assert [anna[name] for name in told] == ["anna", 600, 2, 3, 1, False]
    assert [root[name] for name in told] == ["root", 5, 0, 3, 0, True]
    assert "password_hash" not in anna


def test_people_are_found_by_a_part_of_either_name_and_paged(database: Database) -> None:
    """The key of the next page is the last name of this one."""
    add_user(database, "ben", role="user", password=None, display_name="Hannah B.")
    assert [row["id"] for row in people(database, search="ANNA")] == ["anna", "ben"]
    assert [row["id"] for row in people(database, limit=2)] == ["anna", "ben"]
    assert [row["id"] for row in people(database, limit=2, after="ben")] == ["root"]


@pytest.mark.parametrize("function", ["list_people", "list_audit_events", "list_invites"])
def test_only_admins_read_about_others(database: Database, function: str) -> None:
    """The rows themselves are refused, not only the page."""
    given: dict[str, dict[str, Any]] = {
        "list_people": {"search": None, "after": None, "limits": ALLOWANCE},
        "list_audit_events": {"person": None, "before": None},
        "list_invites": {"before": None},
    }
    with pytest.raises(AppError) as refused:
        database.call(function, actor="anna", limit=10, **given[function])
    assert refused.value.status == 403


def test_the_trail_is_filtered_by_person_and_paged_from_the_newest(database: Database) -> None:
    """What they did and what was done to them."""
    for number in range(3):
        database.call("set_limits", actor="root", id="anna", limit_seconds=float(number), max_jobs=None)
    database.call("sign_out_everywhere", actor=None, id="root")
    wish = {"actor": "root", "before": None, "limit": 2}
    newest = database.call("list_audit_events", person="anna", **wish)
    assert [row["detail"]["limit_seconds"] for row in newest] == [2, 1]
    (oldest,) = database.call("list_audit_events", person="anna", **{**wish, "before": newest[-1]["id"]})
    assert oldest["detail"]["limit_seconds"] == 0
    assert len(database.call("list_audit_events", person="root", **{**wish, "limit": 9})) == 4
