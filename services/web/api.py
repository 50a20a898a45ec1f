"""The HTTP API: all its routes in one application, which ApiFirst asks for what is below /api."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from services.request_rates import RequestRates
from services.web import files, health, jobs, listing, operations, statistics, terms, videos, webhook
from services.web.answers import LastResort, answer_errors
from services.web.health import VERSION, Health
from services.web.limits import BodyLimit
from services.web.listing import Lists
from services.web.logs import hide_queries
from services.web.metrics import Counting, Counts

# Else every request asks OpenTelemetry three times whether somebody listens; /metrics counts already.
_OWN_METRICS = {"tracing": False, "metrics": False, "logs": False}


def build_api() -> FastAPI:
    """The API without its prefix. `state.studio` is what it works with, else the process's own studio.

    `/docs` and `/openapi.json` are served from this machine alone.
    """
    api: FastAPI = FastAPIOffline(
        title="OpenV Studio", version=VERSION, redoc_url=None, redirect_slashes=False, telemetry=_OWN_METRICS
    )
    api.state.counts, api.state.health, api.state.lists = Counts(), Health(), Lists()
    api.state.token_rates, api.state.user_rates = RequestRates(), RequestRates()
    answer_errors(api)
    _compress_mounted(api)
    for layer in (BodyLimit, LastResort):
        api.add_middleware(layer)
    api.add_middleware(Counting, counts=api.state.counts)
    api.add_route(webhook.PATH, webhook.receive_webhook, methods=["POST"], include_in_schema=False)
    for part in (listing, videos, jobs, files, terms, health, operations, statistics):
        api.include_router(part.router)
    hide_queries()
    return api


def _compress_mounted(api: FastAPI) -> None:
    # The reference's script is 1.5 MB.
    for route in api.routes:
        if isinstance(route, Mount):
            route.app = GZipMiddleware(route.app)
