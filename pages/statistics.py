"""Statistics: how many clips, how fast, how often it works and what it costs, for admins."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts.errors import shown_errors
from pages.parts.failures import draw_failures
from pages.parts.figures import count
from pages.parts.fragments import fragment
from pages.parts.job_groups import draw_groups, pick_grouping
from pages.parts.job_list import draw_jobs
from pages.parts.metrics import draw_metrics
from pages.parts.period import Scope, pick_scope
from pages.parts.session import require_user, session_of_this_run
from pages.parts.statistics_cards import draw_cards
from services import wiring
from services.accounts import list_users
from services.errors import NotAllowed
from services.jobs import export_jobs, list_job_groups, list_jobs
from services.statistics import Statistics, read_statistics

SHOWN = 200
user = require_user(admin=True)
studio = wiring.current()
who_asks = session_of_this_run(studio)

st.title("Statistics")
scope = pick_scope(studio.catalog, [person.id for person in list_users(studio.database)])
chosen = scope.as_arguments()


@st.cache_data(ttl=15, max_entries=100, show_spinner=False)
def read(_studio: wiring.Studio, scope: Scope) -> Statistics:
    """One read for all browsers that look at the same period."""
    return read_statistics(_studio.database, **scope.as_arguments())


drawn_on, has_jobs = datetime.now(UTC).date(), read(studio, scope).jobs.jobs > 0


@fragment(run_every=20)
def draw_overview() -> None:
    """The numbers, kept up to date for as long as the page is open and its reader an admin."""
    require_user(admin=True)
    numbers = read(studio, scope)
    if datetime.now(UTC).date() != drawn_on or (numbers.jobs.jobs > 0) != has_jobs:
        st.rerun(scope="app")
    st.caption(f"{scope} · {_told(numbers)} · renewed every 20 seconds")
    if has_jobs:
        draw_metrics(numbers)
        draw_cards(numbers, studio.catalog)
    else:
        st.info(
            "Nothing happened here. Choose a longer period or fewer filters, or make a clip under Create."
        )


def _told(numbers: Statistics) -> str:
    in_work = numbers.videos.queued + numbers.videos.processing
    submitted = f"{count(numbers.jobs.submitted, 'job')} submitted"
    return f"{submitted} · {count(in_work, 'clip')} in work" if in_work else submitted


@fragment()
def draw_details() -> None:
    """What lies behind the numbers; only the open tab is read."""
    require_user(admin=True)
    failures, groups, jobs = st.tabs(["Failures", "Compare", "All jobs"], key="details", bind="query-params")
    with failures, shown_errors():
        if failures.open:
            draw_failures(read(studio, scope).failures, studio.catalog)
    with groups, shown_errors():
        if groups.open:
            by = pick_grouping()
            draw_groups(list_job_groups(studio.database, by=by, **chosen), by, studio.catalog)
    with jobs, shown_errors():
        if jobs.open:
            st.download_button(
                "Download all as CSV", as_csv, f"jobs-{scope.slug}.csv", "text/csv", on_click="ignore"
            )
            st.caption(
                f"The newest {SHOWN} jobs at most; the download has {count(read(studio, scope).jobs.jobs, 'job')}."
            )
            draw_jobs(list_jobs(studio.database, **chosen, limit=SHOWN), studio.catalog)


def as_csv() -> bytes:
    """Every job of the period, marked so that Excel reads it as Unicode. Raises NotAllowed."""
    # The page may have been open since before they signed out or lost the role.
    reader = who_asks()
    if reader is None or not reader.is_admin:
        raise NotAllowed("This download is for admins.")
    return "".join(export_jobs(studio.database, **chosen)).encode("utf-8-sig")


draw_overview()
if has_jobs:
    draw_details()
