"""Whether this server and what it depends on are well: asked for rarely, answered at once."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from fastapi import APIRouter, Request

from services.errors import AppError, Unavailable
from services.web.answers import JsonAnswer
from services.web.caller import studio_of
from services.wiring import Studio

logger = logging.getLogger(__name__)
VERSION = "1.0.0"
FRESH_SECONDS = 5.0
PATIENCE_SECONDS = 0.7
_THREADS = ThreadPoolExecutor(6, thread_name_prefix="openv-health")


class Probe:
    """One dependency's state, asked for by one thread at a time and at most every few seconds."""

    def __init__(self, ask: Callable[[Studio], object]) -> None:
        self._ask = ask
        self._turn = threading.Lock()
        self._asked: tuple[float, Future[str]] | None = None

    async def state(self, studio: Studio) -> str:
        """ "ok", or a sentence why not; within PATIENCE_SECONDS."""
        answer = self._current(studio)
        if not answer.done():
            await asyncio.wait([asyncio.wrap_future(answer)], timeout=PATIENCE_SECONDS)
        return answer.result() if answer.done() else "It has not answered in time."

    def _current(self, studio: Studio) -> Future[str]:
        with self._turn:
            if self._asked is None or self._is_stale(*self._asked):
                self._asked = (time.monotonic(), _THREADS.submit(self._told, studio))
            return self._asked[1]

    def _is_stale(self, asked_at: float, answer: Future[str]) -> bool:
        return answer.done() and time.monotonic() - asked_at > FRESH_SECONDS

    def _told(self, studio: Studio) -> str:
        try:
            self._ask(studio)
        except AppError as error:
            return error.message
        except Exception:
            # Whatever breaks in a check must show as its result, not break the health of everything else.
            logger.exception("A health check failed.")
            return "The check itself failed; the log says why."
        return "ok"


def _ask_database(studio: Studio) -> None:
    studio.database.call("is_admin", user_id="")


def _ask_storage(studio: Studio) -> None:
    studio.storage.check()


def _ask_runpod(studio: Studio) -> None:
    endpoint = next((model.endpoint for model in studio.catalog.models if model.endpoint), None)
    if endpoint is None:
        raise Unavailable("No model has an endpoint yet. Set RUNPOD_ENDPOINT_ID.")
    studio.runpod.health(endpoint)


class Health:
    """The probes of one server."""

    def __init__(self) -> None:
        self._probes = {
            "database": Probe(_ask_database),
            "storage": Probe(_ask_storage),
            "runpod": Probe(_ask_runpod),
        }

    async def states(self, studio: Studio) -> dict[str, str]:
        """Each dependency's state, asked for side by side."""
        told = await asyncio.gather(*(probe.state(studio) for probe in self._probes.values()))
        return dict(zip(self._probes, told, strict=True))


router = APIRouter()


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="Whether the server and what it depends on are well")
async def tell_health(request: Request) -> JsonAnswer:
    """`ok` or a sentence for each dependency; 503 only while the database is down."""
    states = await request.app.state.health.states(studio_of(request))
    well = all(state == "ok" for state in states.values())
    answer = {"status": "ok" if well else "degraded", **states, "version": VERSION}
    return JsonAnswer(answer, 200 if states["database"] == "ok" else 503)
