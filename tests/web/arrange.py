"""Videos brought into a state through the very functions that the server uses."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.attempts import record_news
from services.news import parse_news
from services.orders import Request
from services.videos import Video, find_video, submit_video
from services.wiring import Studio

FREE = {
    "limit_seconds": 1e9,
    "max_jobs": 10**6,
    "period_start": "2000-01-01T00:00:00Z",
    "period_end": "2100-01-01T00:00:00Z",
}
RESULT = "https://results.test/clip.mp4"


@dataclass
class Arranger:
    """Makes videos of any user, without limits."""

    studio: Studio
    folder: Path
    _numbers: Any = None

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def queued(self, user: str, prompt: str = "A cat", model: str = "mochi", **settings: Any) -> Video:
        """A video that RunPod has not taken yet."""
        order = Request(prompt, model, **settings)
        return submit_video(
            self.studio.database, self.studio.catalog, order, by=user, limits=FREE, max_retries=0
        )

    def sent(self, user: str, prompt: str = "A cat", **settings: Any) -> Video:
        """A video with a job id, waiting at RunPod."""
        video = self.queued(user, prompt, **settings)
        call = self.studio.database.call
        attempt = call("claim_submissions", worker="test", video_id=video.id, limit=1)[0]["attempt_id"]
        call("record_submission", attempt_id=attempt, job_id=f"arranged-{next(self._numbers)}", ask_again=20)
        return self.now(video)

    def completed(self, user: str, prompt: str = "A cat", **settings: Any) -> Video:
        """A video whose result is still at the worker's address."""
        return self.told(self.sent(user, prompt, **settings), status="COMPLETED", output={"result": RESULT})

    def failed(self, user: str, prompt: str = "A cat", **settings: Any) -> Video:
        """A video that failed for good."""
        return self.told(self.sent(user, prompt, **settings), status="FAILED", error="Out of memory")

    def stored(self, user: str, prompt: str = "A cat", data: bytes = b"0123456789" * 10) -> Video:
        """A video with a file and a poster of our own."""
        video = self.completed(user, prompt)
        keys = [f"clips/{video.id}/1.{ending}" for ending in ("mp4", "webp")]
        for key in keys:
            draft = self.folder / "draft"
            draft.write_bytes(data)
            self.studio.storage.put(key, draft, content_type="video/mp4")
        file = {"file_key": keys[0], "poster_key": keys[1], "file_bytes": len(data), "duration_seconds": 2.5}
        self.studio.database.call("record_stored", video_id=video.id, number=1, file=file)
        return self.now(video)

    def told(self, video: Video, **report: Any) -> Video:
        """The video after news of its job."""
        record_news(self.studio, parse_news({"id": video.job_id, **report}))
        return self.now(video)

    def now(self, video: Video) -> Video:
        """The video as it stands."""
        return find_video(self.studio.database, video.id, by=video.user_id)
