"""Clips: fetching a finished job's result, checking and finishing the file, keeping it, and removing it again."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import NotFound, TooLarge, Unavailable
from services.gateways.downloads import ResultGone, ResultRefused, fetch
from services.gateways.media import Clip, NotAVideo, finish, make_poster, probe
from services.gateways.processes import own_mark, remove_orphans
from services.news import parse_news
from services.results import Result
from services.videos import Video
from services.work import Work

if TYPE_CHECKING:
    from services.wiring import Studio

logger = logging.getLogger(__name__)
MOST_BYTES = 1 << 30
MOST_SECONDS = 600
_MOST_TRIES = 60  # with growing pauses about five hours
_EXPIRED = "RunPod no longer has the result of this job. Generate it again."


def store(studio: "Studio", work: Work) -> None:
    """Fetches, checks, finishes and keeps the result; what went wrong is recorded with a sentence.

    A file that is ready survives a storage that is down and is not fetched twice. Raises Unavailable when the
    database is away; the claim then runs out and the piece comes again.
    """
    ready = studio.work_folder / f"{work.video_id}-{work.number}.mp4"
    try:
        if not ready.exists():
            _check_patience(work)
            _fetch_and_finish(studio, work, ready)
        _keep(studio, work, ready)
    except (ResultGone, NotFound):
        _give_up(studio, work, ready, "expired", _EXPIRED)
    except (ResultRefused, NotAVideo) as error:
        _give_up(studio, work, ready, "worker_error", error.message)
    except TooLarge as error:
        studio.database.call(
            "record_not_storable", video_id=work.video_id, number=work.number, note=error.message
        )
        ready.unlink(missing_ok=True)
    except (Unavailable, OSError) as error:
        _put_off(studio, work, ready, error)


def _check_patience(work: Work) -> None:
    """Raises ResultGone after too many tries: a file that ends the whole process each time tells nothing else."""
    if (work.tries or 0) > _MOST_TRIES:
        raise ResultGone(_EXPIRED)


def _fetch_and_finish(studio: "Studio", work: Work, ready: Path) -> None:
    raw, draft = (ready.with_suffix(f".{own_mark()}.{ending}") for ending in ("raw", "draft"))
    try:
        _get(studio, _find_result(studio, work), raw)
        probe(raw)
        finish(raw, draft, {"comment": json.dumps(work.input), "title": str(_prompt_of(work))[:200]})
        draft.replace(ready)
    finally:
        raw.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)


def _get(studio: "Studio", result: Result, target: Path) -> None:
    if result.data is not None:
        target.write_bytes(result.data)
        return
    assert result.url  # noqa: S101 - a result has one or the other
    fetch(
        result.url,
        target,
        max_bytes=MOST_BYTES,
        deadline_seconds=MOST_SECONDS,
        allowed_hosts=studio.allowed_hosts,
        sockets=studio.sockets,
    )


def _find_result(studio: "Studio", work: Work) -> Result:
    """Where the result is: first as it was told, then, from the second try on, as RunPod tells now."""
    if work.result_url and (work.tries or 0) < 2:
        return Result(url=work.result_url)
    try:
        report = studio.runpod.status(work.endpoint, work.job_id or "")
    except Unavailable:
        if not work.result_url:
            raise
        report = None  # a link that was told may still be good
    model = studio.catalog.get(work.model)
    news = (
        parse_news({**report, "id": work.job_id}, result_path=model.result if model else None)
        if report
        else None
    )
    if news and news.result:
        return news.result
    if work.result_url:
        return Result(url=work.result_url)
    raise ResultGone(_EXPIRED)


def _prompt_of(work: Work) -> str:
    given = work.input or {}
    return str(given.get("positive_prompt") or given.get("prompt") or "")


def _keep(studio: "Studio", work: Work, ready: Path) -> None:
    poster = ready.with_suffix(f".{own_mark()}.webp")
    clip = probe(ready)
    keys = [f"clips/{work.video_id}/{work.number}.{ending}" for ending in ("mp4", "webp")]
    try:
        make_poster(ready, poster)
        studio.storage.put(keys[0], ready, content_type="video/mp4")
        studio.storage.put(keys[1], poster, content_type="image/webp")
    finally:
        poster.unlink(missing_ok=True)
    _record(studio, work, clip, keys, ready.stat().st_size)
    ready.unlink(missing_ok=True)


def _record(studio: "Studio", work: Work, clip: Clip, keys: list[str], size: int) -> None:
    file = {
        "file_key": keys[0],
        "poster_key": keys[1],
        "file_bytes": size,
        "duration_seconds": round(clip.duration_seconds, 3),
    }
    if not studio.database.call("record_stored", video_id=work.video_id, number=work.number, file=file):
        studio.storage.remove(keys)  # purged meanwhile


def _give_up(studio: "Studio", work: Work, ready: Path, kind: str, sentence: str) -> None:
    ready.unlink(missing_ok=True)
    studio.database.call(
        "record_unusable_result", video_id=work.video_id, number=work.number, kind=kind, error=sentence
    )


def _put_off(studio: "Studio", work: Work, ready: Path, error: Exception) -> None:
    if (work.tries or 0) >= _MOST_TRIES and not ready.exists():
        _give_up(studio, work, ready, "expired", _EXPIRED)
        return
    note = (
        error.message
        if isinstance(error, Unavailable)
        else "The disk did not take the file. Free some space."
    )
    logger.warning("Video %s cannot be stored yet: %s", work.video_id, note)
    studio.database.call("record_store_delay", video_id=work.video_id, number=work.number, note=note)


def purge(studio: "Studio", work: Work) -> None:
    """Removes a deleted video's files, and its row once the storage has confirmed. Raises Unavailable."""
    if work.file_keys:
        studio.storage.remove(work.file_keys)
    studio.database.call("purge_video", video_id=work.video_id)


def prepare_to_show(studio: "Studio", videos: Iterable[Video]) -> None:
    """Has the storage look up the files of a page of videos all at once, while the page is being drawn.

    The browser then asks for them one by one. Raises nothing, and waits for nothing.
    """
    shown = [video for video in videos if not video.deleted_at]
    keys = [key for video in shown for key in (video.poster_key, video.file_key) if key]
    if keys and not studio.stopping.is_set():
        studio.hands.submit(studio.storage.prepare, keys)


def sweep(folder: Path) -> None:
    """Removes half-made files of processes that are no longer there."""
    remove_orphans((path.suffixes[0].removeprefix("."), path) for path in folder.glob("*.*.*"))
