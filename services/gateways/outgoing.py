"""One HTTP request to an address that a stranger chose: to the very address that was checked, within a deadline."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import certifi

from services.errors import Unavailable
from services.gateways.addresses import Place, Resolve, find_addresses, find_place
from services.gateways.open_sockets import OpenSockets, shut

CONNECT_SECONDS = 5.0
STALL_SECONDS = 30.0


@cache
def public_tls() -> ssl.SSLContext:
    """What servers on the internet are believed by: certifi's authorities and the system's own."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


@dataclass(frozen=True, slots=True)
class Bounds:
    """Until when (`time.monotonic`), which hosts may be private, and what ends it early; `task` is how it is told."""

    deadline: float
    allowed_hosts: frozenset[str]
    task: str
    resolve: Resolve = find_addresses
    tls: ssl.SSLContext = field(default_factory=public_tls)
    sockets: OpenSockets = field(default_factory=OpenSockets)

    def seconds_left(self) -> float:
        """Raises Unavailable when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Unavailable(f"{self.task} took too long.")
        return left


@contextmanager
def exchange(
    method: str, url: str, bounds: Bounds, *, headers: Mapping[str, str], body: bytes | None = None
) -> Iterator[http.client.HTTPResponse]:
    """The answer, to be read inside the block; redirects are not followed.

    Raises ResultRefused for an address that may not be spoken to, Unavailable after the deadline, and OSError or
    HTTPException for everything that goes wrong on the way.
    """
    bounds.sockets.check()
    place = find_place(url, allowed_hosts=bounds.allowed_hosts, resolve=bounds.resolve)
    fixed = {"Host": place.host_header, "User-Agent": "openv-studio", "Connection": "close"}
    with _connected(place, bounds) as sock, bounds.sockets.holding(sock), _cut_off(sock, bounds):
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = sock
        connection.request(method, place.path, body=body, headers={**fixed, **headers})
        with connection.getresponse() as response:
            yield response


@contextmanager
def _connected(place: Place, bounds: Bounds) -> Iterator[socket.socket]:
    sock = _first_to_answer(place, bounds)
    try:
        if place.scheme == "https":
            sock = bounds.tls.wrap_socket(sock, server_hostname=place.host)
        sock.settimeout(STALL_SECONDS)
        yield sock
    finally:
        sock.close()


def _first_to_answer(place: Place, bounds: Bounds) -> socket.socket:
    trouble = OSError("The name has no address.")
    for address in place.addresses[:4]:
        bounds.sockets.check()
        seconds = min(CONNECT_SECONDS, bounds.seconds_left())
        try:
            return socket.create_connection((address, place.port), timeout=seconds)
        except OSError as error:
            trouble = error
    raise trouble


@contextmanager
def _cut_off(sock: socket.socket, bounds: Bounds) -> Iterator[None]:
    """Ends the connection at the deadline: a server that drips never trips a timeout between two bytes."""
    timer = threading.Timer(bounds.seconds_left() + 0.02, shut, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
