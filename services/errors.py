"""The error tree. What is raised here may be shown to people; anything else is a bug and goes to the log.

AppError
├── InvalidInput   422  the request cannot be understood or is out of range
├── NotSignedIn    401  nobody known is asking
├── NotAllowed     403  known, but not for this
├── NotFound       404  not there, or not yours: the same answer
├── Conflict       409  the present state forbids it
├── TooLarge       413  more than is taken
├── LimitReached   429  too many; 403 where a period's allowance is used up
└── Unavailable    503  something this depends on is down
"""

from collections.abc import Mapping, Sequence
from typing import Any


class AppError(Exception):
    """A refusal that its reader can act on.

    `message` is a full sentence for people, `code` a stable token for programs, `extra` further fields of the
    HTTP answer (`suggestedFrames`), `retry_after` seconds.
    """

    status = 500
    code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        details: Sequence[Mapping[str, str]] = (),
        extra: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.details = list(details)
        self.extra = dict(extra or {})
        self.retry_after = retry_after


class InvalidInput(AppError):
    status, code = 422, "invalid_input"


class NotSignedIn(AppError):
    status, code = 401, "not_signed_in"


class NotAllowed(AppError):
    status, code = 403, "not_allowed"


class NotFound(AppError):
    status, code = 404, "not_found"


class Conflict(AppError):
    status, code = 409, "conflict"


class TooLarge(AppError):
    status, code = 413, "too_large"


class LimitReached(AppError):
    status, code = 429, "limit_reached"


class Unavailable(AppError):
    status, code = 503, "unavailable"
