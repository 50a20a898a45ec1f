"""The job records, in SQLite so that they outlive the process."""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.demo.faults import JobFault

WAITING, RUNNING = "IN_QUEUE", "IN_PROGRESS"
FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")

_TABLE = """
create table if not exists jobs (
    id text primary key, endpoint text not null, state text not null, input text not null, webhook text,
    fault text not null, accepted_at real not null, queued_at real not null, ready_at real not null,
    started_at real, finished_at real, ends_at real not null, execution_timeout real not null,
    retries integer not null default 0, executions integer not null default 0,
    worker_id text, output text, error text, file text, notified integer not null default 0
);
create index if not exists jobs_by_state on jobs (state, ready_at);
create index if not exists jobs_by_file on jobs (file);
"""
_RESUME = """
update jobs set state = 'IN_QUEUE', retries = retries + 1, queued_at = :now, ready_at = :now,
    started_at = null, worker_id = null
where state = 'IN_PROGRESS'
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One record; times are Unix seconds, `file` the name of its clip in the files folder."""

    id: str
    endpoint: str
    state: str
    input: dict[str, Any]
    webhook: str | None
    fault: JobFault
    accepted_at: float
    queued_at: float
    ready_at: float
    started_at: float | None
    finished_at: float | None
    ends_at: float
    execution_timeout: float
    retries: int
    executions: int
    worker_id: str | None
    output: Any
    error: str | None
    file: str | None
    notified: bool

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in FINAL


class Jobs:
    """All jobs of one endpoint. One thread only: open another for each."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "jobs.sqlite", isolation_level=None, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(_TABLE)

    def close(self) -> None:
        """Gives the file back; the records stay."""
        self._connection.close()

    def add(self, job_id: str, **columns: Any) -> Job:
        """Stores a job just accepted."""
        values = {"id": job_id, "state": WAITING, **_packed(columns)}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self._connection.execute(f"insert into jobs ({names}) values ({marks})", values)  # noqa: S608
        return self.get(job_id)

    def change(self, job_id: str, **columns: Any) -> Job:
        """Sets these columns and gives the record as it is then. Raises KeyError if it is gone."""
        values = _packed(columns)
        marks = ", ".join(f"{name} = :{name}" for name in values)
        self._connection.execute(f"update jobs set {marks} where id = :id", {**values, "id": job_id})  # noqa: S608
        return self.get(job_id)

    def get(self, job_id: str) -> Job:
        """The record, even when its life is over. Raises KeyError if there is none."""
        found = self._select("where id = ?", job_id)
        if not found:
            raise KeyError(job_id)
        return found[0]

    def find(self, endpoint: str, job_id: str, *, result_life: float) -> Job | None:
        """The job as callers may see it: of that endpoint, its life not over, its result not expired."""
        now = time.time()
        seen = "where id = ? and endpoint = ? and ends_at > ? and coalesce(finished_at, ?) > ?"
        return next(iter(self._select(seen, job_id, endpoint, now, now, now - result_life)), None)

    def next_waiting(self, taken: Collection[str]) -> Job | None:
        """The one to be picked up first, those `taken` aside; it may not be ready yet."""
        waiting = "where state = 'IN_QUEUE' and ends_at > ? order by ready_at, accepted_at, rowid limit ?"
        jobs = self._select(waiting, time.time(), len(taken) + 1)
        return next((job for job in jobs if job.id not in taken), None)

    def all(self) -> list[Job]:
        """Every record, the oldest first."""
        return self._select("order by rowid")

    def of_file(self, name: str) -> Job | None:
        """The job whose result that file is."""
        return next(iter(self._select("where file = ?", name)), None)

    def owing_webhooks(self) -> list[Job]:
        """Finished jobs whose end has not been told."""
        return self._select("where webhook is not null and notified = 0 and finished_at is not null")

    def put_running_back(self) -> None:
        """Queues what was running when the process died, to be run again, as the platform does."""
        self._connection.execute(_RESUME, {"now": time.time()})

    def remove_outlived(self, *, file_life: float) -> list[Job]:
        """Deletes the records whose job's life, or whose clip's life, is over; gives them for cleaning up."""
        now = time.time()
        over = self._select("where coalesce(finished_at + ?, ends_at) <= ?", file_life, now)
        self._connection.executemany("delete from jobs where id = ?", [(job.id,) for job in over])
        return over

    def count_states(self, endpoint: str) -> dict[str, int]:
        """How many jobs of that endpoint are in which state; `retried` counts those run more than once."""
        rows = self._connection.execute(
            "select state, count(*) from jobs where endpoint = ? group by state"
            " union all select 'retried', count(*) from jobs where endpoint = ? and retries > 0",
            (endpoint, endpoint),
        )
        return dict(rows)

    def _select(self, condition: str, *values: Any) -> list[Job]:
        rows: Iterable[sqlite3.Row] = self._connection.execute(f"select * from jobs {condition}", values)  # noqa: S608
        return [_job(row) for row in rows]


def _packed(columns: dict[str, Any]) -> dict[str, Any]:
    packed = dict(columns)
    for name in ("input", "output"):
        if name in packed:
            packed[name] = json.dumps(packed[name])
    if "fault" in packed:
        packed["fault"] = packed["fault"].model_dump_json(exclude_defaults=True)
    return packed


def _job(row: sqlite3.Row) -> Job:
    values = dict(row)
    values["input"] = json.loads(values["input"])
    values["output"] = json.loads(values["output"]) if values["output"] else None
    values["fault"] = JobFault.model_validate_json(values["fault"])
    values["notified"] = bool(values["notified"])
    return Job(**values)
