"""Inviting and registering, as the pages do it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.wording import plain
from services.accounts import add_user, find_user
from services.invites import create_invite, list_invites
from services.wiring import Studio

PASSWORD = "seven quiet rivers"


@pytest.fixture
def code(studio: Studio) -> str:
    """A code with which one person becomes a user."""
    add_user(studio.database, "root", role="admin", password=None)
    return create_invite(studio.database, role="user", uses=1, days=7, by="root")[1]


def fill_in(
    browser: AppTest, code: str, name: str = "Newton", password: str = PASSWORD, again: str = ""
) -> AppTest:
    """Opens the form, fills it in and sends it."""
    browser.query_params["invite"] = code
    browser.run()
    for key, value in (
        ("register-name", name),
        ("register-shown-as", "Isaac Newton"),
        ("register-password", password),
        ("register-password-again", again or password),
    ):
        browser.text_input(key).set_value(value)
    browser.button("register-submit").click().run()
    assert not browser.exception
    return browser


def test_a_second_click_is_the_same_wish(browser: AppTest, studio: Studio, code: str) -> None:
    """Sent while the first is under way, it registers nobody and counts as no wrong code."""
    fill_in(browser, code, again="another one")
    browser.text_input("register-password-again").set_value(PASSWORD)
    late = browser.button("register-submit").click().root.get_widget_states()
    browser.run()

    browser._run(late)

    assert "openv_entry_refused" not in browser.session_state
    assert [title.value for title in browser.title] == ["Create"]


def test_a_link_leads_to_the_form_and_from_there_in(browser: AppTest, studio: Studio, code: str) -> None:
    """The code is filled in already; afterwards one is signed in, and the code has left the address."""
    fill_in(browser, code)
    assert [title.value for title in browser.title] == ["Create"]
    assert "invite" not in browser.query_params
    user = find_user(studio.database, "newton")
    assert (user.display_name, user.role) == ("Isaac Newton", "user")


def test_the_form_says_what_it_takes_before_it_refuses(browser: AppTest) -> None:
    """The rules of names and passwords stand in their fields, and what may be left out says so."""
    browser.query_params["invite"] = ""
    browser.run()
    hints = [browser.text_input(f"register-{name}").placeholder for name in ("name", "password")]
    assert hints == ["Small letters, digits, . _ @ -", "At least 10 characters"]
    assert browser.text_input("register-shown-as").label.endswith("(optional)")


def test_without_a_link_a_button_leads_to_the_form_and_back(browser: AppTest, studio: Studio) -> None:
    """Nobody who came by mistake is stuck."""
    browser.run().button("register").click().run()
    assert browser.text_input("register-code").value == ""
    browser.button("back-to-sign-in").click().run()
    assert browser.text_input("sign-in-name")


@pytest.mark.parametrize("mistake", ["code", "password", "again", "name"])
def test_a_mistake_is_told_and_costs_no_use(
    browser: AppTest, studio: Studio, code: str, mistake: str
) -> None:
    """Each with a sentence above the fields, in sight, that says what to do."""
    wrong = {"code": "WRONG-CODE", "password": "password1234", "again": "another one", "name": "root"}
    told = {
        "code": "cannot be used",
        "password": "Take a few",
        "again": "Type the same",
        "name": "Choose another",
    }
    given = {"code": code} | {mistake: wrong[mistake]}
    fill_in(browser, **given)
    assert told[mistake] in browser.error[0].value
    kinds = [element.type for element in browser.main]
    assert kinds.index("error") < kinds.index("text_input")
    assert list_invites(studio.database, by="root")[0].used == 0


def test_an_admin_makes_an_invite_whose_link_is_shown_once(
    studio: Studio, signed_in: Callable[..., AppTest], browser: AppTest
) -> None:
    """The link can be copied by itself, the code stands beside it; somebody gets in, and the list counts them."""
    page = signed_in("root", role="admin").switch_page("invites.py").run()
    page.text_input("invite-label").set_value("for Isaac")
    page.button("make-invite").click().run()
    base, code = page.code[0].value.split("/?invite=")
    assert base.startswith("http")
    assert any(plain(code) in text.value for text in page.markdown)
    page.button("put-away").click().run()
    assert (len(page.code), page.text_input("invite-label").value) == (0, "")
    fill_in(browser, code)
    row = page.run().dataframe[0].value.iloc[0]
    assert (row["For whom"], row["State"], row["Used"]) == ("for Isaac", "Used up", "1 of 1")


def test_an_admin_revokes_an_invite(
    studio: Studio, signed_in: Callable[..., AppTest], browser: AppTest
) -> None:
    """After a question; then the code is worth nothing."""
    page = signed_in("root", role="admin")
    _, code = create_invite(studio.database, role="user", uses=5, days=7, by="root")
    page.switch_page("invites.py").run().button("ask-revoke").click().run()
    page.button("answer-yes").click().run()
    assert page.dataframe[0].value["State"].tolist() == ["Revoked"]
    fill_in(browser, code)
    assert "cannot be used" in browser.error[0].value
