"""Pictures while they are made: planes of linear light, and their way between sizes."""

from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

Plane = NDArray[np.floating[Any]]  # (height, width)
Planes = NDArray[np.floating[Any]]  # (3, height, width), linear light; 1 is white before the film curve
Colour = NDArray[np.floating[Any]]  # (3,), linear light


def resized(planes: Planes, size: tuple[int, int], *, headroom: float = 1.0) -> Planes:
    """Planes at another (width, height), smoothly; values above `headroom` are cut.

    Works on square roots, which keeps 16 bits of precision fine enough in the shadows.
    """
    roots = np.sqrt(np.clip(planes, 0.0, headroom) * np.float32(1 / headroom))
    grown = _scaled(roots, size, "gbrpf32le")
    grown *= grown
    grown *= np.float32(headroom)
    return grown


def resized_mask(mask: Plane, size: tuple[int, int]) -> Plane:
    """A single plane of 0…1 at another (width, height)."""
    return np.asarray(_scaled(mask[None], size, "grayf32le")[0])


def column(height: int) -> Plane:
    """0 at the top to 1 at the bottom, (height, 1)."""
    return np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]


def smoothstep(low: float, high: float, values: Plane) -> Plane:
    """0 below low, 1 above high, eased between."""
    part = np.clip((values - np.float32(low)) * np.float32(1 / (high - low)), 0.0, 1.0)
    return np.asarray(part * part * (3.0 - 2.0 * part))


def lay(below: Planes, colour: Planes, cover: Plane) -> None:
    """Puts a colour (or planes) over what is below where `cover` says so, in place."""
    below += (colour - below) * cover


def tint(colour: Colour) -> Planes:
    """A colour that can be multiplied with planes."""
    return colour[:, None, None]


def _scaled(planes: Planes, size: tuple[int, int], layout: str) -> Planes:
    _, height, width = planes.shape
    frame = av.VideoFrame(width, height, layout)
    for plane, values in zip(frame.planes, planes, strict=True):
        np.frombuffer(memoryview(plane), np.float32).reshape(height, -1)[:, :width] = values
    grown = frame.reformat(*size, layout, interpolation=Interpolation.BILINEAR, threads=1)
    rows = [np.frombuffer(memoryview(plane), np.float32).reshape(size[1], -1) for plane in grown.planes]
    return np.stack([row[:, : size[0]] for row in rows])
