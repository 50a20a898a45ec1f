"""How times, lengths and other people's words are written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.parts.wording import ago, plain, seconds, shortened

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(st.text(alphabet=st.characters(codec="ascii", categories=["P", "S", "L", "N"])))
def test_no_mark_of_markdown_stays_unescaped(text: str) -> None:
    """Whatever somebody types, every mark that could mean something stands behind a backslash."""
    unescaped = plain(text).replace("\\\\", "").split("\\")
    assert all(part[1:].isalnum() or not part[1:] for part in unescaped[1:])
    assert unescaped[0].isalnum() or not unescaped[0]


def test_a_text_of_several_lines_is_shown_on_one() -> None:
    """A line break would end the element the text stands in."""
    assert plain("a\nb") == "a b"


@given(st.text(), st.integers(2, 60))
def test_a_shortened_text_is_never_longer_than_asked(text: str, most: int) -> None:
    """The place it is meant for is not exceeded."""
    assert len(shortened(text, most)) <= most


def test_long_texts_are_cut_between_words() -> None:
    """Half a word reads like a mistake; one long word has no better place."""
    assert shortened("A red fox, running", 12) == "A red fox…"
    assert shortened("x" * 20, 5) == "xxxx…"
    assert shortened("A red\n fox", 12) == "A red fox"


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "a few minutes ago"),
        (timedelta(minutes=19), "15 minutes ago"),
        (timedelta(minutes=60), "1 hour ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=7, hours=23), "7 days ago"),
        (timedelta(days=8), "14 November 2026"),
    ],
)
def test_the_past_is_told_roughly(passed: timedelta, text: str) -> None:
    """One sees at a glance how old a clip is."""
    assert ago(NOW - passed, NOW) == text


def test_lengths_have_one_decimal_at_most() -> None:
    """Such as 2.5 s, and 10 s where there is nothing behind the point."""
    assert [seconds(value) for value in (2.541, 10.0, 0.04)] == ["2.5 s", "10 s", "0 s"]
