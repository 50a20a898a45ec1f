"""A real PostgreSQL in a folder, served by the first of our processes and shared by the others."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from services.errors import Unavailable
from services.gateways.embedded_cluster import cluster_name, prepare_cluster, server_command
from services.gateways.embedded_folder import Folder, port_of
from services.gateways.embedded_leftovers import end_leftovers
from services.gateways.embedded_programs import ENVIRONMENT, Programs, drop_copy, find_programs

WATCHER = Path(__file__).with_name("embedded_watcher.py")
START_SECONDS = 60
STOP_SECONDS = 40
ANSWER_SECONDS = 5
PORT_TRIES = 5
READY, PORT_TAKEN = "ready to accept connections", "could not bind"
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5


class EmbeddedPostgres:
    """One folder's database. The first process to start it owns the server, later ones are its guests."""

    def __init__(self, folder: Path, *, fast: bool = False) -> None:
        """`fast` gives up safety against power cuts for speed: for tests alone."""
        self._folder = Folder(folder)
        self._fast = fast
        # Re-entrant: a signal handler may call stop() in the middle of start().
        self._turn = threading.RLock()
        self._watcher: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """A libpq connection string of a server that answers; one is started if none does. Idempotent.

        Raises `Unavailable` with what to do when there can be none.
        """
        with self._turn, self._folder.plain_errors():
            deadline = time.monotonic() + START_SECONDS
            for pause in _pauses(deadline):
                with self._folder.lock() as lock:
                    if lock is not None:
                        return self._serve(lock, deadline)
                if self._answers(connection := self._folder.connection()):
                    return connection
                time.sleep(pause)
            raise self._not_started("another process holds it and its server does not answer")

    def stop(self) -> None:
        """Stop the server if this object started it, let go of it otherwise. Idempotent."""
        with self._turn, self._folder.plain_errors():
            if self._watcher is None:
                return
            self._end_watcher()
            with self._folder.lock() as lock:
                if lock is not None:
                    end_leftovers(self._folder.data)
                    drop_copy(self._folder.path)

    def _serve(self, lock: int, deadline: float) -> str:
        self._end_watcher()
        end_leftovers(self._folder.data)
        programs = find_programs(self._folder.path)
        prepare_cluster(self._folder.path, programs, self._folder.password(), lock=lock, fast=self._fast)
        for _ in range(PORT_TRIES):
            connection = self._folder.announce()
            watcher = self._watcher = self._launch(programs, port_of(connection), lock)
            if self._becomes_ready(connection, watcher, deadline):
                return connection
            if watcher.poll() is None and not self._folder.log_says(READY):
                raise self._not_started("it still recovers from a crash, start again in a minute")
            self._end_watcher()
            if not self._folder.log_says(PORT_TAKEN):
                break
        raise self._not_started(self._folder.last_words())

    def _launch(self, programs: Programs, port: int, lock: int) -> subprocess.Popen[bytes]:
        data = self._folder.data
        order = {
            "command": server_command(data, programs, port, fast=self._fast),
            "cwd": str(data),
            "env": ENVIRONMENT,
            "account": programs.account,
            "log": str(self._folder.log),
        }
        with self._folder.fresh_log() as log:
            return subprocess.Popen(  # noqa: S603 - our own script
                [_interpreter(), "-I", "-S", str(WATCHER), json.dumps(order)],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,  # Ctrl-C is for us: the server stops when we say so.
            )

    def _becomes_ready(self, connection: str, watcher: subprocess.Popen[bytes], deadline: float) -> bool:
        """Whether it answers in time. If it says it is ready and still refuses us, it lacks something: disk space."""
        for pause in _pauses(deadline):
            ready = self._folder.log_says(READY)
            if self._answers(connection):
                return True
            if ready or watcher.poll() is not None:
                return False
            time.sleep(pause)
        return False

    def _answers(self, connection: str) -> bool:
        """Whether this folder's server is there: a copy of the folder has its password, but another name."""
        if not connection:
            return False
        try:
            with psycopg.connect(connection, connect_timeout=ANSWER_SECONDS) as database:
                return database.execute("show cluster_name").fetchone() == (cluster_name(self._folder.data),)
        except psycopg.Error:
            return False

    def _end_watcher(self) -> None:
        """Close the pipe to it and wait: the server stops first, then the watcher lets go of the lock."""
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        if watcher.stdin:
            watcher.stdin.close()
        try:
            watcher.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            watcher.kill()
            watcher.wait()

    def _not_started(self, reason: str) -> Unavailable:
        return Unavailable(
            f"The embedded database in {self._folder.path} did not start: {reason}. "
            "See server.log there, or set DATABASE_URL to a PostgreSQL of your own."
        )


def _interpreter() -> str:
    """Ours, else any that this account may run: who started us may have had more rights than we have."""
    candidates = (sys.executable, shutil.which("python3"))
    return next((each for each in candidates if each and os.access(each, os.X_OK)), sys.executable)


def _pauses(deadline: float) -> Iterator[float]:
    """Ever longer waits, as each question asked too early is a line in the server's log."""
    pause = SHORTEST_PAUSE
    while time.monotonic() < deadline:
        yield pause
        pause = min(pause * 1.2, LONGEST_PAUSE)
