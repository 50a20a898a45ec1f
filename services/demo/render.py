"""From a job's input to the pictures of its clip."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.demo.encoder import Picture
from services.demo.prompt import understand
from services.demo.scenes.catalogue import OUTDOORS, SCENES
from services.demo.scenes.finish import Finish, Look
from services.demo.scenes.shot import Shot
from services.demo.scenes.weather import weather_of

_MOST_PIXELS = 848 * 480
_LEAST_SIDE = 64  # scenes are not made for less
_LIMITS = {
    "width": (16, 1920, 848),
    "height": (16, 1920, 480),
    "num_frames": (1, 512, 61),
    "fps": (1, 60, 24),
    "steps": (1, 200, 40),
    "cfg": (0, 30, 6),
    "seed": (0, 2**63 - 1, 0),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a job asks for, in the words of worker-mochi."""

    prompt: str
    negative_prompt: str
    width: int
    height: int
    frames: int
    fps: int
    steps: int
    cfg: float
    seed: int

    @classmethod
    def read(cls, job_input: Mapping[str, Any]) -> "Request":
        """Takes the input apart; what is not given has the defaults. Raises ValueError with a sentence."""
        prompt = job_input.get("positive_prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise ValueError("positive_prompt is required")
        numbers = {name: _number(job_input.get(name), name) for name in _LIMITS}
        return cls(
            prompt=prompt,
            negative_prompt=str(job_input.get("negative_prompt") or ""),
            width=int(numbers["width"]) // 2 * 2,
            height=int(numbers["height"]) // 2 * 2,
            frames=int(numbers["num_frames"]),
            fps=int(numbers["fps"]),
            steps=int(numbers["steps"]),
            cfg=numbers["cfg"],
            seed=int(numbers["seed"]),
        )


def open_shot(request: Request) -> Iterator[Picture]:
    """The pictures of the clip, one by one: the same for the same request."""
    wish = understand(request.prompt, request.negative_prompt)
    random = np.random.default_rng(_chance(request))
    width, height = _drawn_size(request)
    seconds = request.frames / request.fps
    shot = Shot(width, height, seconds, random, wish.time_of_day, wish.weather, wish.words)
    scene = SCENES[wish.scene](shot)
    weather = weather_of(shot) if wish.scene in OUTDOORS else None
    finish = Finish((width, height), _look(request), random)
    for number in range(request.frames):
        picture = scene.draw(number / request.fps)
        if weather:
            weather.add(picture, number / request.fps)
        yield finish.apply(picture)


def _look(request: Request) -> Look:
    """More guidance: more contrast and colour. Fewer steps: more grain."""
    strength = (min(request.cfg, 14) - 6) / 8
    return Look(
        contrast=1.0 + 0.10 * strength,
        saturation=1.0 + 0.30 * strength,
        grain=0.5 + 2.2 * max(0, 30 - request.steps) / 30,
    )


def _chance(request: Request) -> list[int]:
    text = "\0".join((request.prompt, request.negative_prompt, str(request.seed)))
    digest = hashlib.sha256(text.encode()).digest()
    return [int.from_bytes(digest[place : place + 4]) for place in range(0, 32, 4)]


def _drawn_size(request: Request) -> tuple[int, int]:
    """More steps: finer drawn. The encoder scales it up, also when more is asked for than is ever drawn."""
    fine = min(max((request.steps - 10) / 55, 0.0), 1.0)
    pixels = _MOST_PIXELS * (0.35 + 0.65 * fine**1.6)
    scale = min(1.0, (pixels / (request.width * request.height)) ** 0.5)
    scale = max(scale, _LEAST_SIDE / min(request.width, request.height))
    return round(request.width * scale), round(request.height * scale)


def _number(value: Any, name: str) -> float:
    least, most, default = _LIMITS[name]
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least} to {most}")
    return value
