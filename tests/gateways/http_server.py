"""A real HTTP server on the loopback whose every byte a test decides."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    port: int
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Answer = Callable[[Request, BinaryIO], None]


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP answer; `retry_after="3"` becomes the header `Retry-After: 3`."""
    named = {"Content-Length": str(len(body)), "Connection": "close"}
    named |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def always(answer: bytes) -> Answer:
    return lambda request, out: out.write(answer)


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Answers each request with what `answer` writes, then closes the connection; keeps what it was sent."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                request = _read(self.rfile)
                served.requests.append(request)
                answer(request, self.wfile)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 64

        def get_request(self):
            connection, peer = super().get_request()
            return (tls.wrap_socket(connection, server_side=True) if tls else connection), peer

        def handle_error(self, request, client_address) -> None:
            """A client that goes away is what several tests are about."""

    with Listener(("127.0.0.1", 0), Handler) as listener:
        served = Server(listener.server_address[1])
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            listener.shutdown()
            thread.join()


def _read(stream: BinaryIO) -> Request:
    method, path, _ = stream.readline().decode().split(" ", 2)
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(": ")
        headers[name.title()] = value
    return Request(method, path, headers, stream.read(int(headers.get("Content-Length", 0))))
