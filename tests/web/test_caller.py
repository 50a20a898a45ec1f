"""Who may ask for what."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from services.accounts import add_user, ensure_user, sign_out_everywhere
from services.names import TEST_USER
from services.sessions import COOKIE, Sessions
from services.terms import accept_terms
from services.web.api import build_api
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit

PUBLIC = {
    ("GET", "/health"),
    ("HEAD", "/health"),
    ("POST", "/runpod/webhook"),
    ("GET", "/docs"),
    ("GET", "/docs/oauth2-redirect"),
    ("GET", "/openapi.json"),
    ("HEAD", "/openapi.json"),
}


def all_routes(api: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path, those of included routers too."""
    pending = list(api.router.routes)
    for route in pending:
        if hasattr(route, "original_router"):
            pending.extend(route.original_router.routes)
        for method in getattr(route, "methods", None) or ():
            yield method, route.path


ROUTES = sorted(set(all_routes(build_api())))


def test_the_list_of_routes_is_whole() -> None:
    """The check below sees the routes of every part of the API."""
    described = {
        (method.upper(), path)
        for path, methods in build_api().openapi()["paths"].items()
        for method in methods
    }
    assert described <= set(ROUTES)
    assert ("DELETE", "/videos") in described
    assert set(ROUTES) >= PUBLIC


@pytest.mark.parametrize(("method", "path"), sorted(set(ROUTES) - PUBLIC))
def test_no_route_answers_strangers(stranger: TestClient, method: str, path: str) -> None:
    """Whatever is not meant to be public answers 401 to somebody without a cookie, before it reads anything."""
    answer = stranger.request(
        method, "/api" + path.replace("{video_id}", "1").replace("{job_id}", "j"), content=b"{"
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json"])
def test_public_pages_need_no_session(stranger: TestClient, path: str) -> None:
    """Health and the reference can be read by everybody."""
    assert stranger.get("/api" + path).status_code == 200


def test_a_refusal_says_what_to_do(stranger: TestClient) -> None:
    """Somebody unknown reads a sentence and a program reads a code."""
    answer = stranger.get("/api/videos")
    assert answer.json() == {"error": "You are not signed in. Sign in first.", "code": "not_signed_in"}


def test_a_cookie_signs_in(anna: TestClient) -> None:
    """The browser's session cookie is enough to read."""
    assert anna.get("/api/videos").status_code == 200


def test_an_expired_cookie_is_nobody(studio: Studio, stranger: TestClient) -> None:
    """A session ends with its days, whatever the browser keeps."""
    add_user(studio.database, "anna", role="user", password=None)
    stranger.cookies.set(COOKIE, studio.sessions.issue("anna", now=datetime.now(UTC) - timedelta(days=8)))
    assert stranger.get("/api/videos").status_code == 401


def test_a_forged_cookie_is_nobody(studio: Studio, stranger: TestClient) -> None:
    """A cookie signed with another key opens nothing."""
    add_user(studio.database, "anna", role="user", password=None)
    stranger.cookies.set(COOKIE, Sessions("x" * 40, 7).issue("anna"))
    assert stranger.get("/api/videos").status_code == 401


def test_a_revoked_session_is_nobody(studio: Studio, anna: TestClient) -> None:
    """Signing out everywhere ends the API's sessions too."""
    sign_out_everywhere(studio.database, "anna")
    assert anna.get("/api/videos").status_code == 401


def test_an_unknown_token_is_refused(anna: TestClient) -> None:
    """A Bearer token is looked at instead of the cookie, and an unknown one opens nothing."""
    answer = anna.get("/api/videos", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.test",
        "http://studio.local.evil.test",
        "http://studio.local:81",
        "null",
        "",
        "studio.local",
        "http://",
        "http://[",
        "http://studio.local:port",
        "file://studio.local",
    ],
)
def test_a_change_from_another_site_is_refused(
    visit: Visit, anna: TestClient, arrange: Arranger, origin: str
) -> None:
    """A page elsewhere cannot use the browser's cookie to change anything; another port is elsewhere."""
    video = arrange.queued("anna")
    answer = visit("anna", origin=origin).request("DELETE", "/api/videos", json={"ids": [video.id]})
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_origin")
    assert arrange.now(video).deleted_at is None


def test_a_change_without_origin_is_refused(visit: Visit, anna: TestClient) -> None:
    """A cookie alone does not say that one of our own pages is asking."""
    answer = visit("anna", origin=None).post("/api/runpod", json={"prompt": "A cat", "modelName": "mochi"})
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_origin")


def test_a_browser_that_tells_of_another_site_is_believed(anna: TestClient) -> None:
    """Sec-Fetch-Site says cross-site even where Origin has been made to look right."""
    answer = anna.request("DELETE", "/api/videos", json={"ids": []}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.json()["code"] == "bad_origin"


def test_the_public_address_is_ours(visit: Visit, anna: TestClient) -> None:
    """Behind a proxy that renames the host, the pages' origin is the public address."""
    answer = visit("anna", origin="http://studio.test").request("DELETE", "/api/videos", json={"ids": []})
    assert answer.status_code == 200


def test_a_usual_port_may_be_named(visit: Visit, anna: TestClient) -> None:
    """With and without :80 is the same place."""
    answer = visit("anna", origin="http://studio.local:80").request("DELETE", "/api/videos", json={"ids": []})
    assert answer.status_code == 200


def test_reading_needs_no_origin(visit: Visit, anna: TestClient) -> None:
    """A browser sends no Origin for pictures and clips."""
    assert visit("anna", origin=None).get("/api/quota").status_code == 200


@pytest.fixture
def in_test_mode(api: FastAPI, studio: Studio) -> None:
    """The studio in TEST_MODE."""
    accept_terms(studio.database, ensure_user(studio.database, TEST_USER, role="admin").id)
    api.state.studio = replace(studio, settings=replace(studio.settings, test_mode=True))


@pytest.mark.usefixtures("in_test_mode")
def test_in_test_mode_everybody_is_the_test_user(visit: Visit) -> None:
    """TEST_MODE needs no sign-in and no Origin."""
    answer = visit(origin=None).post(
        "/api/runpod", json={"prompt": "A cat", "modelName": "mochi", "frames": 7}
    )
    assert (answer.status_code, answer.json()["userId"]) == (201, "test-user")


@pytest.mark.usefixtures("in_test_mode")
def test_in_test_mode_other_sites_change_nothing(visit: Visit) -> None:
    """A page elsewhere cannot use a test server on the visitor's own machine."""
    answer = visit(origin="http://evil.test").request("DELETE", "/api/videos", json={"ids": []})
    assert answer.status_code == 403
