"""Throttling: a growing pause for whoever keeps failing, such as somebody who guesses passwords."""

import math
import threading
import time
from collections.abc import Callable, Hashable

from services.errors import LimitReached

_MOST_KEYS = 10_000


class Throttle:
    """Counts failures per key, such as a name or an address, in this process. Safe to share between threads.

    After `free` failures each further one doubles the pause: 2, 4, 8 … `longest` seconds. A key that has not
    failed for `forget_after` seconds starts anew.
    """

    def __init__(
        self,
        *,
        free: int = 5,
        longest: float = 300,
        forget_after: float = 3600,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free, self._longest, self._forget_after, self._clock = free, longest, forget_after, clock
        self._lock = threading.Lock()
        self._failures: dict[Hashable, tuple[int, float]] = {}

    def begin(self, *keys: Hashable) -> float:
        """0 when a try may be made now, else the seconds to wait until then.

        A try that may be made counts as a failure of every key until it is taken back, so that many tries at
        the same moment do not pass for one.
        """
        with self._lock:
            now = self._clock()
            pause = max((self._pause(key, now) for key in keys), default=0.0)
            if pause <= 0:
                for key in keys:
                    self._count(key, now)
            return max(0.0, pause)

    def allow(self, *keys: Hashable) -> None:
        """As begin, but raises LimitReached (`too_many_tries`) instead of telling the seconds."""
        if pause := self.begin(*keys):
            raise LimitReached(_wait_sentence(pause), code="too_many_tries", retry_after=pause)

    def forget(self, key: Hashable) -> None:
        """It has succeeded: its failures no longer count."""
        with self._lock:
            self._failures.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """This one try did not fail; earlier failures still count."""
        with self._lock:
            count, at = self._failures.get(key, (1, 0.0))
            if count > 1:
                self._failures[key] = count - 1, at
            else:
                self._failures.pop(key, None)

    def _pause(self, key: Hashable, now: float) -> float:
        count, at = self._failures.get(key, (0, now))
        if count < self._free or now - at >= self._forget_after:
            return 0.0
        return at + min(self._longest, 2.0 ** min(count - self._free + 1, 60)) - now

    def _count(self, key: Hashable, now: float) -> None:
        count, at = self._failures.pop(key, (0, now))
        while len(self._failures) >= _MOST_KEYS:
            self._failures.pop(next(iter(self._failures)))  # the one that failed longest ago
        self._failures[key] = (count if now - at < self._forget_after else 0) + 1, now


def _wait_sentence(pause: float) -> str:
    seconds = math.ceil(pause)
    wait = f"{seconds} seconds" if seconds > 1 else "a second"
    return f"There were too many failed tries. Wait {wait}, then try again."
