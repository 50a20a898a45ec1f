"""The model catalog: which models there are, what each takes, and how a request becomes a job's input."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from services.errors import InvalidInput

FILE = Path(__file__).parents[1] / "models.toml"
DEMO_ENDPOINT = "demo"
_DEMO_SECONDS = 5.0  # what its usual clip takes
_DEMO_INPUT: dict[str, Any] = {
    "positive_prompt": "prompt",
    "negative_prompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "seed": "seed",
    "steps": "steps",
    "cfg": "cfg",
    "num_frames": "frames",
    "fps": "fps",
}
_FIELDS = frozenset(
    {"prompt", "negative_prompt", "width", "height", "frames", "seconds", "fps", "seed", "steps", "cfg"}
)
MOST_SEED = 2_147_483_647


@dataclass(frozen=True)
class Range:
    """Numbers from `least` to `most`, `step` apart counted from `least`."""

    least: float
    most: float
    step: float
    default: float

    def holds(self, value: float) -> bool:
        """Whether value is one of them."""
        if not self.least <= value <= self.most:
            return False
        steps = (value - self.least) / self.step
        return abs(steps - round(steps)) < 1e-9

    def describe(self) -> str:
        """Such as "7 to 127 in steps of 6"."""
        span = f"{self.least:g} to {self.most:g}"
        return span if self.step == 1 else f"{span} in steps of {self.step:g}"

    def largest_up_to(self, value: float) -> float | None:
        """The largest of them that is not above value, or None."""
        if value < self.least:
            return None
        top = min(value, self.most)
        return self.least + (top - self.least + 1e-9) // self.step * self.step


class Model(BaseModel):
    """One entry of `models.toml`. `rate_usd`: USD per second of execution, None where unknown.

    `typical_seconds`: an estimate of the execution of its default clip. `usd_per_video_second`: the price by aspect
    ratio, of models that are billed by the clip.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    about: str = ""
    aliases: tuple[str, ...] = ()
    endpoint: str | None = None
    gpu: str | None = None
    gpus: int = 1
    rate_usd: float | None = None
    typical_seconds: float | None = None
    usd_per_video_second: dict[str, float] = {}
    fps: float
    result: str | None = None
    frames: Range
    steps: Range | None = None
    cfg: Range | None = None
    side: tuple[int, int, int] | None = None
    aspect_ratios: dict[str, tuple[int, int]]
    execution_timeout_seconds: int
    job_life_seconds: int
    input: dict[str, str | bool | int | float]

    def takes(self, field: Literal["negative_prompt", "steps", "cfg", "seed"]) -> bool:
        """Whether the job's input has that field."""
        return field in self.input.values()

    def seconds(self, frames: int) -> float:
        """Length of so many frames."""
        return frames / self.fps

    def price_usd(self, width: int, height: int, frames: int) -> float | None:
        """What a clip of that size and length is billed at; None for a model without a price."""
        prices = {self.aspect_ratios[name]: usd for name, usd in self.usd_per_video_second.items()}
        usd = prices.get((width, height))
        return None if usd is None else usd * self.seconds(frames)

    def typical_usd(self, width: int, height: int, frames: int, steps: float | None) -> float | None:
        """An estimate of a clip's cost from typical_seconds, in proportion to pixels, frames and steps."""
        if self.rate_usd is None or self.typical_seconds is None:
            return None
        usual_width, usual_height = next(iter(self.aspect_ratios.values()))
        share = width * height * frames / (usual_width * usual_height * self.frames.default)
        if self.steps and steps:
            share *= steps / self.steps.default
        return self.rate_usd * self.typical_seconds * share


@dataclass(frozen=True)
class Catalog:
    """All models, the default one first."""

    models: tuple[Model, ...]

    def find(self, name: str) -> Model:
        """The model of that name or alias, in any case. Raises InvalidInput."""
        wanted = name.strip().lower()
        for model in self.models:
            if wanted in {model.name, *(alias.lower() for alias in model.aliases)}:
                return model
        known = ", ".join(model.name for model in self.models)
        raise InvalidInput(
            f"There is no such model. Known models: {known}.",
            code="unknown_model",
            details=[{"field": "modelName", "message": f"takes one of: {known}"}],
        )

    def get(self, name: str) -> Model | None:
        """The model of that very name, or None for one that has left the catalog."""
        return next((model for model in self.models if model.name == name), None)

    def for_demo(self) -> "Catalog":
        """The same models, all of them run by the demo endpoint."""
        changes = {
            "endpoint": DEMO_ENDPOINT,
            "input": _DEMO_INPUT,
            "result": "output.result",
            "typical_seconds": _DEMO_SECONDS,
            "usd_per_video_second": {},  # nobody is billed
        }
        return Catalog(tuple(model.model_copy(update=changes) for model in self.models))


def read_catalog(path: Path = FILE, *, default_endpoint: str | None = None) -> Catalog:
    """The catalog in that file. Raises ValueError with a sentence where an entry is malformed."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    rates: Mapping[str, float] = content.get("gpus", {})
    try:
        return Catalog(tuple(_read_model(entry, rates, default_endpoint) for entry in content["models"]))
    except (ValidationError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} has a malformed entry: {error}") from error


def _read_model(entry: dict[str, Any], rates: Mapping[str, float], default_endpoint: str | None) -> Model:
    ranges = {name: Range(*entry[name]) for name in ("frames", "steps", "cfg") if name in entry}
    model = Model.model_validate({**entry, **ranges})
    if strange := model.usd_per_video_second.keys() - model.aspect_ratios.keys():
        raise TypeError(f"{model.name}: usd_per_video_second names no aspect ratio with {', '.join(strange)}")
    rate = rates[model.gpu] * model.gpus if model.gpu else model.rate_usd
    return model.model_copy(update={"rate_usd": rate, "endpoint": model.endpoint or default_endpoint})


def job_input(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """The input of a job for that model; `values` are the request's fields, None where not given.

    A given 0 or empty text is sent as given.
    """
    known = {**values, "fps": _plain(model.fps), "seconds": _plain(values["frames"] / model.fps)}
    filled = {key: _fill(source, known) for key, source in model.input.items()}
    return {key: value for key, value in filled.items() if value is not None}


def _fill(source: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(source, str):
        return source
    if source in _FIELDS:
        return values.get(source)
    return source.format_map(values)


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
