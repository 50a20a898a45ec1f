"""Under water: light from above, a ridge of rock and weed, fish, what floats."""

import numpy as np

from services.demo.scenes.canvas import Planes, column, lay, tint
from services.demo.scenes.colour import light, mixed
from services.demo.scenes.fish import School
from services.demo.scenes.flakes import Flakes
from services.demo.scenes.noise import Drift, read
from services.demo.scenes.rays import Rays
from services.demo.scenes.ridges import Ridge, hills, paint
from services.demo.scenes.shot import Shot

_SEAS = [
    ("#7fe3e8", "#0d6f9a", "#03223f"),
    ("#8ff0d8", "#0f7f86", "#042a36"),
    ("#86c8ff", "#1457a8", "#041a44"),
]


class Reef:
    """The camera hangs in the water and drifts."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        random = shot.random
        high, middle, low = (light(text) for text in _SEAS[int(random.integers(len(_SEAS)))])
        self._middle, self._low = middle, low
        self._rays = Rays(shot, (shot.between(0.3, 0.7), -0.25), count=11, pace=0.02)
        self._ripples = Drift(random, 128, slope=1.5, pace=1.1)
        self._ridges = [
            Ridge(self._rock(near), None, 0.74 + 0.20 * near, 2.2, 0.3 + 2.0 * near)
            for near in (0.0, 0.45, 1.0)
        ]
        self._schools = [School(shot, near) for near in (0.15, 0.6)]
        self._floating = Flakes(shot, "plankton")
        self._water = self._depths(high, middle, low)
        self._speed = shot.between(0.008, 0.014) * float(random.choice([-1, 1]))
        self._light = tint(mixed(high, light("#ffffff"), 0.3))

    def draw(self, seconds: float) -> Planes:
        """From the bright surface to the dark rocks before us."""
        picture = self._water.copy()
        self._add_surface(picture, seconds)
        rays = self._rays.at(seconds)
        picture += self._light * (rays * np.float32(0.30))
        for number, ridge in enumerate(self._ridges):
            near = number / 2
            top = mixed(self._middle, self._low * np.float32(0.25), 0.25 + 0.75 * near)
            foot = mixed(self._middle * np.float32(0.6), self._low * np.float32(0.12), 0.3 + 0.7 * near)
            paint(picture, ridge.lines(self._shot, self._speed * seconds), top, foot, mist=0.10)
            picture += self._light * (rays * np.float32(0.13 * (1 - near)))
            if number < len(self._schools):
                colour = mixed(self._middle, self._low * np.float32(0.2), 0.55 + 0.3 * near)
                lay(picture, tint(colour), self._schools[number].at(seconds))
        self._floating.add(picture, seconds)
        return picture

    def _depths(self, high: Planes, middle: Planes, low: Planes) -> Planes:
        down = column(self._shot.height)
        upper, lower = np.clip(down / 0.45, 0, 1), np.clip((down - 0.45) / 0.55, 0, 1)
        water = tint(high) * 0.9 + tint(middle - high * np.float32(0.9)) * upper**0.7
        water = water + (tint(low) - water) * lower
        x = (
            (np.arange(self._shot.width, dtype=np.float32) / self._shot.width - 0.5)
            * np.float32(self._shot.aspect)
        )[None, :]
        return np.asarray(water * (0.55 + 0.6 * np.exp(-(x**2) * 1.6)), np.float32)

    def _add_surface(self, picture: Planes, seconds: float) -> None:
        """The rippled skin of the water, seen from below."""
        width, height = self._shot.size
        rows = int(0.26 * height)
        down = ((np.arange(rows, dtype=np.float32) + 0.5) / height)[:, None]
        deep = 0.10 / (0.30 - down)
        x = ((np.arange(width, dtype=np.float32) / width - 0.5) * np.float32(self._shot.aspect))[
            None, :
        ] * deep
        ripple = read(
            self._ripples.at(seconds),
            x * 1.1,
            np.broadcast_to(deep * 1.6, x.shape) + np.float32(0.02 * seconds),
        )
        bright = np.exp(-np.abs(ripple) * 3.2) * np.clip(1 - down / 0.26, 0, 1) ** 1.5
        picture[:, :rows] += self._light * (bright * np.float32(0.9))

    def _rock(self, near: float) -> Planes:
        random = self._shot.random
        ground = hills(random, slope=1.5, height=0.03 + 0.04 * near)
        knobs = np.abs(hills(random, slope=0.95, height=0.010 + 0.014 * near))
        weed = np.clip(hills(random, slope=0.35, height=0.012 * near) - 0.012 * near, 0, None) * 3
        return np.asarray(ground + knobs + weed, np.float32)
