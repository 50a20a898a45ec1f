"""Northern lights over a lake among hills."""

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, resized, tint
from services.demo.scenes.colour import light
from services.demo.scenes.mirror import Mirror
from services.demo.scenes.noise import line, read_line
from services.demo.scenes.ridges import Ridge, firs, hills, paint
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky

_HUES = [
    ("#3dffa8", "#2ad6c8", "#8a4dff"),
    ("#5cff8a", "#38e0a0", "#e0489a"),
    ("#46f0d0", "#4aa0ff", "#b04dff"),
]


class Curtain:
    """One band of light: where its lower edge hangs, how its rays stand, how high it reaches."""

    def __init__(self, shot: Shot, base: float) -> None:
        random = shot.random
        self._edge, self._rays, self._reach = (line(random, 1024, slope=slope) for slope in (1.9, 0.85, 1.5))
        self._base, self._offset = base, random.random(3).astype(np.float32)
        self._pace = shot.between(0.5, 1.0) * float(random.choice([-1, 1]))
        width, height = (max(side // 2, 8) for side in shot.size)
        self._across = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
        self._down = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]

    def at(self, seconds: float) -> tuple[Plane, Plane]:
        """How bright it is, and how far up its height each place lies."""
        moved = np.float32(self._pace * seconds)
        u = self._across * np.float32(0.2) + self._offset[0]
        fold = read_line(self._edge, u + moved * np.float32(0.006))
        edge = self._base + np.float32(0.10) * fold
        rays = read_line(self._rays, u * 1.6 + fold * np.float32(0.035) + moved * np.float32(0.012))
        reach = 0.20 + 0.055 * read_line(self._reach, u + self._offset[1] - moved * np.float32(0.01))
        up = (edge - self._down) / np.maximum(reach, 0.07)
        body = np.where(up > 0, np.exp(-1.5 * np.maximum(up, 0)), np.exp(np.minimum(up, 0) * 16))
        strength = np.clip(0.42 + 0.36 * rays, 0.03, 1.5) ** 1.7
        return body * strength, np.clip(up * 0.62, 0.0, 1.0)


class Aurora:
    """Still hills, a still lake, and the sky in motion."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        self._sky = Sky(shot, "night", horizon=0.70, sun_x=1.6, clouds=0.0)
        self._curtains = [Curtain(shot, base) for base in (0.34, 0.46, 0.56)]
        low, middle, high = (light(text) for text in _HUES[int(shot.random.integers(len(_HUES)))])
        self._hues = low, middle, high
        random = shot.random
        self._far = Ridge(hills(random, slope=1.15, height=0.034), None, 0.665, 2.2, 0.3)
        trees = firs(random, height=0.095, count=220, around=2.2 * shot.aspect)
        self._near = Ridge(hills(random, slope=1.8, height=0.012), trees, 0.728, 2.2, 1.0)
        self._mirror = Mirror(shot, horizon=0.725)

    def draw(self, seconds: float) -> Planes:
        """Stars, curtains, hills, and all of it again in the lake."""
        picture = self._sky.draw(0.0)
        picture += self._lights(seconds)
        moved = 0.008 * seconds
        glow = self._hues[0] * np.float32(0.05)
        paint(
            picture, self._far.lines(self._shot, moved), light("#0b1a2c"), light("#143044") + glow, mist=0.1
        )
        paint(picture, self._near.lines(self._shot, moved), light("#03070d"), light("#050c14"), mist=0.05)
        self._mirror.fill(picture, seconds)
        return picture

    def _lights(self, seconds: float) -> Planes:
        low, middle, high = (tint(hue) for hue in self._hues)
        total: Planes = np.zeros((3, *self._shot.half[::-1]), np.float32)
        for curtain in self._curtains:
            bright, up = curtain.at(seconds)
            hue = low + (middle - low) * np.minimum(up * 2, 1) + (high - middle) * np.maximum(up * 2 - 1, 0)
            total += hue * bright
        return resized(total * 0.85, self._shot.size, headroom=6.0)
