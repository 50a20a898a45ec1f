"""The last steps of every picture: glow, lens, film curve, grain, and the mark that says what it is."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from services.demo.encoder import Picture
from services.demo.scenes.canvas import Plane, Planes, resized

_STEPS = 4095
_WHITE = 6.0  # light that is just white
MARK = "demo render"


@dataclass(frozen=True, slots=True)
class Look:
    """Contrast and saturation (1 is neutral), grain in steps of 255, glow 0…1, exposure as a factor."""

    contrast: float = 1.0
    saturation: float = 1.0
    grain: float = 0.55
    glow: float = 0.14
    exposure: float = 1.0


class Finish:
    """The lens and the film of one clip."""

    def __init__(self, size: tuple[int, int], look: Look, random: np.random.Generator) -> None:
        self._size, self._look, self._random = size, look, random
        self._curve = _film_curve(look)
        self._vignette = _vignette(size)
        width, height = size
        self._grain = random.normal(0, look.grain * 16, (height + 64, width + 64)).astype(np.float32)
        self._mark = _mark(size)

    def apply(self, planes: Planes) -> Picture:
        """The finished picture; uses up `planes`."""
        self._glow(planes)
        planes *= self._vignette
        self._saturate(planes)
        np.clip(planes, 0.0, _WHITE, out=planes)
        steps = np.sqrt(planes, out=planes)
        steps *= np.float32(_STEPS / _WHITE**0.5)
        steps += self._moved_grain()
        np.clip(steps, 0, _STEPS, out=steps)
        picture = np.take(self._curve, steps.astype(np.uint16))
        return self._marked(picture)

    def _glow(self, planes: Planes) -> None:
        width, height = self._size
        small = resized(planes, (max(width // 8, 4), max(height // 8, 4)), headroom=_WHITE)
        wide = resized(
            resized(small, (max(width // 48, 3), max(height // 48, 3)), headroom=_WHITE),
            small.shape[:0:-1],
            headroom=_WHITE,
        )
        halo = resized(_soft(small) + _soft(wide), self._size, headroom=2 * _WHITE)
        planes *= np.float32(1 - self._look.glow)
        halo *= np.float32(self._look.glow / 2)
        planes += halo

    def _saturate(self, planes: Planes) -> None:
        if self._look.saturation == 1:
            return
        grey = planes[0] * np.float32(0.21) + planes[1] * np.float32(0.72) + planes[2] * np.float32(0.07)
        planes -= grey
        planes *= np.float32(self._look.saturation)
        planes += grey

    def _moved_grain(self) -> Plane:
        width, height = self._size
        left, top = self._random.integers(0, 64, 2)
        return self._grain[top : top + height, left : left + width]

    def _marked(self, picture: Picture) -> Picture:
        mark, cover = self._mark
        height, width = cover.shape
        corner = picture[:, -height:, -width:]
        corner[:] = corner + (mark - corner.astype(np.float32)) * cover
        return picture


def _soft(planes: Planes) -> Planes:
    for axis in (1, 2):
        for _ in range(2):
            planes = (np.roll(planes, 1, axis) + 2 * planes + np.roll(planes, -1, axis)) / 4
    return planes


def _film_curve(look: Look) -> Picture:
    """From the square root of light to the screen: lifted shadows, a soft shoulder, 8 bits."""
    light = (np.linspace(0, 1, _STEPS + 1) ** 2) * _WHITE * look.exposure
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    screen = np.clip(film, 0, 1) ** (1 / 2.2)
    contrasted = 0.5 + (screen - 0.5) * look.contrast
    return np.round(np.clip(contrasted, 0, 1) * 255).astype(np.uint8)


def _vignette(size: tuple[int, int]) -> Plane:
    width, height = size
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return (1 - 0.34 * np.clip((across**2 + down**2) / 2, 0, 1) ** 1.5).astype(np.float32)


def _mark(size: tuple[int, int]) -> tuple[float, Plane]:
    """White lettering at the bottom right, as how much of it covers each pixel of that corner."""
    points = max(min(size) * 0.028, 7)
    font = ImageFont.load_default(points)
    left, top, right, bottom = font.getbbox(MARK)
    margin = int(points)
    box = (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin)
    image = Image.new("L", box)
    ImageDraw.Draw(image).text((margin - left, margin - top), MARK, fill=150, font=font)
    cover = np.asarray(image, np.float32)[: size[1], : size[0]] / 255
    return 245.0, cover
