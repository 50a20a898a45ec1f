"""The look: options that exist, colours one can read, and nothing fetched from elsewhere."""

import itertools
import re
import struct
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from streamlit.config import get_config_options
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from pages.parts import theme_memory

ROOT = Path(__file__).resolve().parent.parent
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
MODES = ("light", "dark")
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
READABLE, RECOGNISABLE = 4.5, 3.0  # WCAG 2.2 AA: text, and parts that are not text


def options(table: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from options(value, f"{above}{name}.")
        else:
            yield above + name


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_pairs(mode: str) -> Iterator[tuple[str, str]]:
    theme = CONFIG["theme"][mode]
    grounds = [
        theme["backgroundColor"],
        theme["secondaryBackgroundColor"],
        theme["sidebar"]["backgroundColor"],
    ]
    texts = [theme["textColor"], theme["linkColor"], *(theme[f"{hue}TextColor"] for hue in HUES)]
    yield from itertools.product(texts, grounds)
    yield from ((theme[f"{hue}TextColor"], theme[f"{hue}BackgroundColor"]) for hue in HUES)
    yield theme["codeTextColor"], theme["codeBackgroundColor"]
    yield theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]
    yield "#FFFFFF", theme["primaryColor"]  # Streamlit writes white on its main buttons in both modes


def test_every_option_is_known_to_streamlit() -> None:
    """An option that was misspelled or has gone would be ignored in silence."""
    assert set(options(CONFIG)) <= set(get_config_options())


def test_an_unknown_option_would_be_found() -> None:
    """The list that options are held against does not take everything."""
    assert not {"theme.light.primaryColour", "server.headles"} & set(get_config_options())


@pytest.mark.parametrize("mode", MODES)
def test_text_is_readable(mode: str) -> None:
    """Each text colour stands out from each ground it appears on."""
    assert [pair for pair in text_pairs(mode) if contrast(*pair) < READABLE] == []


@pytest.mark.parametrize("mode", MODES)
def test_controls_and_lines_of_charts_are_recognisable(mode: str) -> None:
    """The accent stands out from the page, and so does each colour of a chart, near enough."""
    theme = CONFIG["theme"][mode]
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= RECOGNISABLE
    assert all(contrast(colour, theme["backgroundColor"]) >= 2 for colour in theme["chartCategoricalColors"])


@pytest.mark.parametrize("mode", MODES)
def test_scales_have_the_length_that_streamlit_takes(mode: str) -> None:
    """A scale of any other length than ten is thrown away for Streamlit's own."""
    theme = CONFIG["theme"][mode]
    assert len(set(theme["chartSequentialColors"])) == len(set(theme["chartDivergingColors"])) == 10


def test_both_modes_set_the_same() -> None:
    """What is set for light is set for dark: nothing of one shows through in the other."""
    light, dark = (CONFIG["theme"][mode] for mode in MODES)
    assert set(options(light)) == set(options(dark))


def test_nothing_leaves_the_machine() -> None:
    """No usage statistics, no links to search engines, no font or picture from another server."""
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorLinks"] is False
    assert not re.search(r"https?://", (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    for picture in (ROOT / "pages/assets").glob("*.svg"):
        text = picture.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?://|<image|<text|@import|href", text)


def test_only_this_machine_reaches_the_server_unless_told_otherwise() -> None:
    """It listens on the loopback address, asks nothing at its first start, and tells strangers nothing of its errors."""
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["headless"] is True
    assert CONFIG["server"]["enableXsrfProtection"] is True
    assert CONFIG["client"]["showErrorDetails"] == "none"


@pytest.mark.parametrize("name", ["logo.svg", "icon.svg"])
def test_pictures_have_a_name_and_a_size(name: str) -> None:
    """The logo and the mark are drawings with a size of their own that a screen reader can name."""
    picture = ElementTree.parse(ROOT / "pages/assets" / name).getroot()
    assert picture.get("aria-label") == "OpenV Studio"
    assert picture.get("viewBox") == f"0 0 {picture.get('width')} {picture.get('height')}"


def test_the_favicon_is_a_square_picture() -> None:
    """Browsers show it in tabs and bookmarks, at up to 256 pixels."""
    head = (ROOT / "pages/assets/favicon.png").read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:])
    assert head.startswith(b"\x89PNG")
    assert width == height
    assert 64 <= width <= 256


def theme_message() -> CustomThemeConfig:
    """The theme as every run sends it to its browser."""
    theme = CustomThemeConfig()
    parts = {
        "theme": theme,
        "theme.light": theme.light,
        "theme.dark": theme.dark,
        "theme.sidebar": theme.sidebar,
        "theme.light.sidebar": theme.light.sidebar,
        "theme.dark.sidebar": theme.dark.sidebar,
    }
    for section, part in parts.items():
        app_session._populate_theme_msg(part, section)
    return theme


def test_the_theme_from_memory_is_the_one_streamlit_puts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last field, however often it is sent."""
    theme_memory.remember_theme()
    with monkeypatch.context() as streamlits_own:
        streamlits_own.setattr(app_session, "_populate_theme_msg", theme_memory._put_together)
        put_together = theme_message()

    assert app_session._populate_theme_msg is not theme_memory._put_together
    assert put_together.dark.primary_color == CONFIG["theme"]["dark"]["primaryColor"]
    assert [theme_message(), theme_message()] == [put_together, put_together]


def test_another_configuration_is_another_theme() -> None:
    """As when the file is changed while the server watches it."""
    theme_memory.remember_theme()
    try:
        get_config_options(force_reparse=True, options_from_flags={"theme.dark.primaryColor": "#123456"})
        changed = theme_message()
    finally:
        get_config_options(force_reparse=True)

    assert changed.dark.primary_color == "#123456"
    assert theme_message().dark.primary_color == CONFIG["theme"]["dark"]["primaryColor"]
