"""Short texts that people give: what is kept of them, and how a terminal gets them."""

import json
import unicodedata
from typing import Any

_JOINERS = "\u200c\u200d"  # invisible, and needed inside words of some scripts and inside emoji
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs by their category, and nothing to see


def one_line(text: str, most: int) -> str | None:
    """The text with single spaces; None unless it is 1 to `most` printable characters, at least one to be seen."""
    known = " ".join(text.split())
    is_taken = len(known) <= most and all(map(_is_printable, known)) and any(map(_is_visible, known))
    return known if is_taken else None


def escaped(text: str) -> str:
    """The text without characters that a terminal would obey, as JSON writes them, so that JSON stays the same."""
    return "".join(
        character if _is_printable(character) else json.dumps(character)[1:-1] for character in text
    )


def as_json(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of those rows as JSON."""
    return json.dumps(rows, indent=2, ensure_ascii=False).split("\n")


def _is_printable(character: str) -> bool:
    return character.isprintable() or character in _JOINERS


def _is_visible(character: str) -> bool:
    return character not in BLANKS and unicodedata.category(character)[0] in "LNPS"
