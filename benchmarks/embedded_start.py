"""How long the embedded database takes: first start to first query, restart, recovery, and a small write."""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from services.gateways.embedded import EmbeddedPostgres

ROUNDS = 5
WRITES = 200


def main() -> None:
    """Print a table of the figures with the conditions they were measured under."""
    with tempfile.TemporaryDirectory() as place:
        rows = [
            ("first start to first query", [first_start(Path(place) / str(n)) for n in range(ROUNDS)], 3.0),
            ("restart to first query", [restart(Path(place) / "0") for _ in range(ROUNDS)], 1.0),
            ("start after a killed server", [recovery(Path(place) / "0") for _ in range(ROUNDS)], None),
            ("stop", [stopping(Path(place) / "0") for _ in range(ROUNDS)], None),
            ("one committed row", committed_rows(Path(place) / "0"), None),
        ]
    print(
        f"embedded PostgreSQL on {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':30} {'median s':>9} {'worst s':>9} {'limit s':>9}")
    for name, seconds, limit in rows:
        print(f"{name:30} {statistics.median(seconds):9.4f} {max(seconds):9.4f} {limit or '':>9}")


def first_start(folder: Path) -> float:
    """Seconds to the first answer from an empty folder."""
    database = EmbeddedPostgres(folder)
    seconds = timed(lambda: ask(database.start()))
    database.stop()
    return seconds


def restart(folder: Path) -> float:
    """Seconds to the first answer from a folder that was stopped properly."""
    return first_start(folder)


def recovery(folder: Path) -> float:
    """Seconds to the first answer after the server was killed, a thousand rows after its last checkpoint."""
    database = EmbeddedPostgres(folder)
    with psycopg.connect(database.start()) as connection:
        connection.execute("create table if not exists kept (n int)")
        connection.execute("insert into kept select generate_series(1, 1000)")
    psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split()[0])).kill()
    seconds = timed(lambda: ask(database.start()))
    database.stop()
    return seconds


def stopping(folder: Path) -> float:
    """Seconds from asking for it until nothing of the server is left."""
    database = EmbeddedPostgres(folder)
    database.start()
    return timed(database.stop)


def committed_rows(folder: Path) -> list[float]:
    """Seconds of each of many inserts, committed to the disk one by one."""
    database = EmbeddedPostgres(folder)
    with psycopg.connect(database.start(), autocommit=True) as connection:
        connection.execute("create table if not exists kept (n int)")
        seconds = [timed(lambda: connection.execute("insert into kept values (1)")) for _ in range(WRITES)]
    database.stop()
    return seconds


def ask(connection: str) -> None:
    """The smallest question there is."""
    with psycopg.connect(connection) as database:
        database.execute("select 1")


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
