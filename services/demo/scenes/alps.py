"""High mountains from the air: rock, snow, and clouds lying in the valleys."""

import numpy as np

from services.demo.scenes.canvas import Plane, Planes, smoothstep, tint
from services.demo.scenes.colour import light, mixed
from services.demo.scenes.noise import read, texture
from services.demo.scenes.shot import Shot
from services.demo.scenes.sky import Sky
from services.demo.scenes.terrain import Camera, Terrain, lit, softened

_TILE = 512
_SUNLIGHT = {"dawn": 1.5, "day": 0.95, "sunset": 1.9, "dusk": 1.0, "night": 0.75, "storm": 0.75}


class Alps:
    """A slow flight along the peaks."""

    def __init__(self, shot: Shot) -> None:
        hour = shot.time_of_day or str(shot.random.choice(["dawn", "day", "sunset"]))
        self._sky = Sky(shot, hour, horizon=0.34, clouds=shot.between(0.35, 0.5))
        heights = peaks(shot)
        toward = (np.pi if self._sky.sun[0] < 0.5 else 0.0) + shot.between(-0.6, 0.6)
        shade = lit(heights, size=1.0, slope=0.55 if hour in ("day", "night") else 0.32, toward=toward)
        self._terrain = Terrain(shot, (heights + 1j * shade).astype(np.complex64), Camera(0.34, 0.045, 3.2))
        self._detail = texture(shot.random, 256, slope=1.0)
        self._fog = texture(shot.random, 256, slope=1.8)
        self._colour_by(hour, warm="autumn" in shot.words)
        self._snowline = 0.012 if {"snow", "snowy", "winter", "glacier", "ice"} & shot.words else 0.055
        self._start, self._speed = _grandest_view(shot, heights), shot.between(0.028, 0.04)
        self._eye = self._terrain.clearance(self._where(0.0), self._where(shot.seconds)) + 0.022
        self._air = np.exp(-self._terrain.depths / 2.2)

    def draw(self, seconds: float) -> Planes:
        """Peaks over a sea of mist, before the sky."""
        heights, shade, across, down = self._terrain.survey(*self._where(seconds))
        colours = self._ground(heights, shade, read(self._detail, across * 4, down * 4))
        mist = self._mist(heights, across, down, seconds)
        colours += (tint(self._cloud) * (0.55 + 0.45 * np.clip(shade * 1.5, 0, 1)) - colours) * mist
        haze = tint(self._sky.haze)
        colours = haze + (colours - haze) * self._air
        return self._terrain.project(heights, colours, self._sky.draw(seconds), self._eye)

    def _where(self, seconds: float) -> tuple[float, float]:
        return self._start[0] + 0.008 * seconds, self._start[1] + self._speed * seconds

    def _colour_by(self, hour: str, *, warm: bool) -> None:
        sun = mixed(self._sky.light, light("#ffe3d0"), 0.45) * _SUNLIGHT[hour]
        snow, rock = light("#f4f7ff"), light("#6d655f")
        wood = light("#8a5a2b") if warm else light("#34452f")
        self._lit = [stuff * sun for stuff in (wood, rock, snow)]
        self._dark = [stuff * self._sky.ambient * 0.75 for stuff in (wood, rock, snow)]
        self._cloud = mixed(self._sky.ambient, mixed(self._sky.haze, sun, 0.4), 0.6)

    def _ground(self, heights: Plane, shade: Plane, rough: Plane) -> Planes:
        """Wood below, rock where it is steep, snow above."""
        level = heights + rough * 0.005
        snow = smoothstep(
            self._snowline, self._snowline + 0.022, level + np.clip(shade - 0.3, -0.2, 0.3) * 0.03
        )
        wood = (1 - smoothstep(0.03, 0.055, level)) * (1 - snow)
        shade = np.clip(shade * (1 + 0.16 * rough), 0.0, 1.3)
        colours = np.zeros((3, *heights.shape), np.float32)
        for cover, bright, dark in zip((wood, 1 - snow - wood, snow), self._lit, self._dark, strict=True):
            colours += (tint(dark) + tint(bright - dark) * shade) * cover
        return colours

    def _mist(self, heights: Plane, across: Plane, down: Plane, seconds: float) -> Plane:
        billow = read(self._fog, across * 1.7 + np.float32(0.012 * seconds), down * 1.7)
        low = 1 - smoothstep(0.0, 0.024, heights + 0.004 - billow * 0.012)
        return low * np.clip(0.42 + 0.26 * billow, 0.06, 0.8)


def peaks(shot: Shot) -> Plane:
    """Heights of a tile of mountains: crests that branch, rougher the higher they are, and open valleys."""
    base = texture(shot.random, _TILE, slope=2.25)
    crest = np.clip(1 - np.abs(texture(shot.random, _TILE, slope=2.2)) * 0.9, 0, None)
    spur = np.clip(1 - np.abs(texture(shot.random, _TILE, slope=1.95)) * 0.8, 0, None)
    rough = texture(shot.random, _TILE, slope=1.7)
    tall = np.clip(0.45 + 0.42 * base + 0.75 * crest, 0, None)
    heights = 0.05 * tall + 0.016 * spur * tall + 0.0028 * rough * tall
    return softened(np.clip(heights - 0.012, 0, None)).astype(np.float32)


def _grandest_view(shot: Shot, heights: Plane) -> tuple[float, float]:
    """A place low down with high peaks at some distance ahead."""
    tries = shot.random.random((2, 60, 1)).astype(np.float32)
    ahead = np.linspace(0.25, 0.8, 12, dtype=np.float32)[None, :]
    here = read(heights, tries[0] + 0 * ahead, tries[1] + ahead * 0.3).max(axis=1)
    there = sum(
        read(heights, tries[0] + side * ahead, tries[1] + ahead).max(axis=1) for side in (-0.35, 0.0, 0.35)
    )
    best = int(np.argmax(there - 1.1 * here))
    return float(tries[0, best, 0]), float(tries[1, best, 0])
