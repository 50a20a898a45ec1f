"""Quota arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from services.catalog import read_catalog
from services.quota import Quota, longest_frames

MODEL = read_catalog(default_endpoint="own").find("mochi")


@given(st.floats(min_value=0, max_value=10))
def test_the_longest_length_fits_and_the_next_would_not(remaining: float) -> None:
    """The suggestion is the best there is."""
    frames = longest_frames(MODEL, remaining)
    if frames is None:
        assert remaining * 24 < 7
    else:
        assert MODEL.frames.holds(frames)
        assert frames / 24 <= remaining + 1e-6
        assert frames == 127 or (frames + 6) / 24 > remaining


def test_nothing_is_left_below_zero() -> None:
    """An allowance that was cut after use leaves nothing, not less."""
    assert Quota(limit_seconds=5, used_seconds=9, max_jobs=3, active_jobs=0).remaining_seconds == 0
