"""A terminal to try the command line in: what was typed, what came of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from services.settings import SETTINGS


@dataclass
class Said:
    """What came of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


def clean_environment() -> dict[str, str]:
    """Ours without any setting, and without what only the tests know."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in SETTINGS and not name.startswith("OPENV_")
    }
