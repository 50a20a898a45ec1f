"""The Supabase adapters under load: many threads for a while, big clips with the memory they take, long statements.

The stand-in for Supabase runs in the same process: its share of time and memory is in every figure.
"""

import argparse
import logging
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from benchmarks.statistics_read import HISTORY, reads
from services.accounts import add_user
from services.errors import AppError
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.migrations import migrate
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from services.gateways.supabase_rows import SupabaseDatabase
from services.videos import list_videos
from tests.sql.lifecycle import PACE, Life
from tests.supabase.gateway import SERVICE_KEY, SupabaseStandIn

ENOUGH = {"limit_seconds": 1e9, "max_jobs": 10**6}


def main() -> None:
    """Prints a line for each figure; the aims: no error, flat memory, no statement near the 8 s of a hosted project."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=100)
    wanted = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as place, stand_in(Path(place)) as (supabase, url):
        project = SupabaseProject(supabase.url, SERVICE_KEY)
        database = SupabaseDatabase(project)
        print(f"load average {os.getloadavg()[0]:.1f}")
        crowd(database, supabase, wanted.threads, wanted.seconds)
        store_clips(SupabaseStorage(project, "videos"), supabase, Path(place), wanted)
        long_statements(database, url)
        project.close()


@contextmanager
def stand_in(folder: Path) -> Iterator[tuple[SupabaseStandIn, str]]:
    """A stand-in with a durable, migrated database behind it, and that database's address."""
    postgres, supabase = EmbeddedPostgres(folder / "postgres"), SupabaseStandIn()
    url = postgres.start()
    migrate(url)
    supabase.start()
    supabase.serve(url, folder / "bucket")
    try:
        yield supabase, url
    finally:
        supabase.stop()
        postgres.stop()


def crowd(database: SupabaseDatabase, supabase: SupabaseStandIn, threads: int, seconds: float) -> None:
    """Submits, looks and lists without a pause; the end must not be waited for, or a call hangs."""
    waits: list[float] = []
    errors: list[str] = []
    lives = [Life(database, f"person-{number}") for number in range(threads)]
    end, before = time.monotonic() + seconds, memory()

    def work(number: int) -> None:
        count = 0
        while time.monotonic() < end:
            count += 1
            begun = time.perf_counter()
            try:
                one_turn(database, lives[number], f"{number}-{count}", count)
            except AppError as error:
                errors.append(error.code)
            waits.append(time.perf_counter() - begun)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    late = time.monotonic() - end
    ranked = statistics.quantiles(waits, n=100)
    print(
        f"{threads} threads, {seconds:.0f} s: {len(waits)} calls, {len(errors)} errors, p50 {ranked[49] * 1000:.0f} ms,"
        f" p99 {ranked[98] * 1000:.0f} ms, last answer {late:.1f} s after the end, {len(supabase.connections)} connections"
        f" opened in all, memory {before:.0f} → {memory():.0f} MB, {threading.active_count()} threads afterwards",
        flush=True,
    )


def one_turn(database: SupabaseDatabase, life: Life, name: str, count: int) -> None:
    """One submission in four, else a look at a list."""
    if count % 4 == 1:
        life.submit(request_key=name, limits=ENOUGH)
    else:
        list_videos(database, life.user, limit=20)


def store_clips(
    files: SupabaseStorage, supabase: SupabaseStandIn, folder: Path, wanted: argparse.Namespace
) -> None:
    """One after the other, each taken away again, as disks are finite."""
    supabase.objects.most_bytes = 1 << 30
    clip = folder / "clip.mp4"
    with clip.open("wb") as sink:
        for _ in range(wanted.megabytes):
            sink.write(os.urandom(1 << 20))
    before, most, begun = memory(), 0.0, time.monotonic()
    for number in range(wanted.clips):
        files.put(f"clips/{number}/1.mp4", clip, content_type="video/mp4")
        most = max(most, memory())
        files.remove([f"clips/{number}/1.mp4"])
    took = time.monotonic() - begun
    print(
        f"{wanted.clips} clips of {wanted.megabytes} MB: {took:.0f} s, memory {before:.0f} → {memory():.0f} MB,"
        f" at most {most:.0f} MB after a clip",
        flush=True,
    )


def long_statements(database: SupabaseDatabase, url: str) -> None:
    """What reads the most, with 100 000 jobs and a hosted project's statement timeout of 8 s."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("attempts", "videos", "users"):
            connection.execute(f"truncate {table} cascade".encode())
        for statement in HISTORY.read_text(encoding="utf-8").split(";\n"):
            connection.execute(statement.encode())
    add_user(database, "ada", role="admin", password=None)
    claim = ("claim_work", {"worker": "w", "limit": 8, "pace": PACE})
    others: list[tuple[str, Callable[[], object]]] = [
        ("1 000 videos of one person", lambda: list_videos(database, "person-1")),
        ("a search that finds nothing", lambda: list_videos(database, "person-1", search="nowhere")),
        ("a look for work", lambda: database.call(claim[0], **claim[1])),
    ]
    for name, act in (*reads(database), *others):
        seconds = []
        for _ in range(3):
            begun = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - begun)
        print(f"{name:36} longest of three {max(seconds) * 1000:6.0f} ms", flush=True)


def memory() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_info().rss / (1 << 20))


if __name__ == "__main__":
    main()
