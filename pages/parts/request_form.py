"""The controls that describe a clip. Which there are, their limits and defaults come from the model catalog."""

import streamlit as st

from pages.parts.form_fields import KEPT, key_for, nearest, values
from pages.parts.handover import settings_to_take_over
from pages.parts.more_settings import more_settings, take_over_more
from pages.parts.wording import plain, seconds, size
from services.catalog import Catalog, Model
from services.orders import Request
from services.videos import Video

PROMPT = "create-prompt"
_MODEL = "create-model"
_EXAMPLE = "A paper boat drifting through a neon-lit canal at night, slow dolly, light rain"


def request_form(catalog: Catalog) -> tuple[Model, Request]:
    """Draws the controls; the chosen model and what is asked of it, unchecked."""
    if video := settings_to_take_over():
        _take_over(catalog, video)
    prompt = st.text_area("Prompt", key=PROMPT, height=132, placeholder=_EXAMPLE, **KEPT)
    model = _choose_model(catalog)
    width, height = _choose_size(model)
    frames = _choose_frames(model)
    request = Request(prompt or "", model.name, frames, width, height, **more_settings(model))
    return model, request


def _choose_model(catalog: Catalog) -> Model:
    titles = {model.name: model.title for model in catalog.models}
    chosen = catalog.get(st.session_state.setdefault(_MODEL, catalog.models[0].name))
    about = chosen.about if chosen else None
    name = st.selectbox(
        "Model", list(titles), format_func=lambda name: titles[name], key=_MODEL, help=about, **KEPT
    )
    return catalog.get(name or "") or catalog.models[0]


def _choose_size(model: Model) -> tuple[int, int]:
    names = {pixels: name for name, pixels in model.aspect_ratios.items()}
    key = key_for("size", model)
    chosen = st.session_state.setdefault(key, next(iter(names)))
    names.setdefault(chosen, "Other")  # taken over from a clip that a script asked for

    def label(pixels: tuple[int, int]) -> str:
        return f"{plain(names[pixels])} :small[:gray[{size(*pixels)}]]"

    sizes = list(names)
    return st.pills("Aspect ratio", sizes, format_func=label, key=key, required=True, **KEPT) or sizes[0]


def _choose_frames(model: Model) -> int:
    key, numbers = key_for("frames", model), model.frames
    st.session_state.setdefault(key, int(numbers.default))

    def label(frames: int) -> str:
        return f"{seconds(model.seconds(frames))} · {frames} frames"

    lengths = [int(number) for number in values(numbers)]
    frames: int = st.select_slider("Length", lengths, format_func=label, key=key, **KEPT)
    return frames


def _take_over(catalog: Catalog, video: Video) -> None:
    model = catalog.get(video.model) or catalog.models[0]
    st.session_state.update(
        {
            PROMPT: video.prompt,
            _MODEL: model.name,
            key_for("size", model): (video.width, video.height),
            key_for("frames", model): int(nearest(model.frames, video.frames)),
        }
    )
    take_over_more(model, video)
