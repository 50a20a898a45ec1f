"""Signed addresses of files, signed in bulk and kept until shortly before they expire."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

SIGNED_SECONDS = 3600
_REUSED_SECONDS = 3000  # what plays at its end still has ten minutes
_MOST_AT_ONCE = 1000
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True)
class _Signing:
    """One file's address, or None if there is no such file; until then it may be asked for and not be there yet."""

    until: float
    url: Future[str | None] = field(default_factory=Future)


class SignedAddresses:
    """Every signing makes a new address; here a file keeps the same one for fifty minutes, whoever asks.

    A file is never signed twice at the same time: whoever asks for one that is being signed waits for that answer.
    """

    def __init__(self, sign: Callable[[list[str]], dict[str, str]]) -> None:
        """`sign` gives a new address for each key, missing files left out."""
        self._sign = sign
        self._lock = threading.Lock()
        self._kept: dict[str, _Signing] = {}

    def find(self, key: str) -> str | None:
        """Its address, None when there is no such file. Raises what `sign` raises."""
        kept, new = self._take_up([key])
        self._settle(new)
        return kept[key].url.result()

    def prepare(self, keys: Iterable[str]) -> None:
        """Signs what is not signed yet. Raises nothing: who then asks for an address hears of the trouble."""
        _, new = self._take_up(keys)
        waiting = list(new)
        for start in range(0, len(waiting), _MOST_AT_ONCE):
            self._settle({key: new[key] for key in waiting[start : start + _MOST_AT_ONCE]})

    def forget(self, keys: Iterable[str]) -> None:
        """The next who asks has them signed anew."""
        with self._lock:
            for key in keys:
                self._kept.pop(key, None)

    def _take_up(self, keys: Iterable[str]) -> tuple[dict[str, _Signing], dict[str, _Signing]]:
        """All of them, and those among them that the caller now has to settle."""
        now, kept, new = time.monotonic(), {}, {}
        with self._lock:
            for key in keys:
                known = self._kept.pop(key, None)
                if known is None or now >= known.until:
                    known = new[key] = _Signing(now + _REUSED_SECONDS)
                kept[key] = self._kept[key] = known
            while len(self._kept) > _MOST_REMEMBERED:
                self._kept.pop(next(iter(self._kept)))
        return kept, new

    def _settle(self, new: dict[str, _Signing]) -> None:
        if not new:
            return
        try:
            urls = self._sign(list(new))
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait for it must hear of it
            self.forget(new)
            for signing in new.values():
                signing.url.set_exception(error)
            return
        self.forget(new.keys() - urls.keys())
        for key, signing in new.items():
            signing.url.set_result(urls.get(key))
