"""Submitting jobs to RunPod: what is sent, and what each kind of answer means for the job."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.errors import InvalidInput
from services.gateways.runpod import EndpointBlocked, RunPodClient, Submission, SubmitRefused, SubmitUnknown
from tests.gateways.certificates import identity_of
from tests.gateways.http_server import always, reply, serving

KEY = "rpa_KEYKEYKEY"
WEBHOOK = "https://studio.example/api/runpod/webhook?token=tok-SECRET-1234&video=7"
TAKEN = reply(200, b'{"id": "job-1", "status": "IN_QUEUE"}')


@contextmanager
def client_of(url: str, timeout: tuple[float, float] = (1, 1)) -> Iterator[RunPodClient]:
    client = RunPodClient(url, KEY, timeout=timeout)
    try:
        yield client
    finally:
        client.close()


def submit(url: str, *, timeout: tuple[float, float] = (1, 1), **changes) -> Submission:
    asked = {"webhook": WEBHOOK, "execution_timeout_ms": None, "ttl_ms": None} | changes
    with client_of(url, timeout) as client:
        return client.submit("wan", {"prompt": "a cat"}, **asked)


def submit_answered(answer: bytes) -> Submission:
    with serving(always(answer)) as server:
        return submit(server.url)


def test_submit_sends_the_job_with_key_webhook_and_limits():
    """A job reaches RunPod with its input, our webhook, its limits and the API key, and its id comes back."""
    with serving(always(TAKEN)) as server:
        submission = submit(server.url + "/v2/", execution_timeout_ms=600_000, ttl_ms=3_600_000)
    request = server.requests[0]
    assert submission == Submission("job-1", "IN_QUEUE")
    assert (request.method, request.path) == ("POST", "/v2/wan/run")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(request.body) == {
        "input": {"prompt": "a cat"},
        "webhook": WEBHOOK,
        "policy": {"executionTimeout": 600_000, "ttl": 3_600_000},
    }


def test_submit_leaves_out_what_is_not_wanted():
    """Without webhook and limits RunPod's own defaults apply."""
    with serving(always(TAKEN)) as server:
        submit(server.url, webhook=None)
    assert json.loads(server.requests[0].body) == {"input": {"prompt": "a cat"}}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_submit_may_be_repeated_when_runpod_takes_no_jobs(status):
    """Overloaded is not refused for good."""
    with pytest.raises(SubmitRefused) as refusal:
        submit_answered(reply(status, retry_after="7"))
    assert not refusal.value.permanent
    assert refusal.value.retry_after == 7


@pytest.mark.parametrize("status", [400, 413, 422])
def test_submit_is_refused_for_good_with_runpods_reason(status):
    """Bad input stays bad input, and RunPod's sentence says why."""
    with pytest.raises(SubmitRefused, match="steps must be at most 65") as refusal:
        submit_answered(reply(status, b'{"error": "steps must be at most 65"}'))
    assert refusal.value.permanent
    assert refusal.value.status == 422


@pytest.mark.parametrize("status", [301, 401, 402, 403, 404])
def test_submit_tells_when_the_endpoint_is_blocked(status):
    """A wrong key, account, endpoint or address needs a person, not another try."""
    with pytest.raises(EndpointBlocked):
        submit_answered(reply(status, location="https://elsewhere.example/"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        reply(200, b"<html>"),
        reply(200, b"[]"),
        reply(200, b'{"status": "IN_QUEUE"}'),
        reply(200, b'{"id": "job\\u0000"}'),
        reply(200, b"[" * 100_000),
        reply(502),
        reply(504),
        reply(524),
    ],
    ids=["hung up", "broke off", "html", "list", "no id", "bad id", "nested", "502", "504", "524"],
)
def test_submit_is_unknown_when_the_job_may_exist(answer):
    """Sent without a clear answer: repeating blindly might pay twice."""
    with pytest.raises(SubmitUnknown):
        submit_answered(answer)


def test_submit_is_unknown_when_the_answer_is_late():
    """A server that takes the job and stays silent may have started it, so it is sent once."""
    answered = threading.Event()
    with serving(lambda request, out: answered.wait(5)) as server:
        with pytest.raises(SubmitUnknown):
            submit(server.url, timeout=(1, 0.1))
        answered.set()
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://no-such-host.invalid"])
def test_submit_may_be_repeated_when_nothing_was_sent(url):
    """Nobody there to take the job: certainly no job."""
    with pytest.raises(SubmitRefused) as refusal:
        submit(url)
    assert not refusal.value.permanent


def test_submit_sends_nothing_to_a_server_with_a_wrong_certificate(tmp_path):
    """A server that cannot prove its name gets neither key nor job."""
    tls = identity_of("somebody-else.example", tmp_path).server
    with serving(always(TAKEN), tls) as server, pytest.raises(SubmitRefused):
        submit(f"https://127.0.0.1:{server.port}")
    assert server.requests == []


def test_submit_refuses_input_that_json_cannot_carry():
    """A value like NaN is refused before anything is sent."""
    with client_of("http://127.0.0.1:1") as client, pytest.raises(SubmitRefused) as refusal:
        client.submit("wan", {"cfg": float("nan")}, webhook=None, execution_timeout_ms=None, ttl_ms=None)
    assert refusal.value.permanent


def test_reasons_never_carry_secrets_markup_or_control_characters():
    """RunPod may repeat our request in its answer; key, webhook token and markup do not get through."""
    said = f"<b>Bad</b> webhook {WEBHOOK} for Bearer {KEY}\n\x1b[31m tok-SECRET-1234 {'x' * 900}"
    with pytest.raises(SubmitRefused) as refusal:
        submit_answered(reply(400, json.dumps({"error": said}).encode()))
    text = refusal.value.message
    assert "Bad webhook https://studio.example/api/runpod/webhook" in text
    assert not any(hidden in text for hidden in (KEY, "SECRET", "<b>", "\x1b", "\n"))
    assert len(text) < 350


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("12", 12), ("999999", 3600), ("-5", None), ("soon", None), ("9" * 5000, None), ("", None)],
)
def test_retry_after_in_seconds_is_bounded(value, seconds):
    """Waiting is respected up to an hour; nonsense is no waiting time."""
    with pytest.raises(SubmitRefused) as refusal:
        submit_answered(reply(429, retry_after=value))
    assert refusal.value.retry_after == seconds


@pytest.mark.parametrize(("offset", "low", "high"), [(60, 50, 60), (-60, 0, 0), (9e6, 3600, 3600)])
def test_retry_after_may_be_a_date(offset, low, high):
    """An HTTP date counts from now, never backwards."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=offset), usegmt=True)
    with pytest.raises(SubmitRefused) as refusal:
        submit_answered(reply(503, retry_after=date))
    assert low <= refusal.value.retry_after <= high


def test_a_key_with_impossible_characters_is_named_not_shown():
    """A key pasted with a line break is reported by its setting's name."""
    with pytest.raises(InvalidInput, match="RUNPOD_API_KEY") as refusal:
        RunPodClient("https://api.example", "rpa_\nSECRET")
    assert "SECRET" not in refusal.value.message
