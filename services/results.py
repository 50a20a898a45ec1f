"""Where a finished job's output holds its video, and what the worker says it cost."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

MAX_DATA_BYTES = 32 * 1024**2  # RunPod itself carries 10 MB of output
MIN_DATA_BYTES = 64  # no video is smaller, and short words are valid base64 too
MAX_URL_LENGTH = 4096
MAX_COST_USD = 10_000
_PLACES = ("result", "video_url", "video", "url", "output", "videos", "gifs", "images", "data", "message")
_BASE64_PLACES = ("video_base64", "base64")
_VIDEO_ENDINGS = (".mp4", ".webm", ".mov", ".m4v", ".mkv", ".avi", ".gif")
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_OPENINGS = (b"\x1aE\xdf\xa3", b"GIF8", b"OggS", b"FLV\x01", b"RIFF")


@dataclass(frozen=True, slots=True)
class Result:
    """A video that can be had: `url` to fetch, or the bytes themselves in `data`. Exactly one is set."""

    url: str | None = None
    data: bytes | None = field(default=None, repr=False)


def find_result(output: Any, *, path: str | None = None) -> Result | None:
    """The video in a job's output, or None.

    Looked for where the model's catalog entry says (`output.video_url`, `output.images[].data`), then in the
    shapes workers are known to return: a URL or base64 alone, in a list, under `result`, `video_url`,
    `video`, `url`, `output`, or in the `images`, `videos` and `gifs` of ComfyUI. Among several, one that is
    named or starts like a video wins over one that is not.
    """
    at_path = [result for value in values_at(output, path) for result in _results(value, named=True)]
    found = at_path or list(islice(_results(output), 20))
    return next((result for result in found if _looks_like_video(result)), found[0] if found else None)


def find_cost(output: Any) -> float | None:
    """What the worker says the job cost in US dollars (`output.cost`), None if nothing believable."""
    cost = output.get("cost") if isinstance(output, dict) else None
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost <= MAX_COST_USD:
        return None
    return round(float(cost), 6)


def values_at(output: Any, path: str | None) -> list[Any]:
    """Everything a dotted path leads to; `[]` stands for each item of a list, `[0]` for one of them.

    A leading `output` means the job's output itself, so `output.result` and `result` are the same place.
    """
    steps = re.findall(r"[^.\[\]]+|\[\d*\]", path or "")
    if not steps:
        return []
    values = [output]
    for step in steps[1:] if steps[0] == "output" else steps:
        values = [below for value in values for below in _below(value, step)]
    return values


def _below(value: Any, step: str) -> list[Any]:
    if not step.startswith("["):
        return [value[step]] if isinstance(value, dict) and step in value else []
    items = value if isinstance(value, list) else []
    return items if step == "[]" else items[int(step[1:-1]) :][:1]


def _results(value: Any, *, named: bool = False, depth: int = 0) -> Iterator[Result]:
    """`named`: something outside says this is the video, so base64 is believed whatever it starts with."""
    if isinstance(value, str):
        yield from _from_text(value.strip(), named=named)
    elif isinstance(value, list) and depth < 5:
        for item in value[:100]:
            yield from _results(item, named=named, depth=depth + 1)
    elif isinstance(value, dict) and depth < 5:
        named = named or value.get("type") == "base64"
        for place in (*_PLACES, *_BASE64_PLACES):
            yield from _results(value.get(place), named=named or place in _BASE64_PLACES, depth=depth + 1)


def _from_text(text: str, *, named: bool) -> Iterator[Result]:
    if text[:8].lower().startswith(("http://", "https://")):
        if _is_url(text):
            yield Result(url=text)
        return
    if text[:5].lower() == "data:":
        kind, _, text = text.partition(",")
        if not kind.lower().endswith(";base64"):
            return
    elif not named and not _starts_like_video(_decoded(text[:32]) or b""):
        return
    data = _decoded(text)
    if data and len(data) >= MIN_DATA_BYTES:
        yield Result(data=data)


def _is_url(text: str) -> bool:
    try:
        host = urlsplit(text).hostname
    except ValueError:
        return False
    return bool(host) and len(text) <= MAX_URL_LENGTH and text.isprintable() and " " not in text


def _decoded(text: str) -> bytes | None:
    if len(text) > MAX_DATA_BYTES * 4 // 3 + 4:
        return None
    compact = "".join(text.split())
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _looks_like_video(result: Result) -> bool:
    if result.url:
        return urlsplit(result.url).path.lower().endswith(_VIDEO_ENDINGS)
    return _starts_like_video(result.data or b"")


def _starts_like_video(data: bytes) -> bool:
    return data[4:8] in _MP4_BOXES or data.startswith(_OPENINGS)
