"""Fetching a result from an address that a stranger chose, bounded in size and time."""

import http.client
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from services.errors import AppError, Unavailable
from services.gateways.addresses import Resolve, ResultRefused, find_addresses
from services.gateways.open_sockets import OpenSockets
from services.gateways.outgoing import Bounds, exchange, public_tls

__all__ = ["ResultGone", "ResultRefused", "fetch"]

MAX_REDIRECTS = 5
_CHUNK = 256 * 1024
_MOVED = (301, 302, 303, 307, 308)
_LATER = (408, 425, 429)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class ResultGone(AppError):
    """The server has no such file, or no longer: asking again will not bring it back."""

    status, code = 410, "result_gone"


@dataclass(frozen=True, slots=True)
class _Limits:
    max_bytes: int
    bounds: Bounds


def fetch(
    url: str,
    target: Path,
    *,
    max_bytes: int,
    deadline_seconds: float,
    allowed_hosts: frozenset[str],
    resolve: Resolve = find_addresses,
    tls: ssl.SSLContext | None = None,
    sockets: OpenSockets | None = None,
) -> None:
    """The complete file behind `url` is at `target`, or nothing is.

    Every name and every redirect must lead to public addresses by https, and the connection goes to the very
    address that was checked; `allowed_hosts` (`host` or `host:port`) may be private and speak plain http.
    Cutting `sockets` breaks it off.
    Raises `ResultGone` (the server no longer has it), `ResultRefused` (we do not want it) or `Unavailable`
    (try again: unreachable, broken off, overloaded, or not done after `deadline_seconds`).
    """
    end = time.monotonic() + deadline_seconds
    bounds = Bounds(
        end, allowed_hosts, "Fetching the result", resolve, tls or public_tls(), sockets or OpenSockets()
    )
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as file:
            _follow(url, file, _Limits(max_bytes, bounds))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _follow(url: str, file: BinaryIO, limits: _Limits) -> None:
    for _ in range(MAX_REDIRECTS + 1):
        with _answer(url, limits.bounds) as response:
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
def _answer(url: str, bounds: Bounds) -> Iterator[http.client.HTTPResponse]:
    try:
        with exchange("GET", url, bounds, headers=_HEADERS) as response:
            yield response
    except (OSError, http.client.HTTPException) as error:
        bounds.seconds_left()
        raise Unavailable("The result's server cannot be reached, or broke off.") from error


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
    limits.bounds.seconds_left()
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
