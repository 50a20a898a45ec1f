"""The sea: wind waves that travel as real ones do, under a low sun that glitters on them."""

import numpy as np
from numpy.typing import NDArray

from services.demo.scenes.canvas import Plane, Planes, lay, tint
from services.demo.scenes.colour import light, looked_up
from services.demo.scenes.noise import read
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky

_TILE = 256
_GRAVITY = 9.81
_EYE = 5.5  # metres above the water
_FOCAL = 1.1  # in picture heights
_DEEP = {
    "dawn": "#23405a",
    "day": "#0d5a78",
    "sunset": "#1d2f4d",
    "dusk": "#10203c",
    "night": "#050e1e",
    "storm": "#1c3036",
}


class Waves:
    """The slopes of a square of open sea, from a spectrum of wind waves, each at its own speed."""

    def __init__(self, random: np.random.Generator, *, metres: float, wind: float, direction: float) -> None:
        numbers = np.fft.fftfreq(_TILE) * _TILE * 2 * np.pi / metres
        across, along = numbers[None, :], numbers[:, None]
        length = np.hypot(across, along)
        length[0, 0] = 1.0
        largest = wind**2 / _GRAVITY
        toward = (across * np.cos(direction) + along * np.sin(direction)) / length
        power = np.exp(-1 / (length * largest) ** 2) / length**4 * (0.15 + toward**2)
        power *= np.exp(-((length * 0.05) ** 2))
        power[0, 0] = 0.0
        chance = random.standard_normal((2, _TILE, _TILE))
        heights = np.sqrt(power) * (chance[0] + 1j * chance[1])
        tilt = 1j * across - along  # makes one transform give both slopes
        self._going = (heights * tilt).astype(np.complex64)
        self._coming = (np.conj(np.roll(heights[::-1, ::-1], 1, (0, 1))) * tilt).astype(np.complex64)
        self._pace = np.sqrt(_GRAVITY * length).astype(np.float32)
        scale = np.complex64(1 / self.slopes(0.0).real.std())
        self._going, self._coming = self._going * scale, self._coming * scale

    def slopes(self, seconds: float) -> NDArray[np.complex64]:
        """(tile, tile): slope across as real, along as imaginary part; deviation across 1."""
        phase = self._pace * np.float32(seconds)
        turn = np.empty(phase.shape, np.complex64)
        turn.real, turn.imag = np.cos(phase), -np.sin(phase)
        return np.asarray(np.fft.ifft2(self._going * turn + self._coming * np.conj(turn)), np.complex64)


class Ocean:
    """Seen from a few metres above the water, gliding slowly on."""

    def __init__(self, shot: Shot) -> None:
        hour = shot.time_of_day or "sunset"
        self._shot, self._random = shot, shot.random
        self._sky = Sky(shot, hour, horizon=0.44, clouds=shot.between(0.45, 0.62))
        rough = 1.5 if hour == "storm" or shot.weather in ("rain", "storm") else 1.0
        self._roughness = rough * shot.between(0.085, 0.115)
        self._swell = Waves(shot.random, metres=110, wind=9.5, direction=shot.between(1.1, 2.0))
        self._ripples = Waves(shot.random, metres=23, wind=4.0, direction=shot.between(0.6, 2.5))
        self._deep = light(_DEEP[hour])
        self._speed = shot.between(1.6, 2.4)
        self._look_at_water()

    def draw(self, seconds: float) -> Planes:
        """The sky, and the water that mirrors it."""
        picture = self._sky.draw(seconds)
        across, along = self._slopes(seconds)
        picture[:, self._top :] = self._water(across, along)
        return picture

    def _look_at_water(self) -> None:
        """Where each pixel below the horizon looks at the sea, and from which direction."""
        shot, horizon = self._shot, self._sky.horizon
        self._top = int(np.ceil(horizon * shot.height))
        down = ((np.arange(self._top, shot.height, dtype=np.float32) + 0.5) / shot.height - horizon)[:, None]
        across = ((np.arange(shot.width, dtype=np.float32) + 0.5) / shot.width - 0.5)[None, :] * shot.aspect
        length = np.sqrt(across**2 + down**2 + _FOCAL**2)
        self._ray = (across / length, -down / length, _FOCAL / length)
        self._z = _EYE * _FOCAL / down
        self._x = across * self._z / _FOCAL
        footprint = self._z**2 / (_EYE * _FOCAL * shot.height)
        rough = np.float32(self._roughness)
        self._fades = (rough / (1 + footprint / 9.0), rough * 0.8 / (1 + (footprint / 0.9) ** 1.5))
        self._sharpness = 30 + 750 * np.exp(-footprint / 0.35)
        self._sparkle = 0.22 + 0.75 * np.exp(-footprint / 0.5)
        self._mist = 0.75 * np.exp(-down / 0.011)
        sun = np.array(
            [(self._sky.sun[0] - 0.5) * shot.aspect, horizon - self._sky.sun[1], _FOCAL], np.float32
        )
        self._to_sun = sun / np.linalg.norm(sun)

    def _slopes(self, seconds: float) -> tuple[Plane, Plane]:
        """Read at every second column, which is fine enough for what is wider than high."""
        x, z = self._x[:, ::2], self._z + np.float32(self._speed * seconds)
        swell = read(self._swell.slopes(seconds), x / 110, z / 110)
        turned_x, turned_z = x * 0.8 + z * 0.6, z * 0.8 - x * 0.6
        ripples = read(self._ripples.slopes(seconds * 1.15), turned_x / 23, turned_z / 23)
        slopes = swell * self._fades[0] + ripples * self._fades[1]
        full = np.empty(self._x.shape, np.complex64)
        full[:, ::2] = slopes
        full[:, 1:-1:2] = (slopes[:, :-1] + slopes[:, 1:]) * np.float32(0.5)
        full[:, -1] = slopes[:, -1]
        return full.real, full.imag

    def _water(self, across: Plane, along: Plane) -> Planes:
        """What the facing side of each wave mirrors, and how much of the deep shows through."""
        x, y, z = self._ray
        steep = 1 / (1 + across**2 + along**2)
        facing = (y - x * across - z * along) * steep
        lift = facing * 2
        mirrored_y = np.abs(y - lift)
        glint = (x + lift * across) * self._to_sun[0] + mirrored_y * self._to_sun[1]
        glint += (z + lift * along) * self._to_sun[2] - 1
        fresnel = 0.03 + 0.97 * (1 - np.clip(-facing, 0, 1)) ** 5
        mirrored = looked_up(self._sky.colours, 1 - mirrored_y * 2.2)
        hour = self._sky.hour
        sparkle = hour.glow * (0.22 * np.exp(glint * 12) + 0.4 * np.exp(glint * 70))
        sparkle += (0.4 + hour.disc) * self._sparkle * np.exp(glint * self._sharpness)
        mirrored += tint(self._sky.light) * sparkle
        deep = tint(self._deep) * (1 + 2.2 * np.clip(-along * 4 - y * 0.5, 0, 1.5))
        water: Planes = deep + (mirrored - deep) * fresnel
        lay(water, tint(self._sky.haze), self._mist)
        return water
