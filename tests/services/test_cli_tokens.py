"""API tokens from a terminal: printed once, listed without their secret, revoked."""

import json

import pytest

from services.accounts import add_user, ensure_user
from services.gateways.database import Database
from services.tokens import user_of_token
from tests.services.terminal import Run


def test_a_token_is_printed_alone_and_once(run: Run, database: Database) -> None:
    """A script takes it from the output; what it is stands on the error output, and no list has it again."""
    add_user(database, "anna", role="user", password=None)
    said = run("tokens", "create", "Anna", "--label", "Nightly renders")
    text = said.out.strip()
    assert (said.code, said.out.count("\n")) == (0, 1)
    assert said.err == "Token 1 of anna for read, generate. Copy it now: it is not shown again.\n"
    assert user_of_token(database, text) is not None
    assert text[:20] not in run("tokens", "list").out + run("tokens", "list", "--json").out


def test_a_token_is_made_for_the_scopes_that_are_named(run: Run, database: Database) -> None:
    """And for none that the role does not allow."""
    add_user(database, "anna", role="user", password=None)
    text = run("tokens", "create", "anna", "--scopes", "read").out.strip()
    assert user_of_token(database, text).scopes == {"read"}
    refused = run("tokens", "create", "anna", "--scopes", "read,admin")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "This role allows no more than the scopes read, generate.\n"


def test_tokens_are_listed_for_people_and_for_programs(run: Run, database: Database) -> None:
    """Of everybody or of one, with what they may do, their use, and which are revoked."""
    for name, label in (("anna", "a"), ("ben", "b"), ("ben", "c")):
        ensure_user(database, name, role="user")
        run("tokens", "create", name, "--label", label)
    assert run("tokens", "revoke", "3").out == "Token 3 of ben (c) is revoked.\n"
    lines = [line.split() for line in run("tokens", "list").out.splitlines()]
    assert [(line[0], line[1], line[3], line[-1]) for line in lines] == [
        ("1", "anna", "read,generate", "a"),
        ("2", "ben", "read,generate", "b"),
        ("3", "ben", "read,generate", "c"),
    ]
    assert [line[4] for line in lines] == ["never", "never", "revoked"]
    listed = json.loads(run("tokens", "list", "BEN", "--json").out)
    assert [(token["id"], token["revokedAt"] is None) for token in listed] == [(2, True), (3, False)]


def test_a_label_in_the_rows_gives_a_terminal_nothing_to_obey(run: Run, database: Database) -> None:
    """Whatever an earlier version has taken."""
    add_user(database, "anna", role="user", password=None)
    given = {"beginning": "openv_abcdef", "secret_hash": "0" * 64, "scopes": None}
    database.call("create_token", actor=None, user_id="anna", label="\x1b[2J\nfoo", **given)
    said = run("tokens", "list").out, run("tokens", "list", "--json").out, run("tokens", "revoke", "1").out
    assert all(line.isprintable() for text in said for line in text.splitlines())
    assert [text.count("\n") for text in said[::2]] == [1, 1]


@pytest.mark.parametrize("command", ["create nobody", "list nobody", "revoke 77"])
def test_an_unknown_owner_or_token_is_told(run: Run, command: str) -> None:
    """One line, exit code 1."""
    said = run("tokens", *command.split())
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "There is no" in said.err
