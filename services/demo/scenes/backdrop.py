"""Painted sheets wider than the picture, pulled along behind it."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from services.demo.scenes.shot import Shot

Paint = tuple[int, int, int] | tuple[int, int, int, int]  # as on screen, 0…255
WIDER = 1.3
_FINER = 2


class Sheet:
    """A mask (L), lights on black (RGB) or a cut-out painting (RGBA), drawn at twice its size until `done`."""

    def __init__(self, shot: Shot, mode: Literal["L", "RGB", "RGBA"] = "L") -> None:
        self._shot = shot
        self.width = int(shot.width * WIDER)
        self.height = shot.height
        self.image = Image.new(mode, (self.width * _FINER, self.height * _FINER))
        self.pen = ImageDraw.Draw(self.image)
        self.planes: NDArray[np.float32] = np.zeros((1, 1, 1), np.float32)

    def shape(self, points: list[tuple[float, float]], fill: int | Paint = 255) -> None:
        """Fills a polygon; points are in picture heights from the sheet's top left."""
        scale = self.height * _FINER
        self.pen.polygon([(x * scale, y * scale) for x, y in points], fill=fill)

    def box(self, left: float, top: float, wide: float, high: float, fill: Paint) -> None:
        """Fills a box, measured in picture heights."""
        scale = self.height * _FINER
        corners = (left * scale, top * scale, (left + wide) * scale - 1, (top + high) * scale - 1)
        self.pen.rectangle(
            (*corners[:2], max(corners[0], corners[2]), max(corners[1], corners[3])), fill=fill
        )

    @property
    def span(self) -> float:
        """The sheet's width in picture heights."""
        return self.width / self.height

    def done(self) -> None:
        """No more is drawn."""
        small = self.image.resize((self.width, self.height), Image.Resampling.BOX)
        planes = np.asarray(small, np.float32) / 255
        self.planes = np.ascontiguousarray(planes[None] if planes.ndim == 2 else planes.transpose(2, 0, 1))

    def place(self, moved: float) -> float:
        """The sheet's column at the picture's left edge when it was pulled `moved` picture widths to the left.

        Between -0.15 and 0.15 there is always sheet to be seen.
        """
        slack = self.width - self._shot.width
        return min(max(slack / 2 + moved * self._shot.width, 0.0), slack - 1.001)

    def at(self, moved: float) -> NDArray[np.float32]:
        """(planes, height, width): what is seen then; between pixels it is mixed, so that it glides."""
        left = int(self.place(moved))
        part = np.float32(self.place(moved) - left)
        here = self.planes[:, :, left : left + self._shot.width]
        there = self.planes[:, :, left + 1 : left + 1 + self._shot.width]
        return here + (there - here) * part
