"""A field of flowers in the wind."""

import numpy as np

from services.demo.scenes.backdrop import Sheet
from services.demo.scenes.canvas import Plane, Planes, lay, tint
from services.demo.scenes.colour import mixed
from services.demo.scenes.flakes import Flakes
from services.demo.scenes.flowers import draw_flower, draw_grass, kinds_for
from services.demo.scenes.noise import line, read_line
from services.demo.scenes.ridges import Ridge, firs, hills, paint
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky

_LAYERS = 5


class Bed:
    """One depth of the field: rooted at `base`, its flowers up to `reach` above that, in picture heights."""

    def __init__(self, shot: Shot, near: float, kinds: list[str]) -> None:
        self._shot, self._near, self._kinds = shot, near, kinds
        self._base, self._reach = 0.665 + 0.36 * near, 0.035 + 0.30 * near
        self._size = 0.007 + 0.050 * near**1.4
        self._painting = Sheet(shot, "RGBA")
        self._plant()
        self._wind = line(shot.random, 512, slope=1.3)
        height = shot.height
        self._rows = slice(
            max(int((self._base - self._reach - 2 * self._size) * height), 0),
            min(int((self._base + 0.16) * height), height),
        )
        self._painting.done()
        self._planes = [np.ascontiguousarray(plane[self._rows]) for plane in self._painting.planes]

    def draw(self, picture: Planes, moved: float, seconds: float, shine: Planes, air: Planes) -> None:
        """Puts the bed before what is there, bent by the wind of that moment; `shine` is the light on it."""
        *paint, cover = self._bent(self._painting.place(moved), seconds)
        haze = np.float32(0.45 * (1 - self._near) ** 2)
        colour = np.square(np.stack(paint)) * (shine * (1 - haze)) + air * haze
        shown = picture[:, self._rows]
        lay(shown, colour, cover)

    def _bent(self, place: float, seconds: float) -> list[Plane]:
        """The three colours and how much they cover, as they are seen."""
        width, rows = self._shot.width, self._planes[0].shape[0]
        down = (np.arange(rows, dtype=np.float32)[:, None] + self._rows.start) / self._shot.height
        free = np.clip((self._base - down) / self._reach + 0.1, 0, 1.3) ** 1.5
        across = np.arange(width, dtype=np.float32)[None, :]
        gust = read_line(
            self._wind, across * np.float32(0.3 / width) + np.float32(0.06 * seconds + 0.3 * self._near)
        )
        shift = free * gust * np.float32(self._reach * 0.085 * self._shot.height)
        places = np.clip(across + shift + np.float32(place), 0, self._painting.width - 1.01)
        left = places.astype(np.int32)
        part = places - left
        index = left + np.arange(rows, dtype=np.int32)[:, None] * self._painting.width
        here = (plane.ravel()[index] for plane in self._planes)
        there = (plane.ravel()[index + 1] for plane in self._planes)
        return [one + (other - one) * part for one, other in zip(here, there, strict=True)]

    def _plant(self) -> None:
        shot, near, size = self._shot, self._near, self._size
        draw_grass(self._painting, shot, base=self._base, reach=self._reach * 0.75, size=size)
        for height in np.sort(shot.random.random(int(560 * (1 - near) ** 1.6 + 20)) ** 1.3)[::-1]:
            x, y = shot.between(0, self._painting.span), self._base - self._reach * float(height) + 0.4 * size
            kind = self._kinds[int(shot.random.integers(len(self._kinds)))]
            grown = size * shot.between(0.7, 1.15)
            draw_flower(self._painting, shot, kind, at=(x, y), foot=self._base + 0.2, size=grown)


class Meadow:
    """Sky, hills, and the field before them."""

    def __init__(self, shot: Shot) -> None:
        hour = shot.time_of_day or str(shot.random.choice(["sunset", "dawn", "day"]))
        self._shot = shot
        self._sky = Sky(shot, hour, horizon=0.60, clouds=shot.between(0.4, 0.55))
        random = shot.random
        trees = firs(random, height=0.05, count=160, around=2.4 * shot.aspect)
        self._hills = [
            Ridge(hills(random, slope=1.5, height=0.035), None, 0.585, 2.4, 0.3),
            Ridge(hills(random, slope=1.8, height=0.018), trees, 0.63, 2.4, 0.6),
        ]
        kinds = kinds_for(shot)
        self._beds = [Bed(shot, number / (_LAYERS - 1), kinds) for number in range(_LAYERS)]
        self._speed = shot.glide(0.008, 0.012, nearest=3.0)
        blossom = {"cherry", "blossom", "blossoms", "sakura", "petals", "spring"} & shot.words
        self._flakes = Flakes(shot, "petals" if blossom else "pollen")
        self._light = tint(self._sky.ambient * np.float32(0.7) + self._sky.light * np.float32(1.0))
        self._glow = self._sky.glow() * np.float32(0.22 * self._sky.hour.glow)

    def draw(self, seconds: float) -> Planes:
        """From the sky to the flowers at our feet."""
        picture = self._sky.draw(seconds)
        moved = self._speed * (seconds - self._shot.seconds / 2)
        haze, shade = self._sky.haze, self._sky.shade * np.float32(0.35)
        for number, ridge in enumerate(self._hills):
            top = mixed(haze, shade, 0.35 + 0.35 * number)
            paint(
                picture,
                ridge.lines(self._shot, moved * 2),
                top,
                mixed(haze, shade, 0.2 + 0.3 * number),
                mist=0.08,
            )
            picture += self._glow
        for number, bed in enumerate(self._beds):
            near = number / (_LAYERS - 1)
            bed.draw(picture, moved * (0.8 + 2.2 * near), seconds, self._light, tint(haze))
        self._flakes.add(picture, seconds)
        return picture
