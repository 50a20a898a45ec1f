"""The addresses that RunPod is given."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks import is_token, signed_attempt, webhook_url

TOKEN = "a-token"


def named(address: str | None) -> dict[str, str]:
    query = parse_qs(urlsplit(address or "").query)
    return {name: query[name][0] for name in ("video", "attempt", "sign")}


def test_without_a_public_address_there_is_none() -> None:
    """RunPod is then asked instead."""
    assert webhook_url(None, TOKEN, 1, 1) is None


def test_an_address_leads_to_the_webhook() -> None:
    """It is under the public address and carries the token."""
    parts = urlsplit(webhook_url("https://studio.test/base", TOKEN, 12, 3) or "")
    assert (parts.netloc, parts.path) == ("studio.test", "/base/api/runpod/webhook")
    assert parse_qs(parts.query)["token"] == [TOKEN]


@given(video=st.integers(1, 2**63 - 1), number=st.integers(1, 1000))
def test_a_signed_address_names_its_attempt(video: int, number: int) -> None:
    """What was signed is read back."""
    assert signed_attempt(TOKEN, **named(webhook_url("https://s.test", TOKEN, video, number))) == (
        video,
        number,
    )


@given(video=st.text(), attempt=st.text(), sign=st.text())
def test_what_nobody_signed_names_nothing(video: str, attempt: str, sign: str) -> None:
    """No text passes for a signature."""
    assert signed_attempt(TOKEN, video=video, attempt=attempt, sign=sign) is None


@pytest.mark.parametrize("missing", ["video", "attempt", "sign"])
def test_a_part_of_a_signature_is_none(missing: str) -> None:
    """All three parts are needed."""
    parts = named(webhook_url("https://s.test", TOKEN, 1, 1))
    assert signed_attempt(TOKEN, **{**parts, missing: None}) is None


def test_a_signature_holds_for_its_own_token_and_attempt() -> None:
    """Another token, video or attempt needs another signature."""
    parts = named(webhook_url("https://s.test", TOKEN, 1, 12))
    assert signed_attempt("another-token", **parts) is None
    assert signed_attempt(TOKEN, **{**parts, "video": "11", "attempt": "2"}) is None


@pytest.mark.parametrize("given_token", [None, "", "a-toke", "a-token ", "A-TOKEN", "ä"])
def test_other_tokens_are_wrong(given_token: str | None) -> None:
    """Only the very token passes."""
    assert is_token(TOKEN, TOKEN)
    assert not is_token(given_token, TOKEN)
