"""Deep space: a nebula, stars that drift past, sometimes a planet."""

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, lay, resized, tint
from services.demo.scenes.colour import light
from services.demo.scenes.noise import read, texture
from services.demo.scenes.planet import Planet
from services.demo.scenes.points import splat, star_plane
from services.demo.scenes.shot import Shot

# gas far out, gas within, the hottest, dust
_PALETTES = [
    ("#1b2a6b", "#8a2f8f", "#ff9a6a", "#0a0612"),
    ("#0c4a5e", "#2a7fb8", "#f4e3b0", "#050a12"),
    ("#3a1460", "#c03a6a", "#ffc46a", "#0b0410"),
    ("#0d3b4f", "#2fa58a", "#f0b06a", "#04090c"),
    ("#2a2460", "#5468b8", "#f2b0c8", "#06060f"),
]
_PLANETS = {
    "planet",
    "planets",
    "earth",
    "mars",
    "jupiter",
    "saturn",
    "moon",
    "moons",
    "orbit",
    "astronaut",
    "spaceship",
}


class Space:
    """The camera sinks slowly into the cloud."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        random = shot.random
        names = _PALETTES[int(random.integers(len(_PALETTES)))]
        self._far, self._gas, self._hot, self._dust = (tint(light(name)) for name in names)
        self._cloud = texture(random, 512, slope=1.75)
        self._fine = texture(random, 512, slope=1.25)
        self._lanes = texture(random, 512, slope=1.7)
        self._stars = star_plane(shot, 1300)
        self._near = random.random((3, 260)).astype(np.float32)
        width, height = shot.half
        self._across = (((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) * np.float32(shot.aspect))[
            None, :
        ]
        self._down = ((np.arange(height, dtype=np.float32) + 0.5) / height - 0.5)[:, None]
        self._heart = (shot.between(-0.35, 0.35), shot.between(-0.15, 0.15))
        self._turn = shot.between(-0.02, 0.02)
        self._start = self._richest_place()
        wanted = bool(shot.words & _PLANETS) or random.random() < 0.35
        self._planet = Planet(shot) if wanted else None

    def draw(self, seconds: float) -> Planes:
        """Gas, stars far and near, and the planet before them."""
        picture = resized(self._nebula(seconds), self._shot.size, headroom=6.0)
        picture += self._stars
        self._add_near_stars(picture, seconds)
        if self._planet:
            self._planet.draw(picture, seconds)
        return picture

    def _richest_place(self) -> tuple[float, float]:
        """Where in the tile the cloud is thick at the heart of the picture and the dust thin."""
        tries = self._shot.random.random((2, 40, 1)).astype(np.float32)
        across, down = (
            tries[0] + np.float32(self._heart[0] * 0.3),
            tries[1] + np.float32(self._heart[1] * 0.3),
        )
        worth = read(self._cloud, across, down) - 0.8 * read(
            self._lanes, across * 1.3, down * 1.3 + np.float32(0.37)
        )
        best = int(worth.argmax())
        return float(tries[0, best, 0]), float(tries[1, best, 0])

    def _nebula(self, seconds: float) -> Planes:
        zoom = np.float32(0.30 / (1 + 0.03 * seconds))
        turn = self._turn * seconds
        across = (self._across * np.cos(turn) - self._down * np.sin(turn)) * zoom + self._start[0]
        down = (self._down * np.cos(turn) + self._across * np.sin(turn)) * zoom + self._start[1]
        across, down = across.astype(np.float32), down.astype(np.float32)
        bend = read(self._lanes, across * 0.7, down * 0.7) * np.float32(0.035)
        cloud = read(self._cloud, across + bend, down - bend)
        fine = read(self._fine, across * 2 - bend * 2, down * 2 + bend * 2)
        lanes = read(self._lanes, across * 1.3 + bend, down * 1.3 + np.float32(0.37))
        heart = np.exp(
            -(((self._across - self._heart[0]) / 0.62) ** 2) - ((self._down - self._heart[1]) / 0.36) ** 2
        )
        return self._lit(cloud, fine, lanes, heart)

    def _lit(self, cloud: Plane, fine: Plane, lanes: Plane, heart: Plane) -> Planes:
        body = np.clip(0.30 + 0.42 * cloud + 0.18 * fine + 0.40 * heart, 0.0, 2.2)
        dark = np.clip(0.55 * lanes + 0.25 * fine - 0.25 + 0.2 * heart, 0.0, 1.0)
        glow = body * body
        picture: Planes = self._far * (0.10 + 0.55 * glow) + self._gas * (
            0.50 * glow * np.clip(0.45 + 0.5 * fine + heart, 0, 2)
        )
        picture += self._hot * (np.clip(body - 0.85, 0, 2) ** 2 * 1.1 * heart)
        lay(picture, self._dust, 0.88 * dark)
        return picture

    def _add_near_stars(self, picture: Planes, seconds: float) -> None:
        """Stars between us and the cloud, which grow and part as we move in."""
        width, height = self._shot.size
        deep = 1 - (self._near[2] + np.float32(0.035 * seconds)) % 1
        spread = 0.55 / (0.12 + deep)
        across = (0.5 + (self._near[0] - 0.5) * spread) * width
        down = (0.5 + (self._near[1] - 0.5) * spread) * height
        strength = np.clip(1.1 - deep, 0, 1) ** 3 * np.clip(deep * 9, 0, 1) * 1.6
        plane = np.zeros((height, width), np.float32)
        splat(plane, across, down, strength, (0.55 + 0.55 * strength) * np.float32(height / 480))
        picture += tint(light("#e6ecff")) * plane
