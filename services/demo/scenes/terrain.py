"""Land seen from above as one flies over it: heights and shades on a tile that repeats, drawn column by column."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.demo.scenes.canvas import Plane, Planes, smoothstep
from services.demo.scenes.noise import read
from services.demo.scenes.shot import Shot

_STEPS = 190


@dataclass(frozen=True, slots=True)
class Camera:
    """Distances in tiles of the land, angles in picture heights; `horizon` from the top."""

    horizon: float
    nearest: float
    farthest: float
    focal: float = 1.1


class Terrain:
    """`land` holds the height (in tiles) as real and how lit it is (0…1 and above) as imaginary part."""

    def __init__(self, shot: Shot, land: NDArray[np.complex64], camera: Camera) -> None:
        self._shot, self._land, self._camera = shot, land, camera
        self._width = shot.width
        ratio = (camera.farthest / camera.nearest) ** (1 / (_STEPS - 1))
        self.depths = (camera.nearest * ratio ** np.arange(_STEPS)).astype(np.float32)[:, None]
        across = (np.arange(self._width, dtype=np.float32) + 0.5) / self._width - 0.5
        self._across = across[None, :] * np.float32(shot.aspect / camera.focal)
        self._columns = np.arange(self._width, dtype=np.int64)[None, :]

    def survey(self, x: float, y: float, turn: float = 0.0) -> tuple[Plane, Plane, Plane, Plane]:
        """From over (x, y): heights, shades and places (across, down), each (steps, width)."""
        side = self._across + np.float32(turn)
        places = (
            np.float32(x) + side * self.depths,
            np.float32(y) + np.broadcast_to(self.depths, (_STEPS, self._width)),
        )
        found = read(self._land, *places)
        return found.real, found.imag, *places

    def clearance(self, start: tuple[float, float], end: tuple[float, float]) -> float:
        """The greatest height just below and before a flight from start to end."""
        along = np.linspace(0, 1.6, 200, dtype=np.float32)[:, None]
        aside = np.linspace(-0.06, 0.06, 21, dtype=np.float32)[None, :]
        ahead = end[1] - start[1] + 0.12
        x = start[0] + (end[0] - start[0]) * np.minimum(along, 1) + aside
        return float(read(self._land, x, start[1] + ahead * along / 1.6 + 0 * aside).real.max())

    def project(self, heights: Plane, colours: Planes, sky: Planes, eye: float) -> Planes:
        """The land's colours (3, steps, width) as seen from the height `eye`, before the sky."""
        camera, rows = self._camera, self._shot.height
        seen = (camera.horizon + (eye - heights) * (camera.focal / self.depths)) * rows
        front = np.minimum.accumulate(seen, axis=0)
        index, part = self._first_hits(front)
        here = index * self._width + self._columns
        before = np.maximum(index - 1, 0) * self._width + self._columns
        picture = np.empty_like(sky)
        for channel in range(3):
            flat = colours[channel].ravel()
            near, far = flat[before], flat[here]
            picture[channel] = near + (far - near) * part
        top = front[-1]
        cover = np.clip(np.arange(rows, dtype=np.float32)[:, None] + 1 - top[None, :], 0.0, 1.0)
        picture -= sky
        picture *= cover
        picture += sky
        return picture

    def _first_hits(self, front: Plane) -> tuple[NDArray[np.int64], Plane]:
        """For each pixel the first step that covers it, and how far it lies between that and the one before."""
        rows = self._shot.height
        lines = np.clip(np.ceil(front - 0.5), 0, rows).astype(np.int64)
        counts = np.bincount(
            (lines * self._width + self._columns).ravel(), minlength=(rows + 1) * self._width
        )
        above = counts.reshape(rows + 1, self._width)[::-1].cumsum(axis=0)[::-1]
        index = np.minimum(above[1:], _STEPS - 1)
        flat = front.ravel()
        upper = flat[index * self._width + self._columns]
        lower = flat[np.maximum(index - 1, 0) * self._width + self._columns]
        centre = np.arange(rows, dtype=np.float32)[:, None] + np.float32(0.5)
        part = np.clip((lower - centre) / np.maximum(lower - upper, 1e-3), 0.0, 1.0)
        return index, part


def lit(heights: Plane, *, size: float, slope: float, toward: float) -> Plane:
    """How lit a repeating land is by a sun in the direction `toward` (radians), `slope` high; 0 in full shadow.

    `size` is the width of the tile in the units of the heights.
    """
    cell = size / heights.shape[0]
    down = (np.roll(heights, -1, 0) - np.roll(heights, 1, 0)) / (2 * cell)
    across = (np.roll(heights, -1, 1) - np.roll(heights, 1, 1)) / (2 * cell)
    high = np.arctan(slope)
    sun = np.array([np.cos(toward) * np.cos(high), np.sin(toward) * np.cos(high), np.sin(high)])
    facing = (sun[2] - across * sun[0] - down * sun[1]) / np.sqrt(1 + across**2 + down**2)
    shadow = _shadow_depth(heights, np.float32(slope * cell), toward)
    open_ = softened(1 - smoothstep(0.0, 2.5 * cell, shadow))
    return np.asarray(np.clip(facing, 0.0, None) * open_, np.float32)


def softened(tile: Plane) -> Plane:
    """The same tile with its finest steps taken off."""
    for axis in (0, 1, 0, 1):
        tile = (np.roll(tile, 1, axis) + 2 * tile + np.roll(tile, -1, axis)) / 4
    return tile


def _shadow_depth(heights: Plane, fall: np.float32, toward: float) -> Plane:
    """How deep below the shadows of others each place lies; the sun stands along the nearer axis."""
    axis, step = (1, np.sign(np.cos(toward))) if abs(np.cos(toward)) > 0.7 else (0, np.sign(np.sin(toward)))
    ceiling = heights.copy()
    for _ in range(heights.shape[0] // 3):
        ceiling = np.maximum(heights, np.roll(ceiling, -int(step), axis) - fall)
    return ceiling - heights
