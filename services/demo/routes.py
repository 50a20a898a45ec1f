"""The HTTP side: RunPod's routes, its key, its refusals, and the finished clips."""

import asyncio
import hmac
import json
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from services.demo.dispatch import Dispatcher
from services.demo.faults import Faults
from services.demo.jobs import Job

MAX_BODY_BYTES = 10 * 1024**2
_HUGE_BYTES = 100 * 1024**3
_CHUNK = bytes(256 * 1024)
_MP4_START = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
Handler = Callable[[Request], Awaitable[Response]]


class Routes:
    """The routes, each behind its faults. `requests` counts what arrives, by route."""

    def __init__(self, dispatcher: Dispatcher, faults: Faults, api_key: str, requests: Counter[str]) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._application(),
                log_config=None,
                access_log=False,
                proxy_headers=False,
                lifespan="off",
                timeout_keep_alive=120,  # longer than callers keep theirs, so that none writes into a closed one
                timeout_graceful_shutdown=1,
            )
        )
        self._ended = asyncio.Event()
        self._dispatcher, self._faults, self._requests = dispatcher, faults, requests
        self._authorization = f"Bearer {api_key}".encode()

    async def serve(self, listener: socket.socket) -> None:
        """Answers until stopped."""
        await self._server.serve(sockets=[listener])

    def stop(self) -> None:
        """Lets `serve` end; answers being held back are given now."""
        self._ended.set()
        self._server.should_exit = True

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                self._route("run", "/v2/{endpoint}/run", self._run, "POST"),
                self._route("status", "/v2/{endpoint}/status/{job_id}", self._status, "GET"),
                self._route("cancel", "/v2/{endpoint}/cancel/{job_id}", self._cancel, "POST"),
                self._route("health", "/v2/{endpoint}/health", self._health, "GET"),
                self._route("files", "/v2/files/{name}", self._file, "GET", needs_key=False),
            ]
        )

    def _route(self, name: str, path: str, handler: Handler, method: str, *, needs_key: bool = True) -> Route:
        async def guarded(request: Request) -> Response:
            self._requests[name] += 1
            if needs_key and not self._may(request):
                return Response(status_code=401)
            return await self._answer(name, handler, request)

        return Route(path, guarded, methods=[method])

    def _may(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, self._authorization)

    async def _answer(self, name: str, handler: Handler, request: Request) -> Response:
        fault = self._faults.take_answer(name)
        if fault is None:
            return await handler(request)
        if fault.status is not None:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
            return Response(status_code=fault.status, headers=headers)
        answer = await handler(request)
        await self._wait(fault.delay)
        if fault.reset:
            self._reset(request)
        return answer

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ended.wait(), seconds)
        except TimeoutError:
            return

    def _reset(self, request: Request) -> None:
        """Breaks the connection under the answer, as a proxy or a network that fails does."""
        for connection in list(self._server.server_state.connections):
            transport = connection.transport
            if transport and transport.get_extra_info("peername") == request.scope["client"]:
                raw = transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                transport.abort()

    async def _run(self, request: Request) -> Response:
        body = await request.body()
        if len(body) > MAX_BODY_BYTES:
            return _error(413, "request body too large")
        order = _parsed(body)
        if not isinstance(order, dict) or not isinstance(order.get("input"), dict):
            return _error(400, "bad request: body must be a JSON object with an 'input' object")
        webhook, policy = order.get("webhook"), order.get("policy")
        job = self._dispatcher.accept(
            request.path_params["endpoint"],
            order["input"],
            webhook if isinstance(webhook, str) and webhook else None,
            policy if isinstance(policy, dict) else {},
        )
        return JSONResponse({"id": job.id, "status": job.state})

    async def _status(self, request: Request) -> Response:
        return _found(self._dispatcher.status(**request.path_params))

    async def _cancel(self, request: Request) -> Response:
        return _found(self._dispatcher.cancel(**request.path_params))

    async def _health(self, request: Request) -> Response:
        return JSONResponse(self._dispatcher.health(request.path_params["endpoint"]))

    async def _file(self, request: Request) -> Response:
        job = self._dispatcher.job_of_file(request.path_params["name"])
        path = self._dispatcher.clips.folder / (job.file if job and job.file else "-")
        if job is None or job.fault.result == "missing" or not path.is_file():
            return Response("Not Found", status_code=404)
        return self._broken_answer(job, request) or FileResponse(path, media_type="video/mp4")

    def _broken_answer(self, job: Job, request: Request) -> Response | None:
        match job.fault.result:
            case "redirect":
                return RedirectResponse(job.fault.redirect_to, status_code=302)
            case "huge":
                return StreamingResponse(self._zeros(request), headers={"Content-Length": str(_HUGE_BYTES)})
            case "endless":
                return StreamingResponse(self._zeros(request), media_type="video/mp4")
            case "cut":
                return StreamingResponse(self._cut(request), headers={"Content-Length": "1000000"})
            case "html":
                path = self._dispatcher.clips.folder / (job.file or "-")
                return FileResponse(path, media_type="text/html")
            case _:
                return None

    async def _zeros(self, request: Request) -> AsyncIterator[bytes]:
        yield _MP4_START
        while not self._ended.is_set() and not await request.is_disconnected():
            yield _CHUNK

    async def _cut(self, request: Request) -> AsyncIterator[bytes]:
        yield _MP4_START + _CHUNK
        self._reset(request)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _found(body: dict[str, Any] | None) -> Response:
    return _error(404, "job not found") if body is None else JSONResponse(body)


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)
