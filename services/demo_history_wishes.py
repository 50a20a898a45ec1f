"""Who asks for which clip and when, in a made-up past: people, prompts, sizes and the rhythm of days and weeks."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.catalog import MOST_SEED, Model, Range
from services.orders import Request

PEOPLE = {
    "demo-ada": "Ada",
    "demo-ben": "Ben",
    "demo-chloe": "Chloé",
    "demo-dmitri": "Dmitri",
    "demo-emeka": "Emeka",
    "demo-farah": "Farah",
    "demo-grace": "Grace",
    "demo-hiro": "Hiro",
    "demo-ines": "Inês",
    "demo-jonas": "Jonas",
}
"""Names by which nobody signs in, and how they are shown."""

_HOURS = (
    2,
    1,
    1,
    1,
    1,
    2,
    4,
    9,
    20,
    34,
    42,
    40,
    26,
    30,
    41,
    44,
    38,
    26,
    15,
    11,
    10,
    8,
    5,
    3,
)  # of the day, UTC
_DAYS = (1.0, 1.15, 1.2, 1.1, 0.9, 0.3, 0.25)  # Monday to Sunday
_GROWTH = 1.5  # how much busier the last day is than the first
_JUST_NOW = 6
_THINGS = (
    "a lighthouse",
    "two foxes",
    "an old tram",
    "a paper boat",
    "a ballet dancer",
    "a field of poppies",
    "a robot",
)
_DOING = (
    "in heavy rain",
    "at first light",
    "seen from above",
    "in slow motion",
    "under the northern lights",
    "in fog",
)
_STYLES = ("35 mm film", "watercolour", "stop motion", "documentary, handheld", "clay animation", "wide lens")
_AVOIDED = (None, None, "blurry, low quality", "text, watermark")
_EVERY_FRAMES, _EVERY_STEPS = (0.35, 0.5, 0.5, 0.75, 1.0), (0.4, 0.6, 0.6, 0.6, 0.9)


@dataclass(frozen=True)
class Wish:
    """A request by that user at that time, in Unix seconds."""

    at: float
    user_id: str
    request: Request


def draw_wishes(
    dice: random.Random, models: Sequence[Model], count: int, days: float, now: float
) -> Iterator[Wish]:
    """So many wishes over so many days up to now, oldest first; the last few are a moment old."""
    names = list(PEOPLE)
    busy = [1 / place for place in range(1, len(names) + 1)]
    liked = [1 / place for place in range(1, len(models) + 1)]
    for at in _draw_moments(dice, count, days, now):
        (model,) = dice.choices(models, liked)
        yield Wish(at, dice.choices(names, busy)[0], _draw_request(dice, model))


def _draw_moments(dice: random.Random, count: int, days: float, now: float) -> list[float]:
    recent = min(_JUST_NOW, count // 8)
    hours = max(1, round(days * 24))
    first = now - hours * 3600
    weights = [_busyness(first + hour * 3600, hour / hours) for hour in range(hours)]
    drawn = dice.choices(range(hours), weights, k=count - recent)
    earlier = [first + (hour + dice.random()) * 3600 for hour in drawn]
    return sorted([*earlier, *(now - 0.1 - 15 * place for place in range(recent))])


def _busyness(at: float, progress: float) -> float:
    moment = datetime.fromtimestamp(at, UTC)
    return _HOURS[moment.hour] * _DAYS[moment.weekday()] * (1 + (_GROWTH - 1) * progress)


def _draw_request(dice: random.Random, model: Model) -> Request:
    width, height = dice.choice(list(model.aspect_ratios.values()))
    frames, steps = model.frames, model.steps
    return Request(
        prompt=", ".join((f"{dice.choice(_THINGS)} {dice.choice(_DOING)}", dice.choice(_STYLES))),
        model_name=model.name,
        frames=_some(frames, dice.choice(_EVERY_FRAMES)),
        width=width,
        height=height,
        negative_prompt=dice.choice(_AVOIDED) if model.takes("negative_prompt") else None,
        seed=dice.randint(0, MOST_SEED),
        steps=None if steps is None else _some(steps, dice.choice(_EVERY_STEPS)),
    )


def _some(numbers: Range, share: float) -> int:
    return int(numbers.largest_up_to(numbers.most * share) or numbers.least)
