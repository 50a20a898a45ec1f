"""Every route against every kind of caller: who gets in, and where. A route without a row fails."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from services.accounts import add_user, disable_user, sign_out_everywhere
from services.sessions import COOKIE, Sessions
from services.sharing import share_video
from services.terms import accept_terms
from services.tokens import create_token, revoke_token
from services.videos import delete_videos
from services.web.api import build_api
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit
from tests.web.test_caller import ROUTES

INSIDERS = ("restricted", "owner", "other", "admin", "token read", "token generate", "token admin")
OUTSIDERS = (
    "nobody", "disabled", "revoked", "expired", "forged", "truncated", "made by a longer setting",
    "token truncated", "token revoked", "token of a disabled user", "token as a cookie",
)  # fmt: skip
FOUND = 200  # a file: the bytes, or a redirect to where they are


class Row(NamedTuple):
    """`statuses` for INSIDERS in their order; `stranger` for all OUTSIDERS."""

    statuses: str
    state: str = "none"
    body: Any = None
    stranger: int = 401


READ = "200 200 200 200 200 403 403"
OWN_READ = "404 200 404 200 200 403 403"
OWN_CHANGE = "404 200 404 200 403 200 403"
GONE = "404 404 404 404 404 403 403"
ADMINS = "403 403 403 200 403 403 200"
OPEN = Row("200 200 200 200 200 200 200", stranger=200)
JOB = {"prompt": "A calm sea", "modelName": "mochi", "frames": 19}

TABLE: dict[tuple[str, str], list[Row]] = {
    ("GET", "/videos"): [Row(READ)],
    ("DELETE", "/videos"): [Row("200 200 200 200 403 200 403", body={"ids": [1]})],
    ("POST", "/videos/{video_id}/cancel"): [Row(OWN_CHANGE, "sent")],
    ("POST", "/videos/{video_id}/retry"): [Row(OWN_CHANGE, "failed")],
    ("POST", "/videos/{video_id}/restore"): [Row(OWN_CHANGE, "deleted")],
    ("POST", "/videos/{video_id}/share"): [Row(OWN_CHANGE, "stored", {"shared": True})],
    ("POST", "/videos/{video_id}/rate"): [Row(OWN_CHANGE, "shared", {"rating": 4})],
    ("GET", "/quota"): [Row(READ)],
    ("POST", "/runpod"): [Row("403 201 201 201 403 201 403", body=JOB)],
    ("GET", "/runpod/{job_id}"): [Row(OWN_READ, "stored"), Row(READ, "shared")],
    ("GET", "/terms"): [Row(READ)],
    ("POST", "/terms/accept"): [Row("200 200 200 200 403 200 403")],
    ("GET", "/stats"): [Row(ADMINS)],
    ("GET", "/metrics"): [Row(ADMINS)],
    ("POST", "/runpod/webhook"): [Row("401 401 401 401 401 401 401", body={"id": "x", "status": "IN_QUEUE"})],
    **{
        (method, f"/videos/{{video_id}}/{kind}"): [Row(OWN_READ, "stored"), Row(READ, "shared"), Row(GONE, "deleted")]
        for method in ("GET", "HEAD")
        for kind in ("file", "poster")
    },
    **{("GET", path): [OPEN] for path in ("/health", "/docs", "/docs/oauth2-redirect", "/openapi.json")},
    **{("HEAD", path): [OPEN] for path in ("/health", "/openapi.json")},
}  # fmt: skip
CELLS = [(*route, row) for route, rows in TABLE.items() for row in rows]


@pytest.fixture
def people(studio: Studio) -> dict[str, str]:
    """A user of each kind who has accepted the terms, by what they are to the clip."""
    roles = {
        "restricted": "restricted",
        "owner": "user",
        "other": "user",
        "admin": "admin",
        "disabled": "user",
    }
    for name, role in roles.items():
        add_user(studio.database, name, role=role, password=None)
        accept_terms(studio.database, name)
    return {name: name for name in roles}


@pytest.fixture
def clients(studio: Studio, visit: Visit, people: dict[str, str]) -> dict[str, TestClient]:
    """A client of each kind of caller."""
    cookies = _cookies(studio)
    with_cookie = {kind: visit() for kind in cookies}
    for kind, value in cookies.items():
        if value is not None:
            with_cookie[kind].cookies.set(COOKIE, value)
    tokens = _tokens(studio)
    with_token = {kind: visit() for kind in tokens}
    for kind, text in tokens.items():
        with_token[kind].headers["Authorization"] = f"Bearer {text}"
    return with_cookie | with_token


def _cookies(studio: Studio) -> dict[str, str | None]:
    issue, now = studio.sessions.issue, datetime.now(UTC)
    good = issue("owner")
    ended = issue("other", now=now - timedelta(minutes=1))
    sign_out_everywhere(studio.database, "other")
    return {
        "nobody": None,
        "revoked": ended,
        "expired": issue("owner", now=now - timedelta(days=8)),
        "forged": Sessions("x" * 40, 7).issue("admin"),
        "truncated": good[:-3],
        "made by a longer setting": Sessions(studio.sessions.key, 30).issue("admin"),
        "disabled": issue("disabled"),
        "token as a cookie": create_token(studio.database, "admin", by=None, label="x").text,
        **{name: issue(name) for name in ("restricted", "owner", "other", "admin")},
    }


def _tokens(studio: Studio) -> dict[str, str]:
    def make(name: str, *scopes: str) -> str:
        return create_token(studio.database, name, by=None, label="x", scopes=scopes or None).text

    revoked = create_token(studio.database, "admin", by=None, label="x")
    revoke_token(studio.database, revoked.token.id, by=None)
    tokens = {
        "token read": make("owner", "read"),
        "token generate": make("owner", "generate"),
        "token admin": make("admin", "admin"),
        "token truncated": make("admin")[:-1],
        "token revoked": revoked.text,
        "token of a disabled user": make("disabled"),
    }
    disable_user(studio.database, "disabled")
    return tokens


def put_in_state(studio: Studio, arrange: Arranger, state: str) -> tuple[int, str]:
    """The owner's clip in that state: its id and its job's."""
    makers: dict[str, Callable[..., Any]] = {"sent": arrange.sent, "failed": arrange.failed}
    if state == "none":
        return 1, "no-such-job"
    video = makers.get(state, arrange.stored)("owner")
    if state == "deleted":
        delete_videos(studio.database, by="owner", ids=[video.id])
    if state == "shared":
        share_video(studio.database, video.id, by="owner", shared=True)
    return video.id, str(video.job_id)


def test_every_route_has_a_row() -> None:
    """Whoever adds a route says here who may ask for it."""
    assert set(TABLE) == set(ROUTES)
    assert all(len(row.statuses.split()) == len(INSIDERS) for rows in TABLE.values() for row in rows)


@pytest.mark.parametrize(("method", "path", "row"), CELLS, ids=[f"{m} {p} {r.state}" for m, p, r in CELLS])
def test_each_caller_gets_what_the_table_says(
    studio: Studio, arrange: Arranger, clients: dict[str, TestClient], method: str, path: str, row: Row
) -> None:
    """The status of each cell; a clip's state is made anew for each caller, so that no answer rests on another's."""
    expected = dict(zip(INSIDERS, map(int, row.statuses.split()), strict=True)) | dict.fromkeys(
        OUTSIDERS, row.stranger
    )
    got = {}
    for kind, client in clients.items():
        video_id, job_id = put_in_state(studio, arrange, row.state)
        address = "/api" + path.replace("{video_id}", str(video_id)).replace("{job_id}", job_id)
        status = client.request(method, address, json=row.body).status_code
        got[kind] = FOUND if status == 307 else status
    assert got == expected


def test_the_table_is_held_against_the_real_routes() -> None:
    """The list of routes is the API's own, as it is served."""
    described = {(m.upper(), p) for p, methods in build_api().openapi()["paths"].items() for m in methods}
    assert described <= set(TABLE)
