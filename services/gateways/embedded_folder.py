"""The files beside the embedded database: lock, password, connection and log, readable by our account alone.

owner.lock   held while the database is prepared, and then by the watcher for as long as its server runs
password     of the database's only user
connection   how to reach the server that runs, or ran last
server.log   what the server said since its start, at most about 1 MB; what came before is in server.log.1
data         PostgreSQL's own files
"""

import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from services.errors import Unavailable
from services.gateways.embedded_cluster import USER, failures

# No encryption to negotiate on the loopback; no password in clear for a stranger on a port that was ours.
OPTIONS = "sslmode=disable&gssencmode=disable&require_auth=scram-sha-256"


class Folder:
    """One embedded database's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "data"
        self.log = self.path / "server.log"

    @contextlib.contextmanager
    def lock(self) -> Iterator[int | None]:
        """The lock, or None while another holds it; processes it is handed to keep it beyond the block."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = _open_private(self.path / "owner.lock", os.O_RDWR)
        try:
            yield handle if _is_free(handle) else None
        finally:
            os.close(handle)

    def connection(self) -> str:
        """The connection string last announced, "" if there is none."""
        try:
            return (self.path / "connection").read_text()
        except FileNotFoundError:
            return ""

    def announce(self) -> str:
        """Say where the server is going to be: where it was last, if it can, for pools to find it again."""
        port = _free_port(port_of(self.connection()))
        connection = f"postgresql://{USER}:{self.password()}@127.0.0.1:{port}/postgres?{OPTIONS}"
        _write_private(self.path / "connection", connection)
        return connection

    def password(self) -> str:
        """The password, made before the database is; `Unavailable` if it was lost since."""
        file = self.path / "password"
        if not file.exists():
            if self.data.exists():
                raise Unavailable(
                    f"The database's password is missing: put the file {file} back from a backup, "
                    f"or move {self.path} away to begin with an empty database."
                )
            _write_private(file, secrets.token_hex(24))
        return file.read_text()

    @contextlib.contextmanager
    def fresh_log(self) -> Iterator[int]:
        """An empty log to write to."""
        if self.log.exists():
            self.log.rename(f"{self.log}.1")
        handle = _open_private(self.log, os.O_WRONLY | os.O_APPEND)
        try:
            yield handle
        finally:
            os.close(handle)

    def log_says(self, words: str) -> bool:
        """Whether the server said that since its start."""
        return words in self.log.read_text(errors="replace")

    def last_words(self) -> str:
        """The last line of the log that says what went wrong, else its last line."""
        return failures(self.log.read_text(errors="replace"))[-1]

    @contextlib.contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Tell what the system refuses us as `Unavailable`."""
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"The embedded database cannot use {self.path}: {error.strerror or error}. "
                "Make room there, or set OPENV_DATA_DIR to a folder of this account."
            ) from error


def port_of(connection: str) -> int:
    """The port in a connection string, 0 if it names none."""
    return urlsplit(connection).port or 0


def _is_free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no port of 127.0.0.1 is free")


def _open_private(path: Path, flags: int) -> int:
    """A file that only the folder's owner can read: root must not lock out an account it helped once."""
    handle = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle


def _write_private(path: Path, text: str) -> None:
    """All of it or nothing, also when the disk is full or the power goes."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(_open_private(unfinished, os.O_WRONLY | os.O_EXCL), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
