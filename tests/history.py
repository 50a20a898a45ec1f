"""Writes jobs and clips of the past straight into the tables, for tests of what is counted there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

DAY = datetime(2024, 3, 10, tzinfo=UTC)
NEXT_DAY = DAY + timedelta(days=1)
NOON = DAY + timedelta(hours=12)
DAY_SCOPE = {"start": DAY, "end": NEXT_DAY}
SHAPE = {
    "model": "mochi",
    "endpoint": "own",
    "width": 848,
    "height": 480,
    "frames": 48,
    "fps": 24,
    "steps": 40,
}


@dataclass
class History:
    """Each call writes one row, finished at noon of one day unless told otherwise, and gives its id."""

    connection: psycopg.Connection[Any]

    def clip(self, status: str = "completed", **columns: Any) -> int:
        over = status in ("completed", "failed")
        row = {
            "user_id": self.user(columns.pop("user_id", "anna")),
            "prompt": "a sea",
            "input": Jsonb({}),
            "seed": 0,
            "max_retries": 2,
            "status": status,
            "error_kind": "worker_error" if status == "failed" else None,
            "created_at": NOON - timedelta(minutes=2),
            "finished_at": NOON if over else None,
        }
        return self._insert("videos", {**SHAPE, **row, **columns})

    def job(self, state: str = "completed", **columns: Any) -> int:
        over = state in ("completed", "failed")
        video_id = columns.pop("video_id", None)
        row = {
            "user_id": self.user(columns.pop("user_id", "anna")),
            "video_id": video_id,
            "number": 1,
            "state": state,
            "error_kind": "worker_error" if state == "failed" else None,
            "next_at": None,
            "created_at": NOON - timedelta(minutes=2),
            "submitted_at": NOON - timedelta(minutes=1),
            "finished_at": NOON if over else None,
        }
        if "cost_usd" in columns:
            row["cost_kind"] = "estimated"
        return self._insert("attempts", {**SHAPE, **row, "job_id": self._job_id(), **columns})

    def pair(self, state: str = "completed", **columns: Any) -> int:
        """A clip with its one job, both ended alike."""
        video = {
            name: columns.pop(name) for name in ("duration_seconds", "stored_at", "prompt") if name in columns
        }
        video_id = self.clip(state, **video, **({"file_key": "k"} if "stored_at" in video else {}))
        self.job(state, video_id=video_id, **columns)
        return video_id

    def user(self, name: str) -> str:
        self.connection.execute(
            "insert into users (id, display_name, role) values (%s, %s, 'user') on conflict do nothing",
            (name, name),
        )
        return name

    def _job_id(self) -> str:
        count = self.connection.execute("select count(*) from attempts").fetchone()
        return f"job-{count[0] + 1}"

    def _insert(self, table: str, row: dict[str, Any]) -> int:
        statement = sql.SQL("insert into {} ({}) values ({}) returning id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        return int(self.connection.execute(statement, row).fetchone()[0])
