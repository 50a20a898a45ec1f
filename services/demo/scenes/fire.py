"""A fire at night: flames, logs, sparks."""

import numpy as np

from services.demo.scenes.backdrop import Sheet
from services.demo.scenes.canvas import Plane, Planes, column, lay, resized, tint
from services.demo.scenes.colour import light, looked_up, table
from services.demo.scenes.flakes import Flakes
from services.demo.scenes.noise import line, read, read_line, texture
from services.demo.scenes.ridges import Ridge, firs, hills, paint
from services.demo.scenes.shot import Shot

_HEAT = [
    (0, "#000000"),
    (0.18, "#3a0602"),
    (0.38, "#c32a04"),
    (0.58, "#ff7a12"),
    (0.8, "#ffc24a"),
    (1, "#fff1c8"),
]
_FOOT = 0.86


class Fire:
    """Stands in the middle of the picture and lights what is around it."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        random = shot.random
        self._colours = table(_HEAT) * np.float32(2.6)
        self._slow, self._quick = (
            texture(random, 256, slope=slope, stretch=(1.0, 0.55)) for slope in (1.7, 1.35)
        )
        self._beat = line(random, 256, slope=1.2)
        width, height = shot.half
        self._x = (((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) * np.float32(shot.aspect))[
            None, :
        ]
        self._up = (_FOOT - (np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
        self._room = min(1.0, shot.aspect)
        self._size = shot.between(0.52, 0.66) * self._room**0.5
        self._wide = shot.between(0.26, 0.33) * self._room
        self._logs = self._lay_logs()
        self._sparks = Flakes(shot, "embers")
        trees = firs(random, height=0.5, count=90, around=2.2 * shot.aspect)
        self._wood = Ridge(hills(random, slope=1.8, height=0.01), trees, 0.80, 2.2, 1.0)
        self._around = self._lit_ground()

    def draw(self, seconds: float) -> Planes:
        """Night, trees in the fire's light, flames, logs before them, sparks over all."""
        beat = np.float32(1 + 0.10 * float(read_line(self._beat, np.array([seconds * 0.11], np.float32))[0]))
        picture = self._around * beat
        paint(
            picture,
            self._wood.lines(self._shot, 0.004 * seconds),
            light("#1a0d08") * beat,
            light("#0a0504"),
            mist=0.1,
        )
        picture += self._around * (0.5 * beat)
        heat = self._heat(seconds)
        picture += resized(
            looked_up(self._colours, heat) * np.clip(heat, 0, 1), self._shot.size, headroom=6.0
        )
        lay(picture, tint(light("#120805")), self._logs.at(0.0)[0])
        picture += self._embers * (0.8 * beat)
        self._sparks.add(picture, seconds)
        return picture

    def _heat(self, seconds: float) -> Plane:
        """0 where there is no flame, 1 in its core."""
        x, up, now = self._x, self._up, np.float32(seconds)
        slow = read(self._slow, x * 0.55, -up * 0.5 + now * 0.42)
        bent = x + slow * 0.055 * np.clip(up * 2.2, 0, 1.3)
        quick = read(self._quick, bent * 1.15, -up * 0.85 + now * 0.85)
        aside = np.abs(bent) / (self._wide * (1.05 - 0.75 * np.clip(up / self._size, 0, 1)) + 0.02)
        shape = 1.12 - np.clip(up, 0, None) / self._size - aside**2 * 0.62
        foot = np.clip((up + 0.05) * 14, 0, 1)
        loose = (0.10 + 0.20 * np.clip(up * 2, 0, 1)) * slow + 0.20 * quick
        return np.asarray(np.clip(shape * 0.95 + loose, 0.0, 1.15) * foot)

    def _lit_ground(self) -> Planes:
        width, height = self._shot.size
        down = column(height)
        x = ((np.arange(width, dtype=np.float32) / width - 0.5) * np.float32(self._shot.aspect))[None, :]
        near = np.exp(-np.hypot(x, (down - 0.72) * 1.25) * 2.6)
        self._embers = tint(light("#ff5a10")) * (
            np.exp(-((x / 0.2) ** 2) - ((down - _FOOT) / 0.02) ** 2) * 1.6
        )
        return np.asarray(
            tint(light("#05070f")) + tint(light("#ff7020")) * near * np.float32(0.16), np.float32
        )

    def _lay_logs(self) -> Sheet:
        sheet, shot = Sheet(self._shot), self._shot
        middle = sheet.span / 2
        for _ in range(5):
            turn, long, thick = (
                shot.between(-0.32, 0.32),
                shot.between(0.2, 0.3) * self._room,
                shot.between(0.016, 0.026),
            )
            x, y = middle + shot.between(-0.06, 0.06), _FOOT + shot.between(-0.01, 0.035)
            along, across = (
                np.array([np.cos(turn), np.sin(turn)]) * long,
                np.array([-np.sin(turn), np.cos(turn)]) * thick,
            )
            corners = [(-1, -1), (1, -0.8), (1.02, 0.8), (-1.01, 1)]
            sheet.shape(
                [(x + a * along[0] + b * across[0], y + a * along[1] + b * across[1]) for a, b in corners]
            )
        ground = [
            (float(place), _FOOT + 0.045 + shot.between(-0.004, 0.004))
            for place in np.linspace(0, sheet.span, 120)
        ]
        sheet.shape([(0.0, 1.1), *ground, (sheet.span, 1.1)])
        sheet.done()
        return sheet
