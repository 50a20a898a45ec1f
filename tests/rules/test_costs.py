"""What a clip is expected to cost, as far as the catalog tells, and what money pays for."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import FILE, Model, read_catalog
from services.orders import Request, draft_cost_basis, plan_order
from services.quota import affordable_frames, longest_frames

CATALOG = read_catalog(default_endpoint="own")
MOCHI, WAN, VIDU = (CATALOG.find(name) for name in ("mochi", "wan-2-6-t2v", "vidu-q3-t2v"))


def test_a_price_by_the_clip_goes_by_length_and_size() -> None:
    """RunPod bills Wan 0.50 dollars for five seconds of 720p and 0.75 for Full HD."""
    assert WAN.price_usd(1280, 720, 120) == pytest.approx(0.5)
    assert WAN.price_usd(1080, 1920, 240) == pytest.approx(1.5)


def test_an_estimate_goes_by_pixels_frames_and_steps() -> None:
    """The default clip takes the typical time; half the steps half of it."""
    usual = 70 * 0.00116
    assert MOCHI.typical_usd(848, 480, 61, 40) == pytest.approx(usual)
    assert MOCHI.typical_usd(848, 480, 61, 20) == pytest.approx(usual / 2)
    assert MOCHI.typical_usd(424, 480, 122, 40) == pytest.approx(usual)


@pytest.mark.parametrize(
    ("model", "price", "typical"), [(MOCHI, False, True), (WAN, True, False), (VIDU, False, False)]
)
def test_what_nobody_knows_is_none(model: Model, price: bool, typical: bool) -> None:
    """Never 0, which would be a promise."""
    basis = draft_cost_basis(model, Request("", model.name))
    assert (basis["price_usd"] is not None, basis["typical_usd"] is not None) == (price, typical)


def test_a_draft_is_reckoned_as_its_order_is() -> None:
    """What the page shows is what is then counted."""
    request = Request("a sea", "mochi", frames=31, width=640, height=640, steps=20)
    order, draft = plan_order(CATALOG, request), draft_cost_basis(MOCHI, request)
    assert draft == {name: order[name] for name in draft}


def test_a_demo_bills_nobody() -> None:
    """Its clips come from this machine's processor."""
    assert CATALOG.for_demo().find("wan-2-6-t2v").price_usd(1280, 720, 120) is None


def test_a_price_of_no_aspect_ratio_is_a_mistake(tmp_path: Path) -> None:
    """A misspelt one would leave a size without a price."""
    file = tmp_path / "models.toml"
    text = FILE.read_text(encoding="utf-8").replace('{ "16:9" = 0.10', '{ "16:10" = 0.10')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="usd_per_video_second"):
        read_catalog(file)


@given(st.floats(0, 3), st.integers(7, 127))
def test_the_longest_affordable_length_is_the_best_there_is(left: float, frames: int) -> None:
    """It can be paid, and the next could not."""
    usd = MOCHI.typical_usd(848, 480, frames, 40)
    longest = longest_frames(MOCHI, math.inf, affordable=affordable_frames(frames, usd, left))
    costs = [MOCHI.typical_usd(848, 480, number, 40) or 0 for number in range(7, 128, 6)]
    fitting = [number for number, cost in zip(range(7, 128, 6), costs, strict=True) if cost <= left + 1e-8]
    assert longest == (max(fitting) if fitting else None)


def test_without_a_line_or_a_known_cost_money_sets_no_limit() -> None:
    """Only what is known can be held against it."""
    assert affordable_frames(61, 0.1, None) == affordable_frames(61, None, 5) == math.inf
