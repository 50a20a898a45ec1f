"""Orders: what a model can carry out, and what is refused with a sentence."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import Catalog, read_catalog
from services.errors import InvalidInput, Unavailable
from services.orders import MOST_PROMPT, Request, plan_order

CATALOG = read_catalog(default_endpoint="own")


def plan(**changes: Any) -> dict[str, Any]:
    return plan_order(CATALOG, Request(**{"prompt": "a sea", "model_name": "mochi", **changes}))


def test_zeros_and_empty_texts_are_sent_as_given() -> None:
    """Seed 0, an empty negative prompt and guidance 0 are values, not gaps."""
    job = plan(seed=0, negative_prompt="", cfg=0)["input"]
    assert (job["seed"], job["negative_prompt"], job["cfg"]) == (0, "", 0)


def test_what_was_not_given_takes_the_catalogs_default() -> None:
    """A bare prompt is enough."""
    job = plan()["input"]
    assert (job["width"], job["height"], job["num_frames"], job["steps"]) == (848, 480, 61, 40)
    assert 0 <= job["seed"] <= 2_147_483_647
    assert "negative_prompt" not in job


def test_a_public_endpoint_gets_its_own_input_shape() -> None:
    """Wan takes a duration and a size, not frames and sides."""
    job = plan(model_name="wan-2-6-t2v", frames=240, seed=7)["input"]
    assert job == {
        "prompt": "a sea",
        "duration": 10,
        "size": "1280*720",
        "seed": 7,
        "enable_prompt_expansion": False,
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prompt": "  \n"}, "prompt"),
        ({"prompt": "x" * 100_000}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": "a\ud800b"}, "prompt"),
        ({"prompt": "a\x1bb"}, "prompt"),
        ({"negative_prompt": "x" * (MOST_PROMPT + 1)}, "negative_prompt"),
        ({"frames": 8}, "frames"),
        ({"frames": 133}, "frames"),
        ({"frames": -7}, "frames"),
        ({"steps": 9}, "steps"),
        ({"cfg": 20.5}, "cfg"),
        ({"seed": -1}, "seed"),
        ({"seed": 2_147_483_648}, "seed"),
        ({"width": 856}, "width"),
        ({"height": 10**12}, "height"),
        ({"model_name": "wan-2-6-t2v", "width": 848}, "width"),
        ({"model_name": "nobody"}, "modelName"),
    ],
)
def test_what_a_model_cannot_do_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    """The refusal names the field and says what it takes."""
    with pytest.raises(InvalidInput) as refusal:
        plan(**changes)
    assert refusal.value.details[0]["field"] == field
    assert refusal.value.message.endswith(".")


def test_html_is_just_text() -> None:
    """A prompt with markup is kept to the letter."""
    assert plan(prompt="<b>sea</b> & <script>")["prompt"] == "<b>sea</b> & <script>"


def test_a_model_without_an_endpoint_says_what_to_set() -> None:
    """Nobody has to guess why nothing can be generated."""
    with pytest.raises(Unavailable, match="RUNPOD_ENDPOINT_ID"):
        plan_order(read_catalog(), Request("a sea", "mochi"))


def test_in_the_demo_every_model_runs_on_the_demo_endpoint() -> None:
    """Models differ in wiring alone."""
    demo: Catalog = CATALOG.for_demo()
    order = plan_order(demo, Request("a sea", "wan-2-6-t2v"))
    assert order["endpoint"] == "demo"
    assert order["input"]["num_frames"] == 120


@given(st.text(max_size=300), st.integers(), st.integers(), st.integers())
def test_any_request_is_either_planned_within_limits_or_refused(
    prompt: str, frames: int, seed: int, steps: int
) -> None:
    """Nothing out of range ever reaches a job."""
    try:
        order = plan(prompt=prompt, frames=frames, seed=seed, steps=steps)
    except InvalidInput as refusal:
        assert refusal.details
    else:
        assert order["prompt"]
        assert 7 <= order["frames"] <= 127
        assert (order["frames"] - 7) % 6 == 0
        assert 10 <= order["steps"] <= 65


def test_a_prompt_counts_as_it_is_kept() -> None:
    """Letters that were sent in four parts each are put together first."""
    parts = unicodedata.normalize("NFD", "\u1f82")
    order = plan_order(CATALOG, Request(parts * MOST_PROMPT, "mochi"))
    assert (len(parts), order["prompt"]) == (4, "\u1f82" * MOST_PROMPT)


def test_a_prompt_of_marks_without_end_is_refused_before_long() -> None:
    """Putting it in order would take minutes, and hold everybody else up."""
    begun = time.monotonic()
    with pytest.raises(InvalidInput, match="prompt"):
        plan_order(CATALOG, Request("a" + "\u0315\u0300" * 200_000, "mochi"))
    assert time.monotonic() - begun < 10
