"""Work: pieces that this process claims in the database, so that nobody else does them."""

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from services.errors import Unavailable

if TYPE_CHECKING:
    from services.wiring import Studio


class Work(BaseModel):
    """One piece of work, claimed for this process."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["submit", "poll", "cancel", "probe", "store", "purge", "tell"]
    video_id: int | None
    attempt_id: int | None
    number: int | None
    user_id: str
    model: str
    endpoint: str
    job_id: str | None
    input: dict[str, Any] | None
    result_url: str | None
    file_keys: list[str] | None
    tries: int | None


def claim_work(
    studio: "Studio",
    *,
    limit: int,
    stores: int | None = None,
    posts: int | None = None,
    claim: str | None = None,
) -> list[Work]:
    """Up to `limit` pieces of each kind that are due now, `stores` and `posts` of those if given.

    The same `claim` gives the same work again for some minutes. Raises Unavailable: it may have been claimed then.
    """
    pace = studio.pace
    wishes = {
        "dead_after": pace.dead_after,
        "grace": pace.grace,
        "job_life": pace.job_life,
        "ask_again": pace.ask_again,
        "results": stores,
        "posts": posts,
        "claim": claim,
    }
    rows = studio.database.call("claim_work", worker=studio.worker, limit=limit, pace=wishes)
    return [Work.model_validate(row) for row in rows]


def give_back(studio: "Studio", unbegun: Sequence[Work]) -> None:
    """Lets other processes do what this one, which is about to end, had claimed and not begun. Raises Unavailable."""
    for work in unbegun:
        if work.kind == "submit":
            studio.database.call("record_refusal", attempt_id=work.attempt_id, note=None, retry_after=None)
    studio.database.call("retire_worker", worker=studio.worker)


def claim_submission(studio: "Studio", video_id: int) -> list[Work]:
    """The submission of that video if it is due and nobody has it. Raises Unavailable."""
    wish = {"worker": studio.worker, "claim": uuid.uuid4().hex, "video_id": video_id}
    try:
        rows = studio.database.call("claim_submission", **wish)
    except Unavailable:  # perhaps only the answer was lost, and the submission with it until its lease ends
        rows = studio.database.call("claim_submission", **wish)
    return [Work.model_validate(row) for row in rows]


Step = Callable[["Studio", Work], None]
"""Carries out one piece."""
