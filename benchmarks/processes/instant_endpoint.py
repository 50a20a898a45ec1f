"""An endpoint in a process of its own that takes every job at once and does nothing with it."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@contextmanager
def instant_endpoint() -> Iterator[str]:
    """The base URL of one, for as long as it is needed."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v2"
        finally:
            process.terminate()


async def serve() -> None:
    """Prints its port, then answers."""
    numbers = itertools.count()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await next_head(reader):
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0] or 0)
            await reader.readexactly(length)
            body = b'{"id":"bench-%d","status":"IN_QUEUE"}' % next(numbers)
            known = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            writer.write(known % len(body) + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def next_head(reader: asyncio.StreamReader) -> bytes:
    """The head of the next request, nothing once the other side has gone."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


if __name__ == "__main__":
    asyncio.run(serve())
