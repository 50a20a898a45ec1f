"""Opening video files that a stranger made."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from services.errors import AppError, Unavailable

MAX_PIXELS = 40_000_000  # 8K
MAX_RATE = 240
THREADS = 2
# Playlists and scripts name other files and addresses, which reading them would open.
_CONTAINERS = "mov,mp4,matroska,webm,gif,avi,mpegts,ogg,flv"
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}
_DISK_TROUBLE = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EFBIG,
    errno.EMFILE,
    errno.ENOENT,
)


class NotAVideo(AppError):
    """The file holds no video that can be played to its end."""

    status, code = 422, "not_a_video"


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A video file and its picture, open for reading.

    Whatever FFmpeg finds wrong meanwhile becomes `NotAVideo`, or `Unavailable` if the disk is the trouble.
    """
    path.stat()  # a missing file is a mistake of ours, not a bad video
    try:
        with av.open(str(path.absolute()), "r", options=_OPTIONS) as container:
            yield container, _picture(container)
    except (av.FFmpegError, ArithmeticError, LookupError, ValueError, MemoryError) as error:
        if getattr(error, "errno", None) in _DISK_TROUBLE:
            raise Unavailable("There is no room to write the video. Free some disk space.") from error
        raise NotAVideo("The file is damaged, or no video.") from error


def _picture(container: InputContainer) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
        raise NotAVideo("The file holds no moving picture.")
    if stream.codec_context is None:
        raise NotAVideo("The video is in a format that cannot be read.")
    if min(stream.width, stream.height) < 16 or stream.width * stream.height > MAX_PIXELS:
        raise NotAVideo("The picture's size is not one that is taken.")
    stream.thread_count = THREADS
    stream.thread_type = "AUTO"
    return stream


def frame_rate(stream: VideoStream) -> Fraction:
    """Pictures per second as the file tells, 24 where it tells nothing believable."""
    rates = (stream.guessed_rate, stream.average_rate)
    return next((rate for rate in rates if rate and 0 < rate <= MAX_RATE), Fraction(24))
