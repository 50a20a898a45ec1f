"""What those who run the server ask for: its metrics."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.listening import is_loopback
from services.web.caller import find_caller, studio_of
from services.web.metrics import CONTENT_TYPE
from services.web.threads import in_thread

router = APIRouter()


@router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
async def tell_metrics(request: Request) -> Response:
    """Text for Prometheus, for an admin or for this very machine."""
    studio = studio_of(request)
    if not is_local(request):
        await in_thread(find_caller, studio, request, "admin")
    text = await in_thread(request.app.state.counts.as_text, studio.database)
    return Response(text, headers={"cache-control": "no-store"}, media_type=CONTENT_TYPE)


def is_local(request: Request) -> bool:
    """Whether a program of this machine asks. A proxy on this machine speaks for others and says so in a header."""
    passed_on = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return request.client is not None and is_loopback(request.client.host) and not passed_on
