"""Invites and registration on a real database."""

import string

import pytest

from services.accounts import add_user, check_password, disable_user, enable_user, find_user
from services.audit import describe, list_audit_events
from services.errors import Conflict, InvalidInput, LimitReached, NotAllowed, NotSignedIn
from services.gateways.database import Database
from services.invites import create_invite, list_invites, register
from services.names import KEPT_NAMES
from services.sessions import Sessions
from services.sign_in import sign_in
from services.throttle import address_key, begin_try

PASSWORD = "seven quiet rivers"
HERE = "192.0.2.7"
ALPHABET = (
    string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
)  # of base64 in web addresses


@pytest.fixture
def code(database: Database) -> str:
    add_user(database, "root", role="admin", password="correct horse battery")
    return create_invite(database, role="user", uses=2, days=7, by="root", label="new")[1]


def join(database: Database, code: str, name: str = "anna", password: str = PASSWORD) -> None:
    register(database, code, name, password, display_name="", address=HERE)


@pytest.mark.parametrize(
    "spelling", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"]
)
def test_a_code_counts_however_it_is_typed(database: Database, code: str, spelling) -> None:
    """Case, dashes and spaces do not matter; afterwards they sign in as everybody does."""
    join(database, spelling(code))
    assert check_password(database, "anna", PASSWORD).role == "user"


def test_the_code_itself_is_kept_nowhere(database: Database, code: str) -> None:
    """Neither in what admins see nor in the rows."""
    rows = database.call("list_invites", actor="root", before=None, limit=9)
    assert code not in str(rows)
    assert code not in str(list_invites(database, by="root"))


@pytest.mark.parametrize(
    ("uses", "days", "label"),
    [(0, 7, ""), (1001, 7, ""), (1, 0, ""), (1, float("nan"), ""), (1, 366, ""), (1, 7, "x" * 101)],
)
def test_an_invite_has_bounds(database: Database, code: str, uses: int, days: float, label: str) -> None:
    """Nobody makes one for ever or for the whole world."""
    with pytest.raises(InvalidInput):
        create_invite(database, role="user", uses=uses, days=days, by="root", label=label)


@pytest.mark.parametrize("label", ["a\0", "bell \a", "\x1b[2J", "\u200b", "\ud800"])
def test_an_invites_label_can_be_read(database: Database, code: str, label: str) -> None:
    """It is a sentence that says so, as with the label of a token; none at all is fine."""
    with pytest.raises(InvalidInput, match="printable characters"):
        create_invite(database, role="user", uses=1, days=7, by="root", label=label)
    made, _ = create_invite(database, role="user", uses=1, days=7, by="root", label=" for\n Isaac ")
    assert made.label == "for Isaac"


def test_only_wrong_codes_count_as_guesses(database: Database, code: str) -> None:
    """A taken name or a weak password is no attack; a hundred wrong codes are, and then the right one waits too."""
    for _ in range(99):
        begin_try(database, address_key(HERE))
    with pytest.raises(Conflict):
        join(database, code, "root")
    with pytest.raises(InvalidInput):
        join(database, code, password="anna anna anna")
    with pytest.raises(NotAllowed):
        join(database, "AAAA-AAAA-AAAA-AAAA")
    with pytest.raises(LimitReached) as told:
        join(database, code)
    assert told.value.code == "too_many_tries"


@pytest.mark.parametrize("name", sorted(KEPT_NAMES))
def test_a_name_of_the_demo_or_of_test_mode_costs_no_use(database: Database, code: str, name: str) -> None:
    """Nobody could sign in with it afterwards."""
    with pytest.raises(InvalidInput, match="kept for the demo and TEST_MODE"):
        join(database, code, name)
    assert list_invites(database, by="root")[0].used == 0
    assert find_user(database, name) is None


@pytest.mark.parametrize("shown", ["\x1b[2Jroot", "bell \a", "a\0", "\u200b", "x" * 101])
def test_a_display_name_that_cannot_be_read_costs_no_use(database: Database, code: str, shown: str) -> None:
    """Others see it in lists, and admins in their terminals; without one the user name is shown."""
    with pytest.raises(InvalidInput, match="A display name takes 1 to 100 printable characters"):
        register(database, code, "anna", PASSWORD, display_name=shown, address=HERE)
    assert list_invites(database, by="root")[0].used == 0
    assert register(database, code, "Anna", PASSWORD, display_name=" ", address=HERE).display_name == "Anna"


def test_registrations_are_told_in_plain_words(database: Database, code: str) -> None:
    """With the invite and whose it was."""
    join(database, code)
    assert [describe(event) for event in list_audit_events(database, by="root")] == [
        "registered as user with invite 1 of root",
        "made invite 1 for 2 people as user, “new”",
    ]


def test_a_disabled_user_neither_signs_in_nor_goes_on(database: Database, code: str) -> None:
    """The answer to their password is the same as to a wrong one; enabling leaves old sessions ended."""
    join(database, code)
    sessions = Sessions("k" * 40, 7)
    token = sessions.issue("anna")
    disable_user(database, "anna", by="root")
    with pytest.raises(NotSignedIn, match="name or the password is wrong"):
        sign_in(database, "anna", PASSWORD, address=HERE)
    enable_user(database, "anna", by="root")
    assert sessions.who(database, token) is None
    assert sign_in(database, "anna", PASSWORD, address=HERE).id == "anna"


def test_a_session_that_was_signed_out_is_over_and_others_go_on(database: Database, code: str) -> None:
    """Wherever its cookie has got to; a made-up one leaves no trace."""
    sessions = Sessions("k" * 40, 7)
    join(database, code)
    here, elsewhere = sessions.issue("anna"), sessions.issue("anna")
    sessions.end(database, here)
    sessions.end(database, "made.up.cookie")
    respelled = here[:-1] + ALPHABET[ALPHABET.index(here[-1]) ^ 1]
    assert [sessions.who(database, token) for token in (here, respelled)] == [None, None]
    assert sessions.who(database, elsewhere) is not None
