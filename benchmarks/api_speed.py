"""Requests per second and waits of the API's hot paths, beside bare Postgres and a bare route with the same statements."""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import psycopg

from benchmarks import bare_postgres
from benchmarks.bare_postgres import play_bare
from benchmarks.processes import wire
from benchmarks.processes.bare_route import bare_route
from benchmarks.processes.instant_endpoint import instant_endpoint
from services.accounts import ensure_user
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.migrations import migrate
from services.gateways.postgres import PostgresDatabase
from services.sessions import COOKIE
from tests.system.server import Server

SIZES = (1_000, 10_000, 100_000)
CONCURRENCY = (1, 16)
SECONDS = 2.0
WARM_SECONDS = 1.0
JOBS = 512
MEMBERS = [f"member-{number}" for number in range(1, 16)]
HISTORY = Path(__file__).with_name("api_history.sql")
TOKEN = "a-token-for-the-benchmark"
SCRIPTS = {
    "webhook": bare_postgres.WEBHOOK.format(jobs=JOBS),
    "updatedSince, nothing new": bare_postgres.POLL,
    "all videos (here: newest 50)": bare_postgres.NEWEST,
    "submission": bare_postgres.SUBMISSION,
}
ROUTES = {
    "webhook": bare_postgres.ONE_WEBHOOK.format(jobs=JOBS),
    "updatedSince, nothing new": bare_postgres.ONE_POLL,
}
"""Of what a bare route plays a single statement: the webhook's only one, and the one that finds the changes."""
BEFORE = {
    "webhook": {1_000: "3.8/8.1 242–280", 10_000: "4.6/12 240", 100_000: "4.0/8.3 263–268"},
    "updatedSince, nothing new": {1_000: "3.3/6.9 244–332", 10_000: "4.0/7.5 281–334", 100_000: "17–20/20–100 91–112"},
    "all videos (here: newest 50)": {1_000: "16.6/21 55", 10_000: "136/193 5–6", 100_000: "1543/1905 0.3"},
    "submission": {1_000: "11.5/17 100–109", 100_000: "12.3/24 124"},
}  # fmt: skip
"""The Next.js application this one took the place of: p50/p95 ms at 1, requests per second at 16, on such a machine."""


@dataclass(frozen=True)
class Figures:
    """What one run of one request gave; the shares are of one core."""

    per_second: float
    p50_ms: float
    p95_ms: float
    server: float = 0.0
    postgres: float = 0.0
    load: float = 0.0

    @property
    def server_ms(self) -> float:
        """The server's processor time for one request."""
        return self.server / self.per_second * 1000

    def bound(self, at_once: int, bare: "Figures", route: "Figures | None") -> str:
        """What keeps it from being faster, by who was busy and by what the same statements do elsewhere."""
        if at_once == 1:
            postgres = self.postgres / self.per_second * 1000
            rest = self.p50_ms - self.server_ms - postgres
            return f"its length: {self.server_ms:.1f} ms server, {postgres:.1f} Postgres, {max(0, rest):.1f} waiting"
        if self.per_second > 0.8 * bare.per_second:
            return "the statements: bare Postgres is hardly faster"
        if route and self.per_second > 0.8 * route.per_second:
            return "uvicorn, threads and psycopg: the bare route is hardly faster"
        if self.server > 0.8:
            return "the server's one core of Python"
        busy = self.server + self.postgres + self.load
        full = busy > 0.8 * (os.cpu_count() or 1)
        return "all cores of the machine" if full else "waiting: commits, locks, turns of threads, other work"


@dataclass(frozen=True)
class Bench:
    """A server with a history, and how to ask it."""

    server: Server
    postgres: int
    url: str

    def requests(self) -> dict[str, list[str]]:
        """What is sent, over and over."""
        anna, *members = [self._headers(name) for name in ("anna", *MEMBERS)]
        future = int(time.time() * 1000) + 3_600_000  # after all that the other requests change meanwhile
        return {
            "webhook": [webhook(number) for number in range(1, JOBS + 1)],
            "updatedSince, nothing new": [f"GET /api/videos?updatedSince={future} HTTP/1.1\r\n{anna}\r\n"],
            "all videos (here: newest 50)": [f"GET /api/videos?limit=50 HTTP/1.1\r\n{anna}\r\n"],
            "submission": [submission(headers) for headers in members],
        }

    def _headers(self, name: str) -> str:
        cookie = self.server.signed_in(name).cookies[COOKIE]
        place = f"Host: 127.0.0.1:{self.server.port}\r\nOrigin: {self.server.url}\r\n"
        return f"{place}Cookie: {COOKIE}={cookie}\r\n"

    def measure(self, play: Callable[[], wire.Load], process: int | None = None) -> Figures:
        """Plays it and looks how busy everybody was; `process` serves in the server's place."""
        before = self._used(process)
        load = play()
        shares = [(now - was) / load.seconds for now, was in zip(self._used(process), before, strict=True)]
        cuts = statistics.quantiles(load.waits, n=20)
        times = (len(load.waits) / load.seconds, cuts[9] * 1000, cuts[18] * 1000)
        return Figures(*times, *shares, load.own_share)

    def _used(self, process: int | None) -> tuple[float, float]:
        """Seconds of processor that the server and Postgres have used so far, ended connections included."""
        assert self.server.process
        server = used(process or self.server.process.pid)
        backends = [process.pid for process in psutil.Process(self.postgres).children()]
        return server, sum(map(used, [self.postgres, *backends]))


HEAD = (
    f"{'':70} |     bare route  |  bare Postgres  | % of a core          |    ms of | before: p50/p95 at 1,    |",
    f"{'request':30} {'rows':>7} {'at once':>7} {'per s':>7} {'p50 ms':>7} {'p95 ms':>7} "
    "|   per s  p50 ms |   per s  p50 ms | server Postgr. load  |   server | per s at 16              | bound by",
)


def main() -> None:
    """Prints a row for each request, table size and concurrency: through the server, a bare route, bare Postgres."""
    print(
        f"API speed, {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {SECONDS:.0f} s each"
    )
    print("\n".join(HEAD))
    for rows in SIZES:
        with ExitStack() as started:
            bench = started_bench(Path(started.enter_context(tempfile.TemporaryDirectory())), rows, started)
            for line in lines(bench, rows):
                print(line, flush=True)


def lines(bench: Bench, rows: int) -> Iterator[str]:
    """One for each request and concurrency."""
    requests, port = bench.requests(), bench.server.port
    found = {}
    for name, sent in requests.items():
        # Each connection of the server's pool plans these statements for itself, the first few times.
        wire.play(port, sent, at_once=max(CONCURRENCY), seconds=WARM_SECONDS)
        for at_once in CONCURRENCY:
            play = partial(wire.play, port, sent, at_once=at_once, seconds=SECONDS)
            found[name, at_once] = bench.measure(play)
    bench.server.stop()  # its background loop would take part in the bare submissions
    routes = {
        case: figures for name in ROUTES for case, figures in through_bare_route(bench, name, requests[name])
    }
    for (name, at_once), ours in found.items():
        play = partial(play_bare, bench.url, SCRIPTS[name], at_once=at_once, seconds=SECONDS)
        yield line(name, rows, at_once, ours, bench.measure(play), routes.get((name, at_once)))


def through_bare_route(
    bench: Bench, name: str, requests: list[str]
) -> Iterator[tuple[tuple[str, int], Figures]]:
    """What a route without the studio makes of it, for each concurrency."""
    with bare_route(bench.url, ROUTES[name]) as bare:
        for at_once in CONCURRENCY:
            play = partial(wire.play, bare.port, requests, at_once=at_once, seconds=SECONDS)
            yield (name, at_once), bench.measure(play, bare.process)


def line(name: str, rows: int, at_once: int, ours: Figures, bare: Figures, route: Figures | None) -> str:
    """One row of the table."""
    beside = f"{route.per_second:7.0f} {route.p50_ms:7.2f}" if route else f"{'–':>7} {'–':>7}"
    cost = f"{ours.server_ms:4.1f}" + (f" ({route.server_ms:.1f})" if route else " " * 6)
    return (
        f"{name:30} {rows:7} {at_once:7} {ours.per_second:7.0f} {ours.p50_ms:7.2f} {ours.p95_ms:7.2f} "
        f"| {beside} "
        f"| {bare.per_second:7.0f} {bare.p50_ms:7.2f} | {ours.server:6.0%} {ours.postgres:6.0%} {ours.load:6.0%} "
        f"| {cost:>10} | {BEFORE[name].get(rows, '–'):24} | {ours.bound(at_once, bare, route)}"
    )


def used(number: int) -> float:
    """Seconds of processor of that process and of those of its children that have ended."""
    try:
        return sum(psutil.Process(number).cpu_times()[:4])
    except psutil.Error:
        return 0.0


def started_bench(place: Path, rows: int, started: ExitStack) -> Bench:
    """A server on a durable database with so many videos, and an endpoint that takes jobs at once."""
    embedded = EmbeddedPostgres(place / "postgres")
    started.callback(embedded.stop)
    url = embedded.start()
    fill(url, rows)
    master = int((place / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    settings = {
        "DATABASE_URL": url,
        "RUNPOD_API_KEY": "a-key-for-the-benchmark",
        "RUNPOD_API_URL": started.enter_context(instant_endpoint()),
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
    return Bench(server, master, url)


def fill(url: str, rows: int) -> None:
    """Makes the users and their history."""
    migrate(url)
    database = PostgresDatabase(url)
    for name in ("anna", *MEMBERS):
        ensure_user(database, name, role="user")
    database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select set_config('bench.rows', %s, false), set_config('bench.jobs', %s, false)",
            [str(rows), str(JOBS)],
        )
        for statement in HISTORY.read_text(encoding="utf-8").split(";\n"):
            connection.execute(statement.encode())


def webhook(number: int) -> str:
    """News that a job goes on."""
    body = {"id": f"job-{number}", "status": "IN_PROGRESS", "output": {"progress": 50}}
    return post(f"/api/runpod/webhook?token={TOKEN}", "Host: 127.0.0.1\r\n", body)


def submission(headers: str) -> str:
    """A new job."""
    return post("/api/runpod", headers, {"prompt": "A wave", "modelName": "mochi", "frames": 7})


def post(path: str, headers: str, body: object) -> str:
    """A request with a JSON body as it goes over the wire."""
    content = json.dumps(body)
    known = f"{headers}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{known}\r\n{content}"


if __name__ == "__main__":
    main()
