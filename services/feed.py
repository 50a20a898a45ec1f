"""The change feed: one per process, read by every open page from memory."""

import logging
import threading
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from services.errors import Unavailable
from services.gateways.database import Database

logger = logging.getLogger(__name__)
CHANNEL = "openv_videos"
_MOST_VIEWS = 200
T = TypeVar("T")


class Wait(Protocol):
    """Waits for news of changes."""

    def __call__(self, seconds: float) -> list[str]:
        """Waits up to so many seconds; the users whose videos changed meanwhile."""


class Feed:
    """Knows when a user's videos last changed, and keeps what pages read until they change again.

    The number of database reads depends on changes and on different views, not on how many browsers are open.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[str, int] = {}
        self._views: dict[tuple[str, Hashable], tuple[int, Any]] = {}

    def version(self, user_id: str) -> int:
        """Grows with every change to that user's videos."""
        with self._lock:
            return self._versions.setdefault(user_id, 0)

    def watched(self) -> list[str]:
        """The users somebody has looked at."""
        with self._lock:
            return list(self._versions)

    def changed(self, user_ids: list[str]) -> None:
        """Says that those users' videos have changed; what nobody watches is passed over."""
        with self._lock:
            for user_id in user_ids:
                if user_id in self._versions:
                    self._versions[user_id] += 1

    def changed_all(self) -> None:
        """Says that changes may have been missed."""
        self.changed(self.watched())

    def read(self, user_id: str, view: Hashable, load: Callable[[], T]) -> T:
        """What `load` gave when that user's videos last changed; `view` tells different reads apart."""
        version = self.version(user_id)
        with self._lock:
            kept = self._views.get((user_id, view))
        if kept and kept[0] == version:
            return cast(T, kept[1])
        loaded = load()
        with self._lock:
            while len(self._views) >= _MOST_VIEWS:
                self._views.pop(next(iter(self._views)))
            self._views[user_id, view] = (version, loaded)
        return loaded


class ListeningFeeder(threading.Thread):
    """Feeds from the database's notifications, and tells that all may have changed whenever the connection was lost."""

    def __init__(self, feed: Feed, listening: Callable[[str], Any], *, pause: float = 1) -> None:
        super().__init__(name="openv-feed", daemon=True)
        self._feed, self._listening, self._pause = feed, listening, pause
        self._stopped = threading.Event()

    def run(self) -> None:
        """Listens until stopped."""
        while not self._stopped.is_set():
            try:
                self._listen()
            except Unavailable:
                logger.warning("The change feed lost the database; trying again.")
                self._stopped.wait(self._pause)

    def _listen(self) -> None:
        with self._listening(CHANNEL) as wait:
            self._feed.changed_all()
            while not self._stopped.is_set():
                self._feed.changed(wait(0.5))

    def stop(self) -> None:
        """Ends within a second."""
        self._stopped.set()
        self.join(3)


class PollingFeeder(threading.Thread):
    """Feeds from one small question to the database, asked more often while something is changing."""

    def __init__(self, feed: Feed, database: Database, *, active: float, idle: float) -> None:
        super().__init__(name="openv-feed", daemon=True)
        self._feed, self._database, self._active, self._idle = feed, database, active, idle
        self._seen: dict[str, datetime | str | None] = {}
        self._stopped = threading.Event()

    def run(self) -> None:
        """Asks until stopped."""
        quiet_seconds = 0.0
        while not self._stopped.is_set():
            pause = self._active if quiet_seconds < 60 else self._idle
            quiet_seconds = 0.0 if self._ask() else quiet_seconds + pause
            self._stopped.wait(pause)

    def _ask(self) -> bool:
        users = self._feed.watched()
        if not users:
            return False
        try:
            rows = self._database.call("list_latest_changes", user_ids=users)
        except Unavailable:
            logger.warning("The change feed cannot reach the database; trying again.")
            return False
        latest = {row["user_id"]: row["updated_at"] for row in rows}
        changed = [user for user in latest if self._seen.get(user, "unseen") != latest[user]]
        self._seen |= latest
        self._feed.changed(changed)
        return bool(changed)

    def stop(self) -> None:
        """Ends within a second."""
        self._stopped.set()
        self.join(3)
