"""The settings that few change: negative prompt, seed, steps and guidance. Which there are, the model says."""

from typing import Any

import streamlit as st

from pages.parts.form_fields import KEPT, key_for, nearest, number
from services.catalog import MOST_SEED, Model, Range
from services.videos import Video

_MORE = "create-more"
_NEGATIVE, _IS_RANDOM, _SEED = "create-negative", "create-random-seed", "create-seed"


def more_settings(model: Model) -> None:
    """Draws them while they are open alone, as they are half of the form and seldom looked at."""
    more = st.expander("More settings", key=_MORE, on_change="rerun")
    if more.open:
        with more:
            _draw_more(model)
    else:
        _tell_fixed_seed(_seed(model))


def fill_in_more(model: Model) -> None:
    """Their defaults, where nothing has been chosen yet."""
    st.session_state.setdefault(_NEGATIVE, None)
    st.session_state.setdefault(_IS_RANDOM, True)
    st.session_state.setdefault(_SEED, 0)
    for name, numbers in (("steps", model.steps), ("cfg", model.cfg)):
        if numbers:
            st.session_state.setdefault(key_for(name, model), number(numbers.default, numbers))


def chosen_more(model: Model) -> dict[str, Any]:
    """What is chosen there, under the names of a Request's fields."""
    state = st.session_state
    return {
        "negative_prompt": state[_NEGATIVE] if model.takes("negative_prompt") else None,
        "seed": _seed(model),
        "steps": state[key_for("steps", model)] if model.steps else None,
        "cfg": state[key_for("cfg", model)] if model.cfg else None,
    }


def take_over_more(model: Model, video: Video) -> None:
    """Fills them in as they were for that clip; what the model does not take, with the nearest that it does."""
    st.session_state.update({_NEGATIVE: video.negative_prompt, _IS_RANDOM: False, _SEED: video.seed})
    for name, numbers, value in (("steps", model.steps, video.steps), ("cfg", model.cfg, video.cfg)):
        if numbers:
            st.session_state[key_for(name, model)] = number(nearest(numbers, value), numbers)


def _seed(model: Model) -> int | None:
    state = st.session_state
    return state[_SEED] if model.takes("seed") and not state[_IS_RANDOM] else None


def _tell_fixed_seed(seed: int | None) -> None:
    if seed is not None:  # said below the box: with another label it would be another box
        st.caption(
            f"Seed {seed} is fixed: the same prompt and settings make the same clip again."
            " For a new one, open More settings and turn on Random seed."
        )


def _draw_more(model: Model) -> None:
    if model.takes("negative_prompt"):
        about, example = "What the clip should not show.", "Blurry, watermark"
        st.text_input("Negative prompt", value=None, key=_NEGATIVE, placeholder=example, help=about, **KEPT)
    if model.takes("seed"):
        _draw_seed()
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_number("Steps", "steps", model, model.steps, "More take longer and show more detail.")
    with right:
        _draw_number("Guidance", "cfg", model, model.cfg, "How closely the clip keeps to the prompt.")


def _draw_seed() -> None:
    # No columns: on a phone the empty one would leave a gap.
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        same = "The same seed and settings give the same clip."
        if not st.toggle("Random seed", key=_IS_RANDOM, help=same, width="stretch", **KEPT):
            st.number_input("Seed", 0, MOST_SEED, step=1, key=_SEED, **KEPT)


def _draw_number(label: str, name: str, model: Model, numbers: Range | None, about: str) -> None:
    if numbers is None:
        return
    least, most, step = (number(value, numbers) for value in (numbers.least, numbers.most, numbers.step))
    shown = "%d" if isinstance(step, int) else "%g"
    st.slider(label, least, most, step=step, format=shown, key=key_for(name, model), help=about, **KEPT)
