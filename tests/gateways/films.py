"""Small real videos, encoded for the moment."""

from pathlib import Path

import av
import numpy as np

RATE = 24


def make_film(
    path: Path, codec: str = "libx264", *, pixels: str = "yuv420p", frames: int = 24, sound: str | None = None,
    width: int = 64, height: int = 48, **muxing: str,
) -> Path:  # fmt: skip
    """A bar that wanders over a darkening ground, with a hum if a sound codec is named."""
    with av.open(str(path), "w", options=muxing) as output:
        picture = output.add_stream(codec, rate=RATE)
        picture.width, picture.height, picture.pix_fmt = width, height, pixels
        hum = output.add_stream(sound, rate=48_000, layout="mono") if sound else None
        for number in range(frames):
            output.mux(picture.encode(_picture(number, frames, width, height, pixels)))
            if hum:
                output.mux(hum.encode(_tone(number)))
        for stream in filter(None, (picture, hum)):
            output.mux(stream.encode(None))
    return path


def make_sound(path: Path) -> Path:
    """A second of humming and nothing to see."""
    with av.open(str(path), "w") as output:
        hum = output.add_stream("aac", rate=48_000, layout="mono")
        for number in range(RATE):
            output.mux(hum.encode(_tone(number)))
        output.mux(hum.encode(None))
    return path


def _picture(number: int, frames: int, width: int, height: int, pixels: str) -> av.VideoFrame:
    pixel = np.full((height, width, 3), 255 - 200 * number // frames, np.uint8)
    left = number * width // frames
    pixel[:, left : left + 8] = (255, 0, 0)
    return av.VideoFrame.from_ndarray(pixel, format="rgb24").reformat(format=pixels)


def _tone(number: int) -> av.AudioFrame:
    samples = 48_000 // RATE
    wave = 8000 * np.sin(np.arange(number * samples, (number + 1) * samples) / 20)
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[np.newaxis], format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48_000, number * samples
    return frame
