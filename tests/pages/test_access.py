"""Every page against every kind of visitor: who sees what. A page without a row fails."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from services.accounts import add_user, disable_user, sign_out_everywhere
from services.sessions import Sessions
from services.terms import accept_terms
from services.tokens import create_token
from services.wiring import Studio
from tests.pages.conftest import SHELL

INSIDERS = ("restricted", "user", "admin")
OUTSIDERS = ("nobody", "disabled", "revoked", "expired", "forged", "truncated", "token")
EVERYBODY, ADMINS = {"restricted", "user", "admin"}, {"admin"}
TABLE = {
    "create": EVERYBODY,
    "gallery": EVERYBODY,
    "account": EVERYBODY,
    "statistics": ADMINS,
    "people": ADMINS,
    "invites": ADMINS,
    "audit": ADMINS,
    "workspace": ADMINS,
}


@pytest.fixture
def cookies(studio: Studio) -> dict[str, str | None]:
    """What each kind of visitor has in the browser."""
    roles = {
        "restricted": "restricted",
        "user": "user",
        "admin": "admin",
        "disabled": "admin",
        "revoked": "admin",
    }
    for name, role in roles.items():
        add_user(studio.database, name, role=role, password=None)
        accept_terms(studio.database, name)
    issue = studio.sessions.issue
    held: dict[str, str | None] = {name: issue(name) for name in roles}
    sign_out_everywhere(studio.database, "revoked")
    disable_user(studio.database, "disabled")
    return held | {
        "nobody": None,
        "expired": issue("admin", now=datetime.now(UTC) - timedelta(days=8)),
        "forged": Sessions("x" * 40, 7).issue("admin"),
        "truncated": issue("admin")[:-3],
        "token": create_token(studio.database, "admin", by=None, label="x").text,
    }


def open_pages(cookie: str | None) -> AppTest:
    browser = AppTest.from_file(SHELL, default_timeout=60)
    if cookie is not None:
        browser.session_state["openv_token"] = cookie
    return browser.run()


def test_every_page_has_a_row() -> None:
    """Whoever adds a page says here who may see it."""
    pages = {path.stem for path in Path(SHELL).parent.glob("*.py")} - {"shell", "__init__"}
    assert pages == set(TABLE)


@pytest.mark.parametrize("visitor", [*INSIDERS, *OUTSIDERS])
def test_each_visitor_sees_what_the_table_says(cookies: dict[str, str | None], visitor: str) -> None:
    """A page draws its title for those it is meant for; everybody else sees nothing of it, whatever the address."""
    browser, seen = open_pages(cookies[visitor]), {}
    for page in TABLE:
        browser.switch_page(f"{page}.py").run()
        assert not browser.exception
        seen[page] = bool(browser.title)
    assert seen == {page: visitor in allowed for page, allowed in TABLE.items()}
