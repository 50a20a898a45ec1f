"""The webhook: RunPod's news about a job."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.attempts import record_news
from services.errors import AppError, InvalidInput, NotFound, NotSignedIn
from services.news import News, parse_news
from services.web.answers import JsonAnswer
from services.web.caller import studio_of
from services.web.threads import in_thread
from services.webhooks import is_token, signed_attempt
from services.wiring import Studio

PATH = "/runpod/webhook"
Named = tuple[int, int] | None


async def receive_webhook(request: Request) -> Response:
    """Takes in one report. The body holds our own address with its token: it is neither kept nor logged."""
    counts = request.app.state.counts
    try:
        state = await _take_in(request)
    except AppError as error:
        counts.count_webhook(error.code)
        raise
    counts.count_webhook(state)
    return JsonAnswer(b'{"success":true}')


async def _take_in(request: Request) -> str:
    studio, query = studio_of(request), request.query_params
    token = studio.webhook_token
    if not is_token(query.get("token"), token):
        raise NotSignedIn("The webhook's token is missing or wrong.", code="bad_token")
    named = signed_attempt(
        token, video=query.get("video"), attempt=query.get("attempt"), sign=query.get("sign")
    )
    body = _parsed(await request.body())
    return await in_thread(_record, studio, body, named)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("A job report is a JSON object.", status=400, code="not_json") from error


def _record(studio: Studio, body: Any, named: Named) -> str:
    video_id, number = named or (None, None)
    news = _read(studio, body, video_id, number)
    if record_news(studio, news, video_id=video_id, number=number) is None:
        raise NotFound("No job of that id is known here.", code="unknown_job")
    return news.state


def _read(studio: Studio, body: Any, video_id: int | None, number: int | None) -> News:
    """The news in it. Whose model's result path counts is only asked for where the paths read differently."""
    generic = parse_news(body)
    if generic.state in ("queued", "processing"):
        return generic
    paths = {model.result for model in studio.catalog.models if model.result}
    readings = {path: parse_news(body, result_path=path) for path in paths}
    if all(reading == generic for reading in readings.values()):
        return generic
    found = studio.database.call("find_attempt", video_id=video_id, number=number, job_id=generic.job_id)
    model = studio.catalog.get(found[0]["model"]) if found else None
    return readings[model.result] if model and model.result else generic
