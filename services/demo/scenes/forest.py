"""A forest in the mist, light falling through it."""

import numpy as np

from services.demo.scenes.backdrop import Sheet
from services.demo.scenes.canvas import Planes, column, lay, tint
from services.demo.scenes.colour import light, mixed
from services.demo.scenes.flakes import Flakes
from services.demo.scenes.mist import Mist
from services.demo.scenes.rays import Rays
from services.demo.scenes.shot import Shot

_LAYERS = 5
# air high up, air below, wood in shadow, light
_PALETTES = {
    "green": ("#9fc4a0", "#4f7a5e", "#0c1a14", "#f4f2b8"),
    "autumn": ("#e3b878", "#a8683a", "#25120c", "#ffe2a0"),
    "dawn": ("#e9c3a4", "#9a7f86", "#1a1420", "#ffe0b0"),
    "night": ("#33577c", "#152a44", "#02060d", "#cfe2ff"),
    "winter": ("#dbe6ee", "#9db4c6", "#24303c", "#ffffff"),
    "sunset": ("#f2a65e", "#a84e3c", "#200e12", "#ffd08a"),
}


class Forest:
    """A slow walk along the edge of the trees."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        name = _palette(shot)
        self._high, self._low, self._wood, self._light = (light(text) for text in _PALETTES[name])
        self._sheets = [self._plant(number / (_LAYERS - 1)) for number in range(_LAYERS)]
        source = (shot.between(0.2, 0.8), -0.18)
        self._rays = Rays(shot, source, count=9, pace=0.010)
        self._mist = Mist(shot, speed=0.05)
        self._speed = shot.glide(0.011, 0.016, nearest=2.9)
        self._flakes = Flakes(shot, "fireflies" if name == "night" else "dust")
        self._shine = 0.12 if name == "night" else 0.26
        self._glow = self._far_glow(source[0])
        self._thickness = 1.35 if shot.weather == "fog" else 1.0

    def draw(self, seconds: float) -> Planes:
        """From the bright far to the dark near, mist and light between."""
        picture = self._glow.copy()
        rays = self._rays.at(seconds)
        moved = self._speed * (seconds - self._shot.seconds / 2)
        for number, sheet in enumerate(self._sheets):
            near = number / (_LAYERS - 1)
            colour = mixed(mixed(self._high, self._low, 0.5), self._wood, (0.22 + 0.78 * near**0.75))
            lay(picture, tint(colour), sheet.at(moved * (0.3 + 2.6 * near**1.5))[0])
            if number < _LAYERS - 1:
                self._fill_air(picture, seconds, near)
            picture += tint(self._light) * (rays * np.float32(self._shine * (1.1 - near)))
        self._flakes.add(picture, seconds)
        return picture

    def _fill_air(self, picture: Planes, seconds: float, near: float) -> None:
        air = self._mist.at(seconds, middle=0.80 + 0.12 * near, depth=0.42 - 0.16 * near, near=near)
        lay(picture, tint(mixed(self._high, self._low, 0.35)), air * np.float32(0.42 * self._thickness))

    def _far_glow(self, x: float) -> Planes:
        width, height = self._shot.size
        across = (np.arange(width, dtype=np.float32)[None, :] / width - x) * self._shot.aspect
        down = column(height)
        near = np.exp(-np.hypot(across, down * 0.9) * 1.9)
        base = tint(self._high) + tint(self._low - self._high) * down
        return np.asarray(base * (0.45 + 0.75 * near) + tint(self._light) * near * 0.5, np.float32)

    def _plant(self, near: float) -> Sheet:
        sheet, shot = Sheet(self._shot), self._shot
        count = int((30 - 21 * near) * sheet.span / 2.3)
        for place in np.linspace(-0.1, sheet.span + 0.1, count):
            x = float(place) + shot.between(-0.05, 0.05)
            tall = shot.between(0.75, 1.15) * (0.62 + 0.75 * near)
            foot = 0.86 + 0.20 * near + shot.between(-0.02, 0.02)
            if shot.random.random() < 0.55 - 0.25 * near:
                _fir(sheet, shot, x, foot, tall * 0.75)
            else:
                _trunk(sheet, shot, x, foot, 0.008 + 0.030 * near * shot.between(0.6, 1.3))
        _undergrowth(sheet, shot, 0.86 + 0.13 * near, 0.012 + 0.05 * near)
        sheet.done()
        return sheet


def _palette(shot: Shot) -> str:
    if shot.words & {"autumn", "fall", "orange", "golden"}:
        return "autumn"
    if shot.weather == "snow" or "winter" in shot.words:
        return "winter"
    hours = {"night": "night", "dusk": "night", "dawn": "dawn", "sunset": "sunset"}
    return hours.get(shot.time_of_day or "", str(shot.random.choice(["green", "green", "dawn"])))


def _fir(sheet: Sheet, shot: Shot, x: float, foot: float, tall: float) -> None:
    """Boughs that hang, wider toward the foot."""
    tiers = int(13 + tall * 20)
    wide = tall * shot.between(0.15, 0.2)
    sheet.shape([(x - 0.006, foot + 0.05), (x, foot - tall), (x + 0.006, foot + 0.05)])
    for tier in range(tiers):
        part = (tier + 0.4) / tiers
        y = foot - tall * (1 - part * 0.93)
        for side in (-1, 1):
            reach = wide * part**0.85 * shot.between(0.5, 1.12)
            droop = reach * shot.between(0.25, 0.5)
            thick = tall / tiers * shot.between(1.2, 1.9)
            sheet.shape(
                [
                    (x, y - thick * 0.3),
                    (x + side * reach, y + droop),
                    (x + side * reach * 0.5, y + thick * 0.75),
                    (x, y + thick),
                ]
            )


def _trunk(sheet: Sheet, shot: Shot, x: float, foot: float, wide: float) -> None:
    """A bare stem out of the picture, with a few boughs high up."""
    lean = shot.between(-0.03, 0.03)
    sheet.shape(
        [
            (x - wide, foot + 0.3),
            (x - wide * 0.55 + lean, -0.1),
            (x + wide * 0.55 + lean, -0.1),
            (x + wide, foot + 0.3),
        ]
    )
    sheet.shape(
        [
            (x - wide * 1.9, foot + 0.3),
            (x - wide * 0.8, foot - wide * 3),
            (x + wide * 0.8, foot - wide * 3),
            (x + wide * 1.9, foot + 0.3),
        ]
    )
    for _ in range(int(shot.between(2, 7))):
        y, side = shot.between(0.0, 0.55), float(shot.random.choice([-1, 1]))
        start, reach = x + lean * (1 - y), shot.between(0.05, 0.16)
        rise = shot.between(-0.07, 0.05)
        sheet.shape([(start, y - wide * 0.22), (start + side * reach, y + rise), (start, y + wide * 0.22)])


def _undergrowth(sheet: Sheet, shot: Shot, top: float, high: float) -> None:
    count = int(260 * sheet.span / 2.3)
    places = np.linspace(0, sheet.span, count)
    outline = [(float(place), top - high * shot.random.random() ** 2 * 2) for place in places]
    sheet.shape([(0.0, 1.1), *outline, (sheet.span, 1.1)])
