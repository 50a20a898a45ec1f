"""Requests per second and waits of the API's hot paths, beside what bare Postgres does with the same statements."""

import asyncio
import itertools
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from services.accounts import ensure_user
from services.demo.endpoint import DemoEndpoint, DemoOptions
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.migrations import migrate
from services.gateways.postgres import PostgresDatabase
from services.sessions import COOKIE, Sessions
from services.terms import accept_terms
from services.tokens import create_token
from services.workspace import change_budget
from tests.system.server import Server

SIZES = (1_000, 100_000)
SECONDS = 5.0
JOBS = 500
KEY = "a-key-for-the-benchmark"
TOKEN = "a-token-for-the-benchmark"
FILL = """
alter table videos disable trigger user;
alter table attempts disable trigger user;
insert into videos (user_id, prompt, model, endpoint, input, width, height, frames, fps, seed, max_retries, status,
    error_kind, finished_at, created_at, updated_at)
  select 'anna', 'wave ' || n, 'mochi', 'own', '{}', 848, 480, 61, 24, n, 2,
    case when n <= %(jobs)s then 'processing' else 'failed' end, case when n > %(jobs)s then 'worker_error' end,
    now(), now() - n * interval '1 minute', now() - n * interval '1 second'
  from generate_series(1, %(rows)s) n;
insert into attempts (video_id, number, user_id, model, endpoint, width, height, frames, fps, state, job_id, next_at,
    submitted_at, finished_at)
  select id, 1, user_id, model, endpoint, width, height, frames, fps, status, 'job-' || seed,
    case when status = 'processing' then now() + interval '1 day' end, now(),
    case when status = 'failed' then now() end
  from videos;
alter table videos enable trigger user;
alter table attempts enable trigger user;
"""


@dataclass(frozen=True)
class Figures:
    """What one run of one request gave."""

    per_second: float
    p50_ms: float
    p95_ms: float


def main() -> None:
    """Prints a row for each request, table size and concurrency."""
    print(f"{'request':34} {'rows':>8} {'at once':>8} {'per s':>8} {'p50 ms':>8} {'p95 ms':>8}")
    for rows in SIZES:
        with ExitStack() as started, tempfile.TemporaryDirectory() as place:
            for name, at_once, figures in measure(Path(place), rows, started):
                print(
                    f"{name:34} {rows:8} {at_once:8} {figures.per_second:8.0f} {figures.p50_ms:8.2f}"
                    f" {figures.p95_ms:8.2f}"
                )


def measure(place: Path, rows: int, started: ExitStack) -> Iterator[tuple[str, int, Figures]]:
    """All figures on a table of that size."""
    url = filled_database(place, rows, started)
    server = started_server(place, url, started)
    cookie = f"{COOKIE}={Sessions((server.data / 'session_key').read_text(), 7).issue('anna')}"
    program = f"Authorization: Bearer {token_of_anna(url)}"
    origin = f"Cookie: {cookie}\r\nOrigin: {server.url}"
    numbers = itertools.count()
    requests: dict[str, Callable[[], bytes]] = {
        "webhook": lambda: webhook(next(numbers) % JOBS + 1),
        "updatedSince, nothing new": lambda: get(
            f"/api/videos?updatedSince={int(time.time() * 1000)}", origin
        ),
        "the same by API token": lambda: get(f"/api/videos?updatedSince={int(time.time() * 1000)}", program),
        "videos, newest 50": lambda: get("/api/videos?limit=50", origin),
        "submission": lambda: submission(origin, next(numbers)),
    }
    for name, make in requests.items():
        for at_once in (1, 16):
            yield name, at_once, asyncio.run(load(server.port, make, at_once))
    draw_hard_line(url)
    for at_once in (1, 16):
        yield (
            "submission, with a budget",
            at_once,
            asyncio.run(load(server.port, requests["submission"], at_once)),
        )
    for at_once in (1, 16):
        yield "bare Postgres, same as webhook", at_once, bare_webhook(url, at_once)


def filled_database(place: Path, rows: int, started: ExitStack) -> str:
    """The address of a durable database with so many videos, JOBS of them in work."""
    postgres = EmbeddedPostgres(place / "postgres")
    started.callback(postgres.stop)
    url = postgres.start()
    migrate(url)
    database = PostgresDatabase(url)
    accept_terms(database, ensure_user(database, "anna", role="user").id)
    database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in FILL.strip().split(";\n"):
            connection.execute(statement, {"rows": rows, "jobs": JOBS} if "%(" in statement else None)
        connection.execute("vacuum analyze")
    return url


def token_of_anna(url: str) -> str:
    """What a program of hers authenticates with."""
    database = PostgresDatabase(url)
    made = create_token(database, "anna", by=None, label="benchmark")
    database.close()
    return made.text
def draw_hard_line(url: str) -> None:
    """From now on submissions wait for each other, and each sums up what everybody has spent."""
    database = PostgresDatabase(url)
    change_budget(database, soft_usd=None, hard_usd=1e6, by=None)
    database.close()


def started_server(place: Path, url: str, started: ExitStack) -> Server:
    """A server on that database, with an endpoint that takes jobs at once."""
    endpoint = DemoEndpoint(place / "endpoint", KEY, DemoOptions.instant(render=False))
    started.callback(endpoint.stop)
    settings = {
        "DATABASE_URL": url,
        "RUNPOD_API_KEY": KEY,
        "RUNPOD_API_URL": endpoint.start(),
        "RUNPOD_ENDPOINT_ID": "own",
        "RUNPOD_WEBHOOK_TOKEN": TOKEN,
        "MAX_CONCURRENT_JOBS": "100000",
        "MONTHLY_LIMIT_SECONDS": "1000000000",
        "RECONCILE_SECONDS": "3600",
        "API_REQUESTS_PER_MINUTE": "10000000",
    }
    server = Server(place / "data", settings)
    started.callback(server.stop)
    server.start()
    return server


def webhook(number: int) -> bytes:
    """News that a job goes on."""
    body = {"id": f"job-{number}", "status": "IN_PROGRESS", "output": {"progress": 50}}
    return post(f"/api/runpod/webhook?token={TOKEN}", "X-From: RunPod", body)


def submission(headers: str, number: int) -> bytes:
    """A new job."""
    return post("/api/runpod", headers, {"prompt": f"wave {number}", "modelName": "mochi", "frames": 7})


def get(path: str, headers: str) -> bytes:
    """A request as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n\r\n".encode()


def post(path: str, headers: str, body: object) -> bytes:
    """A request with a JSON body as it goes over the wire."""
    content = json.dumps(body).encode()
    known = f"{headers}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{known}\r\n\r\n"
    return head.encode() + content


async def load(port: int, make: Callable[[], bytes], at_once: int) -> Figures:
    """Sends requests on so many kept connections for SECONDS; every answer must be a success."""
    waits: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(send_in_turn(port, make, begun + SECONDS, waits) for _ in range(at_once)))
    return summed_up(waits, time.perf_counter() - begun)


async def send_in_turn(port: int, make: Callable[[], bytes], end: float, waits: list[float]) -> None:
    """One connection's requests, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (begun := time.perf_counter()) < end:
        request = make().replace(b"Host: 127.0.0.1\r", f"Host: 127.0.0.1:{port}\r".encode(), 1)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(f"{head[:200]!r} {body[:300]!r}")
        waits.append(time.perf_counter() - begun)
    writer.close()


def bare_webhook(url: str, at_once: int) -> Figures:
    """The webhook's one statement, from threads with a connection each."""
    waits: list[float] = []
    numbers = itertools.count()
    begun = time.perf_counter()
    news = json.dumps({"state": "processing", "progress": 0.5})

    def run() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
            while (sent := time.perf_counter()) < begun + SECONDS:
                job = f"job-{next(numbers) % JOBS + 1}"
                connection.execute(
                    "select * from record_news(null, null, %s, %s, 3600)", (job, news)
                ).fetchall()
                waits.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=run) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summed_up(waits, time.perf_counter() - begun)


def summed_up(waits: list[float], seconds: float) -> Figures:
    """Rate and percentiles of those waits."""
    cuts = statistics.quantiles(waits, n=20)
    return Figures(len(waits) / seconds, statistics.median(waits) * 1000, cuts[18] * 1000)


if __name__ == "__main__":
    main()
