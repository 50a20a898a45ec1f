"""Dunes: sharp crests in low light, sand blown over them."""

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, tint
from services.demo.scenes.colour import light, mixed
from services.demo.scenes.noise import read, texture
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky
from services.demo.scenes.terrain import Camera, Terrain, lit

_TILE = 512
_SAND = {
    "dawn": "#c98f66",
    "day": "#cf9355",
    "sunset": "#d97f45",
    "dusk": "#8f6a73",
    "night": "#5b6684",
    "storm": "#9c8a70",
}
_SUNLIGHT = {"dawn": 1.7, "day": 1.7, "sunset": 2.3, "dusk": 1.6, "night": 1.3, "storm": 1.2}


class Desert:
    """Flown over at the height of the crests."""

    def __init__(self, shot: Shot) -> None:
        hour = shot.time_of_day or str(shot.random.choice(["sunset", "dawn", "day"]))
        self._sky = Sky(shot, hour, horizon=0.40, clouds=shot.between(0.2, 0.45))
        heights = dunes(shot)
        toward = np.pi if self._sky.sun[0] < 0.5 else 0.0
        low = 0.3 if hour in ("day", "night") else 0.2
        shade = lit(heights, size=1.0, slope=low, toward=toward + shot.between(-0.5, 0.5))
        self._terrain = Terrain(shot, (heights + 1j * shade).astype(np.complex64), Camera(0.40, 0.06, 5.0))
        self._ripples = texture(shot.random, 256, slope=1.1, stretch=(0.3, 1.0))
        self._gusts = texture(shot.random, 256, slope=1.5, stretch=(0.35, 1.0))
        sand = light(_SAND[hour])
        self._lit, self._shaded = (
            sand * self._sky.light * _SUNLIGHT[hour],
            sand * mixed(self._sky.ambient, self._sky.light, 0.12) * 0.6,
        )
        self._haze = mixed(self._sky.haze, sand * self._sky.light, 0.3)
        self._start = shot.random.random(2)
        self._speed = shot.between(0.035, 0.05)
        self._eye = self._terrain.clearance(self._where(0.0), self._where(shot.seconds)) + 0.03
        self._air = np.exp(-self._terrain.depths / 1.9)

    def draw(self, seconds: float) -> Planes:
        """The dunes before the sky, hazier the farther they are."""
        heights, shade, across, down = self._terrain.survey(*self._where(seconds))
        shade = np.clip(shade + self._marks(across, down), 0.0, 1.2)
        colours = tint(self._shaded) + tint(self._lit - self._shaded) * shade
        blown = self._blown(across, down, heights, seconds)
        colours += (tint(self._lit * 0.8) - colours) * blown
        colours = tint(self._haze) + (colours - tint(self._haze)) * self._air
        return self._terrain.project(heights, colours, self._sky.draw(seconds), self._eye)

    def _where(self, seconds: float) -> tuple[float, float]:
        return self._start[0] + 0.012 * seconds, self._start[1] + self._speed * seconds

    def _marks(self, across: Plane, down: Plane) -> Plane:
        near = 0.07 * np.exp(-self._terrain.depths / 0.22)
        return np.asarray(read(self._ripples, across * 5, down * 11) * near)

    def _blown(self, across: Plane, down: Plane, heights: Plane, seconds: float) -> Plane:
        gust = read(self._gusts, across * 1.3 - np.float32(0.10 * seconds), down * 1.3)
        return np.clip(gust - 0.7, 0.0, 1.4) * 0.15 * np.clip(heights * 22, 0.0, 1.0)


def dunes(shot: Shot) -> Plane:
    """Heights of a tile of dunes: long slopes up the wind, short ones down, crests that wander."""
    grid = np.arange(_TILE, dtype=np.float32) / _TILE
    across, down = grid[None, :], grid[:, None]
    wander = texture(shot.random, _TILE, slope=2.9)
    size = texture(shot.random, _TILE, slope=2.6)
    high = _profile(3 * across + 1 * down + 0.26 * wander) * np.clip(0.036 + 0.011 * size, 0.012, None)
    low = _profile(5 * across - 3 * down + 0.3 * np.roll(wander, 99, 0)) * np.clip(
        0.006 * np.roll(size, 180, 1), 0, 0.012
    )
    return np.asarray(high + low + 0.006 * size, np.float32)


def _profile(phase: Plane) -> Plane:
    part = phase - np.floor(phase)
    rise = np.clip(part / 0.68, 0, 1)
    fall = np.clip((1 - part) / 0.32, 0, 1)
    return np.asarray(np.where(part < 0.68, rise**1.35, fall * fall * (3 - 2 * fall)), np.float32)
