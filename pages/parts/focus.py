"""Puts the cursor into a field when a page opens, so that one can type at once."""

import streamlit as st

# Not with a touch screen: the keyboard would cover the page before anybody has read it.
_mount = st.components.v2.component(
    "openv_focus",
    js="""
const done = new WeakSet()

export default function focus({ data, parentElement }) {
  if (done.has(parentElement) || matchMedia("(pointer: coarse)").matches) return
  done.add(parentElement)
  document.querySelector(`.st-key-${data.field} :is(textarea, input)`)?.focus({ preventScroll: true })
}
""",
)


def focus_on(field: str) -> None:
    """Gives the field of that widget key the cursor, once each time the page is opened."""
    _mount(key=f"focus-{field}", data={"field": field})
