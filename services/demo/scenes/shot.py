"""What a scene is told: the size of its picture, the mood, the chance it draws from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.demo.scenes.canvas import Planes


@dataclass(frozen=True, slots=True)
class Shot:
    """`seconds` is the clip's length, `words` are those of the prompt."""

    width: int
    height: int
    seconds: float
    random: np.random.Generator
    time_of_day: str | None
    weather: str | None
    words: frozenset[str]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.width, self.height

    @property
    def half(self) -> tuple[int, int]:
        """Half the size, for what is soft anyway."""
        return max(self.width // 2, 8), max(self.height // 2, 8)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    def between(self, low: float, high: float) -> float:
        """A number drawn for this shot."""
        return float(self.random.uniform(low, high))

    def glide(self, slowest: float, fastest: float, *, nearest: float) -> float:
        """A speed sideways, in picture widths per second, either way.

        What moves `nearest` times as fast never comes to the end of its painted sheet while the clip lasts.
        """
        speed = min(self.between(slowest, fastest), 0.28 / (nearest * max(self.seconds, 0.1)))
        return speed * float(self.random.choice([-1, 1]))


class Scene(Protocol):
    """A set that has been built."""

    def draw(self, seconds: float) -> Planes:
        """The picture at that time."""
        ...


MakeScene = Callable[[Shot], Scene]
