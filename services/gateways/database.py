"""The port to the rows: Postgres functions called by name, and the one table of what goes wrong with them."""

import re
from typing import Any, Protocol

from services.errors import AppError, Conflict, InvalidInput, LimitReached, NotAllowed, NotFound, Unavailable

Row = dict[str, Any]


class Database(Protocol):
    """Calls functions of the schema. Safe to share between threads."""

    def call(self, function: str, **parameters: Any) -> list[Row]:
        """The rows that function returns; a parameter `user_id` is the function's `p_user_id`.

        Lists and dicts go as jsonb. Raises the AppError that the function's refusal names, InvalidInput as
        refuse_unkeepable, Unavailable when the database cannot be reached or used; any other trouble is a bug and
        comes through as the driver's own error.
        After Unavailable a write may have happened: every function may be called again with the same parameters.
        """

    def close(self) -> None:
        """Gives back all connections."""


_BY_STATUS: dict[int, type[AppError]] = {
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    422: InvalidInput,
    429: LimitReached,
}
_PAST_LIMIT = {"quota_exceeded", "budget_exceeded"}

_AWAY = (
    "database_unavailable",
    "The database cannot be reached right now. Nothing is lost; this page recovers by itself.",
)
_BUSY = (
    "database_busy",
    "The database has too much to do right now. Nothing is lost; this page recovers by itself.",
)
_SLOW = ("database_slow", "The database took too long to answer. Try again, or ask for a shorter period.")
_READ_ONLY = (
    "database_read_only",
    "The database takes no changes right now, perhaps because its disk is full. An admin has to free or add space.",
)
_NOT_MIGRATED = (
    "migrations_missing",
    "The database does not have this version's functions yet. An admin has to apply the migrations:"
    " `supabase db push --remote`, or `python -m services.cli migrate`.",
)
_KEY_REFUSED = (
    "key_refused",
    "Supabase does not accept the key. An admin has to set SUPABASE_KEY to the project's secret key.",
)
_OVER_QUOTA = (
    "over_quota",
    "The Supabase project has used up its plan and answers nothing until its spend cap or plan is raised.",
)
_PAUSED = (
    "project_paused",
    "The Supabase project is paused. An admin has to resume it in the Supabase dashboard.",
)
_NO_SUPABASE = (
    "not_supabase",
    "No Supabase project answers at this address. An admin has to check SUPABASE_URL.",
)

# Beginnings of SQLSTATEs (PostgreSQL manual, appendix A) and of PostgREST's own codes (its manual, "Errors").
_BY_CODE = (
    ("57014", _SLOW),
    ("25006", _READ_ONLY),
    ("PGRST202", _NOT_MIGRATED),
    ("PGRST3", _KEY_REFUSED),
    ("42501", _KEY_REFUSED),
    ("PGRST0", _AWAY),
    ("08", _AWAY),
    ("40", _AWAY),
    ("53", _AWAY),
    ("57P", _AWAY),
)
_BY_GATEWAY_STATUS = {
    401: _KEY_REFUSED,
    402: _OVER_QUOTA,
    403: _KEY_REFUSED,
    404: _NO_SUPABASE,
    405: _NO_SUPABASE,
    429: _BUSY,
    540: _PAUSED,  # Supabase's own: "Project paused"
}


_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def refuse_unkeepable(value: Any) -> None:
    """Raises InvalidInput where a text, however deep in the value, holds what no row can: a NUL or half a character."""
    if isinstance(value, dict):
        refuse_unkeepable([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            refuse_unkeepable(part)
    elif isinstance(value, str) and _UNKEEPABLE.search(value):
        raise InvalidInput("There are characters in it that cannot be kept or looked for. Type it anew.")


def refusal(
    sqlstate: str, token: str, sentence: str | None, extra: dict[str, Any] | None = None
) -> AppError | None:
    """The error behind a `PTnnn` code raised by one of our functions, or None if it is no such code.

    `PTnnn` is PostgREST's way of naming an HTTP status (docs: "Raise errors with HTTP status codes").
    """
    if not sqlstate.startswith("PT") or not sqlstate[2:].isdigit():
        return None
    kind = LimitReached if token in _PAST_LIMIT else _BY_STATUS.get(int(sqlstate[2:]), AppError)
    return kind(sentence or token, code=token, status=int(sqlstate[2:]), extra=extra)


def outage(code: str, *, status: int = 0, retry_after: float = 5) -> Unavailable | None:
    """What is the matter with the database itself, or None when it is fine and the call was wrong.

    `code` is a SQLSTATE or PostgREST's PGRSTxxx; without either, the HTTP status of whoever answered decides.
    """
    told = next((kind for beginning, kind in _BY_CODE if code.startswith(beginning)), None)
    if told is None and not code:
        told = _BY_GATEWAY_STATUS.get(status, _AWAY if status >= 500 else None)
    return Unavailable(told[1], code=told[0], retry_after=retry_after) if told else None


def unreachable(seconds: float = 5) -> Unavailable:
    """The sentence for a database that does not answer."""
    return Unavailable(_AWAY[1], code=_AWAY[0], retry_after=seconds)


def not_migrated() -> Unavailable:
    """The sentence for a database without our functions."""
    return Unavailable(_NOT_MIGRATED[1], code=_NOT_MIGRATED[0], retry_after=60)
