"""Routes of a video's file and poster."""

import re
import stat
from dataclasses import dataclass
from os import stat_result
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from services.errors import NotFound
from services.videos import Video, find_video
from services.web.answers import JsonAnswer
from services.web.caller import Caller, OurStudio, PageFileRoute
from services.web.presentation import unix_ms
from services.web.threads import in_thread
from services.web.videos import VideoId
from services.wiring import Studio

Kind = Literal["file", "poster"]
_TYPES: dict[Kind, tuple[str, str]] = {"file": ("video/mp4", "mp4"), "poster": ("image/webp", "webp")}
# The bytes behind an address never change. Who does not own them must ask again each time: it may not be shared by now.
_OWN, _OTHERS = "private, max-age=86400, immutable", "private, no-cache"
_HEADERS = {
    "vary": "Authorization, Cookie",  # keeps them from whoever signs in next on this browser
    "x-content-type-options": "nosniff",
}
_ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
_NOT_THERE = "There is no such file among yours."
router = APIRouter(route_class=PageFileRoute)


@dataclass(frozen=True, slots=True)
class Located:
    """A kept file: where it is, and what it is called."""

    place: Path | str
    details: stat_result | None
    tag: str
    name: str
    media_type: str
    keeping: str


@router.head("/videos/{video_id}/file", include_in_schema=False)
@router.get("/videos/{video_id}/file", summary="The video's bytes", response_class=FileResponse)
async def send_file(
    request: Request, caller: Caller, studio: OurStudio, video_id: VideoId, download: bool = False
) -> Response:
    """MP4, whole or by Range; or a redirect to a signed address."""
    return _answer(request, await in_thread(_locate, studio, caller.id, video_id, "file"), download)


@router.head("/videos/{video_id}/poster", include_in_schema=False)
@router.get("/videos/{video_id}/poster", summary="A still picture of the video", response_class=FileResponse)
async def send_poster(
    request: Request, caller: Caller, studio: OurStudio, video_id: VideoId, download: bool = False
) -> Response:
    """WebP; or a redirect to a signed address."""
    return _answer(request, await in_thread(_locate, studio, caller.id, video_id, "poster"), download)


def _locate(studio: Studio, user_id: str, video_id: int, kind: Kind) -> Located:
    video = find_video(studio.database, video_id, by=user_id)
    key = video.file_key if kind == "file" else video.poster_key
    if key is None or video.deleted_at is not None:
        raise NotFound(_NOT_THERE)
    place = studio.storage.locate(key)
    details = _details(place) if isinstance(place, Path) else None
    media_type, ending = _TYPES[kind]
    keeping = _OWN if video.user_id == user_id else _OTHERS
    return Located(place, details, _tag(video, kind), f"{_name(video)}.{ending}", media_type, keeping)


def _details(path: Path) -> stat_result:
    try:
        found = path.stat()
    except OSError as error:
        raise NotFound(_NOT_THERE) from error
    if not stat.S_ISREG(found.st_mode):
        raise NotFound(_NOT_THERE)
    return found


def _tag(video: Video, kind: Kind) -> str:
    stored = unix_ms(video.stored_at) if video.stored_at else 0
    return f'"{kind}-{video.id}-{video.attempt}-{video.file_bytes}-{stored}"'


def _name(video: Video) -> str:
    words = re.findall(r"[a-z0-9]+", video.prompt.lower())
    return "-".join(["openv", str(video.id), *words])[:60].rstrip("-")


def _answer(request: Request, located: Located, download: bool) -> Response:
    if isinstance(located.place, str):
        return RedirectResponse(located.place, 307, {"cache-control": "private, no-store"})
    headers = {**_HEADERS, "cache-control": located.keeping, "etag": located.tag}
    if _is_known(located.tag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    size = located.details.st_size if located.details else 0
    if not _settle_range(request, size):
        return _not_satisfiable(size)
    return FileResponse(
        located.place,
        headers=headers,
        media_type=located.media_type,
        filename=located.name,
        stat_result=located.details,
        content_disposition_type="attachment" if download else "inline",
    )


def _is_known(tag: str, if_none_match: str | None) -> bool:
    known = {given.strip().removeprefix("W/") for given in (if_none_match or "").split(",")}
    return tag in known or "*" in known


def _settle_range(request: Request, size: int) -> bool:
    """Whether the range can be had. One that is no single range is taken out of the request: all is sent instead.

    So says RFC 9110, 14.2; Starlette would answer 400 to it.
    """
    given = request.headers.get("range")
    found = _ONE_RANGE.fullmatch(given) if given else None
    start, end, last = found.groups() if found else (None, None, None)
    if found is None or (start and end and int(end) < int(start)):
        headers = request.scope["headers"]
        request.scope["headers"] = [(name, value) for name, value in headers if name != b"range"]
        return True
    return int(start) < size if start else int(last or 0) > 0 and size > 0


def _not_satisfiable(size: int) -> Response:
    answer = {"error": "The file has no such range.", "code": "range_not_satisfiable"}
    return JsonAnswer(answer, 416, {"content-range": f"bytes */{size}"})
