"""A load generator in a process of its own: plain sockets and few instructions, so that it is not what is measured."""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Load:
    """What one load gave: seconds of each answered request, how long it lasted, and its own share of a core."""

    waits: list[float]
    seconds: float
    own_share: float


def play(port: int, requests: Sequence[str], *, at_once: int, seconds: float) -> Load:
    """Sends these requests over and over on so many kept connections. Raises RuntimeError for an answer but 2xx."""
    order = {"port": port, "requests": list(requests), "at_once": at_once, "seconds": seconds}
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(
        command, check=False, input=json.dumps(order), capture_output=True, text=True, cwd=_ROOT
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Load(**json.loads(done.stdout))


class Connection:
    """One kept connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard = b""
        self.begun = 0.0

    def ask(self, request: bytes) -> None:
        """Sends the next request."""
        self.heard, self.begun = b"", time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> float | None:
        """Takes in what has come; the seconds from the question once the answer is complete."""
        self.heard += self.socket.recv(1 << 18)
        end = self.heard.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.heard[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r")[0] or 0)
        if not head.startswith(b"http/1.1 2"):
            raise RuntimeError(self.heard[:600].decode(errors="replace"))
        return time.perf_counter() - self.begun if len(self.heard) >= end + 4 + length else None


def answer_order() -> None:
    """Does what the order on stdin says, and prints what came of it."""
    order: dict[str, Any] = json.load(sys.stdin)
    requests = cycle([request.encode() for request in order["requests"]])
    waits: list[float] = []
    begun, used = time.perf_counter(), sum(psutil.Process().cpu_times()[:2])
    with selectors.DefaultSelector() as selector:
        for _ in range(order["at_once"]):
            connection = Connection(order["port"])
            connection.ask(next(requests))
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while time.perf_counter() < begun + order["seconds"]:
            for key, _ in selector.select(timeout=1):
                if (wait := key.data.hear()) is not None:
                    waits.append(wait)
                    key.data.ask(next(requests))
    seconds = time.perf_counter() - begun
    share = (sum(psutil.Process().cpu_times()[:2]) - used) / seconds
    json.dump({"waits": waits, "seconds": seconds, "own_share": share}, sys.stdout)


if __name__ == "__main__":
    answer_order()
