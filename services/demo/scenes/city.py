"""A city by the water after dark: lit windows, their mirror image, rain if it is asked for."""

import numpy as np

from services.demo.scenes.canvas import Planes, tint
from services.demo.scenes.colour import light, mixed
from services.demo.scenes.mirror import Mirror
from services.demo.scenes.points import splat
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky
from services.demo.scenes.skyline import Skyline

_SHORE = 0.70
_NEON = {"neon", "cyberpunk", "tokyo", "futuristic", "synthwave", "vaporwave", "blade", "arcade"}


class City:
    """The camera glides along the far bank."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        hour = shot.time_of_day if shot.time_of_day in ("dusk", "night", "sunset") else None
        hour = hour or str(shot.random.choice(["dusk", "night"]))
        neon = bool(_NEON & shot.words) or shot.random.random() < 0.25
        self._sky = Sky(shot, hour, horizon=_SHORE, clouds=0.55 if shot.weather == "rain" else 0.4)
        self._skylines = [Skyline(shot, near, _SHORE, neon=neon) for near in (0.0, 0.5, 1.0)]
        self._haze = mixed(self._sky.haze, light("#ff4fa0" if neon else "#ffb070"), 0.16)
        self._mirror = Mirror(shot, horizon=_SHORE, rough=0.7, smears=True)
        self._speed = shot.glide(0.011, 0.016, nearest=2.3)
        self._cars = shot.random.random((3, 46)).astype(np.float32)
        self._glow = self._street_glow()

    def draw(self, seconds: float) -> Planes:
        """Sky, three rows of buildings, traffic on the bank, the water."""
        picture = self._sky.draw(seconds)
        moved = self._speed * (seconds - self._shot.seconds / 2)
        for number, skyline in enumerate(self._skylines):
            near = number / 2
            far = self._haze * np.float32(0.16) + self._sky.ambient * np.float32(0.28)
            colour = mixed(far, self._sky.shade * np.float32(0.10), 0.95 * near**0.7)
            skyline.draw(picture, tint(colour), moved * (0.35 + 1.9 * near), seconds)
            picture += self._glow * np.float32(0.62 - 0.45 * near)
        self._add_traffic(picture, seconds, moved)
        self._mirror.fill(picture, seconds)
        return picture

    def _street_glow(self) -> Planes:
        down = (np.arange(self._shot.height, dtype=np.float32) / self._shot.height)[:, None]
        band = np.exp(-(((down - _SHORE) / 0.13) ** 2))
        return np.asarray(tint(self._haze) * np.broadcast_to(band, self._shot.size[::-1]) * np.float32(0.6))

    def _add_traffic(self, picture: Planes, seconds: float, moved: float) -> None:
        """White lights one way, red ones the other."""
        width, height = self._shot.size
        for lane, (name, way) in enumerate((("#ffe9c4", 1), ("#ff3320", -1))):
            here = self._cars[:, lane::2]
            across = (
                here[0] + way * (0.035 + 0.03 * here[1]) * np.float32(seconds) - moved * 2.2
            ) % 1.2 - 0.1
            down = np.full_like(across, (_SHORE - 0.008 - 0.006 * lane) * height)
            plane = np.zeros((14, width), np.float32)
            top = int(down[0]) - 7
            radius = np.full_like(across, min(0.95 * height / 480, 1.4))
            splat(plane, across * width, down - top, 1.5 + 1.5 * here[2], radius)
            picture[:, top : top + 14] += tint(light(name)) * plane
