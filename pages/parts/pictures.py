"""The pictures that the pages bring along."""

import base64
import mimetypes
from functools import cache
from pathlib import Path

_ASSETS = Path(__file__).resolve().parents[1] / "assets"


@cache
def picture(name: str) -> str:
    """A file of pages/assets as a data URL, read once: a path would be opened and looked into again in every run."""
    kind, _ = mimetypes.guess_type(name)
    content = base64.b64encode((_ASSETS / name).read_bytes()).decode()
    return f"data:{kind};base64,{content}"
