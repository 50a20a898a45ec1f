"""Texts that Postgres cannot hold, through either gateway: a sentence, and no error that nobody has foreseen."""

from collections.abc import Iterator

import pytest

from services.accounts import add_user, disable_user, find_user
from services.audit import list_audit_events
from services.errors import InvalidInput
from services.gateways.database import Database
from services.gateways.postgres import PostgresDatabase
from services.gateways.supabase_rows import SupabaseDatabase
from services.people import list_people
from services.tokens import create_token, list_tokens
from services.videos import list_videos
from tests.sql.test_people import ALLOWANCE

BAD = ["a\0", "\ud800a", "a\udc80"]


@pytest.fixture(params=["postgres", "supabase"])
def rows(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """The port, through each of its gateways."""
    if request.param == "supabase":
        request.getfixturevalue("supabase")
        yield SupabaseDatabase(request.getfixturevalue("project"))
        return
    database = PostgresDatabase(database_url)
    yield database
    database.close()


@pytest.mark.parametrize("bad", BAD)
def test_a_text_that_no_row_can_hold_is_refused_with_a_sentence(rows: Database, bad: str) -> None:
    """Also deep within what goes as JSON."""
    for given in (bad, {"note": ["x", {bad: 1}]}, [bad]):
        with pytest.raises(InvalidInput, match="Type it anew"):
            rows.call("find_user", id=given)
    assert rows.call("find_user", id="ä\U0001f3a8\x1b") == []


@pytest.mark.parametrize("bad", BAD)
def test_no_filter_or_name_ends_in_an_unforeseen_error(database: Database, bad: str) -> None:
    """Where nothing can be found there is nothing; where somebody is named, a sentence says so."""
    add_user(database, "root", role="admin", password=None)
    assert find_user(database, bad) is None
    assert list_people(database, by="root", limits=ALLOWANCE, search=f"{bad} zebra") == []
    for attempt in (
        lambda: list_people(database, by="root", limits=ALLOWANCE, after=bad),
        lambda: list_audit_events(database, by="root", person=bad),
        lambda: list_videos(database, "root", search=bad),
        lambda: list_tokens(database, by=None, owner=bad),
        lambda: create_token(database, bad, by=None, label="x"),
        lambda: disable_user(database, bad),
    ):
        with pytest.raises(InvalidInput):
            attempt()
