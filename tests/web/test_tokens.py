"""API tokens over HTTP: which open what, and what is never let through or written down."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from services.accounts import Role, ensure_user, set_role
from services.gateways.storage import FolderStorage
from services.names import DEMO_ADMIN, TEST_USER
from services.terms import accept_terms
from services.tokens import SCOPES, Scope, create_token, revoke_token
from services.web.caller import PageFileRoute
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit
from tests.web.test_caller import PUBLIC, ROUTES

FOR_ADMINS = {("GET", "/stats"), ("GET", "/metrics")}
ORDER = {"prompt": "A cat", "modelName": "mochi", "frames": 7}
Program = Callable[..., TestClient]


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    """A folder, whatever the other tests stand on: its bytes are sent by the API itself."""
    return FolderStorage(tmp_path / "files")


@pytest.fixture
def program(studio: Studio, visit: Visit) -> Program:
    """Adds a user and gives a client that has a token of theirs, and neither cookie nor Origin."""

    def make(name: str = "anna", role: Role = "admin", scopes: tuple[Scope, ...] | None = None) -> TestClient:
        accept_terms(studio.database, ensure_user(studio.database, name, role=role).id)
        text = create_token(studio.database, name, by=name, label="test", scopes=scopes).text
        client = visit(origin=None)
        client.headers["Authorization"] = f"Bearer {text}"
        return client

    return make


def code(client: TestClient, method: str, path: str) -> str | None:
    """The refusal's code, None where there is none; what is sent is good for nothing."""
    path = "/api" + path.replace("{video_id}", "1").replace("{job_id}", "j")
    answer = client.request(method, path, content=b"{" if method not in {"GET", "HEAD"} else None)
    if method == "HEAD":
        return "scope_missing" if answer.status_code == 403 else None
    is_json = answer.headers["content-type"] == "application/json"
    return answer.json().get("code") if is_json and answer.status_code >= 400 else None


def needed(method: str, path: str) -> Scope:
    if (method, path) in FOR_ADMINS:
        return "admin"
    return "read" if method in {"GET", "HEAD"} else "generate"


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_routes_and_no_others(program: Program, scope: Scope) -> None:
    """Every route that is not public, with a token for one scope alone: only those that need another are refused."""
    client = program(scopes=(scope,))
    refused = {route for route in set(ROUTES) - PUBLIC if code(client, *route) == "scope_missing"}
    assert refused == {route for route in set(ROUTES) - PUBLIC if needed(*route) != scope}


def test_the_refusal_names_the_scope(program: Program) -> None:
    """A person reads what to do, a program which scope it lacks."""
    answer = program(scopes=("read",)).post("/api/runpod", json=ORDER)
    assert answer.status_code == 403
    assert "the scope generate" in answer.json()["error"]
    assert (answer.json()["code"], answer.json()["scope"]) == ("scope_missing", "generate")


def test_a_token_needs_neither_cookie_nor_origin(program: Program) -> None:
    """No browser sends it by itself, so that no other site's page can misuse it."""
    client = program("anna", "user")
    client.headers["Origin"] = "http://evil.test"
    answer = client.post("/api/runpod", json=ORDER)
    assert (answer.status_code, answer.json()["userId"]) == (201, "anna")


def test_a_token_opens_its_owners_videos_alone(program: Program, arrange: Arranger) -> None:
    """As their cookie would."""
    anna, ben = program("anna", "user"), program("ben", "user")
    video = arrange.stored("anna")
    assert [client.get(f"/api/videos/{video.id}/file").status_code for client in (anna, ben)] == [200, 404]
    assert [len(client.get("/api/videos").json()) for client in (anna, ben)] == [1, 0]


def test_a_role_taken_away_is_taken_from_the_token(studio: Studio, program: Program) -> None:
    """At the next request, and whoever may only look cannot generate with an old token."""
    client = program("anna", "admin")
    seen = []
    for role in ("admin", "user", "restricted"):
        set_role(studio.database, "anna", role)
        seen.append([code(client, *route) for route in (("GET", "/stats"), ("POST", "/runpod"))])
    assert seen == [
        [None, "invalid_input"],
        ["scope_missing", "invalid_input"],
        ["scope_missing", "scope_missing"],
    ]


def test_all_that_is_wrong_gets_the_same_answer_even_with_a_good_cookie(
    studio: Studio, anna: TestClient
) -> None:
    """Truncated, unknown, revoked, of another kind: 401, and the cookie is not looked at."""
    made = create_token(studio.database, "anna", by="anna", label="test")
    revoke_token(studio.database, made.token.id, by="anna")
    good = create_token(studio.database, "anna", by="anna", label="test").text
    wrong = [good[:-1], good + "0", "openv_" + "0" * 64, made.text, "", "x" * 5000]
    headers = [f"Bearer {text}" for text in wrong] + [f"Basic {good}", good, "", "Bearer", f"Bearer, {good}"]
    answers = {
        (answer.status_code, answer.text)
        for header in headers
        for answer in [anna.get("/api/videos", headers={"Authorization": header})]
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_the_scheme_is_read_in_any_case(studio: Studio, anna: TestClient) -> None:
    """RFC 9110, 11.1: `bearer` is `Bearer`."""
    text = create_token(studio.database, "anna", by="anna", label="test").text
    assert anna.get("/api/quota", headers={"Authorization": f"bearer {text}"}).status_code == 200


@pytest.mark.parametrize("name", [DEMO_ADMIN, TEST_USER])
def test_a_token_of_a_demo_or_a_test_ends_with_it(program: Program, name: str) -> None:
    """Anybody could have made it."""
    assert program(name).get("/api/videos").status_code == 401


def test_a_cookie_has_all_that_its_role_allows(boss: TestClient, anna: TestClient) -> None:
    """Scopes are for tokens; people are asked for their role."""
    assert boss.get("/api/stats").status_code == 200
    assert anna.get("/api/stats").json()["code"] == "not_allowed"
    assert anna.post("/api/runpod", json=ORDER).status_code == 201


def test_no_token_is_written_to_the_log(
    program: Program, api: FastAPI, studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a good one nor a bad one, not even when the server fails behind it."""
    client = program()
    text = client.headers["Authorization"].removeprefix("Bearer ")
    with caplog.at_level(logging.DEBUG):
        client.get("/api/videos")
        client.get("/api/videos", headers={"Authorization": f"Bearer {text[:-1]}"})
        api.state.lists = None
        assert client.get("/api/videos").status_code == 500
    assert "failed" in caplog.text
    assert text[:20] not in caplog.text


@pytest.fixture
def narrow(api: FastAPI, studio: Studio) -> None:
    """A studio that takes twelve requests a minute, two of them at once."""
    settings = replace(studio.settings, api_requests_per_minute=12)
    api.state.studio = replace(studio, settings=settings)


@pytest.mark.usefixtures("narrow")
def test_too_many_requests_are_refused_with_a_time_to_wait(program: Program) -> None:
    """429, the seconds in Retry-After, and the same for reading and changing."""
    client = program()
    answers = [client.get("/api/quota") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 5
    assert client.post("/api/runpod", json=ORDER).status_code == 429


@pytest.mark.usefixtures("narrow")
def test_spaces_make_no_other_token_of_it(stranger: TestClient) -> None:
    """One that does not work is counted by what it is, however it is sent."""
    headers = [{"Authorization": "Bearer" + " " * spaces + "openv_unknown"} for spaces in (1, 2, 3)]
    answers = [stranger.get("/api/quota", headers=sent).status_code for sent in headers]
    assert answers == [401, 401, 429]


@pytest.mark.usefixtures("narrow")
def test_a_user_is_counted_over_all_of_their_tokens_and_cookies(
    studio: Studio, program: Program, visit: Visit
) -> None:
    """More tokens do not take more requests; other users go on."""
    first = program("anna")
    second = visit()
    second.headers["Authorization"] = (
        f"Bearer {create_token(studio.database, 'anna', by='anna', label='x').text}"
    )
    clients = [first, second, visit("anna"), first, program("ben")]
    assert [client.get("/api/quota").status_code for client in clients] == [200, 200, 429, 429, 200]


@pytest.mark.usefixtures("narrow")
def test_what_pages_show_health_and_webhooks_are_not_counted(
    anna: TestClient, program: Program, arrange: Arranger
) -> None:
    """A gallery loads as many posters as it has; a program that loads files counts."""
    video = arrange.stored("anna")
    paths = [f"/api/videos/{video.id}/poster", "/api/health"]
    assert {anna.get(path).status_code for path in paths * 5} == {200}
    hooks = [anna.post("/api/runpod/webhook?token=test-webhook-token", json={"id": "x"}) for _ in range(5)]
    assert 429 not in {hook.status_code for hook in hooks}
    ben = program("ben")
    assert [ben.get(paths[0]).status_code for _ in range(3)] == [200, 200, 429]


def test_in_test_mode_nothing_is_counted(api: FastAPI, studio: Studio, stranger: TestClient) -> None:
    """And whatever token comes along, it is the test user."""
    ensure_user(studio.database, TEST_USER, role="admin")
    settings = replace(studio.settings, api_requests_per_minute=1, test_mode=True)
    api.state.studio = replace(studio, settings=settings)
    answers = [stranger.get("/api/quota", headers={"Authorization": "Bearer x"}) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}


def test_only_files_are_let_pass_uncounted(api: FastAPI) -> None:
    """The exception for pages is where posters and clips are, and nowhere else."""
    routers = [route.original_router for route in api.router.routes if hasattr(route, "original_router")]
    free = {route.path for router in routers for route in router.routes if isinstance(route, PageFileRoute)}
    assert free == {"/videos/{video_id}/file", "/videos/{video_id}/poster"}


def test_the_reference_offers_to_try_with_a_token(api: FastAPI) -> None:
    """/api/docs has its Authorize button."""
    described = api.openapi()
    assert described["components"]["securitySchemes"]["API token"]["scheme"] == "bearer"
    assert described["paths"]["/videos"]["get"]["security"] == [{"API token": []}]
