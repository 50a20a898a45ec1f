"""How times, lengths and other people's words are written."""

import re
from datetime import datetime

from services.accounts import Role
from services.catalog import Catalog
from services.videos import Video

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")  # all of ASCII's punctuation: Markdown lets any of it be escaped

ROLE_NAMES: dict[Role, str] = {"restricted": "Looks at clips", "user": "User", "admin": "Admin"}


def plain(text: str) -> str:
    """The text for places that take Markdown, shown as it is: no link, picture, icon or formula comes of it."""
    return _MARKS.sub(r"\\\1", text.replace("\n", " "))


def shortened(text: str, most: int) -> str:
    """The text on one line of at most so many characters, cut at a word where it is too long."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[most // 2 :] else cut).rstrip(" ,;:.") + "…"


def seconds(value: float) -> str:
    """A length of video, such as "2.5 s" or "10 s"."""
    return f"{value:.1f}".removesuffix(".0") + " s"


def size(width: int, height: int) -> str:
    """Such as "848 × 480"."""
    return f"{width} × {height}"


def ago(when: datetime, now: datetime) -> str:
    """How long ago, in words, so roughly that pages left open have little to change; later the date."""
    minutes = max(0, int((now - when).total_seconds() // 60))
    if minutes < 5:
        return "a few minutes ago" if minutes else "just now"
    if minutes < 60:
        return f"{minutes // 5 * 5} minutes ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours ago" if minutes >= 120 else "1 hour ago"
    return f"{minutes // 1440} days ago" if minutes < 8 * 1440 else f"{when:%-d %B %Y}"


def facts(video: Video, catalog: Catalog) -> tuple[str, ...]:
    """What distinguishes a clip in a few words: model, size, length, seed."""
    model = catalog.get(video.model)
    title = model.title if model else video.model
    return title, size(video.width, video.height), seconds(video.seconds), f"seed {video.seed}"
