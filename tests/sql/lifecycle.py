"""A short way to play a video's life on a real database."""

from dataclasses import dataclass
from typing import Any

from services.accounts import ensure_user
from services.gateways.database import Database, Row

LIMITS = {"limit_seconds": 600, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
PACE = {"dead_after": 15, "grace": 600, "job_life": 86_400, "ask_again": 20}
ORDER = {
    "prompt": "a sea",
    "negative_prompt": "",
    "model": "mochi",
    "endpoint": "own",
    "input": {"positive_prompt": "a sea", "seed": 0},
    "width": 848,
    "height": 480,
    "frames": 48,
    "fps": 24,
    "seed": 0,
    "steps": 40,
    "cfg": 6,
    "rate_usd": 0.001,
    "max_retries": 2,
}


@dataclass
class Life:
    """One user's videos; every step is the one call the application makes."""

    database: Database
    user: str = "anna"

    def __post_init__(self) -> None:
        ensure_user(self.database, self.user, role="user")

    def submit(self, *, limits: dict[str, Any] | None = None, **order: Any) -> Row:
        return self.database.call(
            "submit_video", user_id=self.user, order={**ORDER, **order}, limits={**LIMITS, **(limits or {})}
        )[0]

    def claim(self, kind: str | None = None, *, worker: str = "w1", **pace: Any) -> list[Row]:
        rows = self.database.call("claim_work", worker=worker, limit=100, pace={**PACE, **pace})
        return [row for row in rows if kind in (None, row["kind"])]

    def sent(self, job_id: str = "job-1", **order: Any) -> Row:
        """A video that RunPod has taken as job_id."""
        video = self.submit(**order)
        (work,) = [row for row in self.claim("submit") if row["video_id"] == video["id"]]
        return self.database.call(
            "record_submission", attempt_id=work["attempt_id"], job_id=job_id, ask_again=20
        )[0]

    def news(
        self, state: str, job_id: str = "job-1", *, signed: tuple[int, int] | None = None, **fields: Any
    ) -> list[Row]:
        video_id, number = signed or (None, None)
        return self.database.call(
            "record_news",
            video_id=video_id,
            number=number,
            job_id=job_id,
            news={"state": state, **fields},
            ask_again=20,
        )

    def video(self, video_id: int) -> Row:
        return self.database.call("find_video", video_id=video_id, actor=self.user)[0]

    def events(self, video_id: int) -> list[str]:
        return [row["kind"] for row in self.database.call("list_events", video_id=video_id, actor=self.user)]

    def make_due(self, url: str) -> None:
        """Turns the clock to when everything that waits is due."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("update attempts set next_at = clock_timestamp() where next_at is not null")
            connection.execute("update endpoints set blocked_until = clock_timestamp()")
            connection.execute("update endpoint_pauses set until = clock_timestamp()")
