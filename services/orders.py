"""What is asked for, checked against the catalog: an order is a request that a model can carry out."""

import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.catalog import MOST_SEED, Catalog, Model, Range, job_input
from services.errors import InvalidInput, Unavailable

MOST_PROMPT = 2000


@dataclass(frozen=True)
class Request:
    """What a person or a script asks for. None: not given, the model's default holds (seed: a random one)."""

    prompt: str
    model_name: str
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    steps: int | None = None
    cfg: float | None = None


def plan_order(catalog: Catalog, request: Request) -> dict[str, Any]:
    """The order for that request, as submit_video takes it.

    Raises InvalidInput naming every field that is out of range, Unavailable when the model has no endpoint yet.
    """
    model = catalog.find(request.model_name)
    order = _filled(model, request)
    if problems := list(_problems(model, order)):
        raise InvalidInput(_sentence(problems), details=problems)
    if model.endpoint is None:
        raise Unavailable(
            f"{model.title} has no endpoint yet. Ask an admin to set RUNPOD_ENDPOINT_ID.", code="no_endpoint"
        )
    return {**order, **cost_basis(model, order), "input": job_input(model, order), "rate_usd": model.rate_usd}


def draft_cost_basis(model: Model, request: Request) -> dict[str, Any]:
    """cost_basis of a request that need not be complete yet."""
    order = _filled(model, request)
    return cost_basis(model, order) | {name: order[name] for name in ("width", "height", "frames", "steps")}


def cost_basis(model: Model, order: Mapping[str, Any]) -> dict[str, Any]:
    """What the schema's expect_cost needs beside size, length and steps; in USD, None where unknown."""
    width, height, frames = order["width"], order["height"], order["frames"]
    return {
        "model": model.name,
        "endpoint": model.endpoint,
        "price_usd": model.price_usd(width, height, frames),
        "typical_usd": model.typical_usd(width, height, frames, order["steps"]),
    }


def clean_text(text: str) -> str:
    """The text as it is kept: line ends unified, composed characters, no blank edges; one far too long as it is."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    # Composing makes a text four times shorter at most, and takes time that grows with the square of its marks.
    return unified if len(unified) > 4 * MOST_PROMPT else unicodedata.normalize("NFC", unified).strip()


def _filled(model: Model, request: Request) -> dict[str, Any]:
    width, height = next(iter(model.aspect_ratios.values()))
    return {
        "prompt": clean_text(request.prompt),
        "negative_prompt": None if request.negative_prompt is None else clean_text(request.negative_prompt),
        "width": width if request.width is None else request.width,
        "height": height if request.height is None else request.height,
        "frames": int(model.frames.default) if request.frames is None else request.frames,
        "fps": model.fps,
        "seed": secrets.randbelow(MOST_SEED + 1) if request.seed is None else request.seed,
        "steps": _given_or_default(request.steps, model.steps),
        "cfg": _given_or_default(request.cfg, model.cfg),
    }


def _given_or_default(value: float | None, numbers: Range | None) -> float | int | None:
    if numbers is None:
        return None
    chosen = numbers.default if value is None else value
    return int(chosen) if chosen == int(chosen) else chosen


def _problems(model: Model, order: dict[str, Any]) -> Iterator[dict[str, str]]:
    if not order["prompt"]:
        yield _problem("prompt", "must not be empty")
    for field in ("prompt", "negative_prompt"):
        yield from _text_problems(field, order[field] or "")
    yield from _size_problems(model, order)
    for field, numbers in (("frames", model.frames), ("steps", model.steps), ("cfg", model.cfg)):
        if numbers and not numbers.holds(order[field]):
            yield _problem(field, f"takes {numbers.describe()}")
    if not 0 <= order["seed"] <= MOST_SEED:
        yield _problem("seed", f"takes 0 to {MOST_SEED}")


def _text_problems(field: str, text: str) -> Iterator[dict[str, str]]:
    if len(text) > MOST_PROMPT:
        yield _problem(field, f"takes at most {MOST_PROMPT} characters; this has {len(text)}")
    elif any(_is_forbidden(character) for character in text):
        yield _problem(field, "must not contain control characters")


def _is_forbidden(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}


def _size_problems(model: Model, order: dict[str, Any]) -> Iterator[dict[str, str]]:
    if (order["width"], order["height"]) in model.aspect_ratios.values():
        return
    if model.side is None:
        sizes = ", ".join(f"{width}×{height}" for width, height in model.aspect_ratios.values())
        yield _problem("width", f"and height take one of {sizes}")
        return
    side = Range(*model.side, default=model.side[0])
    for field in ("width", "height"):
        if not side.holds(order[field]):
            yield _problem(field, f"takes {side.describe()}")


def _problem(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}


_NAMES = {
    "prompt": "The prompt",
    "negative_prompt": "The negative prompt",
    "cfg": "The guidance (cfg)",
    "frames": "The number of frames",
    "steps": "The number of steps",
    "seed": "The seed",
    "width": "The width",
    "height": "The height",
}


def _sentence(problems: list[dict[str, str]]) -> str:
    return " ".join(f"{_NAMES[problem['field']]} {problem['message']}." for problem in problems)
