"""Small lights: stars that stand, and specks that fly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.demo.scenes.canvas import Plane
from services.demo.scenes.shot import Shot

Values = NDArray[np.floating[Any]]
_REACH = 3


def star_plane(shot: Shot, count: int) -> Plane:
    """A still sky of stars, a few bright and many faint, as light to be added."""
    plane = np.zeros((shot.height, shot.width), np.float32)
    count = int(count * shot.width * shot.height / (848 * 480)) + 8
    across, down = shot.random.random(count) * shot.width, shot.random.random(count) * shot.height
    strength = 0.04 + 0.8 * shot.random.random(count) ** 9
    splat(plane, across, down, strength, 0.5 + 0.4 * strength)
    return plane


def splat(plane: Plane, across: Values, down: Values, strength: Values, radius: Values) -> None:
    """Adds soft round dots to a plane, places and radii (below 1.5) in pixels; those outside are left out."""
    height, width = plane.shape
    steps = np.arange(-_REACH, _REACH + 1)
    columns = np.floor(across).astype(np.int64)[:, None, None] + steps[None, None, :]
    rows = np.floor(down).astype(np.int64)[:, None, None] + steps[None, :, None]
    distance = (columns + 0.5 - across[:, None, None]) ** 2 + (rows + 0.5 - down[:, None, None]) ** 2
    dots = strength[:, None, None] * np.exp(distance / (-2 * radius[:, None, None] ** 2))
    seen = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    places = (rows * width + columns)[seen]
    plane += np.bincount(places, dots[seen], plane.size).reshape(plane.shape).astype(np.float32)
