"""Skies: the light of the hour, sun or moon, clouds that drift, stars."""

from dataclasses import dataclass

import numpy as np

from services.demo.scenes.canvas import Planes, lay, resized, smoothstep, tint
from services.demo.scenes.colour import Stops, light, looked_up, mixed, table
from services.demo.scenes.noise import read, texture
from services.demo.scenes.points import star_plane
from services.demo.scenes.shot import Shot

HEADROOM = 6.0


@dataclass(frozen=True, slots=True)
class Hour:
    """The light of one time of day: sky from zenith to horizon, the sun's or moon's colour, the air's."""

    stops: Stops
    sun: str
    haze: str
    shade: str
    disc: float  # strength of the disc itself
    glow: float
    height: float  # of the sun over the horizon, in picture heights
    stars: float = 0.0


HOURS = {
    "dawn": Hour(
        [(0, "#33497f"), (0.45, "#7d83b5"), (0.75, "#e3a5a3"), (1, "#ffdcae")],
        "#ffe2b0", "#e6b5a5", "#4d4a72", 7, 1.0, 0.10,
    ),
    "day": Hour(
        [(0, "#16559f"), (0.5, "#4d93d6"), (0.85, "#a5d0ee"), (1, "#d9ecf4")],
        "#fff6dc", "#c4dbe8", "#51718f", 9, 0.45, 0.74,
    ),
    "sunset": Hour(
        [(0, "#26315f"), (0.35, "#67457d"), (0.65, "#cf5d52"), (0.88, "#ff9f45"), (1, "#ffcf7a")],
        "#ffc774", "#d97b56", "#42294f", 9, 1.25, 0.085,
    ),
    "dusk": Hour(
        [(0, "#0d1836"), (0.4, "#273668"), (0.7, "#64528a"), (0.9, "#c0708a"), (1, "#eda57f")],
        "#ffb08a", "#5b4d7d", "#1a1b3c", 0, 0.75, -0.03, 0.35,
    ),
    "night": Hour(
        [(0, "#050a18"), (0.5, "#0b1a36"), (0.85, "#173258"), (1, "#2a4a70")],
        "#dbe6ff", "#1d3352", "#0a1222", 3.2, 0.33, 0.46, 1.0,
    ),
    "storm": Hour(
        [(0, "#1b232c"), (0.5, "#37434d"), (0.85, "#67757c"), (1, "#98a5a6")],
        "#e5ece8", "#74838a", "#1d262e", 0, 0.5, 0.30,
    ),
}  # fmt: skip


class Sky:
    """`horizon` and `sun` are in picture heights and widths from the top left; `clouds` 0…1 is their cover."""

    def __init__(
        self, shot: Shot, hour: str, *, horizon: float, sun_x: float | None = None, clouds: float = 0.5
    ) -> None:
        self.hour = HOURS[hour]
        self.horizon = horizon
        height = min(self.hour.height, horizon * 0.72) if self.hour.disc < 9 else self.hour.height
        self.sun = (shot.between(0.3, 0.7) if sun_x is None else sun_x, horizon - height)
        self.light = light(self.hour.sun)
        self.haze = light(self.hour.haze)
        self.shade = light(self.hour.shade)
        self.colours = table(self.hour.stops)
        self.ambient = (self.colours[:, :900].mean(axis=1) * 0.8 + self.haze * 0.12).astype(np.float32)
        self._shot, self._clouds = shot, clouds
        self._wind = shot.between(0.004, 0.009) * shot.random.choice([-1, 1])
        self._texture = texture(shot.random, 512, slope=1.55, stretch=(0.75, 1.0))
        self._wisps = texture(shot.random, 512, slope=1.5, stretch=(0.35, 1.6))
        self._stars = (
            star_plane(shot, 1500) * self.hour.stars if self.hour.stars and shot.weather != "rain" else None
        )
        self._lay_out()

    def draw(self, seconds: float) -> Planes:
        """The whole picture full of sky; below the horizon its last colour goes on."""
        sky = self._base.copy()
        if self._clouds > 0:
            self._draw_clouds(sky, seconds)
        full = resized(sky, self._shot.size, headroom=HEADROOM)
        if self._stars is not None:
            full += self._stars
        return full

    def glow(self) -> Planes:
        """The sun's light in hazy air before the sky, at full size."""
        width, height = self._shot.size
        across = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / width - self.sun[0]
        down = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height - self.sun[1]
        return tint(self.light) * np.exp(np.hypot(across * self._shot.aspect, down * 1.4) * -3.4)

    def _lay_out(self) -> None:
        width, height = self._shot.half
        self._rows = min(int(np.ceil(self.horizon * height)) + 1, height)
        across = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / width
        down = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
        above = np.clip((self.horizon - down) / self.horizon, 0.0, 1.0)
        near = np.hypot((across - self.sun[0]) * self._shot.aspect, down - self.sun[1])
        base = looked_up(self.colours, np.broadcast_to(1 - above, near.shape))
        wide = np.hypot((across - self.sun[0]) * self._shot.aspect, (down - self.sun[1]) * 1.9)
        glow = 0.32 * np.exp(wide * -3.6) + 0.6 * np.exp(near * -13.0)
        disc = self.hour.disc * smoothstep(0.030, 0.021, near)
        self._base = base + tint(self.light) * (glow * np.float32(self.hour.glow) + disc)
        depth = 0.22 / (above * self.horizon + 0.07)
        depth = depth[: self._rows]
        self._places = ((across - 0.5) * self._shot.aspect * depth * 0.42, depth)
        self._warmth = np.exp(wide[: self._rows] * -3.0).astype(np.float32)
        self._fade = smoothstep(0.0, 0.16, above)[: self._rows]

    def _draw_clouds(self, sky: Planes, seconds: float) -> None:
        across, depth = self._places
        across = across + np.float32(self._wind * seconds)
        body = read(self._texture, across, depth * 0.62) + 0.35 * read(self._wisps, across * 2.1, depth * 1.3)
        toward = read(self._texture, across + np.float32((self.sun[0] - 0.5) * 0.03), depth * 0.62 - 0.018)
        low = 1.5 - 2.4 * self._clouds
        cover = smoothstep(low, low + 1.7, body) * self._fade * np.float32(0.9)
        lit = np.clip(0.5 + 0.55 * (body - toward), 0.0, 1.3) * (0.35 + 1.1 * self._warmth)
        bright = mixed(self.light, self.haze, 0.25)
        shade = mixed(self.shade, self.haze, 0.35)
        colour = tint(shade) + tint(bright - shade) * lit
        lay(sky[:, : self._rows], colour, cover)
