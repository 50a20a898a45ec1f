"""Beams of light that fall through gaps, and wander as the gaps do."""

import numpy as np

from services.demo.scenes.canvas import Plane, resized_mask
from services.demo.scenes.noise import line, read_line
from services.demo.scenes.shot import Shot


class Rays:
    """From a source at `place` (across, down; in picture sizes, also outside the picture)."""

    def __init__(
        self, shot: Shot, place: tuple[float, float], *, count: float = 7.0, pace: float = 0.02
    ) -> None:
        width, height = (max(side // 4, 8) for side in shot.size)
        across = ((np.arange(width, dtype=np.float32) + 0.5) / width - place[0])[None, :] * shot.aspect
        down = ((np.arange(height, dtype=np.float32) + 0.5) / height - place[1])[:, None]
        self._size = shot.size
        self._angle = (np.arctan2(across, down) / np.pi * np.float32(count / 7)).astype(np.float32)
        self._fade = np.exp(-np.hypot(across, down) * 1.1).astype(np.float32)
        self._lines = [line(shot.random, 512, slope=0.9) for _ in range(2)]
        self._pace = pace

    def at(self, seconds: float) -> Plane:
        """How bright the beams are at that time, 0…1, over the whole picture."""
        moved = np.float32(self._pace * seconds)
        one = read_line(self._lines[0], self._angle * 0.8 + moved)
        other = read_line(self._lines[1], self._angle * 1.3 - moved * 0.7)
        beams = np.clip(0.35 + 0.4 * one + 0.4 * other, 0.0, 1.6) * self._fade
        return resized_mask(np.clip(beams, 0.0, 1.0), self._size)
