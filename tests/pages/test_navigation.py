"""Who gets to see which page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from services import wiring
from services.accounts import ensure_user
from services.names import TEST_USER
from services.wiring import Studio

PAGES = Path(__file__).parents[2] / "pages"


def titles(browser: AppTest) -> list[str]:
    assert not browser.exception
    return [title.value for title in browser.title]


@pytest.mark.parametrize("page", ["create", "gallery", "statistics", "account"])
def test_no_page_is_drawn_before_sign_in(browser: AppTest, page: str) -> None:
    """Whatever the address, a stranger sees the sign-in page and nothing else."""
    browser.run().switch_page(f"{page}.py").run()

    assert titles(browser) == []
    assert browser.button("sign-in-submit")


def test_sign_in_leads_to_the_page_that_was_asked_for(browser: AppTest, demo: Studio) -> None:
    """A link that a stranger followed opens its page once they have signed in."""
    browser.run().switch_page("gallery.py").run()
    browser.button("demo-user").click().run()

    assert titles(browser) == ["Gallery"]


def test_statistics_open_for_admins(signed_in: Callable[..., AppTest]) -> None:
    """An admin reaches the statistics."""
    browser = signed_in("root", role="admin").switch_page("statistics.py").run()

    assert titles(browser) == ["Statistics"]


@pytest.mark.parametrize("role", ["user", "restricted"])
def test_statistics_refuse_everybody_else(signed_in: Callable[..., AppTest], role: str) -> None:
    """The page itself asks for the role, even though nobody else is shown the way to it."""
    browser = signed_in("anna", role=role).switch_page("statistics.py").run()

    assert titles(browser) == []
    assert "This page is for admins" in browser.error[0].value


def test_a_role_taken_away_closes_the_page_with_the_next_run(
    studio: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """Roles are read from the database in every run."""
    from services.accounts import set_role

    browser = signed_in("root", role="admin").switch_page("statistics.py").run()
    set_role(studio.database, "root", "user")

    assert titles(browser.run()) == []


def test_the_account_shows_name_and_role(signed_in: Callable[..., AppTest]) -> None:
    """One sees whose account is in use, and a name is text whatever it contains."""
    browser = signed_in("a_b", role="admin")

    assert browser.sidebar.markdown[0].value.startswith(r"**a\_b**")
    assert "Admin" in browser.sidebar.markdown[0].value


def test_in_test_mode_everybody_is_the_test_user(studio: Studio, browser: AppTest) -> None:
    """TEST_MODE asks nobody to sign in and offers no way out."""
    ensure_user(studio.database, TEST_USER, role="admin")
    wiring.install(replace(studio, settings=replace(studio.settings, test_mode=True)))

    assert titles(browser.run()) == ["Create"]
    assert "sign-out" not in [button.key for button in browser.button]
