"""Colours that flow into one another like ink in water, for prompts that name no place."""

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, resized, tint
from services.demo.scenes.colour import Stops, light, looked_up, table
from services.demo.scenes.noise import Drift, read, texture
from services.demo.scenes.shot import Shot

_PALETTES: dict[str, Stops] = {
    "blue": [(0, "#050a1c"), (0.3, "#123a7a"), (0.55, "#2f8fd0"), (0.75, "#9fe0f0"), (1, "#f6fbff")],
    "red": [(0, "#12030a"), (0.3, "#6a0f2a"), (0.55, "#d8343a"), (0.78, "#ff9a5c"), (1, "#fff0d8")],
    "green": [(0, "#03110d"), (0.3, "#0d4a3c"), (0.55, "#2fa070"), (0.78, "#b8e08a"), (1, "#fbfbe0")],
    "purple": [(0, "#0a0518"), (0.3, "#3c1a7a"), (0.55, "#8f3fc0"), (0.78, "#f08ac0"), (1, "#fff0f6")],
    "gold": [(0, "#0c0806"), (0.3, "#4a2c12"), (0.55, "#c07a24"), (0.78, "#f4c870"), (1, "#fffbe8")],
    "teal": [
        (0, "#060b18"),
        (0.28, "#143c5c"),
        (0.5, "#1f9a9a"),
        (0.7, "#f0b070"),
        (0.86, "#f4e0c0"),
        (1, "#ffffff"),
    ],
    "rose": [
        (0, "#150a20"),
        (0.28, "#4a2068"),
        (0.5, "#c84a80"),
        (0.7, "#f8a878"),
        (0.88, "#fce4b8"),
        (1, "#ffffff"),
    ],
}
_NAMES = {
    "orange": "red", "crimson": "red", "violet": "purple", "pink": "rose", "magenta": "rose", "golden": "gold",
    "yellow": "gold", "emerald": "green", "cyan": "teal", "turquoise": "teal", "navy": "blue", "copper": "gold",
}  # fmt: skip


class Ink:
    """Folds upon folds, lit from one side as if they stood out."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        random = shot.random
        self._colours = table(self._palette())
        self._slow = Drift(random, 64, slope=2.2, pace=0.22)
        self._base = texture(random, 256, slope=2.1)
        self._silk = texture(random, 256, slope=1.7)
        width, height = shot.half
        scale = shot.between(0.26, 0.36)
        self._x = (
            ((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) * np.float32(shot.aspect * scale)
        )[None, :]
        self._y = (((np.arange(height, dtype=np.float32) + 0.5) / height - 0.5) * np.float32(scale))[:, None]
        self._way = shot.between(0, 2 * np.pi)
        self._shine = tint(light("#ffffff"))

    def draw(self, seconds: float) -> Planes:
        """Folded twice, coloured by depth, shone upon by slope."""
        folds, depth = self._folded(seconds)
        value = 0.47 + 0.19 * folds + 0.07 * depth
        down, across = np.gradient(folds)
        slope = (across * np.cos(self._way) + down * np.sin(self._way)) * np.float32(self._shot.height / 32)
        picture = looked_up(self._colours, value)
        picture *= 0.62 + 0.55 * np.clip(0.5 + slope, 0, 1.6)
        picture += self._shine * (np.clip(slope - 0.35, 0, 1.2) ** 2 * 0.16)
        return resized(picture, self._shot.size, headroom=6.0)

    def _folded(self, seconds: float) -> tuple[Plane, Plane]:
        zoom = np.float32(1 - 0.012 * seconds)
        x, y = self._x * zoom, self._y * zoom
        moving = self._slow.at(seconds)
        first = read(moving, x * 0.8, y * 0.8)
        second = read(moving, x * 0.8 + np.float32(0.37), y * 0.8 + np.float32(0.61))
        bent_x, bent_y = x + 0.085 * first, y + 0.085 * second
        third = read(self._base, bent_x, bent_y)
        silk = read(
            self._silk, bent_x * 1.2 + 0.10 * third, bent_y * 1.2 - 0.07 * third + np.float32(0.008 * seconds)
        )
        return 0.62 * third + 0.75 * silk, first

    def _palette(self) -> Stops:
        named = [_NAMES.get(word, word) for word in sorted(self._shot.words)]
        known = [name for name in named if name in _PALETTES]
        return _PALETTES[known[0] if known else str(self._shot.random.choice(sorted(_PALETTES)))]
