"""The database port on a Supabase project: PostgREST's `rpc`, through supabase-py."""

import json
import logging
import time
from decimal import Decimal
from typing import Any

import httpx
from postgrest.exceptions import APIError

from services.errors import AppError, Unavailable
from services.gateways.database import Row, outage, refusal, refuse_unkeepable, unreachable
from services.gateways.supabase_client import SupabaseProject, retry_after

logger = logging.getLogger(__name__)
_READS = ("find_", "list_", "count_", "read_", "is_")
_PAUSES = (0.2, 0.8)  # between the tries of a read


class SupabaseDatabase:
    """Rows by HTTP. Functions that only read are tried three times; a write is never repeated from here.

    Values arrive as JSON has them: times as strings, numeric as float.
    """

    def __init__(self, project: SupabaseProject) -> None:
        self.project = project

    def call(self, function: str, **parameters: Any) -> list[Row]:
        """See Database.call."""
        refuse_unkeepable(parameters)
        values = {f"p_{name}": _json(value) for name, value in parameters.items()}
        for pause in _PAUSES if function.startswith(_READS) else ():
            try:
                return self._ask(function, values)
            except Unavailable as error:
                if not _is_passing(error):
                    raise
                time.sleep(pause)
        return self._ask(function, values)

    def _ask(self, function: str, values: dict[str, Any]) -> list[Row]:
        try:
            answer: Any = self.project.client.rpc(function, values).execute().data
            if isinstance(answer, str):  # supabase-py hands over as text what is no JSON
                raise httpx.DecodingError("The answer is no JSON.")
        except (APIError, httpx.HTTPError, UnicodeDecodeError, RuntimeError) as error:
            told = _told(error)
            if told is None:
                raise
            _note(function, told, error)
            raise told from error
        return _rows(function, answer)

    def close(self) -> None:
        """See Database.close."""
        self.project.close()


def _rows(function: str, answer: Any) -> list[Row]:
    """Rows as psycopg gives them: a scalar is a row whose only column is named after the function."""
    if answer is None:
        return []
    many = answer if isinstance(answer, list) else [answer]
    return [row if isinstance(row, dict) else {function: row} for row in many]


def _json(value: Any) -> Any:
    return (
        str(value) if isinstance(value, Decimal) else value
    )  # supabase-py knows times, json's own knows the rest


def _told(error: Exception) -> AppError | None:
    if isinstance(error, httpx.HTTPStatusError):
        return outage("", status=error.response.status_code, retry_after=retry_after(error.response))
    if isinstance(error, RuntimeError) and "has been closed" not in str(error):
        return None  # httpx says by RuntimeError that we have closed the client, and so do bugs
    if not isinstance(error, APIError):
        return unreachable()
    code, hint = error.code or "", error.hint or ""
    if code.isdigit() and len(code) == 3:  # supabase-py puts the HTTP status there when the body is no JSON
        return outage("", status=int(code))
    extra = json.loads(hint) if hint.startswith("{") else None
    return refusal(code, error.message or "", error.details, extra) or outage(code)


def _is_passing(error: Unavailable) -> bool:
    """Whether it failed at once and may well work now: after a timeout or when told to wait, it would not."""
    timed_out = isinstance(error.__cause__, httpx.TimeoutException)
    return error.code == unreachable().code and not timed_out


def _note(function: str, told: AppError, error: Exception) -> None:
    if isinstance(told, Unavailable):
        kind = getattr(error, "code", None) or type(error).__name__
        logger.warning("Supabase could not be asked for %s: %s (%s).", function, told.code, kind)
