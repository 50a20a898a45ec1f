"""Which jobs a page is about: a period of whole days, and if wanted one model and one person."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import streamlit as st

from services.catalog import Catalog

_DAYS = {"Today": 1, "7 days": 7, "30 days": 30}
_CUSTOM = "Custom"
_DEFAULT = "7 days"


@dataclass(frozen=True)
class Scope:
    """From `start` up to, not including, `end`; None takes every model, every person."""

    start: datetime
    end: datetime
    model: str | None
    user_id: str | None

    def __str__(self) -> str:
        last = self.end - timedelta(days=1)
        first = f"{self.start:%-d %B}" if self.start.year == last.year else f"{self.start:%-d %B %Y}"
        return f"{last:%-d %B %Y} (UTC)" if self.start == last else f"{first} – {last:%-d %B %Y} (UTC)"

    @property
    def slug(self) -> str:
        """For names of files."""
        return f"{self.start:%Y-%m-%d}-to-{self.end - timedelta(days=1):%Y-%m-%d}"

    def as_arguments(self) -> dict[str, Any]:
        """The names under which the services take it."""
        return vars(self)


def pick_scope(catalog: Catalog, people: list[str]) -> Scope:
    """Draws the choices and gives what is chosen. All of it is in the page's address, so that it can be passed on."""
    with st.container(horizontal=True, vertical_alignment="top"):
        chosen = st.segmented_control(
            "Period",
            [*_DAYS, _CUSTOM],
            default=_DEFAULT,
            required=True,
            key="period",
            bind="query-params",
        )
        first, last = _pick_days() if chosen == _CUSTOM else _last_days(_DAYS[chosen])
        model = _pick_one(
            "Model", "All models", [model.name for model in catalog.models], "jobs-model", catalog
        )
        person = _pick_one("Person", "Everybody", people, "jobs-person")
    return Scope(_midnight(first), _midnight(last + timedelta(days=1)), model, person)


def _pick_days() -> tuple[date, date]:
    week = _last_days(_DAYS[_DEFAULT])
    days = st.date_input("Days", week, max_value=week[1], key="days", bind="query-params", width=230)
    return (days[0], days[-1]) if days else week  # one day while the second is not chosen yet


def _pick_one(
    label: str, none: str, options: list[str], key: str, catalog: Catalog | None = None
) -> str | None:
    def title(name: str) -> str:
        model = catalog.get(name) if catalog else None
        return model.title if model else name

    return st.selectbox(
        label,
        options,
        index=None,
        placeholder=none,
        format_func=title,
        key=key,
        bind="query-params",
        width=180,
    )


def _last_days(count: int) -> tuple[date, date]:
    today = datetime.now(UTC).date()
    return today - timedelta(days=count - 1), today


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
