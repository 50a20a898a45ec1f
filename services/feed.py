"""The change feed: one per process, read by every open page from memory."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar, cast

from services.errors import AppError, Unavailable
from services.gateways.database import Database

logger = logging.getLogger(__name__)
CHANNEL = "openv_videos"
# What the team shares, and all clips: watched like users, and named like none.
SHARED, EVERYBODY = "*shared", "*all"
_MOST_VIEWS = 500
_MOST_USERS = 500  # in one question; PostgREST cuts an answer at 1000 rows without a word
_BREATH_SECONDS = 0.2  # several changes in a row are one to those who look
_BUSY_SECONDS = 60
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
        self.stirred = threading.Event()  # something happened in this process that a poll need not wait for

    def version(self, user_id: str) -> int:
        """Grows with every change to that user's videos."""
        with self._lock:
            if user_id not in self._versions:
                self._versions[user_id] = 0
                self.stirred.set()
            return self._versions[user_id]

    def watched(self) -> list[str]:
        """The users somebody has looked at."""
        with self._lock:
            return list(self._versions)

    def changed(self, user_ids: list[str]) -> None:
        """Says that this process has changed those users' videos."""
        self.tell(user_ids)
        self.stirred.set()

    def tell(self, user_ids: list[str]) -> None:
        """Says that those users' videos have changed; what nobody watches is passed over."""
        with self._lock:
            for user_id in user_ids:
                if user_id in self._versions:
                    self._versions[user_id] += 1

    def changed_all(self) -> None:
        """Says that changes may have been missed."""
        self.tell(self.watched())

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
            except Exception:
                # Last resort: a bug in one round must not end the feed of this process.
                logger.exception("The change feed failed; trying again.")
            self._stopped.wait(self._pause)

    def _listen(self) -> None:
        with self._listening(CHANNEL) as wait:
            self._feed.changed_all()
            while not self._stopped.is_set():
                self._feed.tell(wait(0.5))

    def stop(self) -> None:
        """Ends within a second."""
        self._stopped.set()
        self.join(3)


class PollingFeeder(threading.Thread):
    """Feeds from one small question to the database, however many pages are open.

    It is asked every `active` seconds while a job of somebody watched is under way or something changed a moment ago,
    else every `idle` seconds, and at once when the feed is stirred. Nothing is lost while the database is away: an
    answer is the present state, compared with the last one seen.
    """

    def __init__(self, feed: Feed, database: Database, *, active: float, idle: float) -> None:
        super().__init__(name="openv-feed", daemon=True)
        self._feed, self._database, self._active, self._idle = feed, database, active, idle
        self._seen: dict[str, str | None] = {}
        self._stopped = threading.Event()

    def run(self) -> None:
        """Asks until stopped."""
        busy_at = 0.0
        while not self._stopped.wait(min(_BREATH_SECONDS, self._active)):
            self._feed.stirred.clear()
            if self._ask():
                busy_at = time.monotonic()
            busy = time.monotonic() - busy_at < _BUSY_SECONDS
            self._feed.stirred.wait(self._active if busy else self._idle)

    def _ask(self) -> bool:
        """Whether more is to be expected soon."""
        users = self._feed.watched()
        try:
            parts = [users[start : start + _MOST_USERS] for start in range(0, len(users), _MOST_USERS)]
            expecting = [self._compare(part) for part in parts]
        except AppError as error:
            logger.warning("The change feed cannot read the database; trying again: %s", error.message)
        except Exception:
            # Last resort: a bug in one question must not end the feed of this process.
            logger.exception("The change feed failed; trying again.")
        else:
            return any(expecting)
        return True

    def _compare(self, users: list[str]) -> bool:
        rows = self._database.call("list_watched_marks", user_ids=users)
        latest = {row["user_id"]: row["mark"] for row in rows}
        changed = [user for user in latest if self._seen.get(user, "unseen") != latest[user]]
        self._seen |= latest
        self._feed.tell(changed)
        return bool(changed) or any(row["active"] for row in rows)

    def stop(self) -> None:
        """Ends within a second."""
        self._stopped.set()
        self._feed.stirred.set()
        self.join(3)
