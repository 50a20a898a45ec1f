"""The way in: what reaches the API, what goes on to the pages, and what an answer of the API always says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import Message, Scope

from services.web.front import ApiFirst
from services.web.headers import SecurityHeaders
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.test_answers import BrokenDatabase
from tests.web.test_headers import PAGE


async def name_itself(scope: Scope, _: Any, send: Callable[[Message], Any]) -> None:
    """Stands for the pages: answers with 299, or notes any other scope."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})
    else:
        await send({"type": "pages", "path": scope["path"]})


def asked(api: FastAPI, path: str, *, base: str = "", root: str = "", kind: str = "http") -> list[Message]:
    """What comes of that path as it stands, which a client would tidy up first."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    guarded = SecurityHeaders(ApiFirst(name_itself, api, base), PAGE, base=base)
    scope = {"type": kind, "method": "GET", "scheme": "http", "path": path, "root_path": root,
             "query_string": b"", "headers": [], "server": ("studio.local", 80)}  # fmt: skip
    asyncio.run(guarded(scope, receive, send))
    return sent


def outcome(messages: list[Message]) -> tuple[int, bytes]:
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages)


@pytest.mark.parametrize(
    "path",
    [
        "/api/../api/docs", "/api/static-offline-docs/../../api.py", "/api/static-offline-docs/..\\x", "/api/..",
        "/api/./docs", "/api/docs\x00", "/api/static-offline-docs/\x00", "/api/runpod/a\nb", "/api//docs", "/api//",
        "/api///etc/passwd", "/api/static-offline-docs//etc/passwd", "/api/videos/1/file/..", "/api/C:\\x",
    ],
)  # fmt: skip
def test_a_path_that_climbs_or_hides_leads_nowhere(api: FastAPI, path: str) -> None:
    """Dots, backslashes, control characters and doubled slashes find nothing, and the answer is JSON as ever."""
    status, body = outcome(asked(api, path))
    assert status == 404
    assert b'"code":"not_found"' in body


@pytest.mark.parametrize(
    "path", ["/", "/api", "/apix/docs", "//api/docs", "/x/api/docs", "/API/docs", "\\api/docs"]
)
def test_everything_else_is_the_pages(api: FastAPI, path: str) -> None:
    """Only what begins with /api/ is the API's; Streamlit sees the rest as it was sent."""
    assert outcome(asked(api, path)) == (299, b"page")


@pytest.mark.parametrize("base", ["", "/studio"])
@pytest.mark.parametrize("path", ["/_stcore/upload_file/x/y", "/_stcore/upload_file", "/_stcore/metrics"])
def test_what_streamlit_offers_to_strangers_unused_is_not_there(api: FastAPI, path: str, base: str) -> None:
    """Files nobody asked for would fill the memory, and the figures of the server are for admins."""
    assert outcome(asked(api, base + path, base=base)) == (404, b"")


def test_websockets_are_the_pages_but_below_the_api_which_closes_them(api: FastAPI) -> None:
    """Streamlit's own goes through untouched; the API has none."""
    stream = "/_stcore/stream"
    assert asked(api, stream, kind="websocket") == [{"type": "pages", "path": stream}]
    assert asked(api, "/api/docs", kind="websocket")[0]["type"] == "websocket.close"


def test_the_script_of_the_reference_is_compressed(guarded: TestClient) -> None:
    """A megabyte and a half would take its time over a slow line."""
    packed = guarded.get("/api/static-offline-docs/swagger-ui-bundle.js", headers={"Accept-Encoding": "gzip"})
    assert (packed.status_code, packed.headers["content-encoding"]) == (200, "gzip")


@pytest.mark.parametrize(
    ("path", "base", "root"),
    [
        ("/studio/api/openapi.json", "/studio", ""),
        ("/api/openapi.json", "/studio", ""),
        ("/proxied/api/openapi.json", "", "/proxied"),
        ("/proxied/studio/api/openapi.json", "/studio", "/proxied"),
    ],
)
def test_the_api_answers_where_the_server_stands(api: FastAPI, path: str, base: str, root: str) -> None:
    """Below server.baseUrlPath and below what a proxy says, with the API's own policy."""
    messages = asked(api, path, base=base, root=root)
    assert outcome(messages)[0] == 200
    policy = dict(messages[0]["headers"])[b"content-security-policy"]
    assert policy == b"default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/studious/api/docs", "/api/studio/docs", "/proxiedapi/docs"])
def test_a_lookalike_of_the_base_is_not_it(api: FastAPI, path: str) -> None:
    """The base counts as whole steps of a path, at its beginning."""
    assert outcome(asked(api, path, base="/studio", root="/proxied"))[0] != 200


@pytest.fixture
def guarded(api: FastAPI, anna: TestClient) -> TestClient:
    """Anna's client of the API behind the layers that app.py puts before it."""
    layers = [Middleware(SecurityHeaders, page=PAGE), Middleware(ApiFirst, api=api)]
    client = TestClient(Starlette(middleware=layers), base_url=str(anna.base_url), cookies=anna.cookies)
    client.headers["Origin"] = anna.headers["Origin"]
    return client


REFUSALS = [
    ("GET", "/api/videos", None, 200),
    ("GET", "/api/videos?limit=x", None, 422),
    ("GET", "/api/nothing", None, 404),
    ("PATCH", "/api/videos", None, 405),
    ("POST", "/api/runpod/webhook", "{}", 401),
    ("POST", "/api/runpod", "x" * (1 << 20) + "x", 413),
]


@pytest.mark.parametrize(("method", "address", "content", "status"), REFUSALS)
def test_every_answer_of_the_api_is_guarded(
    guarded: TestClient, method: str, address: str, content: str | None, status: int
) -> None:
    """A refusal says to a browser what a success does."""
    answer = guarded.request(method, address, content=content)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_a_bug_is_guarded_too(guarded: TestClient, api: FastAPI, studio: Studio) -> None:
    """500 carries the same headers."""
    api.state.studio = replace(studio, database=BrokenDatabase())
    answer = guarded.get("/api/videos")
    assert (answer.status_code, answer.headers["x-frame-options"]) == (500, "SAMEORIGIN")


def test_a_long_list_is_compressed_for_whoever_takes_that(anna: TestClient, arrange: Arranger) -> None:
    """Some clips are sent with gzip, or as they are to a client without; an empty list never is."""
    short = anna.get("/api/videos", headers={"Accept-Encoding": "gzip"})
    for number in range(4):
        arrange.completed("anna", f"Clip {number}")
    plain, packed = (
        anna.get("/api/videos", headers={"Accept-Encoding": said}) for said in ("identity", "gzip")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < len(plain.content) == len(packed.content)
    assert packed.json() == plain.json()
    assert not {"content-encoding"} & {*plain.headers, *short.headers}
