"""The pages without a browser, from the script the server runs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services import wiring
from services.accounts import Role, add_user, ensure_user
from services.names import DEMO_ADMIN, DEMO_USER
from services.terms import accept_terms
from services.wiring import Studio

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _forgotten_caches() -> None:
    """Nothing remembered from the test before, failed sign-ins included."""
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def browser(studio: Studio) -> AppTest:
    """A browser that has never been here, on the studio's first page."""
    return AppTest.from_file(SHELL, default_timeout=20)


@pytest.fixture
def anna(studio: Studio) -> str:
    """The name of a user who signs in with PASSWORD and has accepted the terms of use."""
    user = add_user(studio.database, "anna", role="user", password=PASSWORD)
    return accept_terms(studio.database, user.id).user_id


@pytest.fixture
def signed_in(studio: Studio) -> Callable[..., AppTest]:
    """Opens the pages as a new user of that role who has signed in already and accepted the terms of use."""

    def open_pages(name: str = "anna", role: Role = "user", *, accepted: bool = True) -> AppTest:
        user = add_user(studio.database, name, role=role, password=None)
        if accepted:
            accept_terms(studio.database, user.id)
        app = AppTest.from_file(SHELL, default_timeout=20)
        app.session_state["openv_token"] = studio.sessions.issue(user.id)
        return app.run()

    return open_pages


@pytest.fixture
def demo(studio: Studio) -> Studio:
    """The same studio as a demo, with its two users."""
    demo = replace(studio, settings=replace(studio.settings, runpod_api_key=None))
    ensure_user(demo.database, DEMO_USER, role="user", display_name="Demo user")
    ensure_user(demo.database, DEMO_ADMIN, role="admin", display_name="Demo admin")
    wiring.install(demo)
    return demo
