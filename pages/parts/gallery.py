"""The gallery: a grid of clips that is patched in place, so that a playing clip is never interrupted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

ASSETS = Path(__file__).parent / "gallery_assets"

_mount = st.components.v2.component(
    "openv_gallery",
    html='<div class="frame"><ul class="gallery" role="list"></ul></div>',
    css=(ASSETS / "gallery.css").read_text(encoding="utf-8"),
    js="\n".join((ASSETS / name).read_text(encoding="utf-8") for name in ("gallery.js", "card.js")),
)

CardStatus = Literal["queued", "processing", "completed", "failed", "cancelled"]


@dataclass(frozen=True)
class Card:
    """What one clip shows. Everything in it is drawn as text; `aspect` is width divided by height."""

    id: str
    title: str
    status: CardStatus
    note: str
    progress: float | None
    poster_url: str | None
    file_url: str | None
    facts: tuple[str, ...]
    aspect: float
    when: str
    starred: bool = False


@dataclass(frozen=True)
class GalleryEvent:
    """`opened` is set in the one run that follows a click on Details; `selected` holds until it is changed.

    A run that another cuts short does not count: Streamlit tells the next one of the same click again.
    """

    opened: str | None
    selected: tuple[str, ...]


def gallery(cards: Sequence[Card], *, key: str, selecting: bool = False, large: bool = False) -> GalleryEvent:
    """Draws the cards in the order given.

    `large` shows the clips alone, as wide as there is room, each in its own shape: for one clip whose details stand
    beside it.
    """
    if not selecting:
        clear_selection(key)
    selected = _selected(st.session_state.get(key), cards, key)
    data = {
        "cards": [_wire(card) for card in cards],
        "large": large,
        "selecting": selecting,
        "round": _round(key),
        "selected": selected,
    }
    result = _mount(key=key, data=data, on_opened_change=_unheard, on_selected_change=_unheard)
    shown = {card.id for card in cards}
    opened = result.opened if result.opened in shown else None
    return GalleryEvent(opened, _selected(result, cards, key) if selecting else ())


def clear_selection(key: str) -> None:
    """Unchecks everything; call it before `gallery`, for instance after the selected clips were deleted."""
    # The browser holds the checks. A new round makes it drop them, and makes void whatever it sent before,
    # also what is still on its way.
    if _chosen(st.session_state.get(key), key):
        st.session_state[_round_key(key)] = _round(key) + 1


def _selected(state: Any, cards: Sequence[Card], key: str) -> tuple[str, ...]:
    chosen = _chosen(state, key)
    return tuple(card.id for card in cards if card.id in chosen)


def _chosen(state: Any, key: str) -> set[str]:
    sent = state.get("selected") if state else None
    if not isinstance(sent, dict) or sent.get("round") != _round(key):
        return set()
    return {card_id for card_id in sent.get("ids", ()) if isinstance(card_id, str)}


def _round(key: str) -> int:
    return int(st.session_state.get(_round_key(key), 0))


def _round_key(key: str) -> str:
    return f"{key}-round"


def _wire(card: Card) -> dict[str, Any]:
    shown = {name: value for name, value in vars(card).items() if value}
    if card.progress is not None:
        shown["progress"] = round(card.progress, 2)
    return shown


def _unheard() -> None:
    # Streamlit hands out only those events that somebody listens to.
    return None
