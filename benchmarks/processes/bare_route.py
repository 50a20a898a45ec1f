"""One route that plays one statement, in a process of its own: what the libraries make possible, without the studio.

uvicorn, a Starlette route, and psycopg's pool in a thread, as the API does it; nobody is asked who they are, nothing is
checked or presented.
"""

import asyncio
import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from psycopg_pool import ConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_ROOT = Path(__file__).parents[2]
_SETTINGS: dict[str, Any] = {"autocommit": True, "prepare_threshold": 2}


@dataclass(frozen=True)
class BareRoute:
    """Where it answers, and its process."""

    port: int
    process: int


@contextmanager
def bare_route(url: str, statement: str) -> Iterator[BareRoute]:
    """One, for as long as it is needed, on the database at that URL.

    It takes every path and method; `%(number)s` in the statement counts up from 1.
    """
    command = [sys.executable, "-m", __name__, url, statement]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        assert process.stdout
        try:
            yield BareRoute(int(process.stdout.readline()), process.pid)
        finally:
            process.terminate()


def serve(url: str, statement: str) -> None:
    """Prints its port, then answers."""
    threads, numbers = ThreadPoolExecutor(20), itertools.count(1)
    with ConnectionPool(url, min_size=1, max_size=20, kwargs=_SETTINGS) as pool, socket.socket() as listening:

        def play() -> None:
            with pool.connection() as connection:
                connection.execute(statement.encode(), {"number": next(numbers)}).fetchall()

        async def answer(request: Request) -> Response:
            await request.body()
            await asyncio.get_running_loop().run_in_executor(threads, play)
            return Response(b"[]", media_type="application/json")

        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        print(listening.getsockname()[1], flush=True)
        app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    serve(*sys.argv[1:])
