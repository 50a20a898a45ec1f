"""The whole server from outside: starting, stopping, refusing to start, answering fast."""

import http.client
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
import requests

from tests.system.server import ROOT, Server


def refused(server: Server, *options: str, **settings: str) -> str:
    """What a start that must not succeed prints; it ends by itself."""
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(server.port),
        *options,
    ]
    environment = server.environment() | settings
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    return done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_by_signal_leaves_no_process(server: Server, number: int) -> None:
    """SIGTERM and Ctrl-C end everything the server started, the database included."""
    server.start()
    server.stop(number)
    assert server.processes() == []


def test_an_answer_on_a_kept_connection_is_not_held_back(server: Server) -> None:
    """Without TCP_NODELAY every answer would wait 40 ms for the other side's acknowledgement."""
    server.start()
    times = []
    with requests.Session() as session:
        for _ in range(50):
            begun = time.perf_counter()
            session.get(f"{server.url}/api/health", timeout=30)
            times.append(time.perf_counter() - begun)
    assert min(times) < 0.02


def answer(server: Server, path: str) -> tuple[int, str | None, str | None]:
    """Status, policy and type of the answer to that path, which is sent as it stands."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with closing(connection):
        connection.request("GET", path)
        said = connection.getresponse()
        return said.status, said.getheader("content-security-policy"), said.getheader("content-type")


def test_the_api_stands_before_the_pages_wherever_the_server_stands(server: Server) -> None:
    """Below server.baseUrlPath too: guarded JSON for every path of its own, and Streamlit for all others."""
    server.settings["STREAMLIT_SERVER_BASE_URL_PATH"] = "studio"
    server.start()
    api = ("default-src 'none'; frame-ancestors 'none'", "application/json")
    for start in ("/api", "/studio/api"):
        assert answer(server, f"{start}/health") == (200, *api)
        for path in (
            "/nothing",
            "/%2e%2e/x",
            "/static-offline-docs/%2e%2e%2fapi.py",
            "//etc/passwd",
            "/docs%00",
            "/%5c",
        ):
            assert answer(server, f"{start}{path}") == (404, *api), path
    assert answer(server, "//api/health")[0] == 400
    page = answer(server, "/studio/")
    assert (page[0], page[2]) == (200, "text/html; charset=utf-8")
    assert page[1] is not None
    assert "script-src 'self'" in page[1]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"MAX_RETRIES": "many"}, "MAX_RETRIES takes a whole number"),
        ({"OPENV_DATADIR": "x"}, "OPENV_DATADIR is not a setting"),
        ({"TEST_MODE": "true", "RUNPOD_API_KEY": "k"}, "TEST_MODE"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    server: Server, settings: dict[str, str], says: str
) -> None:
    """The line names the setting, and no traceback buries it."""
    told = refused(server, **settings)
    assert says in told
    assert "Traceback" not in told


def test_test_mode_does_not_start_where_others_can_reach_it(server: Server) -> None:
    """It lets everybody in."""
    assert "TEST_MODE takes a loopback" in refused(server, "--server.address", "0.0.0.0", TEST_MODE="true")


def test_a_second_server_shares_the_folder_of_the_first(server: Server) -> None:
    """One database, one demo endpoint: what one accepts the other shows."""
    server.start()
    second = Server(server.data)
    try:
        second.start()
        body = {"prompt": "a sea", "modelName": "mochi", "frames": 7}
        made = second.signed_in().post(f"{second.url}/api/runpod", json=body, timeout=30).json()
        seen = server.signed_in().get(f"{server.url}/api/videos", timeout=30).json()
        assert [video["id"] for video in seen] == [made["id"]]
    finally:
        second.stop()


def test_a_database_server_that_dies_under_the_application_comes_back(server: Server) -> None:
    """Its own server is started again, nothing is lost, and nobody has to restart anything."""
    server.start()
    (master,) = (
        process
        for process in server.processes()
        if process.name() == "postgres" and process.parent().name() != "postgres"
    )
    master.kill()
    master.wait(10)
    end = time.monotonic() + 60
    while (answer := server.signed_in().get(f"{server.url}/api/videos", timeout=30)).status_code == 503:
        assert time.monotonic() < end, server.log()
        time.sleep(0.2)
    assert answer.json() == []


def test_a_database_without_the_schema_stops_the_start_with_what_to_do(
    server: Server, server_url: str
) -> None:
    """Nobody meets a half-working application."""
    told = refused(server, DATABASE_URL=server_url)
    assert "python -m services.cli migrate" in told
