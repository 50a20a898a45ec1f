"""What flies before the camera: snow, rain, embers, fireflies, dust."""

from dataclasses import dataclass

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, resized_mask, tint
from services.demo.scenes.colour import light
from services.demo.scenes.points import splat
from services.demo.scenes.shot import Shot


@dataclass(frozen=True, slots=True)
class Kind:
    """Speeds in picture heights per second, sway in picture heights."""

    count: int
    fall: float
    drift: float
    sway: float
    colour: str
    strength: float
    flicker: float


KINDS = {
    "snow": Kind(420, 0.16, 0.05, 0.02, "#f2f6ff", 0.55, 0.0),
    "embers": Kind(170, -0.24, 0.05, 0.05, "#ff8a2a", 3.2, 0.6),
    "fireflies": Kind(70, -0.012, 0.01, 0.05, "#e8ff7a", 2.4, 1.0),
    "dust": Kind(150, -0.008, 0.02, 0.03, "#ffe6b8", 0.35, 0.5),
    "pollen": Kind(46, -0.02, 0.03, 0.04, "#fff2cf", 0.4, 0.5),
    "petals": Kind(130, 0.09, 0.10, 0.06, "#ffc4d6", 0.7, 0.3),
    "plankton": Kind(260, 0.01, 0.015, 0.02, "#bfeaf5", 0.3, 0.3),
}


class Flakes:
    """Specks at three distances: the nearest are large, soft and quick."""

    def __init__(self, shot: Shot, kind: str) -> None:
        self._shot, self._kind = shot, KINDS[kind]
        count = self._kind.count
        self._place = shot.random.random((2, count)).astype(np.float32)
        self._near = (0.25 + 0.75 * shot.random.random(count) ** 2.5).astype(np.float32)
        self._phase = (shot.random.random((3, count)) * 2 * np.pi).astype(np.float32)
        self._wind = np.float32(self._kind.drift * shot.random.choice([-1, 1]))
        self._colour = tint(light(self._kind.colour))

    def add(self, picture: Planes, seconds: float) -> None:
        """Puts the specks of that moment into the picture."""
        far, close = self._planes(seconds)
        picture += self._colour * far
        picture += self._colour * resized_mask(np.clip(close, 0, 1), self._shot.size)

    def _planes(self, seconds: float) -> tuple[Plane, Plane]:
        """Sharp far specks at full size, and close ones drawn small so that they come out soft."""
        shot, kind, near = self._shot, self._kind, self._near
        now = np.float32(seconds)
        sway = kind.sway * np.sin(self._phase[0] + now * (0.6 + self._phase[2] * 0.2))
        across = (self._place[0] + (self._wind * now + sway) * near / shot.aspect) % 1.1 - 0.05
        down = (self._place[1] + kind.fall * near * now + 0.3 * sway * near) % 1.1 - 0.05
        strength = kind.strength * (1 - kind.flicker * (0.5 + 0.5 * np.sin(self._phase[1] + now * 2.2)))
        close = near > 0.72
        planes = []
        for chosen, scale in ((~close, 1.0), (close, 0.25)):
            plane = np.zeros((int(shot.height * scale), int(shot.width * scale)), np.float32)
            radius = near[chosen] * shot.height / 480 * (1.35 if scale == 1 else 0.8)
            x, y = across[chosen] * plane.shape[1], down[chosen] * plane.shape[0]
            splat(
                plane,
                x,
                y,
                (strength * np.ones_like(near))[chosen] * (0.5 + 0.5 * near[chosen]) * (scale**0.7),
                radius,
            )
            planes.append(plane)
        return planes[0], planes[1]
