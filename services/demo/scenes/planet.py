"""A planet that turns, lit from one side, its air glowing at the edge."""

import numpy as np

from services.demo.scenes.canvas import Planes, lay, resized, resized_mask, smoothstep, tint
from services.demo.scenes.colour import Stops, light, looked_up, table
from services.demo.scenes.noise import read, texture
from services.demo.scenes.shot import Shot

_SURFACES: list[tuple[Stops, str, float]] = [  # colours, air, how banded
    (
        [
            (0, "#0b2a4f"),
            (0.46, "#16527f"),
            (0.52, "#c9b98a"),
            (0.62, "#4d6b3c"),
            (0.85, "#8a7a5a"),
            (1, "#ffffff"),
        ],
        "#7ab8ff",
        0.0,
    ),
    (
        [(0, "#7a4a2c"), (0.35, "#c98f5e"), (0.55, "#ecd2a6"), (0.75, "#b8714a"), (1, "#f5e6cc")],
        "#ffc89a",
        1.0,
    ),
    ([(0, "#3d1c14"), (0.45, "#8f4328"), (0.7, "#c9744a"), (1, "#e8b48a")], "#ffab7a", 0.15),
    ([(0, "#1c3b57"), (0.4, "#3f7ea6"), (0.6, "#8fc4d8"), (1, "#e6f6fa")], "#a6e4ff", 0.8),
]


class Planet:
    """Partly out of the picture, so that it looks large."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        stops, air, banded = _SURFACES[self._choose(shot)]
        self._colours, self._air, self._banded = table(stops), tint(light(air)), banded
        self._land = texture(shot.random, 256, slope=1.75)
        self._clouds = texture(shot.random, 256, slope=1.5, stretch=(0.6, 1.0))
        side = float(shot.random.choice([-1, 1]))
        self._lay_out(
            0.5 + side * shot.between(0.16, 0.27), shot.between(0.62, 0.78), shot.between(0.36, 0.5)
        )

    def draw(self, picture: Planes, seconds: float) -> None:
        """Puts the planet before what is there."""
        turned = self._longitude + np.float32(0.006 * seconds)
        land = read(self._land, turned, self._latitude)
        value = 0.5 + 0.17 * land
        if self._banded:
            bands = np.sin((self._latitude * 46 + land * 0.55 + self._latitude * 17).astype(np.float32))
            value = value + self._banded * 0.20 * bands
        surface = looked_up(self._colours, value)
        clouds = smoothstep(
            0.25, 1.6, read(self._clouds, turned * 1.2 + np.float32(0.004 * seconds), self._latitude * 1.2)
        )
        lay(surface, tint(light("#f4f8ff")), clouds * np.float32(0.75 * (1 - self._banded)))
        lit = surface * self._day + self._air * self._rim
        full = resized(lit.astype(np.float32), self._shot.size, headroom=4.0)
        lay(picture, full, self._cover)
        picture += self._halo

    @staticmethod
    def _choose(shot: Shot) -> int:
        for number, names in enumerate(
            ({"earth"}, {"jupiter", "saturn", "giant"}, {"mars", "red"}, {"ice", "neptune", "uranus"})
        ):
            if names & shot.words:
                return number
        return int(shot.random.integers(len(_SURFACES)))

    def _lay_out(self, x: float, y: float, radius: float) -> None:
        width, height = self._shot.half
        across = (((np.arange(width, dtype=np.float32) + 0.5) / width - x) * self._shot.aspect / radius)[
            None, :
        ]
        down = (((np.arange(height, dtype=np.float32) + 0.5) / height - y) / radius)[:, None]
        away = across**2 + down**2
        out = np.sqrt(np.clip(1 - away, 0.0, 1.0))
        sun = np.array([-0.62 if x > 0.5 else 0.62, -0.55, 0.42])
        facing = (across * sun[0] + down * sun[1] + out * sun[2]) / np.linalg.norm(sun)
        self._longitude = (np.arctan2(across, out + 1e-3) / (2 * np.pi)).astype(np.float32)
        self._latitude = (np.arcsin(np.clip(down, -1, 1)) / np.pi + 0 * across).astype(np.float32)
        self._day = smoothstep(-0.12, 0.75, facing) * np.float32(1.5) + np.float32(0.004)
        self._rim = ((1 - out) ** 3 * np.clip(facing + 0.25, 0, 1) * 0.9).astype(np.float32)
        self._cover = resized_mask(smoothstep(1.012, 0.988, away), self._shot.size)
        outside = (
            np.exp(-np.clip(np.sqrt(away) - 1, 0, None) * 26) * np.clip(facing + 0.35, 0, 1) * (away > 0.985)
        )
        self._halo = self._air * resized_mask(
            np.clip(outside * 0.6, 0, 1).astype(np.float32), self._shot.size
        )
