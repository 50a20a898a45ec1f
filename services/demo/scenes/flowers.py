"""Flowers and grass, drawn petal by petal."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from services.demo.scenes.backdrop import Paint, Sheet
from services.demo.scenes.shot import Shot

Place = tuple[float, float]
_KINDS: dict[str, list[Paint]] = {
    "poppy": [(226, 52, 38), (240, 78, 48), (205, 38, 40)],
    "daisy": [(250, 247, 238), (244, 240, 250)],
    "cornflower": [(74, 104, 222), (98, 120, 235)],
    "lavender": [(140, 104, 214), (162, 122, 226)],
    "tulip": [(232, 66, 92), (250, 176, 58), (238, 120, 170)],
    "sunflower": [(252, 196, 40), (246, 178, 24)],
    "blossom": [(250, 190, 212), (255, 214, 226)],
}
# how many petals, how wide for their length, the heart's share of the flower and its colour
_DISCS: dict[str, tuple[int, float, float, Paint]] = {
    "poppy": (5, 0.95, 0.2, (32, 20, 24)),
    "daisy": (15, 0.24, 0.28, (250, 200, 50)),
    "cornflower": (11, 0.34, 0.2, (60, 50, 120)),
    "sunflower": (17, 0.26, 0.46, (84, 48, 20)),
    "blossom": (5, 0.8, 0.2, (232, 120, 150)),
}
_WORDS = {
    "poppies": "poppy", "daisies": "daisy", "tulips": "tulip", "sunflowers": "sunflower", "cherry": "blossom",
    "sakura": "blossom", "blossoms": "blossom", "rose": "tulip", "roses": "tulip", "cornflowers": "cornflower",
}  # fmt: skip
_MIXES = [
    ["poppy", "daisy", "cornflower", "poppy"],
    ["lavender", "lavender", "daisy"],
    ["tulip", "tulip", "blossom", "daisy"],
    ["daisy", "blossom", "lavender", "tulip"],
    ["poppy", "cornflower", "lavender", "daisy", "tulip"],
]
_GREENS: list[Paint] = [(52, 92, 44), (74, 116, 50), (96, 138, 62), (40, 76, 44)]
_TOO_SMALL_TO_TELL = 0.014
_STEM: Paint = (58, 98, 46)
# half a petal: how far out, how far aside
_PETAL = np.array([(0.05, 0.1), (0.45, 0.75), (0.8, 0.85), (1.0, 0.35)])
_CUP = np.array([(-0.42, -0.3), (-0.3, -0.95), (0.0, -1.35), (0.3, -0.95), (0.42, -0.3), (0.0, 0.25)])
_BUD = np.array([(-0.6, 0.0), (0.0, -1.1), (0.6, 0.0), (0.0, 0.6)])


def kinds_for(shot: Shot) -> list[str]:
    """The flowers the prompt names, else a mixture by chance."""
    named = sorted({_WORDS.get(word, word) for word in shot.words} & set(_KINDS))
    return named or _MIXES[int(shot.random.integers(len(_MIXES)))]


def draw_grass(painting: Sheet, shot: Shot, *, base: float, reach: float, size: float) -> None:
    """Blades up to `reach` over `base`, below which they are so dense that nothing shows between them."""
    tufts = np.linspace(0, painting.span, int(30 * painting.span))
    ground = [(float(place), base + 0.03 - 0.3 * reach * float(shot.random.random())) for place in tufts]
    painting.shape([(0.0, 1.1), *ground, (painting.span, 1.1)], (38, 66, 34))
    count = int(8 * painting.span / size)
    for back in np.linspace(1, 0, count, endpoint=False):
        x, foot = shot.between(0, painting.span), base + 0.03 + (1 - back) * 0.12
        tip = base - reach * shot.between(0.2, 1.0) * back + 0.02
        lean, thick = shot.between(-0.7, 0.7) * size, size * shot.between(0.05, 0.11)
        green = _GREENS[int(shot.random.integers(len(_GREENS)))]
        blade = [(x - thick, foot), (x + lean, tip), (x + thick, foot)]
        painting.shape(blade, _dimmed(green, 0.45 + 0.6 * back))


def draw_flower(painting: Sheet, shot: Shot, kind: str, *, at: Place, foot: float, size: float) -> None:
    """A stem from `foot` up to the flower at `at`; `size` is the flower's radius, all in picture heights."""
    x, y = at
    lean, thick = shot.between(-0.5, 0.5) * size, size * 0.055
    stem = [(x + lean - thick, foot), (x - thick * 0.6, y), (x + thick * 0.6, y), (x + lean + thick, foot)]
    painting.shape(stem, _STEM)
    colours = _KINDS[kind]
    colour = colours[int(shot.random.integers(len(colours)))]
    shapes: dict[str, Callable[..., None]] = {"lavender": _draw_spike, "tulip": _draw_cup}
    if kind in shapes:
        shapes[kind](painting, shot, at, size, colour)
    else:
        _draw_disc(painting, shot, kind, at, size, colour)


def _draw_disc(painting: Sheet, shot: Shot, kind: str, at: Place, size: float, colour: Paint) -> None:
    """Petals around a heart, seen a little from the side."""
    count, slim, share, heart = _DISCS[kind]
    if size < _TOO_SMALL_TO_TELL:
        count, slim = 5, 0.9
    tilt, start = shot.between(0.5, 0.85), shot.between(0, 6.28)
    petal = np.concatenate([_PETAL, _PETAL[::-1] * (1, -1)]) * (size, size * slim * 0.62)
    for turn in start + np.arange(count) * 2 * np.pi / count:
        bright = 0.78 + 0.22 * (0.5 - 0.5 * np.sin(turn)) + shot.between(-0.05, 0.05)
        across = petal[:, 0] * np.cos(turn) - petal[:, 1] * np.sin(turn)
        down = petal[:, 0] * np.sin(turn) + petal[:, 1] * np.cos(turn)
        painting.shape(_moved(np.column_stack([across, down * tilt]), at), _dimmed(colour, bright))
    around = np.linspace(0, 6.28, 12)
    ring = np.column_stack([np.cos(around), np.sin(around) * tilt]) * (size * share)
    painting.shape(_moved(ring, at), heart)


def _draw_cup(painting: Sheet, _shot: Shot, at: Place, size: float, colour: Paint) -> None:
    """A tulip: three petals closed to a cup."""
    for aside, bright in ((-0.34, 0.82), (0.34, 0.9), (0.0, 1.0)):
        petal = np.add(_CUP, (aside, 0.0)) * size
        painting.shape(_moved(petal, at), _dimmed(colour, bright))


def _draw_spike(painting: Sheet, shot: Shot, at: Place, size: float, colour: Paint) -> None:
    """Lavender: small blossoms up a stalk."""
    for step in range(11):
        reach = size * 0.24 * (1 - step / 14)
        for aside in (-1, 0, 1):
            middle = at[0] + aside * reach * 0.85, at[1] - step * size * 0.30
            painting.shape(_moved(_BUD * reach, middle), _dimmed(colour, 0.72 + 0.28 * shot.random.random()))


def _moved(outline: NDArray[np.float64], at: Place) -> list[Place]:
    return [(at[0] + float(across), at[1] + float(down)) for across, down in outline]


def _dimmed(colour: Paint, part: float) -> Paint:
    red, green, blue = (min(int(value * part), 255) for value in colour[:3])
    return red, green, blue
