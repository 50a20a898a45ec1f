"""A made-up past for demonstrations and benchmarks: clips and jobs as a team would have left them behind."""

import random
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from services.accounts import ensure_user
from services.catalog import Catalog, Model
from services.demo_history_jobs import Fleet, Job, Platform
from services.demo_history_wishes import PEOPLE, Wish, draw_wishes
from services.errors import Conflict, Unavailable
from services.gateways.database import Database
from services.orders import plan_order
from services.videos import KEPT_SECONDS

NO_FILE = "From the demo history: no file."
_BATCH = 500
_DAY = 86_400.0
_LIVE_SECONDS = (
    _DAY  # then the loop asks RunPod for these jobs, learns that there are none, and ends them as lost
)
_Event = tuple[int | None, float | None, str, str | None]  # attempt, at, kind, detail
_TAGS = ("landscape", "people", "product", "animals", "test", "for the website")


@dataclass(frozen=True)
class Plan:
    """What history to make: so many clips over so many days up to `now` (Unix seconds); a seed gives the same again."""

    videos: int
    days: float
    max_retries: int = 2
    seed: int = 1
    now: float = field(default_factory=time.time)
    run_name: str = field(default_factory=lambda: secrets.token_hex(4))


def add_demo_history(
    database: Database, catalog: Catalog, plan: Plan, *, force: bool = False
) -> Iterator[int]:
    """Writes the history oldest first and yields how many clips are there so far.

    Its people cannot sign in and its completed clips have no file. Raises Conflict when the database has real videos
    and force is not given, Unavailable when no model has an endpoint.
    """
    if not force and database.call("find_genuine_video"):
        raise Conflict("This database has real videos. Add --force to put the demo history beside them.")
    for name, shown in PEOPLE.items():
        ensure_user(database, name, role="user", display_name=shown)
    clips, written = tell_history(catalog, plan), 0
    while batch := list(islice(clips, _BATCH)):
        database.call("add_history", clips=batch)
        yield (written := written + len(batch))


def tell_history(catalog: Catalog, plan: Plan) -> Iterator[dict[str, Any]]:
    """The clips of that history, oldest first, each with its `jobs` and `events`, as add_history takes them."""
    models = [model for model in catalog.models if model.endpoint]
    if not models:
        raise Unavailable("No model has an endpoint yet. Set RUNPOD_ENDPOINT_ID.", code="no_endpoint")
    dice = random.Random(plan.seed)  # noqa: S311 - a story, not a secret
    platform = _platform(dice, models, plan)
    usable = Catalog(tuple(models))
    for number, wish in enumerate(draw_wishes(dice, models, plan.videos, plan.days, plan.now)):
        order = {**plan_order(usable, wish.request), "max_retries": plan.max_retries}
        jobs = platform.run(order, number, wish.at)
        yield _Clip(dice, plan, wish, order, jobs).row(number)


def _platform(dice: random.Random, models: Sequence[Model], plan: Plan) -> Platform:
    size = 3 + round(plan.videos / plan.days / 200)  # enough for the busiest hour of a usual day
    outages = []
    for _ in range(1 + int(plan.days // 30)):
        start = plan.now - plan.days * _DAY * dice.uniform(0.1, 0.9)
        outages.append((start, start + dice.uniform(3, 9) * 3600))
    return Platform(dice, {model.name: Fleet(dice, size) for model in models}, tuple(outages), plan.run_name)


@dataclass
class _Clip:
    dice: random.Random
    plan: Plan
    wish: Wish
    order: dict[str, Any]
    jobs: list[Job]

    def row(self, number: int) -> dict[str, Any]:
        """The video and its jobs as `add_history` takes them; nothing in them lies in the future."""
        self._cut_at_present()
        row = {
            **self.order,
            "user_id": self.wish.user_id,
            "request_key": f"demo history {self.plan.run_name} {number}",
            "created_at": self.wish.at,
            "retry_count": sum(job.state == "failed" for job in self.jobs[:-1]),
            **self._outcome(),
        }
        row |= self._deletion(row) | self._opinion(row)
        return _dated({**row, "jobs": [_dated(vars(job)) for job in self.jobs], "events": self._events(row)})

    def _cut_at_present(self) -> None:
        """What would lie in the future has not happened: the job is still waiting or at work."""
        now = self.plan.now
        for place, job in enumerate(self.jobs):
            if (job.finished_at or job.created_at) > now or (job.submitted_at or 0) > now:
                del self.jobs[place + 1 :]
                self._make_live(job, now)

    def _make_live(self, job: Job, now: float) -> None:
        has_begun = job.started_at is not None and job.started_at <= now
        job.state, job.next_at = "processing" if has_begun else "queued", now + _LIVE_SECONDS
        job.job_id = job.job_id or f"history-{self.plan.run_name}-live-{self.dice.getrandbits(48):x}"
        job.submitted_at = min(job.submitted_at or now, now)
        job.created_at = min(job.created_at, job.submitted_at)
        job.finished_at = job.execution_ms = job.cost_usd = job.cost_kind = job.note = None
        job.error_kind = job.error = job.error_group = None
        if not has_begun:
            job.started_at = job.worker_id = job.delay_ms = None

    def _outcome(self) -> dict[str, Any]:
        last = self.jobs[-1]
        cancelled = last.finished_at if last.error_kind == "cancelled" else None
        told = {
            "status": last.state,
            "error_kind": last.error_kind,
            "error": last.error,
            "finished_at": last.finished_at,
            "store_note": None,
            "progress": None,
            "cancel_requested_at": cancelled,
        }
        if last.state == "completed":
            told["store_note"] = NO_FILE
        if last.state == "processing":
            told["progress"] = round(self.dice.uniform(0.05, 0.9), 2)
        return told

    def _opinion(self, row: dict[str, Any]) -> dict[str, Any]:
        if row["status"] != "completed":
            return {"starred": False, "rating": None, "tags": []}
        rating = self.dice.choices((1, 2, 3, 4, 5), (1, 2, 4, 5, 3))[0] if self.dice.random() < 0.25 else None
        tags = self.dice.sample(_TAGS, 1) if self.dice.random() < 0.15 else []
        return {"starred": self.dice.random() < 0.08, "rating": rating, "tags": tags}

    def _deletion(self, row: dict[str, Any]) -> dict[str, Any]:
        """Some of the newer ones: older ones would have been removed by now."""
        deleted = (row["finished_at"] or self.plan.now) + self.dice.uniform(60, 2 * _DAY)
        if self.dice.random() > 0.06 or not self.plan.now - 25 * _DAY < deleted < self.plan.now:
            return {"deleted_at": None, "purge_next_at": None}
        return {"deleted_at": deleted, "purge_next_at": deleted + KEPT_SECONDS}

    def _events(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        ended, note = row["finished_at"], row["store_note"]
        told: list[_Event] = [(None, row["created_at"], "created", None)]
        for job in self.jobs:
            told += _job_events(job)
        told += [(None, row["cancel_requested_at"], "cancel_requested", None)]
        told += [(None, ended if row["error_kind"] else None, "failed", row["error"])]
        told += [(None, ended + 1 if note else None, "store_delayed", note)]
        told += [(None, row["deleted_at"], "deleted", None)]
        names = ("attempt", "at", "kind", "detail")
        happened = sorted((event for event in told if event[1] is not None), key=lambda event: event[1] or 0)
        return [_dated(dict(zip(names, event, strict=True))) for event in happened]


def _job_events(job: Job) -> list[_Event]:
    ends = {"completed": ("finished", None), "failed": ("attempt_failed", job.error)}
    events: list[_Event] = [
        (job.number, job.created_at if job.number > 1 else None, "attempt_planned", None),
        (job.number, job.submitted_at, "submitted", None),
        (job.number, job.started_at, "picked_up", job.worker_id),
    ]
    if job.state == "superseded":
        events.append((job.number, job.created_at + 600, "superseded", None))
    if job.state in ends:
        events.append((job.number, job.finished_at, *ends[job.state]))
    return events


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromtimestamp(value, UTC).isoformat()
        if isinstance(value, float) and (name == "at" or name.endswith("_at"))
        else value
        for name, value in row.items()
    }
