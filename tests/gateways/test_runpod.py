"""Asking RunPod about jobs and endpoints, on a real server on the loopback."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from services.errors import Unavailable
from services.gateways.runpod import EndpointBlocked, RunPodClient
from tests.gateways.http_server import always, reply, serving

KEY = "rpa_KEYKEYKEY"


@contextmanager
def client_of(url: str, timeout: tuple[float, float] = (1, 1)) -> Iterator[RunPodClient]:
    client = RunPodClient(url, KEY, timeout=timeout)
    try:
        yield client
    finally:
        client.close()


def test_status_gives_runpods_report():
    """The report comes back as RunPod wrote it, asked for at the job's own address."""
    answer = always(reply(200, b'{"id": "a/b", "status": "COMPLETED"}'))
    with serving(answer) as server, client_of(server.url) as client:
        report = client.status("wan", "a/b")
    assert report == {"id": "a/b", "status": "COMPLETED"}
    assert server.requests[0].path == "/wan/status/a%2Fb"


def test_status_of_an_unknown_job_is_none():
    """RunPod forgets jobs: that is an answer, not a failure."""
    answer = always(reply(404, b'{"error": "request does not exist"}'))
    with serving(answer) as server, client_of(server.url) as client:
        assert client.status("wan", "job-1") is None


def test_status_tries_again_by_itself():
    """A question does no harm twice, so a passing failure is not seen."""
    answers = iter([reply(502), b"", reply(200, b'{"id": "job-1", "status": "IN_QUEUE"}')])
    with serving(lambda request, out: out.write(next(answers))) as server, client_of(server.url) as client:
        assert client.status("wan", "job-1") == {"id": "job-1", "status": "IN_QUEUE"}


@pytest.mark.parametrize(
    "answer", [reply(500), reply(429), reply(200, b"oops"), reply(200, b"[1]"), reply(204)]
)
def test_trouble_with_status_says_nothing_about_the_job(answer):
    """No usable answer is RunPod's trouble, never the job's failure."""
    with serving(always(answer)) as server, client_of(server.url) as client, pytest.raises(Unavailable):
        client.status("wan", "job-1")


@pytest.mark.parametrize(
    "ask", [lambda c: c.status("wan", "j"), lambda c: c.cancel("wan", "j"), lambda c: c.health("wan")]
)
def test_a_refused_key_is_told_apart_from_an_outage(ask):
    """401 comes as empty text and means that somebody must look at the key."""
    blocked = pytest.raises(EndpointBlocked, match="RUNPOD_API_KEY")
    with serving(always(reply(401))) as server, client_of(server.url) as client, blocked:
        ask(client)


@pytest.mark.parametrize(
    ("answer", "stopped"),
    [
        (reply(200, b'{"id": "job-1", "status": "CANCELLED"}'), True),
        (reply(200, b'{"id": "job-1", "status": "COMPLETED"}'), False),
        (reply(404), False),
        (reply(400, b'{"error": "job is finished"}'), False),
    ],
)
def test_cancel_tells_whether_the_job_was_stopped(answer, stopped):
    """A job that was over already cannot be stopped, and that is no error."""
    with serving(always(answer)) as server, client_of(server.url) as client:
        assert client.cancel("wan", "job-1") is stopped
    assert (server.requests[0].method, server.requests[0].path) == ("POST", "/wan/cancel/job-1")


def test_health_gives_the_endpoints_counts():
    """Workers and jobs are passed on with whatever states RunPod names today."""
    answer = always(reply(200, b'{"workers": {"idle": 1}, "jobs": {}}'))
    with serving(answer) as server, client_of(server.url) as client:
        assert client.health("wan") == {"workers": {"idle": 1}, "jobs": {}}
    assert server.requests[0].path == "/wan/health"


def test_an_endpoint_on_this_machine_is_reached_past_the_proxy(monkeypatch):
    """A proxy to the internet does not stand between us and the demo endpoint."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(always(reply(200, b"{}"))) as server, client_of(server.url) as client:
        assert client.status("demo", "job-1") == {}


def test_one_client_serves_many_threads():
    """Sixteen threads at once each get the answer to their own question."""

    def echo(request, out):
        out.write(
            reply(200, json.dumps({"id": request.path.rsplit("/", 1)[1], "status": "IN_QUEUE"}).encode())
        )

    jobs = [f"job-{number}" for number in range(64)]
    with serving(echo) as server, client_of(server.url, (5, 5)) as client, ThreadPoolExecutor(16) as threads:
        reports = list(threads.map(lambda job: client.status("wan", job), jobs))
    assert [report["id"] for report in reports] == jobs
