"""The background loop: claims work from the database and carries it out with a few threads."""

import contextlib
import logging
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from services import attempts, clips
from services.attempts import Step, Work
from services.errors import AppError, Unavailable
from services.wiring import Studio

logger = logging.getLogger(__name__)
_STEPS: dict[str, Step] = {
    "submit": attempts.send,
    "poll": attempts.ask,
    "cancel": attempts.stop,
    "store": clips.store,
    "purge": clips.purge,
}
_AT_ONCE = 8
# Encoding and copying take a core each: two at a time leave the pages their turn.
_STORES_AT_ONCE = 2
_QUIET_AFTER = 30.0
_QUIET_TICKS = 4


class BackgroundLoop:
    """Works until stopped. Any number of processes may each have one on the same database.

    No more is claimed than can be begun, and looking for work never waits for work: a process that does not look
    is taken for dead, and what lies here unbegun another process could do.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._thread = threading.Thread(target=self._run, name="openv-loop", daemon=True)
        self._quick = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="openv-work")
        self._heavy = ThreadPoolExecutor(_STORES_AT_ONCE, thread_name_prefix="openv-store")
        self._turn = threading.Lock()
        self._under_way: Counter[bool] = Counter()  # pieces by whether they are stores
        self._handed_out: dict[Future[None], Work] = {}
        self._busy_at = time.monotonic()

    def start(self) -> None:
        """Begins in a thread of its own, after clearing what a killed process left half-made."""
        clips.sweep(self._studio.work_folder)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the pieces under way; what was not begun is given back for the next process."""
        self._studio.stopping.set()
        self._studio.work_arrived.set()
        if self._thread.ident is not None:
            self._thread.join(10)
        for pool in (self._quick, self._heavy):
            pool.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(Unavailable):
            unbegun = [work for task, work in self._handed_out.items() if task.cancelled()]
            attempts.give_back(self._studio, unbegun)

    def _run(self) -> None:
        while not self._studio.stopping.is_set():
            self._studio.work_arrived.clear()
            self._claim_and_hand_out()
            self._studio.work_arrived.wait(self._pause())

    def _pause(self) -> float:
        quiet = time.monotonic() - self._busy_at > _QUIET_AFTER
        return self._studio.pace.tick * (_QUIET_TICKS if quiet else 1)

    def _claim_and_hand_out(self) -> None:
        with self._turn:
            limit = _AT_ONCE if self._under_way[False] < _AT_ONCE else 0
            stores = _STORES_AT_ONCE - self._under_way[True]
        try:
            claimed = attempts.claim_work(self._studio, limit=limit, stores=stores)
        except Unavailable:
            logger.warning("The background loop cannot reach the database; trying again.")
            self._studio.stopping.wait(1)
            return
        except Exception:
            # Last resort: a bug in one look for work must not end all work of this process.
            logger.exception("The background loop failed to look for work.")
            self._studio.stopping.wait(1)
            return
        for work in claimed:
            self._busy_at = time.monotonic()
            self._hand_out(work)

    def _hand_out(self, work: Work) -> None:
        is_store = work.kind == "store"
        with self._turn:
            self._under_way[is_store] += 1
            self._handed_out = {task: kept for task, kept in self._handed_out.items() if not task.done()}
            task = (self._heavy if is_store else self._quick).submit(self._carry_out, work)
            self._handed_out[task] = work

    def _carry_out(self, work: Work) -> None:
        try:
            _STEPS[work.kind](self._studio, work)
        except AppError as error:
            logger.warning("%s of video %s: %s It is tried again.", work.kind, work.video_id, error.message)
        except Exception:
            # Last resort: the piece comes again when its claim runs out, and the log says why.
            logger.exception("%s of video %s failed.", work.kind, work.video_id)
        finally:
            with self._turn:
                self._under_way[work.kind == "store"] -= 1
            self._studio.work_arrived.set()
