"""Short texts: which are taken, and what a terminal gets of others."""

import json

import pytest

from services.names import shown_name
from services.texts import as_json, escaped, one_line


@pytest.mark.parametrize(
    "text", ["Анна", "  Ana\n María ", "علی\u200cرضا", "👩\u200d🎨", "नमस्ते", "–", "x" * 100]
)
def test_a_name_of_any_script_is_shown_as_it_is(text: str) -> None:
    """With single spaces, and with the joiners that some scripts need."""
    assert shown_name(text) == " ".join(text.split())


CONTROLS = ["a\0", "\x1b[2J", "bell \a", "\x9b2J", "\u202eanna", "a\U000e0001"]
INVISIBLE = ["", " ", "\u200b", "\u200d", "\u3164", "\u2800", "\ufe0f"]


@pytest.mark.parametrize("text", [*CONTROLS, *INVISIBLE, "\ud800", "x" * 101])
def test_a_text_that_cannot_be_read_is_none(text: str) -> None:
    """Control characters, texts turned around, halves of characters, and what shows nothing at all."""
    assert one_line(text, 100) is None


def test_a_terminal_gets_nothing_to_obey() -> None:
    """Not a new line either, which would pass for a row; what is plain stays as it is."""
    assert escaped("Anna \x1b[2J\n\x9b\u202e\0 Ж“é") == r"Anna \u001b[2J\n\u009b\u202e\u0000 Ж“é"


def test_rows_as_json_keep_every_character_on_the_way_through_a_terminal() -> None:
    """A program reads what is in the rows."""
    rows = [{"name": "a\x1b\n\x9b\u202e\U000e0001“Ж"}]
    lines = [escaped(line) for line in as_json(rows)]
    assert all(line.isprintable() for line in lines)
    assert json.loads("\n".join(lines)) == rows
