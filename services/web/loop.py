"""The background loop: claims work from the database and carries it out with a few threads."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

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
_QUIET_AFTER = 30.0
_QUIET_TICKS = 4


class BackgroundLoop:
    """Works until stopped. Any number of processes may each have one on the same database."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._thread = threading.Thread(target=self._run, name="openv-loop", daemon=True)
        self._quick = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="openv-work")
        # Encoding and copying take a core each: two at a time leave the pages their turn.
        self._heavy = ThreadPoolExecutor(2, thread_name_prefix="openv-store")
        self._under_way = threading.Semaphore(2 * _AT_ONCE)
        self._busy_at = time.monotonic()

    def start(self) -> None:
        """Begins in a thread of its own, after clearing what a killed process left half-made."""
        clips.sweep(self._studio.work_folder)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the pieces under way; what was not begun stays in the database for the next process."""
        self._studio.stopping.set()
        self._studio.work_arrived.set()
        self._thread.join(10)
        self._quick.shutdown(wait=True, cancel_futures=True)
        self._heavy.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._studio.stopping.is_set():
            self._studio.work_arrived.clear()
            self._claim_and_hand_out()
            self._studio.work_arrived.wait(self._pause())

    def _pause(self) -> float:
        quiet = time.monotonic() - self._busy_at > _QUIET_AFTER
        return self._studio.pace.tick * (_QUIET_TICKS if quiet else 1)

    def _claim_and_hand_out(self) -> None:
        try:
            claimed = attempts.claim_work(self._studio, limit=_AT_ONCE)
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
            self._under_way.acquire()
            pool = self._heavy if work.kind == "store" else self._quick
            pool.submit(self._carry_out, work).add_done_callback(lambda _: self._under_way.release())

    def _carry_out(self, work: Work) -> None:
        try:
            _STEPS[work.kind](self._studio, work)
        except AppError as error:
            logger.warning("%s of video %s: %s It is tried again.", work.kind, work.video_id, error.message)
        except Exception:
            # Last resort: the piece comes again when its claim runs out, and the log says why.
            logger.exception("%s of video %s failed.", work.kind, work.video_id)
        else:
            self._studio.work_arrived.set()
