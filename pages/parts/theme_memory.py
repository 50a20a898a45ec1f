"""Streamlit's theme, put together once: it would be anew for every run of every page, a tenth of what a click costs."""

from functools import cache

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_put_together = app_session._populate_theme_msg  # noqa: SLF001 - no setting leads there


@cache
def remember_theme() -> None:
    """From now on messages to browsers have the theme from memory, until the configuration is read again. Idempotent."""
    app_session._populate_theme_msg = _add_theme  # noqa: SLF001
    config.on_config_parsed(_theme.cache_clear, force_connect=True)


def _add_theme(message: CustomThemeConfig, section: str = "theme") -> None:
    message.MergeFrom(_theme(section))


@cache
def _theme(section: str) -> CustomThemeConfig:
    theme = CustomThemeConfig()
    _put_together(theme, section)
    return theme
