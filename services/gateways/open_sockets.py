"""Connections that may be broken off when the server stops, so that nobody waits for a stranger's answer."""

import socket
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class OpenSockets:
    """The sockets of requests under way that do no harm when cut: questions and downloads, never a submission."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._are_cut = False

    def check(self) -> None:
        """Raises OSError once all have been cut: nothing new is begun then."""
        if self._are_cut:
            raise OSError("The server is stopping.")

    def add(self, sock: socket.socket) -> None:
        """Takes the socket in for as long as it lives. Raises OSError once all have been cut."""
        with self._lock:
            self.check()
            self._open.add(sock)

    @contextmanager
    def holding(self, sock: socket.socket) -> Iterator[None]:
        """Takes the socket in until the block ends. Raises OSError once all have been cut."""
        self.add(sock)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(sock)

    def cut(self) -> None:
        """Breaks all of them off: whoever reads from one gets an end or an error at once."""
        with self._lock:
            self._are_cut = True
            for sock in self._open:
                shut(sock)


def shut(sock: socket.socket) -> None:
    """Ends the connection for both sides; the socket itself stays its owner's to close."""
    with suppress(OSError, TypeError):  # TypeError: a tunnel through a TLS proxy is no socket of the system's
        # TLS's own drops its state under the reader's feet.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
