"""Numbers for Prometheus: requests, webhooks, and how many videos are in which state."""

import threading
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.errors import Unavailable
from services.gateways.database import Database
from services.web.answers import route_path

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"})
STATES = ("queued", "processing", "completed", "failed")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Counts:
    """The counters of one API."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        requests = Counter(
            "openv_http_requests",
            "Requests answered",
            ("route", "method", "status"),
            registry=self._registry,
        )
        webhooks = Counter(
            "openv_webhooks", "Webhook calls by what came of them", ("result",), registry=self._registry
        )
        self._videos = Gauge(
            "openv_videos", "Videos by state, deleted ones left out", ("status",), registry=self._registry
        )
        self._requests_of, self._webhooks_of = cache(requests.labels), cache(webhooks.labels)
        self._turn = threading.Lock()

    def count_request(self, route: str, method: str, status: int) -> None:
        """One more request answered."""
        self._requests_of(route, method, str(status)).inc()

    def count_webhook(self, result: str) -> None:
        """One more webhook call; `result` is the job's state or the refusal's code."""
        self._webhooks_of(result).inc()

    def as_text(self, database: Database) -> bytes:
        """All numbers in Prometheus' text format; videos are NaN while the database is away."""
        try:
            counted = {row["status"]: float(row["n"]) for row in database.call("count_states")}
        except Unavailable:
            counted = dict.fromkeys(STATES, float("nan"))
        with self._turn:
            for state in STATES:
                self._videos.labels(state).set(counted.get(state, 0))
            return generate_latest(self._registry)


class Counting:
    """Counts every answer by route and status."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self.app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on."""

        async def send_counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._counts.count_request(route_path(scope), method, message["status"])
            await send(message)

        await self.app(scope, receive, send_counting)
