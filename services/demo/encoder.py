"""Writes pictures as an H.264 clip that any browser plays and seeks in."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (3, height, width): red, green, blue

_BT709 = 1
_MPEG_RANGE = 1
_CODEC_OPTIONS = {
    "preset": "veryfast",
    "crf": "19",
    "profile": "high",
    "aq-mode": "3",
    "g": "48",
    "mbtree": "0",  # on processors with AVX-512 x264's macroblock tree gives other bytes each time
}


def write_clip(
    path: Path, pictures: Iterable[Picture], *, size: tuple[int, int], fps: int, title: str = "Demo render"
) -> None:
    """Writes all pictures, scaled to `size` (width, height; both even), with the index in front of the data.

    The same pictures give the same bytes: one encoder thread, and nothing of the time or place goes in.
    """
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", container_options=options) as container:
        container.metadata["title"] = title
        stream = _add_stream(container, size, fps)
        for number, picture in enumerate(pictures):
            frame = _frame(picture, size)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_sample(path: Path) -> None:
    """Writes a tiny clip (64×48, 12 frames) without any rendering to speak of."""
    ramp = np.linspace(30, 220, 64, dtype=np.uint8)
    pictures = (np.broadcast_to(np.roll(ramp, 4 * step), (3, 48, 64)) for step in range(12))
    write_clip(path, pictures, size=(64, 48), fps=24)


def _add_stream(container: Any, size: tuple[int, int], fps: int) -> Any:
    stream = container.add_stream("libx264", rate=fps, options=_CODEC_OPTIONS)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _MPEG_RANGE
    return stream


def _frame(picture: Picture, size: tuple[int, int]) -> av.VideoFrame:
    _, height, width = picture.shape
    frame = av.VideoFrame(width, height, "gbrp")
    for plane, values in zip(frame.planes, picture[[1, 2, 0]], strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        rows[:height, :width] = values
    return frame.reformat(
        *size, format="yuv420p", dst_colorspace="itu709", interpolation=Interpolation.BICUBIC, threads=1
    )
