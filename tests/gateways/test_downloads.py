"""Fetching results from real servers, honest and hostile ones."""

import threading
import time
from pathlib import Path

import pytest

from services.errors import Unavailable
from services.gateways.downloads import ResultGone, ResultRefused, fetch
from tests.gateways.certificates import identity_of
from tests.gateways.http_server import Request, Server, always, reply, serving

FILM = bytes(range(256)) * 4000


def take(server: Server, folder: Path, *, path: str = "/film.mp4", **changes) -> bytes:
    """Fetches from a server on the allowed hosts and gives what arrived."""
    rules = {
        "max_bytes": 2_000_000,
        "deadline_seconds": 5,
        "allowed_hosts": frozenset({f"127.0.0.1:{server.port}"}),
    }
    target = folder / "film.mp4"
    fetch(server.url + path, target, **(rules | changes))
    return target.read_bytes()


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


@pytest.mark.parametrize(
    "answer",
    [reply(200, FILM), chunked(FILM[:70_000], FILM[70_000:]), b"HTTP/1.0 200 OK\r\n\r\n" + FILM],
    ids=["with a length", "in chunks", "until the end"],
)
def test_a_result_arrives_complete_and_alone(answer, tmp_path):
    """However the server sends it, the file is there whole and nothing else beside it."""
    with serving(always(answer)) as server:
        assert take(server, tmp_path) == FILM
    assert [file.name for file in tmp_path.iterdir()] == ["film.mp4"]


def test_nothing_personal_is_sent(tmp_path, monkeypatch):
    """The server sees no credentials, and no proxy of ours sees the request."""
    (tmp_path / "netrc").write_text("default login us password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(always(reply(200, FILM))) as server:
        take(server, tmp_path, path="/a%20b/ü?X-Sig=a/b%2Bc&d=é")
    assert server.requests[0].path == "/a%20b/%C3%BC?X-Sig=a/b%2Bc&d=%C3%A9"
    assert set(server.requests[0].headers) == {
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Connection",
    }


def test_redirects_are_followed(tmp_path):
    """A result may be moved, also to a path relative to where it was."""

    def answer(request: Request, out) -> None:
        out.write(reply(200, FILM) if request.path == "/b/film" else reply(307, location="b/film"))

    with serving(answer) as server:
        assert take(server, tmp_path) == FILM


def test_a_redirect_to_a_private_address_is_not_followed(tmp_path):
    """An allowed server cannot send us to one that is not, and that one hears nothing."""
    with (
        serving(always(reply(200, FILM))) as inner,
        serving(always(reply(302, location=f"{inner.url}/secret"))) as outer,
        pytest.raises(ResultRefused),
    ):
        take(outer, tmp_path)
    assert inner.requests == []


@pytest.mark.parametrize("location", ["/film.mp4", "http://[::1", "file:///etc/passwd", ""])
def test_redirects_that_lead_nowhere_are_refused(location, tmp_path):
    """Circles, other schemes and what is no address end the chase."""
    with serving(always(reply(302, location=location))) as server, pytest.raises(ResultRefused):
        take(server, tmp_path)


def test_the_address_that_was_checked_is_the_one_that_is_spoken_to(tmp_path):
    """A name that answers differently the second time gains nothing: it is asked once, and keeps its Host header."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with serving(always(reply(200, FILM))) as server:
        url = f"http://films.example:{server.port}/film"
        allowed = frozenset({"films.example"})
        fetch(
            url,
            tmp_path / "film",
            max_bytes=2_000_000,
            deadline_seconds=5,
            allowed_hosts=allowed,
            resolve=lambda host, port: next(answers),
        )
    assert server.requests[0].headers["Host"] == f"films.example:{server.port}"


@pytest.mark.parametrize(("name", "trusted"), [("films.example", True), ("other.example", False)])
def test_https_proves_the_name_and_not_the_address(name, trusted, tmp_path):
    """The connection goes to an address, the certificate is checked for the name that was asked for."""
    identity = identity_of("films.example", tmp_path)
    rules = {"max_bytes": 2_000_000, "deadline_seconds": 5, "allowed_hosts": frozenset({name})}
    with serving(always(reply(200, FILM)), identity.server) as server:
        where = (f"https://{name}:{server.port}/film", tmp_path / "film")
        settings = rules | {"resolve": lambda host, port: ["127.0.0.1"], "tls": identity.client}
        if trusted:
            fetch(*where, **settings)
        else:
            with pytest.raises(Unavailable):
                fetch(*where, **settings)
    assert bool(server.requests) is trusted


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_result_that_expired_is_gone(status, tmp_path):
    """What the server no longer gives out is told apart from what may come later."""
    with serving(always(reply(status))) as server, pytest.raises(ResultGone):
        take(server, tmp_path)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_may_be_asked_again(status, tmp_path):
    """Overload and outage pass."""
    with serving(always(reply(status))) as server, pytest.raises(Unavailable):
        take(server, tmp_path)


@pytest.mark.parametrize("answer", [reply(204), reply(206, FILM), reply(304), reply(200)])
def test_an_answer_without_a_file_is_refused(answer, tmp_path):
    """No content, a part or nothing at all is no result."""
    with serving(always(answer)) as server, pytest.raises(ResultRefused):
        take(server, tmp_path)


@pytest.mark.parametrize("answer", [reply(200, FILM), chunked(FILM)], ids=["announced", "unannounced"])
def test_more_than_is_taken_is_refused_and_leaves_nothing(answer, tmp_path):
    """A server cannot fill the disk, whatever it announces."""
    with serving(always(answer)) as server, pytest.raises(ResultRefused, match="larger"):
        take(server, tmp_path, max_bytes=len(FILM) - 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, FILM)[:-10],
        chunked(FILM)[:-10],
        b"",
        b"HTTP/1.1 200 OK\r\nContent-L",
        b"SSH-2.0-OpenSSH\r\n",
    ],
    ids=["short", "short chunk", "silence", "half a header", "another protocol"],
)
def test_what_breaks_off_may_be_tried_again_and_leaves_nothing(answer, tmp_path):
    """Half a result is none."""
    with serving(always(answer)) as server, pytest.raises(Unavailable):
        take(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_fetch_keeps_what_was_there(tmp_path):
    """An earlier file survives a later attempt that fails."""
    (tmp_path / "film.mp4").write_bytes(b"earlier")
    with serving(always(reply(500))) as server, pytest.raises(Unavailable):
        take(server, tmp_path)
    assert (tmp_path / "film.mp4").read_bytes() == b"earlier"


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["header", "body"]
)
def test_a_server_that_drips_is_cut_off_at_the_deadline(start, tmp_path):
    """One byte at a time never stalls, and still ends on time."""

    def drip(request: Request, out) -> None:
        out.write(start)
        while not over.wait(0.01):
            out.write(b"x")

    over, began = threading.Event(), time.monotonic()
    with serving(drip) as server, pytest.raises(Unavailable, match="too long"):
        take(server, tmp_path, deadline_seconds=0.3)
    over.set()
    assert time.monotonic() - began < 2
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_does_not_exist_may_be_tried_again(tmp_path):
    """DNS fails for a while sometimes."""
    with pytest.raises(Unavailable):
        fetch(
            "https://no-such-host.invalid/film",
            tmp_path / "film",
            max_bytes=1000,
            deadline_seconds=5,
            allowed_hosts=frozenset(),
        )
