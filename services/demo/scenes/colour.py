"""Colours: written as on screen, mixed as light."""

from collections.abc import Sequence

import numpy as np

from services.demo.scenes.canvas import Colour, Plane, Planes

Stops = Sequence[tuple[float, str]]


def light(text: str, strength: float = 1.0) -> Colour:
    """The light of a colour written as "#rrggbb", times `strength`."""
    values = np.array([int(text[place : place + 2], 16) for place in (1, 3, 5)], np.float32) / 255
    return (values**2.2 * strength).astype(np.float32)


def ramp(stops: Stops, values: Plane) -> Planes:
    """The colours along a gradient at each of the values; stops are (value, "#rrggbb"), in order."""
    places = [place for place, _ in stops]
    lights = np.stack([light(text) for _, text in stops])
    eased = [np.interp(values, places, np.sqrt(lights[:, channel])) for channel in range(3)]
    return np.square(np.stack(eased).astype(np.float32))


def table(stops: Stops, size: int = 1024) -> Planes:
    """A gradient over 0…1 as a table of (3, size), for reading by number."""
    return ramp(stops, np.linspace(0.0, 1.0, size, dtype=np.float32))


def looked_up(colours: Planes, values: Plane) -> Planes:
    """The colours of a table at values of 0…1."""
    last = colours.shape[1] - 1
    places = (np.clip(values, 0.0, 1.0) * np.float32(last)).astype(np.int32)
    return np.stack([channel[places] for channel in colours])


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """`part` of the other colour and the rest of the one."""
    return (one + (other - one) * np.float32(part)).astype(np.float32)
