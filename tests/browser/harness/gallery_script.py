"""Draws the cards that a test has written into its folder, again and again, and tells what came back."""

import json
import sys
from pathlib import Path

import streamlit as st

from pages.parts.gallery import Card, clear_selection, gallery

SCENE = Path(sys.argv[1]) / "scene.json"

st.set_page_config(layout="wide")
opened = st.session_state.setdefault("opened", [])


@st.fragment(run_every="300ms")
def live() -> None:
    scene = json.loads(SCENE.read_text())
    if scene["cleared"]:
        clear_selection("clips")
    cards = [Card(**{**card, "facts": tuple(card["facts"])}) for card in scene["cards"]]
    event = gallery(cards, key="clips", selecting=scene["selecting"])
    st.session_state.ticks = st.session_state.get("ticks", 0) + 1
    st.text(f"Tick: {st.session_state.ticks}")
    st.text(f"Opened: {' '.join(opened)}")
    st.text(f"Selected: {' '.join(event.selected)}")
    # Last: a tick that falls into the run of a click cuts it short, and Streamlit then tells of the click again.
    if event.opened:
        opened.append(event.opened)


live()
