"""Hills in the mist, each paler than the one before it."""

import numpy as np

from services.demo.scenes.canvas import Planes, lay, tint
from services.demo.scenes.colour import mixed
from services.demo.scenes.mist import Mist
from services.demo.scenes.ridges import Ridge, firs, hills, paint
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky

_LAYERS = 7
_ROUNDS = 2.4


class Valley:
    """The camera glides sideways, so that near hills pass the far ones."""

    def __init__(self, shot: Shot) -> None:
        hour = shot.time_of_day or str(shot.random.choice(["dawn", "sunset", "dusk"]))
        self._shot = shot
        self._sky = Sky(shot, hour, horizon=0.60, clouds=shot.between(0.35, 0.55))
        self._ridges = [self._ridge(number / (_LAYERS - 1)) for number in range(_LAYERS)]
        self._haze = mixed(self._sky.haze, self._sky.light, 0.12) * np.float32(0.9)
        self._dark = self._sky.ambient * np.float32(0.07) + self._sky.shade * np.float32(0.10)
        self._mist = Mist(shot, speed=0.03)
        self._speed = shot.glide(0.010, 0.016, nearest=1.0)
        self._glow = self._sky.glow() * np.float32(0.20 * self._sky.hour.glow)

    def draw(self, seconds: float) -> Planes:
        """Sky, hills from far to near, light in the mist between them."""
        picture = self._sky.draw(seconds)
        for number, ridge in enumerate(self._ridges):
            near = number / (_LAYERS - 1)
            top = mixed(self._haze, self._dark, 0.22 + 0.78 * near**0.7)
            foot = mixed(self._haze, self._dark, 0.02 + 0.88 * near**2.0)
            paint(picture, ridge.lines(self._shot, self._speed * seconds), top, foot, mist=0.04 + 0.10 * near)
            if number in (1, 3, 5):
                self._lay_mist(picture, seconds, ridge.base, near)
        return picture

    def _lay_mist(self, picture: Planes, seconds: float, base: float, near: float) -> None:
        thick = 1.4 if self._shot.weather == "fog" else 0.75
        sheet = self._mist.at(seconds, middle=base + 0.05 + 0.05 * near, depth=0.10 + 0.04 * near, near=near)
        lay(picture, tint(self._haze), sheet * np.float32(thick * (0.75 - 0.35 * near)))
        picture += self._glow * np.float32(1.1 - near)

    def _ridge(self, near: float) -> Ridge:
        random = self._shot.random
        height = 0.022 + 0.048 * (1 - abs(near - 0.4))
        ground = hills(random, slope=1.3 + 0.45 * near, height=height)
        trees = None
        if near > 0.3:
            tall, count = 0.022 + 0.15 * near**2.4, int(900 - 640 * near)
            trees = firs(random, height=tall, count=count, around=_ROUNDS * self._shot.aspect)
        return Ridge(ground, trees, 0.52 + 0.42 * near**1.2, _ROUNDS, 0.25 + 3.2 * near**1.6)
