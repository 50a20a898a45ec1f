"""A stand-in for a Supabase project: its gateway with PostgREST (`rest.py`) and Storage (`objects.py`) behind it.

The gateway asks for the project's key in `apikey` and `Authorization`, and answers 401 itself without it.
"""

import logging
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.supabase.faults import Faults
from tests.supabase.objects import Objects, failure
from tests.supabase.rest import Rest

SERVICE_KEY = "sb_secret_for-tests"
ANON_KEY = "sb_publishable_for-tests"
_ROLES = {SERVICE_KEY: "service_role", ANON_KEY: "anon"}


class SupabaseStandIn:
    """Serves on a port of this machine until stopped; `serve` puts another database and folder behind it."""

    def __init__(self) -> None:
        self.rest: Rest | None = None
        self.objects = Objects(Path())
        self.faults = Faults(Starlette(routes=self._routes()))
        self.paths: list[str] = []
        self.connections: set[int] = set()  # their ports at the client's end
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self.faults,
            log_config=None,
            ws="none",
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def start(self) -> None:
        # A connection that is cut on purpose is no news.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._thread.start()

    def serve(self, database_url: str | None, folder: Path) -> None:
        self.release()
        self.rest = Rest(database_url) if database_url else None
        folder.mkdir(parents=True, exist_ok=True)
        self.objects = Objects(folder)
        self.paths.clear()
        self.connections.clear()

    def release(self) -> None:
        """Lets go of the database behind it."""
        self.faults.clear()
        if self.rest:
            self.rest.close()
            self.rest = None

    def stop(self) -> None:
        self.release()
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def _routes(self) -> list[Route]:
        storage = "/storage/v1"
        return [
            Route("/rest/v1/rpc/{function}", self._rpc, methods=["POST"]),
            Route(f"{storage}/bucket/{{bucket}}", self._bucket),
            Route(f"{storage}/object/sign/{{bucket}}", self._sign, methods=["POST"]),
            Route(f"{storage}/object/sign/{{bucket}}/{{key:path}}", self._read, methods=["GET", "HEAD"]),
            Route(f"{storage}/object/info/{{bucket}}/{{key:path}}", self._info),
            Route(f"{storage}/object/{{bucket}}", self._delete, methods=["DELETE"]),
            Route(f"{storage}/object/{{bucket}}/{{key:path}}", self._upload, methods=["POST"]),
        ]

    async def _rpc(self, request: Request) -> Response:
        role = _role(request)
        if role is None:
            return JSONResponse({"message": "Invalid API key", "hint": "Double check your API key."}, 401)
        assert self.rest
        assert request.client
        self.connections.add(request.client.port)
        body = await request.body()
        answer = await run_in_threadpool(self.rest.call, role, request.path_params["function"], body)
        return Response(answer.body, answer.status, media_type="application/json" if answer.body else None)

    async def _bucket(self, request: Request) -> Response:
        return _outsider(request) or self.objects.show_bucket(request.path_params["bucket"])

    async def _sign(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        wish = await request.json()
        return _outsider(request) or self.objects.sign_many(request.path_params["bucket"], wish)

    async def _read(self, request: Request) -> Response:
        return self.objects.read(request.path_params["key"], request.query_params["token"])

    async def _info(self, request: Request) -> Response:
        return _outsider(request) or self.objects.info(request.path_params["key"])

    async def _delete(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        wish = await request.json()
        return _outsider(request) or self.objects.delete(request.path_params["bucket"], wish)

    async def _upload(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        async with request.form() as form:
            return _outsider(request) or await run_in_threadpool(self.objects.upload, request, form)


def _role(request: Request) -> str | None:
    key = request.headers.get("apikey", "")
    return _ROLES.get(key) if request.headers.get("authorization") == f"Bearer {key}" else None


def _outsider(request: Request) -> Response | None:
    trusted = _role(request) == "service_role"
    return None if trusted else failure("403", "Unauthorized", "new row violates row-level security policy")
