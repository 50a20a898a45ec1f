"""The controls that describe a clip. Which there are, their limits and defaults come from the model catalog."""

import streamlit as st

from pages.parts.form_fields import KEPT, key_for, nearest, values
from pages.parts.handover import settings_to_take_over
from pages.parts.more_settings import chosen_more, fill_in_more, more_settings, take_over_more
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
    st.text_area("Prompt", key=PROMPT, height=132, placeholder=_EXAMPLE, **KEPT)
    _choose_model(catalog)
    model = _model(catalog)
    _fill_in_defaults(model)
    _choose_size(model)
    _choose_frames(model)
    more_settings(model)
    return model, requested(catalog)


def requested(catalog: Catalog) -> Request:
    """What the controls say, also between two runs: what a click has brought along is in them already."""
    state, model = st.session_state, _model(catalog)
    _fill_in_defaults(model)
    width, height = state[key_for("size", model)] or _usual_size(model)
    frames = state[key_for("frames", model)]
    return Request(state.get(PROMPT) or "", model.name, frames, width, height, **chosen_more(model))


def _model(catalog: Catalog) -> Model:
    return catalog.get(st.session_state.get(_MODEL) or "") or catalog.models[0]


def _usual_size(model: Model) -> tuple[int, int]:
    return next(iter(model.aspect_ratios.values()))


def _fill_in_defaults(model: Model) -> None:
    st.session_state.setdefault(key_for("size", model), _usual_size(model))
    st.session_state.setdefault(key_for("frames", model), int(model.frames.default))
    fill_in_more(model)


def _choose_model(catalog: Catalog) -> None:
    titles = {model.name: model.title for model in catalog.models}
    chosen = catalog.get(st.session_state.setdefault(_MODEL, catalog.models[0].name))
    about = chosen.about if chosen else None
    st.selectbox("Model", list(titles), format_func=lambda name: titles[name], key=_MODEL, help=about, **KEPT)


def _choose_size(model: Model) -> None:
    names = {pixels: name for name, pixels in model.aspect_ratios.items()}
    key = key_for("size", model)
    names.setdefault(st.session_state[key], "Other")  # taken over from a clip that a script asked for

    def label(pixels: tuple[int, int]) -> str:
        return f"{plain(names[pixels])} :small[:gray[{size(*pixels)}]]"

    st.pills("Aspect ratio", list(names), format_func=label, key=key, required=True, **KEPT)


def _choose_frames(model: Model) -> None:
    def label(frames: int) -> str:
        return f"{seconds(model.seconds(frames))} · {frames} frames"

    lengths = [int(number) for number in values(model.frames)]
    st.select_slider("Length", lengths, format_func=label, key=key_for("frames", model), **KEPT)


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
