"""What falls before the camera when the prompt says so, whatever the scene."""

from typing import Protocol

from services.demo.scenes.canvas import Planes
from services.demo.scenes.flakes import Flakes
from services.demo.scenes.rain import Rain
from services.demo.scenes.shot import Shot


class Weather(Protocol):
    """Something in the air."""

    def add(self, picture: Planes, seconds: float) -> None:
        """Puts what is falling at that moment into the picture."""
        ...


def weather_of(shot: Shot) -> Weather | None:
    """Rain or snow, None for dry weather."""
    if shot.weather == "rain":
        return Rain(shot)
    return Flakes(shot, "snow") if shot.weather == "snow" else None
