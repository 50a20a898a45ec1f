"""API tokens on a real database: made, used, listed, revoked; and what is kept of them."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from services.accounts import Role, add_user, set_role
from services.errors import AppError, Conflict, InvalidInput, NotAllowed, NotFound
from services.gateways.database import Database
from services.tokens import (
    SCOPES,
    NewToken,
    create_token,
    list_tokens,
    revoke_token,
    scopes_of,
    user_of_token,
)
from tests.sql.test_races import at_once


@pytest.fixture
def rows(database_url: str) -> Iterator[psycopg.Connection[DictRow]]:
    """The tables themselves, past the port."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def make(database: Database, role: Role = "admin", name: str = "anna", **fields: object) -> NewToken:
    add_user(database, name, role=role, password=None)
    return create_token(database, name, by=name, **{"label": "Nightly renders", **fields})


def scopes_now(database: Database, made: NewToken) -> set[str] | None:
    bearer = user_of_token(database, made.text)
    return set(bearer.scopes) if bearer else None


def test_a_token_speaks_for_its_owner_within_its_scopes(database: Database) -> None:
    """Who it is and what they may do come with one call."""
    made = make(database, scopes=["generate", "read"])
    bearer = user_of_token(database, made.text)
    assert bearer is not None
    assert (bearer.user.id, bearer.user.role, bearer.scopes) == ("anna", "admin", {"read", "generate"})
    assert made.token.scopes == ("read", "generate")


def test_the_secret_is_nowhere_in_the_database(database: Database, rows: psycopg.Connection[DictRow]) -> None:
    """Only its hash and its beginning are kept, in the audit trail too, and it shows in no representation."""
    add_user(database, "anna", role="user", password=None)
    made = create_token(database, "anna", by=None, label="Nightly renders")
    secret = made.text.removeprefix("openv_")
    tables = [
        row["tablename"]
        for row in rows.execute("select tablename from pg_tables where schemaname = 'public'")
    ]
    kept = " ".join(str(row) for table in tables for row in rows.execute(f"select * from {table}"))
    assert made.token.beginning in kept
    assert secret not in kept
    assert secret[:12] not in kept
    assert secret not in repr(made)


def test_no_two_tokens_are_alike(database: Database) -> None:
    """256 random bits each, behind a beginning that scanners know."""
    add_user(database, "anna", role="user", password=None)
    texts = {create_token(database, "anna", by="anna", label="x").text for _ in range(20)}
    assert len(texts) == 20
    assert {(text[:6], len(text)) for text in texts} == {("openv_", 70)}


@pytest.mark.parametrize("role", ["restricted", "user", "admin"])
def test_a_role_allows_the_same_on_the_page_and_in_the_database(database: Database, role: Role) -> None:
    """Without scopes named, a token has all of its owner's role; one more is refused."""
    made = make(database, role)
    user = user_of_token(database, made.text).user
    assert made.token.scopes == scopes_of(user)
    for scope in set(SCOPES) - set(scopes_of(user)):
        with pytest.raises(NotAllowed, match="scopes"):
            create_token(database, "anna", by="anna", label="x", scopes=["read", scope])


def test_a_token_loses_what_its_owners_role_loses(database: Database) -> None:
    """At the next use, and gets it back with the role."""
    made = make(database, "admin")
    seen = []
    for role in ("user", "restricted", "admin"):
        set_role(database, "anna", role)
        seen.append(scopes_now(database, made))
    assert seen == [{"read", "generate"}, {"read"}, {"read", "generate", "admin"}]


def test_nothing_but_the_whole_token_opens(database: Database) -> None:
    """Truncated, changed, in other cases, or something else altogether: nobody."""
    text = make(database).text
    wrong = [
        text[:-1],
        text + "0",
        text[:-1] + "g",
        text.upper(),
        text.removeprefix("openv_"),
        "",
        " " + text,
    ]
    wrong.append(text[:-1] + ("0" if text[-1] != "0" else "1"))
    assert [user_of_token(database, one) for one in wrong] == [None] * len(wrong)


def test_a_revoked_token_is_nobody(database: Database) -> None:
    """At once, for good; revoking it again changes nothing."""
    made = make(database)
    first = revoke_token(database, made.token.id, by="anna")
    assert scopes_now(database, made) is None
    assert revoke_token(database, made.token.id, by="anna").revoked_at == first.revoked_at


def test_a_disabled_users_token_is_nobody(database: Database, rows: psycopg.Connection[DictRow]) -> None:
    """And it cannot be replaced by a new one."""
    made = make(database)
    rows.execute("update users set disabled_at = now()")
    assert scopes_now(database, made) is None
    with pytest.raises(NotFound):
        create_token(database, "anna", by=None, label="x")


@pytest.mark.parametrize(("seconds", "is_written"), [(5, False), (65, True)])
def test_the_last_use_is_written_once_a_minute(
    database: Database, rows: psycopg.Connection[DictRow], seconds: int, is_written: bool
) -> None:
    """A busy program does not cost a write for each request."""
    made = make(database)
    assert made.token.last_used_at is None
    user_of_token(database, made.text)
    rows.execute("update api_tokens set last_used_at = last_used_at - make_interval(secs => %s)", (seconds,))
    (before,) = list_tokens(database, by="anna", owner="anna")
    user_of_token(database, made.text)
    (after,) = list_tokens(database, by="anna", owner="anna")
    assert before.last_used_at is not None
    assert (after.last_used_at != before.last_used_at) == is_written


def test_a_database_that_takes_no_writes_still_knows_tokens(
    database: Database, database_url: str, rows: psycopg.Connection[DictRow]
) -> None:
    """A full disk refuses changes, not whoever only reads."""
    made = make(database)
    rows.execute("set default_transaction_read_only = on")
    found = rows.execute("select * from find_token_user((select secret_hash from api_tokens))").fetchall()
    assert [row["token_id"] for row in found] == [made.token.id]


def test_others_tokens_are_not_there(database: Database) -> None:
    """They can neither be listed nor revoked, nor made, by anybody but their owner and admins."""
    made = make(database)
    add_user(database, "ben", role="user", password=None)
    for owner in ("anna", None):
        with pytest.raises(NotAllowed):
            list_tokens(database, by="ben", owner=owner)
    for token_id in (made.token.id, 12345):
        with pytest.raises(NotFound, match="no such API token among yours"):
            revoke_token(database, token_id, by="ben")
    with pytest.raises(NotFound):
        create_token(database, "anna", by="ben", label="x")
    assert scopes_now(database, made) == set(SCOPES)


def test_an_admin_lists_and_revokes_anybodys_and_it_is_audited(
    database: Database, rows: psycopg.Connection[DictRow]
) -> None:
    """The trail says who, whose, and which; one's own tokens are nobody's business."""
    made, own = make(database, "user"), make(database, "admin", "root")
    assert [token.user_id for token in list_tokens(database, by="root", owner=None)] == ["anna", "root"]
    for token in (made.token, made.token, own.token):
        revoke_token(database, token.id, by="root")
    trail = rows.execute("select actor, action, subject, detail->>'beginning' as beginning from audit_events")
    assert trail.fetchall() == [
        {"actor": "root", "action": "revoke_token", "subject": "anna", "beginning": made.token.beginning}
    ]


def test_the_list_leaves_revoked_ones_out_unless_asked(database: Database) -> None:
    """The oldest first, from page to page."""
    first = make(database).token
    second, third = (create_token(database, "anna", by="anna", label=label).token for label in "bc")
    revoke_token(database, second.id, by="anna")
    assert [token.id for token in list_tokens(database, by="anna", owner="anna")] == [first.id, third.id]
    after = list_tokens(database, by="anna", owner="anna", revoked=True, after=first.id, limit=1)
    assert [token.id for token in after] == [second.id]


@pytest.mark.parametrize("label", ["", " \n", "x" * 61, "bell \a", "\u200b"])
def test_a_label_says_something_on_one_line(database: Database, label: str) -> None:
    """1 to 60 printable characters."""
    with pytest.raises(InvalidInput, match="what the token is for, in 1 to 60 characters"):
        make(database, label=label)


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [([], "Choose what the token may do"), (["root"], "scopes"), (["read", "root"], "scopes")],
)
def test_a_token_without_a_known_scope_is_refused(
    database: Database, scopes: list[str], sentence: str
) -> None:
    """There would be nothing to do with it."""
    with pytest.raises(InvalidInput, match=sentence):
        make(database, scopes=scopes)


def test_fifty_tokens_are_enough(database: Database) -> None:
    """However many are asked for at once; a revoked one makes room."""
    first = make(database).token
    for number in range(45):
        create_token(database, "anna", by="anna", label=str(number))
    results = at_once([lambda: create_token(database, "anna", by="anna", label="x")] * 10)
    assert results.count("too_many_tokens") == 6
    revoke_token(database, first.id, by="anna")
    create_token(database, "anna", by="anna", label="x")
    with pytest.raises(Conflict):
        create_token(database, "anna", by="anna", label="x")


def test_the_same_hash_again_gives_the_same_row(database: Database) -> None:
    """A call repeated after a lost answer makes no second token; another user cannot claim it."""
    for name in ("anna", "ben"):
        add_user(database, name, role="user", password=None)
    given = {"label": "x", "beginning": "openv_abcdef", "secret_hash": "0" * 64, "scopes": None}
    ids = [database.call("create_token", actor="anna", user_id="anna", **given)[0]["id"] for _ in range(2)]
    assert ids[0] == ids[1]
    assert database.call("create_token", actor="ben", user_id="ben", **given) == []


def test_an_unknown_owner_is_told(database: Database) -> None:
    """A token speaks for somebody."""
    with pytest.raises(AppError) as refusal:
        create_token(database, "nobody", by=None, label="x")
    assert (refusal.value.status, refusal.value.code) == (404, "user_not_found")
