"""What kind of device the browser runs on, as it says itself."""

import streamlit as st


def is_handheld() -> bool:
    """Whether it is a phone or a small tablet, which has no keys to press together."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
