"""Rain before the camera."""

import numpy as np

from services.demo.scenes.canvas import Planes, tint
from services.demo.scenes.colour import light
from services.demo.scenes.shot import Shot


class Rain:
    """Streaks at two distances, falling through the picture again and again."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        self._curtains = [self._curtain(size) for size in (1.0, 1.9)]
        self._colour = tint(light("#c6d6ea"))
        self._shear = 0.10 * float(shot.random.choice([-1, 1]))

    def add(self, picture: Planes, seconds: float) -> None:
        """Puts the streaks of that moment into the picture."""
        height, width = picture.shape[1:]
        for number, curtain in enumerate(self._curtains):
            fallen = int(height * (1.5 + 0.9 * number) * seconds)
            moved = int(self._shear * fallen)
            picture += self._colour * np.roll(curtain, (fallen, moved), (0, 1))[:height, :width]

    def _curtain(self, size: float) -> Planes:
        width, height = self._shot.size
        count = int(360 / size)
        tall = height + int(40 * size)
        plane = np.zeros((tall, width), np.float32)
        for x, y, strength in self._shot.random.random((count, 3)):
            long = int(height * (0.035 + 0.03 * strength) * size)
            streak = np.sin(np.linspace(0, np.pi, long)) * (0.05 + 0.10 * strength) / size**0.5
            rows = (int(y * tall) + np.arange(long)) % tall
            columns = (int(x * width) + (np.arange(long) * self._lean()).astype(int)) % width
            for aside in range(round(size)):
                plane[rows, (columns + aside) % width] += streak
        return plane

    def _lean(self) -> float:
        return 0.06
