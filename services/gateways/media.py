"""Video files: what is in one, a still picture of it, and a copy that every browser plays."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from services.gateways.mp4 import write_mp4
from services.gateways.videofiles import NotAVideo, frame_rate, open_video

__all__ = ["Clip", "NotAVideo", "finish", "make_poster", "probe"]

POSTER_WIDTH, POSTER_HEIGHT = 480, 640
MAX_SECONDS = 3600
_POSTER_EFFORT = 150  # frames decoded on the way to the middle


@dataclass(frozen=True, slots=True)
class Clip:
    """What a video file turned out to hold."""

    width: int
    height: int
    fps: float
    frames: int
    duration_seconds: float
    codec: str


def probe(path: Path) -> Clip:
    """What is in a video file, once its first picture was decoded and its end was found.

    Reads the file once; memory does not grow with it. Raises `NotAVideo` for everything else, stills and
    files that are damaged or cut off included.
    """
    with open_video(path) as (container, stream):
        seen = _Seen()
        for packet in container.demux():
            seen.add(packet, is_picture=packet.stream.index == stream.index)
        if seen.damaged or _is_cut_off(path, container, stream, seen):
            raise NotAVideo("The file is damaged, or cut off before its end.")
        if not seen.decoded or seen.frames < 2:
            raise NotAVideo("The file holds no moving picture.")
        return _clip(stream, seen)


def make_poster(path: Path, target: Path) -> None:
    """A WebP from about the middle of the video, at most 480 pixels wide. Raises `NotAVideo`."""
    frame = _frame_at(path, share=0.5) or _frame_at(path, share=0)
    if frame is None:
        raise NotAVideo("The file holds no picture.")
    scale = min(1, POSTER_WIDTH / frame.width, POSTER_HEIGHT / frame.height)
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    picture = Image.fromarray(frame.to_ndarray(width=width, height=height, format="rgb24"))
    with _replacing(target) as part:
        picture.save(part, "WEBP", quality=60, method=3)


def finish(path: Path, target: Path, metadata: Mapping[str, str]) -> None:
    """The video as an MP4 that plays before it is loaded, with `metadata` written into it.

    H.264 that browsers play is copied as it is; anything else is encoded anew. MP4 keeps `title`, `comment`,
    `description`, `artist`, `copyright`, `date` and `genre`; other keys are lost. Raises `NotAVideo`.
    """
    with open_video(path) as (container, stream), _replacing(target) as part:
        write_mp4(container, stream, part, metadata)
        if not part.exists():  # begun with the first picture only
            raise NotAVideo("The file holds no picture.")


@dataclass(slots=True)
class _Seen:
    """What passed by while a file was read: times in seconds, `last` over all streams."""

    frames: int = 0
    start: float | None = None
    end: float = 0.0
    last: float = 0.0
    decoded: bool = False
    damaged: bool = False

    def add(self, packet: "Packet[Any]", *, is_picture: bool) -> None:
        """Counts the packet in, and decodes pictures until one has come out. Raises `av.FFmpegError`."""
        if is_picture and not self.decoded:
            self.decoded = bool(packet.decode())
        if not packet.size:
            return
        self.damaged = self.damaged or packet.is_corrupt
        start, end = _times(packet)
        self.last = max(self.last, end)
        if is_picture:
            self.frames += 1
            self.start = start if self.start is None else min(self.start, start)
            self.end = max(self.end, end)


def _times(packet: "Packet[Any]") -> tuple[float, float]:
    start = packet.pts if packet.pts is not None else packet.dts or 0
    return float(start * packet.time_base), float((start + (packet.duration or 0)) * packet.time_base)


def _clip(stream: VideoStream, seen: _Seen) -> Clip:
    measured = seen.end - (seen.start or 0.0)
    duration = measured if measured > 0 else seen.frames / float(frame_rate(stream))
    if duration > MAX_SECONDS:
        raise NotAVideo("The video is longer than an hour.")
    counted, told = seen.frames / duration, float(frame_rate(stream))
    fps = (
        told if abs(told - counted) < 0.05 * counted else counted
    )  # one odd frame leads the file's word astray
    codec = stream.codec.canonical_name
    return Clip(stream.width, stream.height, round(fps, 3), seen.frames, round(duration, 3), codec)


def _is_cut_off(path: Path, container: InputContainer, stream: VideoStream, seen: _Seen) -> bool:
    """Whether the file ends early: each container shows it in its own way, most by their index."""
    kind, size = container.format.name, path.stat().st_size
    if kind.startswith("matroska"):
        rounding = 0.05 + 1 / float(frame_rate(stream))  # the last picture may not tell how long it stands
        return seen.last < (container.duration or 0) / av.time_base * 0.99 - rounding
    if kind == "gif":
        return not _tail(path).rstrip(b"\0").endswith(b";")
    if kind == "avi" and seen.frames < stream.frames:
        return True
    return any(entry.pos + entry.size > size for entry in stream.index_entries)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64))
        return file.read()


def _frame_at(path: Path, share: float) -> VideoFrame | None:
    """The picture at this share of the running time, or the last one that could be decoded before it."""
    frame = None
    with open_video(path) as (container, stream):
        wanted = int(_ticks(container, stream) * share)
        with suppress(av.FFmpegError):
            container.seek(wanted, stream=stream)
        with suppress(av.FFmpegError):
            for frame in islice(container.decode(stream), _POSTER_EFFORT):
                if frame.pts is None or frame.pts >= wanted:
                    break
    return frame


def _ticks(container: InputContainer, stream: VideoStream) -> int:
    """How long the video runs, in units of the stream's time base."""
    if stream.duration or not (container.duration and stream.time_base):
        return stream.duration or 0
    return int(Fraction(container.duration, av.time_base) / stream.time_base)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A file to write beside the target, which takes its place once it is whole."""
    part = target.with_name(target.name + ".part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
