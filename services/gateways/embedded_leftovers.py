"""What a server that nobody watches any more left on the folder: its processes and its pid file."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from services.errors import Unavailable
from services.gateways.embedded_cluster import cluster_name

FAST_SHUTDOWN_SECONDS = 20
IMMEDIATE_SHUTDOWN_SECONDS = 6
KILL_SECONDS = 3
LAST_WORDS_SECONDS = 1
POLL_SECONDS = 0.02


def end_leftovers(data: Path) -> None:
    """Nothing serves `data` afterwards and no pid file stands in the way; the caller holds the folder's lock.

    Only processes that are PostgreSQL on this very folder are signalled: the pid file may name a stranger
    that was given the number since. Committed rows survive each of the ways to end a server. Raises
    `Unavailable` if a process stays.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    left = list(_servers_on(data))
    left = _end([process for process in left if process.pid == _named_in(pid_file)], left)
    if left:
        raise Unavailable(
            f"Another PostgreSQL still works on {data} (process {left[0].pid}): stop it, then start again."
        )
    pid_file.unlink(missing_ok=True)


def _end(postmasters: list[psutil.Process], processes: list[psutil.Process]) -> list[psutil.Process]:
    """The postmaster ends its children in order; children without one get the immediate shutdown."""
    _signal(postmasters, signal.SIGINT)
    _still_alive(postmasters, FAST_SHUTDOWN_SECONDS)
    left = _still_alive(processes, LAST_WORDS_SECONDS)
    for number, seconds in ((signal.SIGQUIT, IMMEDIATE_SHUTDOWN_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        _signal(left, number)
        left = _still_alive(left, seconds)
    return left


def _still_alive(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that do not end in time. A zombie has ended: in a container there may be nobody to bury it."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if _is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return left


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def _named_in(pid_file: Path) -> int:
    first = pid_file.read_text(errors="replace").partition("\n")[0].strip()
    return int(first) if first.isdecimal() else 0


def _servers_on(data: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and _works_on(process, data):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _works_on(process: psutil.Process, data: Path) -> bool:
    """By its working folder, else by its command line: the root of a container may not see the former."""
    try:
        return Path(process.cwd()) == data.resolve()
    except psutil.AccessDenied:
        return cluster_name(data) in " ".join(process.cmdline())
