"""The controls that describe a clip. Which there are, their limits and defaults come from the model catalog."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.parts.handover import settings_to_take_over
from pages.parts.wording import plain, seconds, size
from services.catalog import MOST_SEED, Catalog, Model, Range
from services.orders import Request
from services.videos import Video

PROMPT = "create-prompt"
_MODEL, _NEGATIVE, _IS_RANDOM, _SEED = "create-model", "create-negative", "create-random-seed", "create-seed"
_EXAMPLE = "A paper boat drifting through a neon-lit canal at night, slow dolly, light rain"
_KEPT: dict[str, Any] = {"persist_state": "session"}  # while other pages are open


def request_form(catalog: Catalog) -> tuple[Model, Request]:
    """Draws the controls; the chosen model and what is asked of it, unchecked."""
    if video := settings_to_take_over():
        _take_over(catalog, video)
    prompt = st.text_area("Prompt", key=PROMPT, height=132, placeholder=_EXAMPLE, **_KEPT)
    model = _choose_model(catalog)
    width, height = _choose_size(model)
    frames = _choose_frames(model)
    request = Request(prompt or "", model.name, frames, width, height, **_more_settings(model))
    return model, request


def _choose_model(catalog: Catalog) -> Model:
    titles = {model.name: model.title for model in catalog.models}
    chosen = catalog.get(st.session_state.setdefault(_MODEL, catalog.models[0].name))
    about = chosen.about if chosen else None
    name = st.selectbox(
        "Model", list(titles), format_func=lambda name: titles[name], key=_MODEL, help=about, **_KEPT
    )
    return catalog.get(name or "") or catalog.models[0]


def _choose_size(model: Model) -> tuple[int, int]:
    names = {pixels: name for name, pixels in model.aspect_ratios.items()}
    key = _key("size", model)
    chosen = st.session_state.setdefault(key, next(iter(names)))
    names.setdefault(chosen, "Other")  # taken over from a clip that a script asked for

    def label(pixels: tuple[int, int]) -> str:
        return f"{plain(names[pixels])} :small[:gray[{size(*pixels)}]]"

    sizes = list(names)
    return st.pills("Aspect ratio", sizes, format_func=label, key=key, required=True, **_KEPT) or sizes[0]


def _choose_frames(model: Model) -> int:
    key, numbers = _key("frames", model), model.frames
    st.session_state.setdefault(key, int(numbers.default))

    def label(frames: int) -> str:
        return f"{seconds(model.seconds(frames))} · {frames} frames"

    lengths = [int(number) for number in _values(numbers)]
    frames: int = st.select_slider("Length", lengths, format_func=label, key=key, **_KEPT)
    return frames


def _more_settings(model: Model) -> dict[str, Any]:
    with st.expander("More settings"):
        negative_prompt = _choose_negative_prompt() if model.takes("negative_prompt") else None
        seed = _choose_seed() if model.takes("seed") else None
        left, right = st.columns(2, gap="medium")
        with left:
            steps = _choose_number(
                "Steps", "steps", model, model.steps, "More take longer and show more detail."
            )
        with right:
            cfg = _choose_number(
                "Guidance", "cfg", model, model.cfg, "How closely the clip keeps to the prompt."
            )
    return {"negative_prompt": negative_prompt, "seed": seed, "steps": steps, "cfg": cfg}


def _choose_negative_prompt() -> str | None:
    help_text = "What the clip should not show."
    return st.text_input(
        "Negative prompt",
        value=None,
        key=_NEGATIVE,
        placeholder="Blurry, watermark",
        help=help_text,
        **_KEPT,
    )


def _choose_seed() -> int | None:
    st.session_state.setdefault(_IS_RANDOM, True)
    st.session_state.setdefault(_SEED, 0)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    same = "The same seed and settings give the same clip."
    if left.toggle("Random seed", key=_IS_RANDOM, help=same, **_KEPT):
        return None
    seed: int | None = right.number_input("Seed", 0, MOST_SEED, step=1, key=_SEED, **_KEPT)
    return seed


def _choose_number(label: str, name: str, model: Model, numbers: Range | None, help_text: str) -> Any:
    if numbers is None:
        return None
    key = _key(name, model)
    st.session_state.setdefault(key, _number(numbers.default, numbers))
    least, most, step = (_number(value, numbers) for value in (numbers.least, numbers.most, numbers.step))
    shown = "%d" if isinstance(step, int) else "%g"
    return st.slider(label, least, most, step=step, format=shown, key=key, help=help_text, **_KEPT)


def _take_over(catalog: Catalog, video: Video) -> None:
    model = catalog.get(video.model) or catalog.models[0]
    st.session_state.update(
        {
            PROMPT: video.prompt,
            _MODEL: model.name,
            _NEGATIVE: video.negative_prompt,
            _IS_RANDOM: False,
            _SEED: video.seed,
            _key("size", model): (video.width, video.height),
            _key("frames", model): int(_nearest(model.frames, video.frames)),
        }
    )
    for name, numbers, value in (("steps", model.steps, video.steps), ("cfg", model.cfg, video.cfg)):
        if numbers:
            st.session_state[_key(name, model)] = _number(_nearest(numbers, value), numbers)


def _key(name: str, model: Model) -> str:
    return f"create-{name}-{model.name}"  # each model keeps its own


def _values(numbers: Range) -> Iterable[float]:
    count = int((numbers.most - numbers.least) / numbers.step + 1e-9)
    return (numbers.least + step * numbers.step for step in range(count + 1))


def _nearest(numbers: Range, value: float | None) -> float:
    wanted = numbers.default if value is None else value
    return min(_values(numbers), key=lambda number: abs(number - wanted))


def _number(value: float, numbers: Range) -> float | int:
    whole = all(number == int(number) for number in (numbers.least, numbers.most, numbers.step))
    return int(value) if whole else float(value)
