"""Sheets of mist that drift by."""

import numpy as np

from services.demo.scenes.canvas import Plane, resized_mask, smoothstep
from services.demo.scenes.noise import read, texture
from services.demo.scenes.shot import Shot


class Mist:
    """Drawn small, for it has no edges. All measures in picture heights."""

    def __init__(self, shot: Shot, *, speed: float = 0.02) -> None:
        self._size = shot.size
        width, height = (max(side // 4, 8) for side in shot.size)
        self._across = ((np.arange(width, dtype=np.float32) + 0.5) / width * np.float32(shot.aspect))[None, :]
        self._down = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
        self._texture = texture(shot.random, 256, slope=1.6, stretch=(0.35, 1.0))
        self._speed = speed * float(shot.random.choice([-1, 1]))

    def at(self, seconds: float, *, middle: float, depth: float, near: float) -> Plane:
        """A sheet around the height `middle`, `depth` deep; `near` 0…1 makes it larger and faster. 0…1."""
        scale = np.float32(0.45 - 0.2 * near)
        moved = np.float32(self._speed * (0.5 + near) * seconds)
        billow = read(
            self._texture, self._across * scale + moved + np.float32(near), self._down * scale * 1.6
        )
        band = np.exp(-(((self._down - np.float32(middle)) / np.float32(depth)) ** 2))
        return resized_mask(smoothstep(-1.1, 1.9, billow) * band, self._size)
