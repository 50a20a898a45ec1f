"""Hills one behind the other, each a line against the paler one behind it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.demo.scenes.canvas import Colour, Plane, Planes, tint
from services.demo.scenes.noise import Random, line, read_line
from services.demo.scenes.shot import Shot

_POINTS = 4096


@dataclass(frozen=True, slots=True)
class Ridge:
    """Ground and what stands on it, as heights over the base in picture heights; they repeat."""

    ground: NDArray[np.float32]
    trees: NDArray[np.float32] | None
    base: float  # from the top, in picture heights
    rounds: float  # after how many picture widths it repeats
    near: float  # how much it moves when the camera does

    def lines(self, shot: Shot, moved: float) -> tuple[Plane, Plane]:
        """Each column's row where the ridge begins, and where its ground does.

        `moved` is how far the camera has gone, in picture widths.
        """
        across = (np.arange(shot.width, dtype=np.float32) + 0.5) / shot.width
        places = (across + np.float32(moved * self.near)) / np.float32(self.rounds)
        ground = read_line(self.ground, places)
        top = ground if self.trees is None else ground + read_line(self.trees, places)
        return (self.base - top) * np.float32(shot.height), (self.base - ground) * np.float32(shot.height)


def hills(random: Random, *, slope: float, height: float) -> NDArray[np.float32]:
    """Ground; `slope` near 1 is rocky, near 2 rolling."""
    return line(random, _POINTS, slope=slope) * np.float32(height)


def firs(random: Random, *, height: float, count: int, around: float) -> NDArray[np.float32]:
    """Conifers of about that height; `around` is how many picture heights once around is wide."""
    points = np.zeros(_POINTS, np.float32)
    places = np.arange(_POINTS)
    for _ in range(count):
        middle, tall = random.integers(_POINTS), height * random.uniform(0.35, 1.0)
        wide = random.uniform(0.13, 0.2) * tall * _POINTS / around
        aside = np.abs((places - middle + _POINTS // 2) % _POINTS - _POINTS // 2) / wide
        tiers = 0.13 * np.abs((aside * random.uniform(3.5, 5.5) + random.random()) % 1 - 0.5)
        points = np.maximum(points, tall * np.clip(1 - aside**0.8 - tiers, 0, 1))
    return points


def paint(picture: Planes, lines: tuple[Plane, Plane], top: Colour, foot: Colour, *, mist: float) -> None:
    """Fills below a ridge's line, from `top` at its ground to `foot` deeper down; `mist` is how deep."""
    height = picture.shape[1]
    line_, ground = lines
    first = int(np.clip(line_.min() - 1, 0, height - 1))
    rows = np.arange(first, height, dtype=np.float32)[:, None] + np.float32(0.5)
    cover = np.clip(rows - line_ + 0.5, 0.0, 1.0)
    fade = 1 / (1 + np.maximum(rows - ground, 0.0) * np.float32(1 / (mist * height)))
    below = picture[:, first:]
    below += (tint(foot) + tint(top - foot) * fade - below) * cover
