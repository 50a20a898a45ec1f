"""The API as the server puts it first, asked by signed-in and other clients."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware

from services.accounts import Role, add_user
from services.sessions import COOKIE
from services.terms import accept_terms
from services.web.api import build_api
from services.web.front import ApiFirst
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient

HOST = "http://studio.local"
Visit = Callable[..., TestClient]


@pytest.fixture
def api(studio: Studio) -> FastAPI:
    """The API of that studio."""
    api = build_api()
    api.state.studio = studio
    return api


@pytest.fixture
def visit(api: FastAPI) -> Visit:
    """Makes clients: of nobody, or with a cookie of that user; `origin` None sends none."""
    app = Starlette(middleware=[Middleware(ApiFirst, api=api)])

    def make(
        name: str | None = None, *, origin: str | None = HOST, client: str = "203.0.113.9"
    ) -> TestClient:
        made = TestClient(app, base_url=HOST, client=(client, 50000), follow_redirects=False)
        if origin is not None:
            made.headers["Origin"] = origin
        if name is not None:
            made.cookies.set(COOKIE, api.state.studio.sessions.issue(name))
        return made

    return make


@pytest.fixture
def join(studio: Studio, visit: Visit) -> Callable[..., TestClient]:
    """Adds a user, who has accepted the terms of use, and gives their signed-in client."""

    def make(name: str, role: Role = "user") -> TestClient:
        accept_terms(studio.database, add_user(studio.database, name, role=role, password=None).id)
        return visit(name)

    return make


@pytest.fixture
def anna(join: Callable[..., TestClient]) -> TestClient:
    """A signed-in user's client."""
    return join("anna")


@pytest.fixture
def bob(join: Callable[..., TestClient]) -> TestClient:
    """Another user's client."""
    return join("bob")


@pytest.fixture
def boss(join: Callable[..., TestClient]) -> TestClient:
    """An admin's client."""
    return join("boss", "admin")


@pytest.fixture
def stranger(visit: Visit) -> TestClient:
    """A client of nobody."""
    return visit()


@pytest.fixture
def arrange(studio: Studio, tmp_path: Path) -> Arranger:
    """Brings videos into a state."""
    return Arranger(studio, tmp_path)
