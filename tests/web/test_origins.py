"""Whose pages may talk to the server: told by Host and Origin, before anything else is looked at."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.listening import is_open_at
from services.settings import Settings
from services.web.origins import OwnPagesOnly

PUBLIC = "https://studio.example.com/team"


async def greet(_: Request) -> PlainTextResponse:
    return PlainTextResponse("Hello")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("Hello")
    await socket.close()


def server(*, is_open: bool) -> TestClient:
    gate = Middleware(OwnPagesOnly, own=[PUBLIC], is_open=is_open)
    routes = [Route("/", greet), WebSocketRoute("/stream", talk)]
    return TestClient(Starlette(routes=routes, middleware=[gate]))


def talks(visitor: TestClient, **headers: str) -> bool:
    """Whether a web socket opens."""
    try:
        with visitor.websocket_connect("/stream", headers=headers) as socket:
            return socket.receive_text() == "Hello"
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize(
    ("host", "origin", "passes"),
    [
        ("127.0.0.1:8501", "http://127.0.0.1:8501", True),
        ("localhost:8501", "http://localhost:8501", True),
        ("[::1]:8501", "http://[::1]:8501", True),
        ("studio.example.com", "https://studio.example.com", True),
        ("127.0.0.1:8501", "https://studio.example.com", True),  # a proxy that renames the host
        ("127.0.0.1:8501", "http://localhost:3000", False),  # another program of this machine
        ("127.0.0.1:8501", "http://evil.example", False),
        ("127.0.0.1:8501", "http://127.0.0.1:8501.evil.example", False),
        ("127.0.0.1:8501", "http://127.0.0.1:8501@evil.example", False),
        ("127.0.0.1:8501", "null", False),
        ("127.0.0.1:8501", "", False),
    ],
)
def test_a_page_of_ours_opens_a_web_socket_and_no_other(
    host: str, origin: str, passes: bool, is_open: bool
) -> None:
    """Streamlit alone would let any page of this machine in, and ask a server on the internet about all others."""
    assert talks(server(is_open=is_open), host=host, origin=origin) is passes


def test_whoever_runs_the_server_reads_which_page_was_refused(caplog: pytest.LogCaptureFixture) -> None:
    """Its visitors see a page that does not fill, and nothing else tells why; once is enough."""
    for _ in range(3):
        talks(server(is_open=False), host="127.0.0.1", origin="https://tunnel.example\x1b")
    (told,) = [record.getMessage() for record in caplog.records if "tunnel" in record.getMessage()]
    assert "set PUBLIC_URL to it" in told
    assert told.isprintable()


def test_what_is_no_browser_tells_no_origin() -> None:
    """And no other site can send it."""
    assert talks(server(is_open=False), host="127.0.0.1")


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        ("127.0.0.1:8501", True),
        ("[::1]", True),
        ("studio", True),
        ("studio.example.com", True),
        ("evil.example:8501", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_where_nobody_needs_a_password_strangers_names_lead_nowhere(host: str, passes: bool) -> None:
    """A site can have its own name lead to this machine, and would be taken for one of its pages."""
    visitor = server(is_open=True)
    assert visitor.get("/", headers={"host": host}).status_code == (200 if passes else 403)
    assert talks(visitor, host=host, origin=f"http://{host}") is passes


def test_where_people_sign_in_the_name_does_not_matter() -> None:
    """Their cookies belong to the right one."""
    assert server(is_open=False).get("/", headers={"host": "any.example"}).text == "Hello"


@pytest.mark.parametrize(
    ("settings", "address", "expected"),
    [
        (Settings(test_mode=True), "127.0.0.1", True),
        (Settings(), "127.0.0.1", True),
        (Settings(), "0.0.0.0", False),  # shown to others on purpose
        (Settings(runpod_api_key="key"), "127.0.0.1", False),
    ],
)
def test_a_demo_on_this_machine_and_test_mode_need_no_password(
    settings: Settings, address: str, expected: bool
) -> None:
    """There the name is looked at."""
    assert is_open_at(settings, address) is expected
