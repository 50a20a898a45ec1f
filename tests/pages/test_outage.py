"""The pages while the database cannot be reached."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from services import wiring
from services.gateways.postgres import PostgresDatabase
from services.wiring import Studio
from tests.pages.conftest import PASSWORD

SENTENCE = "The database cannot be reached right now. Nothing is lost; this page recovers by itself."


@pytest.fixture
def cut_off(studio: Studio, database_url: str) -> Studio:
    """The same studio with a connection that has gone."""
    gone = PostgresDatabase(database_url)
    gone.close()
    return replace(studio, database=gone)


def warnings(browser: AppTest) -> list[str]:
    assert not browser.exception
    return [warning.value.replace("\\", "") for warning in browser.warning]


def test_the_page_says_so_and_is_itself_again_afterwards(
    studio: Studio, cut_off: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """One sentence instead of a traceback, and what had been typed is still there when it is over."""
    browser = signed_in()
    browser.text_area("create-prompt").set_value("A fox in").run()

    wiring.install(cut_off)
    assert warnings(browser.run()) == [SENTENCE]
    assert not browser.title

    wiring.install(studio)
    assert warnings(browser.run()) == []
    assert browser.text_area("create-prompt").value == "A fox in"


def test_nobody_is_signed_out_by_an_outage(
    studio: Studio, cut_off: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """A session that cannot be checked is not taken for a bad one."""
    browser = signed_in()
    wiring.install(cut_off)
    browser.run()

    assert "sign-in-submit" not in [button.key for button in browser.button]


def test_signing_in_waits_for_the_database(cut_off: Studio, browser: AppTest, anna: str) -> None:
    """The form stays, with the sentence beside it."""
    wiring.install(cut_off)
    browser.run()
    browser.text_input("sign-in-name").set_value(anna)
    browser.text_input("sign-in-password").set_value(PASSWORD)
    browser.button("sign-in-submit").click().run()

    assert warnings(browser) == [SENTENCE]
    assert browser.text_input("sign-in-name").value == anna
