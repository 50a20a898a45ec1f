"""Smooth randomness: textures that tile, change slowly, and are read at any place."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.demo.scenes.canvas import Plane

Random = np.random.Generator
Values = NDArray[np.floating[Any]]


def texture(random: Random, size: int, *, slope: float, stretch: tuple[float, float] = (1.0, 1.0)) -> Plane:
    """A square tile of fractal noise, mean 0 and deviation 1; the larger `slope`, the smoother.

    `stretch` (across, down) draws its shapes out.
    """
    spectrum = np.fft.rfft2(random.standard_normal((size, size))) * _falloff(size, slope, stretch)
    return _normal(np.fft.irfft2(spectrum, (size, size)))


class Drift:
    """A tile of noise that turns into another one, and another, without ever jumping."""

    def __init__(self, random: Random, size: int, *, slope: float, pace: float = 1.0) -> None:
        falloff = _falloff(size, slope, (1.0, 1.0))
        phases = np.exp(2j * np.pi * random.random(falloff.shape))
        self._size = size
        self._spectrum = (falloff * phases).astype(np.complex64)
        self._speed = (pace * random.standard_normal(falloff.shape)).astype(np.float32)
        self._scale = np.float32(1.0)
        self._scale = np.float32(1.0 / max(float(self.at(0.0).std()), 1e-9))

    def at(self, seconds: float) -> Plane:
        """The tile at that time, deviation about 1."""
        turned = self._spectrum * np.exp(1j * self._speed * np.float32(seconds))
        return np.fft.irfft2(turned, (self._size, self._size)).astype(np.float32) * self._scale


def line(random: Random, size: int, *, slope: float) -> NDArray[np.float32]:
    """Noise along a line that joins its own start, mean 0 and deviation 1."""
    frequencies = np.arange(size // 2 + 1, dtype=np.float64)
    frequencies[0] = np.inf
    return _normal(np.fft.irfft(np.fft.rfft(random.standard_normal(size)) * frequencies**-slope, size))


def read(tile: NDArray[Any], across: Plane, down: Plane) -> NDArray[Any]:
    """The tile's values at places given in tiles (1 is once around), between its points linearly."""
    size = tile.shape[0]
    x, y = across * np.float32(size), down * np.float32(size)
    left, top = np.floor(x), np.floor(y)
    x, y = x - left, y - top
    columns, rows = left.astype(np.int32) & (size - 1), (top.astype(np.int32) & (size - 1)) * size
    right, below = (columns + 1) & (size - 1), (rows + size) & (size * size - 1)
    flat = tile.ravel()
    upper = flat[rows + columns]
    upper = upper + (flat[rows + right] - upper) * x
    lower = flat[below + columns]
    lower = lower + (flat[below + right] - lower) * x
    found: NDArray[Any] = upper + (lower - upper) * y
    return found


def read_line(values: Values, places: Values) -> Values:
    """The line's values at places given in rounds (1 is once around), between its points linearly."""
    size = len(values)
    at = places * np.float32(size)
    left = np.floor(at)
    index = left.astype(np.int64) % size
    here, there = values[index], values[(index + 1) % size]
    found: Values = here + (there - here) * (at - left)
    return found


def _falloff(size: int, slope: float, stretch: tuple[float, float]) -> NDArray[np.float64]:
    across = np.fft.rfftfreq(size) * size * stretch[0]
    down = np.fft.fftfreq(size)[:, None] * size * stretch[1]
    distance = np.hypot(across, down)
    distance[0, 0] = np.inf
    return np.asarray(distance**-slope)


def _normal(values: NDArray[np.float64]) -> NDArray[np.float32]:
    normal = (values - values.mean()) / values.std()
    return np.asarray(normal, np.float32)
