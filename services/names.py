"""Names: which users can have, which are kept for the demo and TEST_MODE, and what others are shown."""

import re

from services.errors import InvalidInput
from services.texts import one_line

TEST_USER = "test-user"
DEMO_USER, DEMO_ADMIN = "demo", "demo-admin"
# Anybody may have been them, so that nobody signs in with them elsewhere; list_admins of the schema has them as well.
KEPT_NAMES = frozenset({TEST_USER, DEMO_USER, DEMO_ADMIN})
_MOST_SHOWN = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def known_name(name: str) -> str:
    """The name as rows have it."""
    return name.strip().lower()


def possible_name(name: str) -> str | None:
    """The name as rows have it, or None when no user can have it."""
    known = known_name(name)
    return known if _NAME.fullmatch(known) else None


def checked_name(name: str) -> str:
    """The name as rows have it. Raises InvalidInput when no user can have it."""
    known = possible_name(name)
    if known is None:
        raise InvalidInput(
            "A user name takes 1 to 64 of a-z, 0-9, . _ @ - and begins with a letter or digit.",
            details=[{"field": "name", "message": "takes 1 to 64 of a-z, 0-9, . _ @ -"}],
        )
    return known


def own_name(name: str) -> str:
    """The name as rows have it, of a user who is to sign in with it.

    Raises InvalidInput when no user can have it, or when it is kept for the demo or TEST_MODE.
    """
    known = checked_name(name)
    if known in KEPT_NAMES:
        raise InvalidInput(
            f"The name {known} is kept for the demo and TEST_MODE: nobody can sign in with it. Take another one.",
            details=[{"field": "name", "message": "is kept for the demo and TEST_MODE"}],
        )
    return known


def shown_name(text: str) -> str:
    """The name as others see it. Raises InvalidInput unless it can be read."""
    shown = one_line(text, _MOST_SHOWN)
    if shown is None:
        takes = f"takes 1 to {_MOST_SHOWN} printable characters, at least one of them visible"
        raise InvalidInput(f"A display name {takes}.", details=[{"field": "display_name", "message": takes}])
    return shown
