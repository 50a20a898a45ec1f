"""One row of buildings with their windows."""

import numpy as np

from services.demo.scenes.backdrop import Sheet
from services.demo.scenes.canvas import Planes, lay, tint
from services.demo.scenes.colour import light
from services.demo.scenes.shot import Shot

_WARM = [(255, 214, 150), (255, 190, 110), (255, 236, 205), (190, 214, 255), (255, 168, 80)]
_NEON = [(255, 60, 170), (60, 220, 255), (150, 90, 255), (255, 150, 60), (70, 255, 190)]
_BLINK_SECONDS = 1.9


class Skyline:
    """`near` 0…1: nearer rows are lower in number, larger and brighter lit."""

    def __init__(self, shot: Shot, near: float, shore: float, *, neon: bool) -> None:
        self._shot, self._near, self._shore = shot, near, shore
        self._walls, self._lights = Sheet(shot), Sheet(shot, "RGB")
        self._colours = _NEON if neon else _WARM
        self._masts: list[tuple[float, float]] = []
        self._neon = neon
        x = -0.02
        while x < self._walls.span:
            wide = shot.between(0.028, 0.066) * (0.8 + 0.55 * near)
            self._build(x, wide, self._height())
            x += wide * shot.between(0.86, 1.25 - 0.1 * near)
        for sheet in (self._walls, self._lights):
            sheet.done()
        self._strength = np.float32(0.9 + 1.9 * near)

    def draw(self, picture: Planes, colour: Planes, moved: float, seconds: float) -> None:
        """Puts the row before what is there; windows shine, masts blink."""
        lay(picture, colour, self._walls.at(moved)[0])
        shining = self._lights.at(moved)
        picture += shining * shining * self._strength
        beat = max(0.0, np.sin(2 * np.pi * (seconds / _BLINK_SECONDS + self._near * 0.3))) ** 3
        for x, y in self._masts:
            self._blink(picture, x, y, moved, beat)

    def _height(self) -> float:
        tall: float = float(self._shot.random.random()) ** 2.2
        return 0.055 + (0.46 - 0.24 * self._near) * tall + 0.07 * (1 - self._near)

    def _build(self, x: float, wide: float, tall: float) -> None:
        top, foot = self._shore - tall, self._shore + 0.02
        self._walls.shape([(x, foot), (x, top), (x + wide, top), (x + wide, foot)])
        kind = self._shot.random.random()
        if kind < 0.3 and tall > 0.2:
            step = wide * 0.24
            self._walls.shape(
                [
                    (x + step, top),
                    (x + step, top - 0.035),
                    (x + wide - step, top - 0.035),
                    (x + wide - step, top),
                ]
            )
        if kind < 0.16 and tall > 0.22:
            middle = x + wide / 2
            self._walls.shape([(middle - 0.0022, top), (middle, top - 0.10), (middle + 0.0022, top)])
            self._masts.append((middle, top - 0.10))
            self._lights.box(x, top, wide, 0.005, _WARM[int(self._shot.random.integers(len(_WARM)))])
        self._light_windows(x, wide, top)
        if self._neon and self._near > 0.3 and self._shot.random.random() < 0.35:
            self._hang_sign(x, wide, top, tall)

    def _light_windows(self, x: float, wide: float, top: float) -> None:
        """A grid with its own spacing, colour and habit of being lit."""
        random, near = self._shot.random, self._near
        cell_x, cell_y = 0.0056 + 0.0030 * near, 0.0080 + 0.0036 * near
        columns, rows = int((wide - cell_x) / cell_x), int((self._shore - top - cell_y) / cell_y)
        share, favourite = random.uniform(0.10, 0.42), int(random.integers(len(_WARM)))
        bright = random.random((max(rows, 0), max(columns, 0)))
        whole_floor = random.random(max(rows, 1)) < 0.08
        for row in range(rows):
            for column in range(columns):
                if bright[row, column] > (0.8 if whole_floor[row] else share):
                    continue
                colour = self._window_colour(favourite, float(bright[row, column] / share))
                left, upper = x + cell_x * (column + 0.75), top + cell_y * (row + 0.7)
                self._lights.box(left, upper, cell_x * 0.62, cell_y * 0.52, colour)

    def _window_colour(self, favourite: int, dim: float) -> tuple[int, int, int]:
        pick = favourite if self._shot.random.random() < 0.8 else self._shot.random.integers(len(_WARM))
        base = _WARM[int(pick)]
        strength = 0.35 + 0.65 * min(dim, 1.0) ** 2
        return int(base[0] * strength), int(base[1] * strength), int(base[2] * strength)

    def _hang_sign(self, x: float, wide: float, top: float, tall: float) -> None:
        colour = _NEON[int(self._shot.random.integers(len(_NEON)))]
        left, upper = x + wide * self._shot.between(0.1, 0.75), top + tall * self._shot.between(0.08, 0.4)
        long, thick = tall * self._shot.between(0.2, 0.45), 0.006 + 0.004 * self._near
        self._lights.box(left, upper, thick, long, colour)
        if self._shot.random.random() < 0.6:
            self._lights.box(x, top, wide, 0.0035, colour)

    def _blink(self, picture: Planes, x: float, y: float, moved: float, beat: float) -> None:
        width, height = self._shot.size
        slack = self._walls.width - width
        column, row = int(x * height - slack / 2 - moved * width), int(y * height)
        if 3 < column < width - 4 and 3 < row < height - 4:
            steps = np.arange(-3, 4, dtype=np.float32)
            dot = np.exp(-(steps[:, None] ** 2 + steps[None, :] ** 2) / 2.2) * np.float32(2.2 * beat)
            picture[:, row - 3 : row + 4, column - 3 : column + 4] += tint(light("#ff2a1c")) * dot
