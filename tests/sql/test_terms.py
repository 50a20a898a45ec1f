"""Terms of use: nothing is generated before they are accepted, and what was accepted stays known."""

import psycopg
import pytest

from services.errors import NotAllowed, NotFound
from services.gateways.database import Database
from tests.sql.lifecycle import LIMITS, Life

NEW = {"terms_version": "2"}


@pytest.fixture
def life(database: Database) -> Life:
    """A user's videos."""
    return Life(database)


def accept(life: Life, version: str) -> list[object]:
    return [row["accepted_at"] for row in life.database.call("accept_terms", user_id="anna", version=version)]


def test_nothing_is_submitted_before_the_terms_are_accepted(life: Life) -> None:
    """The version that the server asks for counts, not an earlier one."""
    accept(life, "1")
    with pytest.raises(NotAllowed) as refused:
        life.submit(limits=NEW)
    assert (refused.value.code, refused.value.status) == ("terms_not_accepted", 403)
    assert "Create page" in refused.value.message
    accept(life, "2")
    assert life.submit(limits=NEW)["status"] == "queued"


def test_a_failed_clip_is_not_tried_again_before_the_terms_are_accepted(life: Life) -> None:
    """A way around is no way around."""
    video = life.submit()
    life.database.call("cancel_video", video_id=video["id"], actor="anna")
    retry = {"video_id": video["id"], "actor": "anna", "limits": {**LIMITS, **NEW}}
    with pytest.raises(NotAllowed, match="terms of use"):
        life.database.call("retry_video", **retry)
    accept(life, "2")
    assert life.database.call("retry_video", **retry)[0]["status"] == "queued"


def test_a_request_already_accepted_is_answered_whatever_the_terms(life: Life) -> None:
    """Repeating one's own request asks for nothing new."""
    video = life.submit(request_key="k")
    assert life.submit(request_key="k", limits=NEW)["id"] == video["id"]


def test_accepting_twice_keeps_the_first_time_and_every_version(life: Life) -> None:
    """The history is never overwritten."""
    assert accept(life, "1") == accept(life, "1")
    accept(life, "2")
    rows = life.database.call("list_acceptances", user_id="anna")
    assert [row["version"] for row in rows] == ["2", "1"]


def test_nobody_accepts_for_a_user_that_does_not_exist(life: Life) -> None:
    """404, and no row."""
    with pytest.raises(NotFound):
        life.database.call("accept_terms", user_id="nobody", version="1")


def test_not_even_the_service_changes_what_was_accepted(life: Life, database_url: str) -> None:
    """Its role may add lines, neither change nor remove them."""
    accept(life, "1")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set role service_role")
        for statement in ("update terms_acceptances set version = '9'", "delete from terms_acceptances"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
