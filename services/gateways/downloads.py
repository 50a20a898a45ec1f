"""Fetching a result from an address that a stranger chose, bounded in size and time."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

import certifi

from services.errors import AppError, Unavailable
from services.gateways.addresses import Place, Resolve, ResultRefused, find_addresses, find_place

__all__ = ["ResultGone", "ResultRefused", "fetch"]

MAX_REDIRECTS = 5
CONNECT_SECONDS = 5.0
STALL_SECONDS = 30.0
_CHUNK = 256 * 1024
_MOVED = (301, 302, 303, 307, 308)
_LATER = (408, 425, 429)


class ResultGone(AppError):
    """The server has no such file, or no longer: asking again will not bring it back."""

    status, code = 410, "result_gone"


@dataclass(frozen=True, slots=True)
class _Limits:
    max_bytes: int
    deadline: float
    allowed_hosts: frozenset[str]
    resolve: Resolve
    tls: ssl.SSLContext

    def seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Unavailable("Fetching the result took too long.")
        return left


def fetch(
    url: str,
    target: Path,
    *,
    max_bytes: int,
    deadline_seconds: float,
    allowed_hosts: frozenset[str],
    resolve: Resolve = find_addresses,
    tls: ssl.SSLContext | None = None,
) -> None:
    """The complete file behind `url` is at `target`, or nothing is.

    Every name and every redirect must lead to public addresses by https, and the connection goes to the very
    address that was checked; `allowed_hosts` (`host` or `host:port`) may be private and speak plain http.
    Raises `ResultGone` (the server no longer has it), `ResultRefused` (we do not want it) or `Unavailable`
    (try again: unreachable, broken off, overloaded, or not done after `deadline_seconds`).
    """
    end = time.monotonic() + deadline_seconds
    limits = _Limits(max_bytes, end, allowed_hosts, resolve, tls or _public_tls())
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as file:
            _follow(url, file, limits)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@cache
def _public_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


def _follow(url: str, file: BinaryIO, limits: _Limits) -> None:
    for _ in range(MAX_REDIRECTS + 1):
        with _answer(url, limits) as response:
            if response.status not in _MOVED:
                return _save(response, file, limits)
            url = _joined(url, response.headers.get("Location", ""))
    raise ResultRefused("The result's address redirects too often.")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise ResultRefused("The result's address redirects to something that is no address.") from error


@contextmanager
def _answer(url: str, limits: _Limits) -> Iterator[http.client.HTTPResponse]:
    try:
        place = find_place(url, allowed_hosts=limits.allowed_hosts, resolve=limits.resolve)
        with _connected(place, limits) as connected, _cut_off(connected, limits):
            connection = http.client.HTTPConnection(place.host, place.port)
            connection.sock = connected
            connection.request("GET", place.path, headers=_headers(place))
            with connection.getresponse() as response:
                yield response
    except (OSError, http.client.HTTPException) as error:
        limits.seconds_left()
        raise Unavailable("The result's server cannot be reached, or broke off.") from error


@contextmanager
def _connected(place: Place, limits: _Limits) -> Iterator[socket.socket]:
    sock = _first_to_answer(place, limits)
    try:
        if place.scheme == "https":
            sock = limits.tls.wrap_socket(sock, server_hostname=place.host)
        sock.settimeout(STALL_SECONDS)
        yield sock
    finally:
        sock.close()


def _first_to_answer(place: Place, limits: _Limits) -> socket.socket:
    trouble = OSError("The name has no address.")
    for address in place.addresses[:4]:
        seconds = min(CONNECT_SECONDS, limits.seconds_left())
        try:
            return socket.create_connection((address, place.port), timeout=seconds)
        except OSError as error:
            trouble = error
    raise trouble


@contextmanager
def _cut_off(sock: socket.socket, limits: _Limits) -> Iterator[None]:
    """Ends the connection at the deadline: a server that drips never trips a timeout between two bytes."""

    def shut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(
                sock, socket.SHUT_RDWR
            )  # TLS's own drops its state under the reader's feet

    timer = threading.Timer(limits.seconds_left() + 0.02, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _headers(place: Place) -> dict[str, str]:
    fixed = {
        "User-Agent": "openv-studio",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    return {"Host": place.host_header, **fixed}


def _save(response: http.client.HTTPResponse, file: BinaryIO, limits: _Limits) -> None:
    _check_status(response.status)
    announced, received = response.length, 0
    if announced == 0:
        raise ResultRefused("The result is an empty file.")
    if announced is not None and announced > limits.max_bytes:
        raise ResultRefused("The result is larger than is taken.")
    while chunk := response.read(_CHUNK):
        received += len(chunk)
        if received > limits.max_bytes:
            raise ResultRefused("The result is larger than is taken.")
        _write(file, chunk)
    limits.seconds_left()
    if received < (announced or 1):
        raise Unavailable("The connection broke off before the result was complete.")


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise Unavailable("There is no room to store the result. Free some disk space.") from error


def _check_status(code: int) -> None:
    if code == 200:
        return
    if code in _LATER or code >= 500:
        raise Unavailable(f"The result's server is not ready to send it ({code}).")
    if code >= 400:
        raise ResultGone(f"The result can no longer be fetched ({code}).")
    raise ResultRefused(f"The result's server sends no file ({code}).")
