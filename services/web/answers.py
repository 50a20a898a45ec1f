"""Answers: JSON, and every refusal in one shape, `{"error": sentence, "code": token}`."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.errors import AppError, InvalidInput

logger = logging.getLogger(__name__)
LONG_BYTES = 1000
_COMPRESSION = 5  # a list so ends a twentieth larger than with 9, in two thirds of the time
_PLAIN = {
    "missing": "is missing",
    "json_invalid": "is not valid JSON",
    "extra_forbidden": "is not a known field",
    "string_type": "takes text",
    "int_type": "takes a whole number",
    "int_parsing": "takes a whole number",
    "int_parsing_size": "takes a smaller number",
    "int_from_float": "takes a whole number",
    "float_type": "takes a number",
    "finite_number": "takes a finite number",
    "bool_parsing": "takes true or false",
    "list_type": "takes a list",
    "model_type": "takes a JSON object",
    "model_attributes_type": "takes a JSON object",
}
_HTTP_REFUSALS = {
    400: (422, "invalid_input", "The request could not be read. Send JSON."),
    404: (404, "not_found", "There is nothing at this address. See /api/docs for what there is."),
    405: (405, "method_not_allowed", "This address does not take that method. See /api/docs."),
    413: (413, "too_large", "The request is larger than the 1 MiB that is taken."),
}


class JsonAnswer(Response):
    """JSON that no cache keeps."""

    media_type = "application/json"

    def __init__(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status, {"cache-control": "no-store", **(headers or {})})

    def render(self, content: Any) -> bytes:
        """Bytes are JSON already."""
        return content if isinstance(content, bytes) else to_json(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it, compressed where it is long and whoever asks takes that."""
        answer: ASGIApp = super().__call__
        if len(self.body) >= LONG_BYTES:
            answer = GZipMiddleware(answer, minimum_size=LONG_BYTES, compresslevel=_COMPRESSION)
        await answer(scope, receive, send)


def refusal(error: AppError) -> JsonAnswer:
    """The answer that says why not."""
    body = {"error": error.message, "code": error.code, **error.extra}
    if error.details:
        body["details"] = error.details
    after = error.retry_after
    headers = {} if after is None else {"retry-after": str(max(1, math.ceil(after)))}
    return JsonAnswer(body, error.status, headers)


def answer_errors(api: FastAPI) -> None:
    """Makes every refusal of that API JSON."""
    api.add_exception_handler(AppError, _answer_refusal)
    api.add_exception_handler(RequestValidationError, _answer_malformed)
    api.add_exception_handler(HTTPException, _answer_http)


async def _answer_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - registered for it
    return refusal(error)


async def _answer_malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    details = [{"field": _field(found["loc"]), "message": _message(found)} for found in error.errors()]
    said = "; ".join(f"{detail['field']} {detail['message']}" for detail in details[:5])
    return refusal(InvalidInput(f"The request is malformed: {said}.", details=details))


async def _answer_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    unknown = (error.status_code, "refused", "The request was refused.")
    status, code, sentence = _HTTP_REFUSALS.get(error.status_code, unknown)
    return JsonAnswer({"error": sentence, "code": code}, status, error.headers)


def _field(place: tuple[Any, ...]) -> str:
    if place[0] == "body" and (len(place) == 1 or isinstance(place[1], int)):
        return "body"
    return ".".join(str(part) for part in place[1:])


def _message(found: Mapping[str, Any]) -> str:
    said = str(found["msg"]).removeprefix("Input ").removeprefix("Value error, ")
    return _PLAIN.get(found["type"]) or said[:1].lower() + said[1:]


class LastResort:
    """Turns what nobody foresaw into a 500 that tells nothing of the inside; the log has the traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on; answers only where the answer had not begun."""
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except ClientDisconnect:
            logger.info(
                "%s broke off before it was all sent.", scope.get("method")
            )  # nobody is left to be answered
        except Exception:
            # The boundary of the API: no bug behind it may show its inside or end the server.
            logger.exception("%s %s failed.", scope.get("method"), route_path(scope))
            if begun:
                raise
            sentence = "Something went wrong on our side. Try again; if it stays, tell an admin."
            await JsonAnswer({"error": sentence, "code": "internal"}, 500)(scope, receive, send)


def route_path(scope: Scope) -> str:
    """The route's own path, `/videos/{video_id}/file`, without anybody's ids or queries."""
    return getattr(scope.get("route"), "path", None) or "unknown"
