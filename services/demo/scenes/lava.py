"""A lava field at night below a volcano: dark crust, glowing seams that flow."""

import numpy as np

from services.demo.scenes.canvas import Planes, column, tint
from services.demo.scenes.colour import light, looked_up, table
from services.demo.scenes.flakes import Flakes
from services.demo.scenes.mist import Mist
from services.demo.scenes.noise import line, read, texture
from services.demo.scenes.points import splat
from services.demo.scenes.ridges import Ridge, paint
from services.demo.scenes.shot import Shot

_HEAT = [
    (0, "#060404"),
    (0.25, "#2a0a04"),
    (0.5, "#b82a04"),
    (0.72, "#ff7412"),
    (0.9, "#ffc850"),
    (1, "#fff0c0"),
]
_HORIZON = 0.48
_ARC_SECONDS = 1.6


class Lava:
    """Seen from a little above, gliding over it."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        random = shot.random
        self._colours = table(_HEAT) * np.float32(2.2)
        self._seams = texture(random, 512, slope=1.75)
        self._fine = texture(random, 512, slope=1.2)
        self._smoke, self._sparks = Mist(shot, speed=0.05), Flakes(shot, "embers")
        self._crater = shot.between(0.32, 0.68)
        self._mountain = Ridge(self._outline(), None, _HORIZON + 0.01, 1.0, 0.0)
        self._top = int(np.ceil(_HORIZON * shot.height))
        down = ((np.arange(self._top, shot.height, dtype=np.float32) + 0.5) / shot.height - _HORIZON)[:, None]
        self._z = 0.16 / down
        self._x = ((np.arange(shot.width, dtype=np.float32) / shot.width - 0.5) * np.float32(shot.aspect))[
            None, :
        ] * self._z
        self._near = np.exp(-self._z / 3.2)
        self._sharp = 1 / (1 + self._z * 0.9)
        self._clots = random.random((4, 260)).astype(np.float32) * np.array(
            [[1], [1], [0.5], [1]], np.float32
        )
        self._speed = shot.between(0.045, 0.065)
        self._glow = self._sky_glow()

    def draw(self, seconds: float) -> Planes:
        """Red night, smoke, the mountain, the field, sparks."""
        picture = self._glow.copy()
        smoke = self._smoke.at(seconds, middle=0.16, depth=0.30, near=0.2)
        picture += tint(light("#a8381c")) * (smoke * 0.30) * (0.25 + self._glow[0] * 2)
        paint(picture, self._mountain.lines(self._shot, 0.0), light("#160705"), light("#2a0c06"), mist=0.2)
        self._add_fountain(picture, seconds)
        picture[:, self._top :] = self._field(seconds)
        haze = self._smoke.at(seconds + 40, middle=_HORIZON, depth=0.06, near=0.9)
        picture += tint(light("#ff5a20")) * (haze * 0.30)
        self._sparks.add(picture, seconds)
        return picture

    def _field(self, seconds: float) -> Planes:
        x, z = self._x * 0.42, (self._z + np.float32(self._speed * 2 * seconds)) * 0.42
        drift = np.float32(0.010 * seconds)
        fine = read(self._fine, x * 2.3, z * 2.3)
        plates = read(self._seams, x + 0.016 * fine + drift, z * 1.0)
        pools = read(self._seams, x * 0.33 - drift * 0.4, z * 0.33 + np.float32(0.41))
        seam = np.exp(-np.abs(plates) * (5.2 - 2.2 * np.clip(pools, -1, 1.6)) * (0.35 + 0.65 * self._sharp))
        pulse = 0.92 + 0.08 * np.sin(seconds * 1.6 + pools * 3)
        heat = seam * (0.86 + 0.14 * np.clip(pools, -1.2, 1.5)) * pulse + 0.05 * fine * (1 - seam)
        field = looked_up(self._colours, heat)
        crust = np.clip(0.5 + 0.35 * fine + 0.2 * plates, 0, 2) * 0.05
        field += tint(light("#7a4a3c")) * crust
        far = tint(light("#c2401a")) * np.float32(0.55)
        field -= far
        field *= self._near
        field += far
        return field

    def _outline(self) -> Planes:
        across = np.arange(4096, dtype=np.float32) / 4096 - self._crater
        slope = 0.34 * np.exp(-np.abs(across) * 4.6) + 0.02 * line(self._shot.random, 4096, slope=1.3)
        rim = 0.30 - 0.06 * np.exp(-((across / 0.02) ** 2))
        return np.minimum(slope, rim).astype(np.float32)

    def _sky_glow(self) -> Planes:
        width, height = self._shot.size
        x = ((np.arange(width, dtype=np.float32) / width - self._crater) * np.float32(self._shot.aspect))[
            None, :
        ]
        down = column(height)
        near = np.exp(-np.hypot(x, (down - 0.19) * 1.1) * 4.2)
        low = np.clip(down / _HORIZON, 0, 1) ** 3
        base = tint(light("#0a0510")) + tint(light("#7a2210")) * (low * 0.5)
        return np.asarray(base + tint(light("#ff6a22")) * near * np.float32(0.9), np.float32)

    def _add_fountain(self, picture: Planes, seconds: float) -> None:
        """Fire thrown up from the crater, each clot on its own arc."""
        width, height = self._shot.size
        start, aside, power, size = self._clots
        age = (start + np.float32(seconds / _ARC_SECONDS)) % 1
        across = self._crater * width + (aside - 0.5) * (0.02 + 0.26 * age) * height
        up = power * 1.0 * (age - 1.25 * age**2)
        down = (_HORIZON - 0.235 - up) * height
        strength = (1 - age) ** 1.3 * (0.5 + 1.5 * size)
        plane = np.zeros((self._top, width), np.float32)
        splat(plane, across, down, strength, (0.7 + 0.7 * size) * np.float32(min(height / 480, 1.4)))
        picture[:, : self._top] += tint(light("#ff8a2a")) * (plane * 3)
