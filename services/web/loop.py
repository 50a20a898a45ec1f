"""The background loop: claims work from the database and carries it out with a few threads."""

import contextlib
import logging
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from services import attempts, clips, endpoints, notices
from services.errors import AppError, Unavailable
from services.wiring import Studio
from services.work import Step, Work, claim_work, give_back

logger = logging.getLogger(__name__)
_STEPS: dict[str, Step] = {
    "submit": attempts.send,
    "poll": attempts.ask,
    "cancel": attempts.stop,
    "probe": endpoints.probe,
    "store": clips.store,
    "purge": clips.purge,
    "tell": notices.tell,
}
# Encoding and copying take a core each: two at a time leave the pages their turn. A slow Slack keeps one waiting alone.
_AT_ONCE = {"quick": 8, "store": 2, "tell": 1}
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
        self._pools = {
            name: ThreadPoolExecutor(most, thread_name_prefix=f"openv-{name}")
            for name, most in _AT_ONCE.items()
        }
        self._turn = threading.Lock()
        self._under_way: Counter[str] = Counter()  # pieces by their pool
        self._claim = uuid.uuid4().hex  # of the next look for work; the same until it is answered
        self._handed_out: dict[Future[None], Work] = {}
        self._busy_at = time.monotonic()

    def start(self) -> None:
        """Begins in a thread of its own, after clearing what a killed process left half-made."""
        clips.sweep(self._studio.work_folder)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the pieces under way; what was not begun is given back for the next process.

        Questions and downloads are broken off, to be begun anew by the next process.
        """
        self._studio.stopping.set()
        self._studio.sockets.cut()
        self._studio.work_arrived.set()
        if self._thread.ident is not None:
            self._thread.join(10)
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(Unavailable):
            unbegun = [work for task, work in self._handed_out.items() if task.cancelled()]
            give_back(self._studio, unbegun)

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
            free = {name: most - self._under_way[name] for name, most in _AT_ONCE.items()}
        limit = _AT_ONCE["quick"] if free["quick"] > 0 else 0
        try:
            claimed = claim_work(
                self._studio, limit=limit, stores=free["store"], posts=free["tell"], claim=self._claim
            )
        except Unavailable:
            logger.warning("The background loop cannot reach the database; trying again.")
            self._studio.stopping.wait(1)
            return
        except Exception:
            # Last resort: a bug in one look for work must not end all work of this process.
            logger.exception("The background loop failed to look for work.")
            self._studio.stopping.wait(1)
            return
        self._claim = uuid.uuid4().hex
        for work in claimed:
            self._busy_at = time.monotonic()
            self._hand_out(work)

    def _hand_out(self, work: Work) -> None:
        pool = _pool_of(work)
        with self._turn:
            self._under_way[pool] += 1
            self._handed_out = {task: kept for task, kept in self._handed_out.items() if not task.done()}
            task = self._pools[pool].submit(self._carry_out, work)
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
                self._under_way[_pool_of(work)] -= 1
            self._studio.work_arrived.set()


def _pool_of(work: Work) -> str:
    return work.kind if work.kind in _AT_ONCE else "quick"
