"""Whose pages may talk to this server: our own, under the names that it is known by."""

import ipaddress
import logging
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

logger = logging.getLogger(__name__)

_USUAL_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008


class OwnPagesOnly:
    """Refuses what other sites' pages send: web sockets always, and all else where nobody needs a password.

    `own`: web addresses this server is known by beside the one it is asked at. `is_open`: it lets in whoever reaches
    it, and may be asked by the names of this machine and those of `own` alone: any other may be a stranger's, who has it
    lead here so that their page counts as one of ours.
    """

    def __init__(self, app: ASGIApp, own: Iterable[str] = (), *, is_open: bool = False) -> None:
        self.app = app
        self._own = tuple(own)
        self._names = {place[0] for address in self._own if (place := place_of(address))}
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is ours."""
        if scope["type"] == "lifespan" or self._may_pass(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            _note_refused(Headers(scope=scope).get("origin", "")[:200])
            await WebSocket(scope, receive, send).close(_POLICY_VIOLATION)
        else:
            sentence = (
                "This server knows itself by another name. Set PUBLIC_URL to the address you have opened."
            )
            await PlainTextResponse(sentence, 403)(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._is_open and not self._is_own_name(host):
            return False
        # Streamlit would ask a server on the internet for our address, and keep everybody waiting for it.
        origin = headers.get("origin")
        return scope["type"] != "websocket" or origin is None or is_own(origin, host, self._own)

    def _is_own_name(self, host: str) -> bool:
        place = place_of(f"http://{host}")
        # One word is no name that a stranger can own, and a number leads nowhere else.
        return place is not None and ("." not in place[0] or _is_number(place[0]) or place[0] in self._names)


def is_own(origin: str, host: str, own: Iterable[str] = ()) -> bool:
    """Whether a page of that `Origin` is ours, when it asks for `Host`; `own` are further addresses of this server."""
    asking = place_of(origin)
    at_host = f"{origin.partition(':')[0]}://{host}"
    return asking is not None and asking in {place_of(address) for address in (at_host, *own)}


def place_of(address: str) -> tuple[str, int] | None:
    """Host and port of a web address, None if it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port or _USUAL_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.hostname, port) if parts.hostname else None


@lru_cache(maxsize=64)  # told once, however often it tries
def _note_refused(origin: str) -> None:
    logger.warning(
        "Refused a page of %r. If that is where people open the studio, set PUBLIC_URL to it.", origin
    )


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
