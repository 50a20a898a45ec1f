"""A school of fish that swims through the picture."""

import numpy as np
from PIL import Image, ImageDraw

from services.demo.scenes.canvas import Plane
from services.demo.scenes.shot import Shot

_FINER = 2
_BODY = [
    (-0.5, 0.0),
    (-0.25, -0.13),
    (0.05, -0.17),
    (0.32, -0.10),
    (0.5, 0.0),
    (0.32, 0.10),
    (0.05, 0.15),
    (-0.25, 0.11),
]


class School:
    """All one way, each with its own beat; the nearer, the larger."""

    def __init__(self, shot: Shot, near: float) -> None:
        self._shot = shot
        count = int(34 - 22 * near)
        random = shot.random
        self._place = random.normal(0, 1, (2, count)) * np.array([[0.30], [0.085]])
        self._size = (0.020 + 0.040 * near) * random.uniform(0.7, 1.2, count)
        self._beat = random.random((2, count)) * 2 * np.pi
        self._way = float(random.choice([-1, 1]))
        self._middle = (shot.aspect / 2 - self._way * shot.between(0.15, 0.5), shot.between(0.34, 0.58))
        self._speed = self._way * (0.07 + 0.10 * near)

    def at(self, seconds: float) -> Plane:
        """The mask of the school at that time, over the whole picture."""
        width, height = self._shot.size
        image = Image.new("L", (width * _FINER, height * _FINER))
        pen = ImageDraw.Draw(image)
        for number, size in enumerate(self._size):
            self._draw_one(pen, number, float(size), seconds)
        small = image.resize((width, height), Image.Resampling.BOX)
        return np.asarray(small, np.float32) / 255

    def _draw_one(self, pen: ImageDraw.ImageDraw, number: int, size: float, seconds: float) -> None:
        scale = self._shot.height * _FINER
        beat = np.sin(self._beat[0, number] + seconds * 9)
        x = (
            self._middle[0]
            + self._place[0, number]
            + self._speed * seconds
            + 0.01 * np.sin(self._beat[1, number] + seconds)
        )
        x = (x + 0.3) % (self._shot.aspect + 0.6) - 0.3  # who leaves on one side comes in on the other
        y = self._middle[1] + self._place[1, number] + 0.012 * np.sin(self._beat[1, number] + seconds * 1.3)
        tail = [(-0.42, 0.0), (-0.78, -0.17 + 0.07 * beat), (-0.66, 0.03 * beat), (-0.78, 0.17 + 0.07 * beat)]
        for outline in (_BODY, tail):
            bent = [(a, b + 0.05 * beat * max(0.0, -a)) for a, b in outline]
            pen.polygon(
                [((x + self._way * a * size) * scale, (y + b * size) * scale) for a, b in bent], fill=255
            )
