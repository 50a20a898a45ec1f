"""The Account page: who one is, the password, the sessions, and API tokens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.cookie import confirmation_of
from pages.parts.wording import ROLE_NAMES
from services import accounts, wiring
from services.accounts import Role, check_password, disable_user, ensure_user
from services.names import TEST_USER
from services.passwords import hash_password
from services.sessions import COOKIE
from services.tokens import SCOPES, create_token, list_tokens, user_of_token
from services.wiring import Studio
from tests.pages.conftest import PASSWORD

NEXT = "another long password"
Open = Callable[..., AppTest]


@pytest.fixture
def account(signed_in: Open) -> Open:
    """Opens Account as a new user of that role, who has no password."""

    def open_page(role: Role = "user") -> AppTest:
        return signed_in("anna", role=role).switch_page("account.py").run()

    return open_page


@pytest.fixture
def with_password(studio: Studio, browser: AppTest, anna: str) -> AppTest:
    """Account of anna, who signs in with PASSWORD."""
    browser.session_state["openv_token"] = studio.sessions.issue(anna)
    return browser.run().switch_page("account.py").run()


def said(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.code, *app.toast])


def keys(app: AppTest) -> set[str]:
    return {element.key for element in [*app.button, *app.text_input] if element.key}


def fill_in(app: AppTest, current: str, new: str, again: str) -> AppTest:
    for name, typed in (("current", current), ("new", new), ("again", again)):
        app.text_input(f"password-{name}").set_value(typed)
    return app.button("password-submit").click().run()


def make(app: AppTest, label: str = "Nightly renders") -> AppTest:
    app.text_input("token-label").set_value(label)
    return app.button("token-submit").click().run()


@pytest.mark.parametrize(
    ("role", "may"), [("restricted", "not generate any"), ("user", "your own"), ("admin", "everybody's jobs")]
)
def test_everybody_reads_who_they_are_and_what_they_may_do(account: Open, role: Role, may: str) -> None:
    """And can allow a token no more than that; in words, with the API's name for each beside them."""
    app = account(role)
    assert f"You are **anna**, with the role **{ROLE_NAMES[role]}**." in said(app)
    assert may in said(app)
    offered = ["Look at clips", "Make clips", "See statistics"]
    most = {"restricted": 1, "user": 2, "admin": 3}[role]
    assert list(app.pills("token-scopes").options) == offered[:most]
    assert [f"· `{scope}`" in said(app) for scope in SCOPES] == [place < most for place in range(3)]


def test_a_token_is_shown_once_with_what_to_do(studio: Studio, account: Open) -> None:
    """Until one says that it is copied; then its beginning alone stays in the list."""
    app = make(account())
    text = app.code[0].value
    assert user_of_token(studio.database, text).scopes == {"read", "generate"}
    assert "It is not shown again" in said(app)

    app.button("token-copied").click().run()
    assert text not in said(app)
    assert f"`{text[:12]}…`" in said(app)
    assert "look at clips, make clips · made just now" in said(app)


def test_a_token_without_a_name_is_refused(studio: Studio, account: Open) -> None:
    """The sentence says what is missing, in the words of the field."""
    app = make(account(), " ")
    assert app.error[0].value == r"Say what the token is for\, in 1 to 60 characters\."
    assert list_tokens(studio.database, by="anna", owner="anna") == []


def test_a_token_is_revoked_after_a_question(studio: Studio, account: Open) -> None:
    """Keep changes nothing; Revoke ends it and takes it off the list."""
    app = account()
    token = create_token(studio.database, "anna", by="anna", label="*Old* one").token
    app.run()
    app.button(f"revoke-{token.id}").click().run()
    assert "cannot be undone" in said(app)
    app.button("keep-token").click().run()
    assert len(list_tokens(studio.database, by="anna", owner="anna")) == 1

    app.button(f"revoke-{token.id}").click().run()
    app.button("really-revoke").click().run()
    assert r"\*Old\* one is revoked\." in said(app)
    assert list_tokens(studio.database, by="anna", owner="anna") == []
    assert f"revoke-{token.id}" not in keys(app)


def test_others_tokens_are_not_shown(studio: Studio, account: Open) -> None:
    """Not even to admins: this page is about oneself."""
    ensure_user(studio.database, "ben", role="user")
    create_token(studio.database, "ben", by="ben", label="Ben's own")
    assert "Ben" not in said(account("admin"))


def test_a_changed_password_keeps_this_session(studio: Studio, with_password: AppTest) -> None:
    """It says so, empties the fields, and hands the browser a new cookie; the old one opens nothing."""
    before = with_password.session_state["openv_token"]
    app = fill_in(with_password, PASSWORD, NEXT, NEXT)

    assert "every other session has ended" in said(app)
    assert [app.text_input(f"password-{name}").value for name in ("current", "new", "again")] == ["", "", ""]
    assert check_password(studio.database, "anna", NEXT) is not None
    assert studio.sessions.who(studio.database, before) is None
    assert studio.sessions.who(studio.database, app.session_state["openv_token"]) is not None
    written = [component.proto.json_args for component in app.get("component_instance")]
    assert any(f'"cookie": "{COOKIE}"' in arguments for arguments in written)


def test_who_is_disabled_while_changing_their_password_is_out(
    studio: Studio, with_password: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the change says so, and is not taken for a welcome."""

    def hashed_late(password: str, **options: Any) -> str:
        disable_user(studio.database, "anna")
        return hash_password(password, **options)

    monkeypatch.setattr(accounts, "hash_password", hashed_late)
    app = fill_in(with_password, PASSWORD, NEXT, NEXT)

    assert not app.exception
    assert [app.title.values, keys(app)] == [
        [],
        {"sign-in-name", "sign-in-password", "sign-in-submit", "register"},
    ]


def test_a_late_word_about_the_cookie_before_does_not_count_for_the_new_one(with_password: AppTest) -> None:
    """The browser confirms each cookie by itself: else the new one might never be written, and a reload would sign out."""
    for confirmed in ("set", confirmation_of(with_password.session_state["openv_token"])):
        with_password.session_state[confirmed] = True
    app = fill_in(with_password, PASSWORD, NEXT, NEXT).run()
    written = [component.proto.json_args for component in app.get("component_instance")]
    assert any(app.session_state["openv_token"] in arguments for arguments in written)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("not the password", NEXT, NEXT), "The current password is wrong"),
        ((PASSWORD, NEXT, NEXT + "!"), "The two new passwords differ"),
        ((PASSWORD, "short", "short"), "10 to 128 characters"),
        ((PASSWORD, PASSWORD, PASSWORD), "The new password is the current one"),
    ],
)
def test_what_is_wrong_with_a_password_is_said(
    studio: Studio, with_password: AppTest, typed: tuple[str, str, str], sentence: str
) -> None:
    """And the old one stays."""
    app = fill_in(with_password, *typed)
    assert sentence in app.error[0].value
    assert check_password(studio.database, "anna", PASSWORD) is not None


def test_wrong_passwords_count_as_failed_sign_ins(with_password: AppTest) -> None:
    """After five the sixth is not looked at before a pause is over."""
    for _ in range(5):
        fill_in(with_password, "not the password", NEXT, NEXT)
    app = fill_in(with_password, PASSWORD, NEXT, NEXT)
    assert "too many failed tries" in app.error[0].value


def test_without_a_password_there_is_a_sentence_and_no_form(account: Open) -> None:
    """A demo's users, for instance."""
    app = account()
    assert "You sign in without a password" in said(app)
    assert "password-submit" not in keys(app)


def test_signing_out_everywhere_leads_to_the_sign_in_page(studio: Studio, account: Open) -> None:
    """Here too, which says so; tokens go on working."""
    app = account()
    text = create_token(studio.database, "anna", by="anna", label="x").text
    session = app.session_state["openv_token"]
    app.button("sign-out-everywhere").click().run()
    assert "sign-in-submit" in keys(app)
    assert r"You are signed out in every browser\." in said(app)
    assert studio.sessions.who(studio.database, session) is None
    assert user_of_token(studio.database, text) is not None


def test_in_test_mode_there_are_no_sessions_to_end(studio: Studio, browser: AppTest) -> None:
    """The rest is there."""
    ensure_user(studio.database, TEST_USER, role="admin")
    wiring.install(replace(studio, settings=replace(studio.settings, test_mode=True)))
    app = browser.run().switch_page("account.py").run()
    assert "You sign in without a password" in said(app)
    assert "sign-out-everywhere" not in keys(app)
