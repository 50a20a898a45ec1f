"""A video as a card of the gallery."""

from datetime import datetime
from typing import Literal

from pages.parts.cookie import has_cookie
from pages.parts.gallery import Card, CardStatus
from pages.parts.wording import ago, facts
from services.catalog import Catalog
from services.narration import describe, is_in_work
from services.videos import Video

Colour = Literal["green", "blue", "gray", "red"]


def card_of(video: Video, catalog: Catalog, now: datetime, *, viewer: str | None = None) -> Card:
    """The card: its clip once there is one, what is happening until then, or why there is none.

    To a `viewer` it tells whose it is, too. The files of a deleted clip are not shown.
    """
    has_poster = video.poster_key and not video.deleted_at and has_cookie()
    return Card(
        id=str(video.id),
        title=video.prompt,
        status=_card_status(video),
        note=_note(video, now),
        progress=None if video.deleted_at else video.progress,
        poster_url=f"/api/videos/{video.id}/poster" if has_poster else None,
        file_url=_file_url(video),
        facts=(*_whose(video, viewer), *facts(video, catalog)),
        aspect=video.width / video.height,
        when=ago(video.created_at, now),
        starred=video.starred,
    )


def _note(video: Video, now: datetime) -> str:
    if video.deleted_at:
        return f"Deleted {ago(video.deleted_at, now)}. Restore it under Details."
    return describe(video, now)


def _whose(video: Video, viewer: str | None) -> tuple[str, ...]:
    if viewer is None:
        return ()
    if video.user_id != viewer:
        return (f"By {video.owner_name}",)
    return ("Shared",) if video.shared else ()


def state_of(video: Video) -> tuple[str, Colour]:
    """How it stands in one word, and that word's colour."""
    if video.status == "failed":
        return ("Cancelled", "gray") if video.error_kind == "cancelled" else ("Failed", "red")
    if video.status == "completed":
        return ("Saving", "blue") if is_in_work(video) else ("Ready", "green")
    return ("Queued", "gray") if video.status == "queued" else ("Rendering", "blue")


def _card_status(video: Video) -> CardStatus:
    if video.deleted_at or (video.error_kind == "cancelled" and video.status == "failed"):
        return "cancelled"
    return "processing" if video.status == "completed" and is_in_work(video) else video.status


def _file_url(video: Video) -> str | None:
    if video.deleted_at:
        return None
    if video.file_key and has_cookie():
        return f"/api/videos/{video.id}/file"
    return video.result_url if video.status == "completed" and video.store_note else None
