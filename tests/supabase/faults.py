"""What can go wrong between a client and Supabase, on demand: the outermost layer of the stand-in."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE = "<html><head><title>Bad gateway</title></head><body><h1>Error</h1></body></html>"
# Answers of the proxies in front of PostgREST and Storage: Cloudflare's pages, Kong's texts, Supabase's own 402 and 540.
ANSWERS: dict[str, Callable[[], Response]] = {
    "402": lambda: JSONResponse(
        {"message": "Service for this project is restricted: exceed_egress_quota."}, 402
    ),
    "429": lambda: JSONResponse({"message": "Too many requests"}, 429, {"retry-after": "7"}),
    "500": lambda: PlainTextResponse("Internal Server Error", 500),
    "502": lambda: HTMLResponse(PAGE, 502),
    "503": lambda: JSONResponse({"message": "name resolution failed"}, 503),
    "504": lambda: PlainTextResponse("upstream request timeout", 504),
    "540": lambda: HTMLResponse(PAGE, 540),
    "page": lambda: HTMLResponse(PAGE, 200),
}


@dataclass
class Faults:
    """Lets requests go wrong. Kinds: a key of ANSWERS, `drop` (unheard), `lost` (done, but no answer comes),
    `half` (done, half the answer comes), `cut` (done, half the answer comes as if it were all), `pause` (done late).
    """

    app: ASGIApp
    pause_seconds: float = 30
    always: str | None = None  # what every request meets that nothing else was added for
    met: list[str] = field(default_factory=list)  # the kinds in the order in which they were met
    _queue: list[tuple[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, *, times: int = 1, where: str = "/") -> None:
        """The next so many requests whose path contains `where` meet this."""
        with self._lock:
            self._queue += [(kind, where)] * times

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._queue.clear()
            self.met.clear()
            self.always, self.pause_seconds = None, 30

    def _next(self, path: str) -> str | None:
        with self._lock:
            for number, (kind, where) in enumerate(self._queue):
                if where in path:
                    del self._queue[number]
                    self.met.append(kind)
                    return kind
            return self.always

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = self._next(scope["path"]) if scope["type"] == "http" else None
        if kind is None:
            await self.app(scope, receive, send)
        elif kind in ANSWERS:
            await _read(receive)
            await ANSWERS[kind]()(scope, receive, send)
        elif kind == "drop":
            _connection(send).abort()
        elif kind == "pause":
            await asyncio.sleep(self.pause_seconds)
            await self.app(scope, receive, send)
        else:
            await self._answer_badly(kind, scope, receive, send)

    async def _answer_badly(self, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in messages)
        half = body[: len(body) // 2]
        if kind == "lost":
            _connection(send).abort()
            return
        start = messages[0]
        if kind == "cut":
            headers = [header for header in start["headers"] if header[0] != b"content-length"]
            start = {**start, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": half, "more_body": kind == "half"})
        if kind == "half":
            await asyncio.sleep(0.05)
            _connection(send).abort()


async def _read(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


def _connection(send: Send) -> Any:
    """Uvicorn's own connection behind a request: ASGI knows no way to hang up."""
    return send.__self__.transport  # type: ignore[attr-defined]
