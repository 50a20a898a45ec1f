"""Clips beyond one's own gallery: sharing with the team, what others share, everybody's for admins, and deleted ones."""

from typing import Any, TypedDict, Unpack

from services.accounts import User
from services.gateways.database import Database, Row
from services.videos import Status, Video


class Wanted(TypedDict, total=False):
    """Which videos of a list are wanted, as list_videos takes it; `limit` is at most 1000, and 1000 if not given."""

    before: int | None
    limit: int
    status: Status | None
    model: str | None
    search: str | None


_EVERY: Wanted = {"before": None, "limit": 1000, "status": None, "model": None, "search": None}


def may_change(user: User, video: Video) -> bool:
    """Whether the clip is theirs to change and not only to look at; the database decides in the same way."""
    return user.is_admin or video.user_id == user.id


def share_video(database: Database, video_id: int, *, by: str, shared: bool) -> Video:
    """Lets everybody with an account look at the video, or nobody but its owner and admins. Raises NotFound."""
    return _parse(database.call("share_video", video_id=video_id, actor=by, shared=shared))[0]


def list_shared_videos(database: Database, *, by: str, **wanted: Unpack[Wanted]) -> list[Video]:
    """What others share, newest first."""
    return _list(database, "list_shared_videos", wanted, actor=by)


def list_all_videos(
    database: Database, *, by: str, owner: str | None = None, **wanted: Unpack[Wanted]
) -> list[Video]:
    """Everybody's videos, or one owner's, newest first; deleted ones left out. Raises NotAllowed for all but admins."""
    return _list(database, "list_all_videos", wanted, actor=by, owner=owner)


def list_deleted_videos(
    database: Database, *, by: str, owner: str | None, **wanted: Unpack[Wanted]
) -> list[Video]:
    """That owner's deleted videos that can still be restored, newest first; None: everybody's.

    Raises NotAllowed where it is another's and `by` is no admin.
    """
    return _list(database, "list_deleted_videos", wanted, actor=by, owner=owner)


def _list(database: Database, function: str, wanted: Wanted, **whose: Any) -> list[Video]:
    return _parse(database.call(function, **{**_EVERY, **wanted}, **whose))


def _parse(rows: list[Row]) -> list[Video]:
    return [Video.model_validate(row) for row in rows]
