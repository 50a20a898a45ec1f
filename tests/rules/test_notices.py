"""What Slack is told of a clip, and that nobody's words mean anything to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import compose, escape

FACTS = {
    "outcome": "ready",
    "user": "anna",
    "model": "mochi",
    "prompt": "a sea",
    "seconds": 2.5,
    "error": None,
}


def test_a_ready_clip_is_told_with_who_made_it_and_where_it_is() -> None:
    """One look says what and by whom, one click opens it."""
    text = compose(FACTS, link="https://studio.test/gallery?clip=7")["text"]
    assert text == "*Clip ready*\n“a sea”\nanna · mochi · 2 s · <https://studio.test/gallery?clip=7|Open>"


def test_a_failed_clip_is_told_with_its_reason_and_without_a_link_where_there_is_none() -> None:
    """PUBLIC_URL may not be set."""
    text = compose({**FACTS, "outcome": "failed", "error": "Out of\nmemory"}, link=None)["text"]
    assert text == "*Clip failed*\n“a sea”\nOut of memory\nanna · mochi · 2 s"


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("hi @channel", "hi @\N{WORD JOINER}channel"),
        ("<https://evil.test|Sign in>", "&lt;https:\N{WORD JOINER}//evil.test|Sign in&gt;"),
    ],
)
def test_a_prompt_calls_nobody_and_links_nowhere(prompt: str, shown: str) -> None:
    """A prompt is shown letter by letter."""
    assert escape(prompt) == shown


@given(st.text())
def test_no_text_keeps_a_bare_mark(text: str) -> None:
    """Whatever is written, no control sequence of Slack's begins in it."""
    told = escape(text)
    assert "<" not in told
    assert ">" not in told
    assert "@channel" not in told
    assert "://" not in told
