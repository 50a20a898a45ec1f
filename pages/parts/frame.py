"""What stands around every screen: the logo, the navigation, and whose account this is."""

from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.bell import draw_bell
from pages.parts.blocked_endpoints import draw_blocked_endpoints
from pages.parts.pictures import picture
from pages.parts.session import end_session
from pages.parts.wording import ROLE_NAMES, plain
from services.accounts import User
from services.wiring import Studio

_PAGES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class _Screen:
    """One page of the navigation; `admin`: shown to admins alone, and the page itself asks again."""

    file: str
    title: str
    icon: str
    about: str
    admin: bool = False


_SCREENS = (
    _Screen("create.py", "Create", "movie_edit", "Describe a clip and watch it being made."),
    _Screen(
        "gallery.py",
        "Gallery",
        "video_library",
        "Your clips and those the team shares: play, keep or delete them.",
    ),
    _Screen(
        "statistics.py",
        "Statistics",
        "monitoring",
        "Times, costs and failures of everybody's jobs.",
        admin=True,
    ),
    _Screen(
        "account.py",
        "Account",
        "account_circle",
        "Change your password, sign out everywhere, and make API tokens.",
    ),
    _Screen(
        "workspace.py", "Workspace", "tune", "The team's budget, and where it hears of clips.", admin=True
    ),
    _Screen("people.py", "People", "group", "Roles, limits and access of everybody.", admin=True),
    _Screen("invites.py", "Invites", "mail", "Codes with which people register themselves.", admin=True),
    _Screen("audit.py", "Audit", "history", "What admins did, to whom and when.", admin=True),
)


def configure_page() -> None:
    """Title, icon and width of every page. All of it comes from this machine."""
    st.set_page_config(
        page_title="OpenV Studio",
        page_icon=picture("favicon.png"),
        layout="wide",
        initial_sidebar_state=232,
    )


def navigation(user: User | None) -> st.Page:
    """The page that the address names. Before sign-in all are registered and none is shown."""
    # A page that is not registered is "not found", and the way back to it after sign-in would be lost.
    pages = [
        _page(screen, shown=user is not None and (user.is_admin or not screen.admin)) for screen in _SCREENS
    ]
    if user:
        st.logo(picture("logo.svg"), size="large", icon_image=picture("icon.svg"))
    return st.navigation(pages, position="sidebar" if user else "hidden")


def draw_account(studio: Studio, user: User) -> DeltaGenerator:
    """Who is signed in, in which role, and the way out; above them the place of the bell, which is given back."""
    bell = st.sidebar.container(
        horizontal=True, vertical_alignment="center", gap="small", key="notifications"
    )
    with st.sidebar.container(key="account", gap="xsmall"):
        st.markdown(f"**{plain(user.display_name)}**  \n:gray[:small[{ROLE_NAMES[user.role]}]]")
        if not studio.settings.test_mode:
            st.button(
                "Sign out", key="sign-out", icon=":material/logout:", type="tertiary", on_click=end_session
            )
    return bell


def draw_news(studio: Studio, user: User, *, bell: DeltaGenerator) -> None:
    """The bell in its place, and above the page what admins have to mend. Raises Unavailable."""
    draw_blocked_endpoints(studio, user)
    with bell:
        draw_bell(studio, user)


def _page(screen: _Screen, *, shown: bool) -> st.Page:
    # Each run marks the page that it runs; what is the same for all runs is looked up on the disk once.
    return copy(_known_page(screen, shown=shown))


@cache
def _known_page(screen: _Screen, *, shown: bool) -> st.Page:
    return st.Page(
        _PAGES / screen.file,
        title=screen.title,
        icon=f":material/{screen.icon}:",
        help=screen.about,
        default=screen.file == "create.py",
        visibility="visible" if shown else "hidden",
    )
