"""Still water that shows what stands above it."""

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, tint
from services.demo.scenes.colour import light
from services.demo.scenes.noise import Drift, read
from services.demo.scenes.shot import Shot


class Mirror:
    """Water from `horizon` (in picture heights) down; `rough` 0…1 is how much it breaks the picture up.

    `smears`: lights are drawn out downwards, as on water a light wind is on.
    """

    def __init__(self, shot: Shot, *, horizon: float, rough: float = 0.5, smears: bool = False) -> None:
        width, height = shot.size
        self._top = int(horizon * height)
        down = np.arange(height - self._top, dtype=np.float32)[:, None]
        self._depth = down / max(height - self._top, 1)
        near = 0.04 / (self._depth + 0.06)
        across = (np.arange(width, dtype=np.float32)[None, :] / width - 0.5) * shot.aspect
        self._places = (across * near * 2.2, np.broadcast_to(near * 7, (height - self._top, width)))
        self._columns = np.arange(width, dtype=np.float32)[None, :]
        self._rows = self._top - 1 - down * np.float32(1.0)
        self._ripples = Drift(shot.random, 128, slope=1.3, pace=0.9)
        self._rough, self._smears, self._deep = rough, smears, tint(light("#04090f"))

    def fill(self, picture: Planes, seconds: float) -> None:
        """Draws the water into a picture that is finished above it."""
        ripple = read(
            self._ripples.at(seconds), self._places[0], self._places[1] + np.float32(0.03 * seconds)
        )
        size = np.float32(self._rough * picture.shape[1] / 480) * (3 + 30 * self._depth)
        shown = self._seen(picture, ripple * size)
        if self._smears:
            shown = (
                shown
                + self._seen(picture, ripple * size + size * 0.5)
                + self._seen(picture, ripple * size - size * 0.5)
            ) / 3
        share = (0.82 - 0.42 * self._depth) * (1 + 0.12 * np.clip(ripple, -2, 2))
        picture[:, self._top :] = self._deep + (shown - self._deep) * share

    def _seen(self, picture: Planes, shift: Plane) -> Planes:
        width = picture.shape[2]
        rows = np.clip(self._rows + shift, 0, self._top - 1).astype(np.int32)
        columns = np.clip(self._columns + shift * 0.08, 0, width - 1).astype(np.int32)
        places = rows * width + columns
        return np.stack([plane.ravel()[places] for plane in picture])
