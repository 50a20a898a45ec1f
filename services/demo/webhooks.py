"""Tells the caller's webhook about its jobs, as insistently as RunPod does."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

import httpcore

from services.demo.bodies import webhook_body
from services.demo.jobs import Job
from services.demo.options import DemoOptions

log = logging.getLogger(__name__)

_UNREACHABLE = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    ValueError,
)
_OVERTAKEN = {"status": "IN_PROGRESS", "output": {"progress": 50}}


class Webhooks:
    """Deliveries of one endpoint, all on its event loop.

    Progress is told once, and only if nothing else about that job is under way; an end is told after it, up
    to `webhook_tries` times until the answer is 200. Then `told` is called with the job's id.
    """

    def __init__(self, options: DemoOptions, base_url: str, told: Callable[[str], None]) -> None:
        self._options = options
        self._base_url = base_url
        self._told = told
        self._client = httpcore.AsyncConnectionPool()  # httpx would log the URL, with the token in it
        self._timeout = dict.fromkeys(("connect", "read", "write", "pool"), options.webhook_timeout_seconds)
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._deliveries: set[asyncio.Task[None]] = set()

    def tell_progress(self, job: Job, progress: int) -> None:
        """Sends IN_PROGRESS with how far the job is."""
        wanted = self._options.progress_webhooks and job.fault.webhook != "lost"
        if job.webhook and wanted and not self._turns[job.id].locked():
            self._begin(self._deliver(job, progress, tries=1))

    def tell_end(self, job: Job) -> None:
        """Sends the final state, in the way the job's fault asks for."""
        if job.webhook:
            self._begin(self._tell_end(job))

    async def close(self) -> None:
        """Drops what is under way; ends not yet told are told after the next start."""
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await self._client.aclose()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _tell_end(self, job: Job) -> None:
        manner = job.fault.webhook
        if manner == "late":
            await asyncio.sleep(job.fault.webhook_delay)
        if manner != "lost":
            await self._deliver(job, None, tries=self._options.webhook_tries)
        if manner == "doubled":
            await self._deliver(job, None, tries=1)
        if manner == "reordered":
            await asyncio.sleep(job.fault.webhook_delay)
            await self._post(job, {**webhook_body(job, self._base_url), **_OVERTAKEN})
        self._turns.pop(job.id, None)
        self._told(job.id)

    async def _deliver(self, job: Job, progress: int | None, *, tries: int) -> None:
        body = webhook_body(job, self._base_url, progress)
        for left in range(tries - 1, -1, -1):
            async with self._turns[job.id]:
                if await self._post(job, body):
                    return
            if left:
                await asyncio.sleep(self._options.webhook_retry_seconds)

    async def _post(self, job: Job, body: dict[str, Any]) -> bool:
        try:
            answer = await self._client.request(
                "POST",
                job.webhook or "",
                headers={"Content-Type": "application/json"},
                content=json.dumps(body).encode(),
                extensions={"timeout": self._timeout},
            )
        except _UNREACHABLE as error:
            log.info("The webhook of demo job %s was not reached: %s", job.id, type(error).__name__)
            return False
        return answer.status == 200
