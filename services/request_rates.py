"""How many requests one caller may make: a bucket of requests for each, that fills up again steadily."""

import threading
import time
from collections.abc import Callable, Hashable

from services.errors import LimitReached

_BURST_SHARE = 1 / 6  # of a minute's requests, at once
_MOST_KEYS = 10_000


class RequestRates:
    """Counts requests per key in this process alone. Safe to share between threads.

    A bucket is one number: the moment at which it is full again. Of more keys than are kept, those that asked last
    stay.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._full_at: dict[Hashable, float] = {}

    def spend(self, key: Hashable, *, per_minute: int) -> None:
        """Counts one request. Raises LimitReached (`too_many_requests`) with the seconds until there is room."""
        each = 60 / per_minute
        burst = max(1.0, per_minute * _BURST_SHARE) * each
        with self._turn:
            now = self._clock()
            full_at = max(now, self._full_at.pop(key, now)) + each
            pause = full_at - burst - now
            self._full_at[key] = full_at if pause <= 0 else full_at - each
            if len(self._full_at) > _MOST_KEYS:
                del self._full_at[next(iter(self._full_at))]
        if pause > 0:
            raise LimitReached(
                f"These are more than the {per_minute} requests a minute that are taken. Wait a little.",
                code="too_many_requests",
                retry_after=pause,
            )
