"""What the controls of the form have in common: their keys, how long they are kept, and the numbers that a model takes."""

from collections.abc import Iterable
from typing import Any

from services.catalog import Model, Range

KEPT: dict[str, Any] = {"persist_state": "session"}  # while other pages are open


def key_for(name: str, model: Model) -> str:
    """The session key of that setting: each model keeps its own."""
    return f"create-{name}-{model.name}"


def values(numbers: Range) -> Iterable[float]:
    """All of them, the least first."""
    count = int((numbers.most - numbers.least) / numbers.step + 1e-9)
    return (numbers.least + step * numbers.step for step in range(count + 1))


def nearest(numbers: Range, value: float | None) -> float:
    """The one closest to what is wanted; without a wish the default."""
    wanted = numbers.default if value is None else value
    return min(values(numbers), key=lambda number: abs(number - wanted))


def number(value: float, numbers: Range) -> float | int:
    """As an int where the range knows whole numbers alone."""
    whole = all(number == int(number) for number in (numbers.least, numbers.most, numbers.step))
    return int(value) if whole else float(value)
