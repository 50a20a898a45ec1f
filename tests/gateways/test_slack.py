"""Posting to a Slack-compatible webhook: where it may lead, and what each answer means."""

import json
import threading

import pytest

from services.errors import Unavailable
from services.gateways.open_sockets import OpenSockets
from services.gateways.slack import MessageRefused, post_message
from tests.gateways.http_server import always, reply, serving

HERE = frozenset({"127.0.0.1"})
SECRET = "/services/T0/B0/very-secret"


def test_the_message_arrives_as_json_at_the_webhook_s_own_address():
    """As Slack and its like take it."""
    with serving(always(reply(200, b"ok"))) as server:
        post_message(server.url + SECRET, {"text": "a – b"}, allowed_hosts=HERE)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", SECRET)
    assert json.loads(request.body) == {"text": "a – b"}
    assert request.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (reply(429, retry_after="7"), 7),
        (reply(503, retry_after="999999"), 3600),
        (reply(500), None),
        (b"", None),
        (b"nonsense\r\n\r\n", None),
    ],
)
def test_what_may_pass_is_to_be_tried_again_after_the_pause_asked_for(answer, pause):
    """Too many messages, trouble on the other side, and no answer at all."""
    with serving(always(answer)) as server, pytest.raises(Unavailable) as told:
        post_message(server.url + SECRET, {"text": "a"}, allowed_hosts=HERE)
    assert told.value.retry_after == pause
    assert "secret" not in told.value.message


@pytest.mark.parametrize(
    "answer", [reply(404, b"no_service"), reply(403), reply(400), reply(302, location="http://127.0.0.1:1/")]
)
def test_what_will_not_pass_is_refused_without_telling_the_address(answer):
    """A webhook that is gone, and one that sends elsewhere."""
    with serving(always(answer)) as server, pytest.raises(MessageRefused) as told:
        post_message(server.url + SECRET, {"text": "a"}, allowed_hosts=HERE)
    assert "secret" not in told.value.message
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://hooks.test/x", "93.184.216.34"),
        ("https://hooks.test/x", "10.0.0.1"),
        ("https://hooks.test/x", "127.0.0.1"),
        ("https://hooks.test/x", "169.254.169.254"),
        ("https://user@hooks.test/x", "93.184.216.34"),
        ("not an address", "93.184.216.34"),
    ],
)
def test_only_public_https_addresses_are_spoken_to(url, address):
    """The webhook's address comes from a form: it must not lead into the machine's own network."""
    with pytest.raises(MessageRefused, match="public https"):
        post_message(url, {"text": "a"}, allowed_hosts=frozenset(), resolve=lambda host, port: [address])


def test_a_stop_ends_it_at_once():
    """A webhook that never answers holds up nobody who is leaving."""
    sockets = OpenSockets()

    def never(request, out):
        sockets.cut()
        threading.Event().wait(30)

    with serving(never) as server, pytest.raises(Unavailable):
        post_message(server.url, {"text": "a"}, allowed_hosts=HERE, sockets=sockets)
