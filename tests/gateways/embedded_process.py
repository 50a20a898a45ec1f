"""Another process that uses the embedded database, and what tests ask the system about its server.

Run as a script it starts the database, prints the connection string (or why there is none), and stops the
database when its input ends, on SIGTERM or on Ctrl-C, as the app does.
"""

import atexit
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
import psycopg

from services.errors import Unavailable
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.embedded_cluster import cluster_name

ROOT = Path(__file__).parents[2]


class Process:
    """The script below, running; killed at the end of the block if it is still there."""

    def __init__(self, folder: Path, *, prefix: Sequence[str] = (), **options: Any) -> None:
        self.running = subprocess.Popen(
            [*prefix, sys.executable, "-m", "tests.gateways.embedded_process", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def said(self) -> str:
        """The connection string, or the sentence of a refusal."""
        assert self.running.stdout
        return self.running.stdout.readline().strip()

    def finish(self) -> int:
        """End its input and wait for it."""
        assert self.running.stdin
        self.running.stdin.close()
        return self.running.wait(30)

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running.kill()
        self.running.wait()
        for stream in (self.running.stdin, self.running.stdout):
            assert stream
            stream.close()


def prepared_folder(place: Path) -> Path:
    """A folder below `place` with an empty database that was never started."""
    return Path(shutil.copytree(_template(), place / "postgres", symlinks=True))


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="openv-template-"))
    atexit.register(shutil.rmtree, folder)
    database = EmbeddedPostgres(folder / "postgres", fast=True)
    database.start()
    database.stop()
    return folder / "postgres"


def ask(connection: str, question: str) -> Any:
    """The first value that comes back."""
    with psycopg.connect(connection) as database:
        row = database.execute(question).fetchone()
    return row and row[0]


def postmaster(folder: Path) -> psutil.Process:
    """The process at the head of the server on `folder`."""
    return psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split()[0]))


def watcher(folder: Path) -> psutil.Process:
    """The process that runs the server on `folder`."""
    parent = postmaster(folder).parent()
    assert parent
    return parent


def processes_on(folder: Path) -> list[psutil.Process]:
    """The postmaster of `folder`, its children, and the watcher."""
    return [process for process in psutil.process_iter() if _belongs(process, folder)]


def postmasters_on(folder: Path) -> list[psutil.Process]:
    """The processes on `folder` that no other PostgreSQL process started."""
    servers = [process for process in processes_on(folder) if process.name() == "postgres"]
    return [server for server in servers if server.ppid() not in [other.pid for other in servers]]


def _belongs(process: psutil.Process, folder: Path) -> bool:
    """By name: root in a container may not look at the working folder of another account's process."""
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return cluster_name(folder / "data") in command and ("postgres" in process.name() or "watcher" in command)


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be buried does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(*processes: psutil.Process) -> None:
    """Kill all of them as good as at once and wait until they are dead."""
    for process in processes:
        process.kill()
    assert eventually(lambda: not any(alive(process) for process in processes))


def eventually(holds: Callable[[], object], seconds: float = 15) -> bool:
    """Whether it comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(holds())


def main() -> None:
    """Use the database in the folder that the first argument names."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may ignore it
    database = EmbeddedPostgres(Path(sys.argv[1]), fast=True)
    try:
        _say(database.start())
        while os.read(sys.stdin.fileno(), 1):
            pass
    except Unavailable as refusal:
        _say(str(refusal))
    except KeyboardInterrupt:
        pass
    finally:
        database.stop()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
