"""Ratings: what a clip's keeper thinks of it."""

from services.gateways.database import Database
from services.videos import Video

NO_RATING = 0


def rate_video(
    database: Database, video_id: int, *, by: str, rating: int | None = None, starred: bool | None = None
) -> Video:
    """Sets the rating (1 to 5, or NO_RATING) and the star; None leaves either as it is.

    Raises NotFound when it is neither theirs nor are they an admin, InvalidInput for any other rating.
    """
    rows = database.call("rate_video", video_id=video_id, actor=by, rating=rating, starred=starred)
    return Video.model_validate(rows[0])
